// Opens the file `silences` in the storage folder.
import { join } from "node:path";
import type { FileSystem } from "@narthex/stdx";
import { type Damage, openEntryFile } from "../disk/entry-file.js";
import { decodeStoredSilence } from "./codec.js";
import { SilenceStore, type SilenceStoreOptions } from "./store.js";

export interface SilenceOpenOptions extends Omit<SilenceStoreOptions, "file" | "stored"> {
  readonly fileSystem: FileSystem;
  readonly folder: string;
}

export function openSilences(options: SilenceOpenOptions): { silences: SilenceStore; damage: Damage | undefined } {
  const { fileSystem, folder, ...rest } = options;
  const path = join(folder, "silences");
  const opened = openEntryFile({ fileSystem, path, decode: decodeStoredSilence });
  return { silences: new SilenceStore({ ...rest, file: opened.file, stored: opened.entries }), damage: opened.damage };
}
