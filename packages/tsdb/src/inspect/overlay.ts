// A file system that shows a directory and leaves it as it is: what is written goes to a sandbox folder instead.
// Comes from: inspect/read-only. What stands in the sandbox hides what stands at the same place of the directory.
import type { File, FileStat, FileSystem, OpenMode } from "@narthex/stdx";

export interface OverlayOptions {
  readonly fileSystem: FileSystem;
  /** Never changed. */
  readonly directory: string;
  /** Exists, and is the overlay's own. */
  readonly sandbox: string;
  /** Paths below the directory that are not shown. */
  readonly hidden: readonly string[];
}

export function overlayFileSystem(options: OverlayOptions): FileSystem {
  return new Overlay(options);
}

class Overlay implements FileSystem {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #sandbox: string;
  /** At or below these the directory is not shown any more. */
  readonly #hidden: Set<string>;
  /** Folders of the directory that were given another name: new → old. */
  readonly #moved = new Map<string, string>();

  constructor({ fileSystem, directory, sandbox, hidden }: OverlayOptions) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#sandbox = sandbox;
    this.#hidden = new Set(hidden);
  }

  open(path: string, mode: OpenMode): File {
    const upper = this.#upper(path);
    if (mode === "read") return this.#fileSystem.open(this.#seen(path) ?? upper, mode);
    if (mode === "update") this.#copyUp(path);
    if (mode === "create" && this.stat(path)) {
      throw Object.assign(new Error(`EEXIST: file already exists, open '${path}'`), { code: "EEXIST" });
    }
    this.#makeParent(path);
    return this.#fileSystem.open(upper, mode);
  }

  stat(path: string): FileStat | undefined {
    const seen = this.#seen(path);
    return seen === undefined ? undefined : this.#fileSystem.stat(seen);
  }

  readFolder(path: string): string[] {
    const [upper, lower] = [this.#upper(path), this.#lower(path)];
    const names = new Set<string>();
    if (this.#fileSystem.stat(upper)) for (const name of this.#fileSystem.readFolder(upper)) names.add(name);
    if (lower !== undefined && this.#fileSystem.stat(lower)) {
      const shown = this.#fileSystem.readFolder(lower).filter((name) => this.#lower(`${path}/${name}`) !== undefined);
      for (const name of shown) names.add(name);
    } else if (names.size === 0) {
      return this.#fileSystem.readFolder(upper);
    }
    return [...names].sort();
  }

  makeFolder(path: string): void {
    this.#fileSystem.makeFolder(this.#upper(path));
  }

  rename(from: string, to: string): void {
    const lower = this.#lower(from);
    if (lower !== undefined && this.#fileSystem.stat(lower)?.isFolder) this.#moved.set(to, lower);
    else this.#copyUp(from);
    this.#hidden.add(from);
    this.#hidden.add(to);
    if (!this.#fileSystem.stat(this.#upper(from))) return;
    this.#makeParent(to);
    this.#fileSystem.rename(this.#upper(from), this.#upper(to));
  }

  link(from: string, to: string): void {
    this.#makeParent(to);
    this.#copy(this.#seen(from) ?? this.#upper(from), this.#upper(to));
  }

  remove(path: string): void {
    if (this.#fileSystem.stat(this.#upper(path))) this.#fileSystem.remove(this.#upper(path));
    this.#forget(path);
  }

  removeTree(path: string): void {
    this.#fileSystem.removeTree(this.#upper(path));
    this.#forget(path);
  }

  startRemoving(path: string): Promise<void> {
    this.removeTree(path);
    return Promise.resolve();
  }

  /** Nothing here is meant to last. */
  syncFolder(): void {}

  diskBytes(path: string): number {
    return this.#fileSystem.diskBytes(this.#seen(path) ?? this.#sandbox);
  }

  #forget(path: string): void {
    this.#moved.delete(path);
    this.#hidden.add(path);
  }

  #upper(path: string): string {
    return `${this.#sandbox}${path.slice(this.#directory.length)}`;
  }

  /** Where the directory's own file is; undefined where it is not shown. */
  #lower(path: string): string | undefined {
    for (let at = path; at.length >= this.#directory.length; at = at.slice(0, at.lastIndexOf("/"))) {
      const source = this.#moved.get(at);
      if (source !== undefined) return `${source}${path.slice(at.length)}`;
      if (this.#hidden.has(at)) return undefined;
    }
    return path;
  }

  #seen(path: string): string | undefined {
    const upper = this.#upper(path);
    if (this.#fileSystem.stat(upper)) return upper;
    const lower = this.#lower(path);
    return lower !== undefined && this.#fileSystem.stat(lower) ? lower : undefined;
  }

  #makeParent(path: string): void {
    const upper = this.#upper(path);
    this.#fileSystem.makeFolder(upper.slice(0, upper.lastIndexOf("/")));
  }

  #copyUp(path: string): void {
    const upper = this.#upper(path);
    const lower = this.#lower(path);
    if (lower === undefined || this.#fileSystem.stat(upper) || !this.#fileSystem.stat(lower)) return;
    this.#makeParent(path);
    this.#copy(lower, upper);
  }

  #copy(from: string, to: string): void {
    const [source, target] = [this.#fileSystem.open(from, "read"), this.#fileSystem.open(to, "replace")];
    try {
      const part = new Uint8Array(copyBytes);
      for (let position = 0; ; ) {
        const count = source.read(part, position);
        if (count === 0) break;
        target.write(part.subarray(0, count), position);
        position += count;
      }
    } finally {
      source.close();
      target.close();
    }
  }
}

const copyBytes = 1024 * 1024;
