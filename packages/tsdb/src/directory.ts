// The data directory: made if it is not there, and kept from other processes. Comes from: tsdb, agent/agent.
import { dirname } from "node:path";
import type { FileSystem } from "@narthex/stdx";
import { type DirectoryLock, lockDirectory, noLock, type Processes } from "./lock.js";

export interface DirectoryOptions {
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  readonly lockFile: boolean;
}

/** Throws DirectoryLockedError, and an Error where the directory cannot be made. */
export function openDirectory(options: DirectoryOptions): DirectoryLock {
  const { fileSystem, path, lockFile } = options;
  try {
    const isNew = fileSystem.stat(path) === undefined;
    fileSystem.makeFolder(path);
    if (isNew) fileSystem.syncFolder(dirname(path));
  } catch (cause) {
    throw new Error(`cannot make data directory ${path}`, { cause });
  }
  return lockFile ? lockDirectory(path, options) : noLock;
}
