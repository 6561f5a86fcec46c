// Opens a data directory to look at it: head and blocks as the owner of the directory would show them, nothing changed.
import { type FileSystem, nodeFileSystem } from "@narthex/stdx";
import type { Processes } from "../lock.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { overlayFileSystem } from "./overlay.js";

export interface ReadOnlyOptions {
  /** The data directory; it may be in use. */
  readonly path: string;
  /** A folder for what the replay of the log writes; whoever made it removes it. */
  readonly sandbox: string;
  readonly fileSystem?: FileSystem;
  /** Told of damage that is passed over. */
  readonly onCorruption?: (error: Error) => void;
}

export type ReadOnlyTsdb = Pick<Tsdb, "querier" | "blocks" | "close">;

/** Throws as `openTsdb` does, but for a lock: whoever has the directory goes on. */
export function openReadOnly({
  path,
  sandbox,
  fileSystem = nodeFileSystem,
  onCorruption,
}: ReadOnlyOptions): Promise<ReadOnlyTsdb> {
  if (!fileSystem.stat(path)?.isFolder) throw new Error(`opening the db dir: stat ${path}: no such file or directory`);
  return openTsdb({
    path,
    fileSystem: overlayFileSystem({ fileSystem, directory: path, sandbox, hidden: [`${path}/lock`] }),
    processes: alone,
    memorySnapshot: false,
    ...(onCorruption ? { onCorruption } : {}),
  });
}

const alone: Processes = { ownPid: process.pid, startOf: () => "read-only", flockHolder: () => undefined };
