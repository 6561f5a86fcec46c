// Opens the file `nflog` in the storage folder.
import { join } from "node:path";
import type { FileSystem } from "@narthex/stdx";
import { type Damage, openEntryFile } from "../disk/entry-file.js";
import { decodeEntry } from "./codec.js";
import { NotificationLog, type NotificationLogOptions } from "./log.js";

export interface NotificationLogOpenOptions extends Omit<NotificationLogOptions, "file" | "stored"> {
  readonly fileSystem: FileSystem;
  readonly folder: string;
}

export function openNotificationLog(options: NotificationLogOpenOptions): {
  log: NotificationLog;
  damage: Damage | undefined;
} {
  const { fileSystem, folder, ...rest } = options;
  const path = join(folder, "nflog");
  const opened = openEntryFile({ fileSystem, path, decode: decodeEntry });
  return { log: new NotificationLog({ ...rest, file: opened.file, stored: opened.entries }), damage: opened.damage };
}
