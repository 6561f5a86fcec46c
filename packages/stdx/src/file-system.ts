// Files as a storage engine needs them: synchronous, positioned, with explicit durability.
// Implemented by `nodeFileSystem` here and by sim/file-system.ts, which forgets what was not synced.
import * as fs from "node:fs";
import { dirname } from "node:path";

/** An open file. Errors are Node's: `code` is ENOENT, EEXIST, ENOSPC, EIO, EACCES, … */
export interface File {
  /** Fills `target` from `position` on; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number;
  /** Writes all of `bytes`, or throws; after a throw a part of them may stand in the file. */
  write(bytes: Uint8Array, position: number): void;
  size(): number;
  truncate(length: number): void;
  /** Returns when content and size are on the disk. */
  sync(): void;
  /** As `sync`, while this thread goes on; the file may be written and closed meanwhile. */
  startSync(): Promise<void>;
  close(): void;
}

/** read: must exist. update: must exist, written in place. create: must not exist. replace: emptied if it exists. */
export type OpenMode = "read" | "update" | "create" | "replace";

export interface FileStat {
  readonly size: number;
  readonly isFolder: boolean;
  readonly modifiedMs: number;
}

export interface FileSystem {
  open(path: string, mode: OpenMode): File;
  /** Undefined where nothing stands at `path`. */
  stat(path: string): FileStat | undefined;
  /** Names in the folder, sorted. */
  readFolder(path: string): string[];
  /** Makes the folder and its parents; content if it stands already. */
  makeFolder(path: string): void;
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): void;
  /** A second name for the same file. */
  link(from: string, to: string): void;
  remove(path: string): void;
  /** Removes a file or a folder with all in it; content if nothing stands there. */
  removeTree(path: string): void;
  /** As `removeTree`, while this thread goes on: large files take their time. */
  startRemoving(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): void;
  /** Size of the disk that holds the folder, in bytes, used or free. */
  diskBytes(path: string): number;
}

const openFlags: Readonly<Record<OpenMode, string>> = { read: "r", update: "r+", create: "wx+", replace: "w+" };

class NodeFile implements File {
  readonly #descriptor: number;
  /** Syncs that run on other threads; the descriptor, which may be another file's next, is theirs, too. */
  #syncsRunning = 0;
  #isClosed = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read(target: Uint8Array, position: number): number {
    let done = 0;
    while (done < target.length) {
      const count = fs.readSync(this.#descriptor, target, done, target.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length) {
      done += fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
    }
  }

  size(): number {
    return fs.fstatSync(this.#descriptor).size;
  }

  truncate(length: number): void {
    fs.ftruncateSync(this.#descriptor, length);
  }

  sync(): void {
    fs.fsyncSync(this.#descriptor);
  }

  startSync(): Promise<void> {
    this.#syncsRunning++;
    return new Promise((resolve, reject) => {
      fs.fsync(this.#descriptor, (error) => {
        this.#syncsRunning--;
        if (this.#isClosed) this.#closeUnused();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (this.#syncsRunning === 0) fs.closeSync(this.#descriptor);
  }
}

/** The real one. */
export const nodeFileSystem: FileSystem = {
  open: (path, mode) => new NodeFile(fs.openSync(path, openFlags[mode], 0o666)),
  stat(path) {
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    return stat && { size: stat.size, isFolder: stat.isDirectory(), modifiedMs: stat.mtimeMs };
  },
  readFolder: (path) => fs.readdirSync(path).sort(),
  makeFolder: (path) => void fs.mkdirSync(path, { recursive: true }),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  remove: (path) => fs.unlinkSync(path),
  removeTree: (path) => fs.rmSync(path, { recursive: true, force: true }),
  startRemoving: (path) => fs.promises.rm(path, { recursive: true, force: true }),
  syncFolder(path) {
    const descriptor = fs.openSync(path, "r");
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  },
  diskBytes(path) {
    const { blocks, bsize } = fs.statfsSync(path);
    return blocks * bsize;
  },
};

/** The whole content of a file. */
export function readWholeFile(fileSystem: FileSystem, path: string): Uint8Array {
  const file = fileSystem.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size());
    return bytes.subarray(0, file.read(bytes, 0));
  } finally {
    file.close();
  }
}

/** Puts `bytes` at `path` whole or not at all: temporary file, sync, rename, sync of the folder. */
export function writeFileAtomically(fileSystem: FileSystem, path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = fileSystem.open(temporary, "replace");
  try {
    file.write(bytes, 0);
    file.sync();
  } finally {
    file.close();
  }
  fileSystem.rename(temporary, path);
  fileSystem.syncFolder(dirname(path));
}
