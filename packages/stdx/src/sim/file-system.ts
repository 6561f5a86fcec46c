// A file system in memory that behaves as badly as a real one may: after `crash` the names of folders that were not
// synced and the bytes of files that were not synced are there in part, the last write torn; calls fail when told to.
import { dirname } from "node:path";
import { assert } from "../assert.js";
import type { File, FileStat, FileSystem, OpenMode } from "../file-system.js";
import { type Random, randomFrom } from "../random.js";

type FileChange = { readonly position: number; readonly bytes: Uint8Array } | { readonly length: number };
type NameChange = { readonly name: string; readonly node: Node | undefined };

/** What stands on the disk for certain, and what came after the last sync. */
class FileNode {
  data: Uint8Array = new Uint8Array(0);
  size = 0;
  synced: Uint8Array = new Uint8Array(0);
  changes: FileChange[] = [];

  apply(change: FileChange): void {
    if ("length" in change) this.#resize(change.length);
    else {
      const end = change.position + change.bytes.length;
      if (end > this.size) this.#resize(end);
      this.data.set(change.bytes, change.position);
    }
  }

  #resize(length: number): void {
    if (length > this.data.length) {
      const larger = new Uint8Array(Math.max(length, this.data.length * 2));
      larger.set(this.data.subarray(0, this.size));
      this.data = larger;
    }
    if (length < this.size) this.data.fill(0, length, this.size);
    this.size = length;
  }

  sync(): void {
    this.synced = this.data.slice(0, this.size);
    this.changes = [];
  }

  crash(random: Random): void {
    const kept = this.changes.slice(0, Math.floor(random() * (this.changes.length + 1)));
    const torn = kept.at(-1);
    this.data = this.synced.slice();
    this.size = this.data.length;
    for (const change of kept.slice(0, -1)) this.apply(change);
    if (torn && "bytes" in torn) {
      const length = Math.floor(random() * (torn.bytes.length + 1));
      this.apply({ position: torn.position, bytes: torn.bytes.subarray(0, length) });
    } else if (torn) this.apply(torn);
    this.sync();
  }
}

class FolderNode {
  names: Map<string, Node> = new Map();
  synced: Map<string, Node> = new Map();
  changes: NameChange[] = [];

  change(name: string, node: Node | undefined): void {
    this.changes.push({ name, node });
    applyName(this.names, { name, node });
  }

  sync(): void {
    this.synced = new Map(this.names);
    this.changes = [];
  }

  crash(random: Random): void {
    const kept = Math.floor(random() * (this.changes.length + 1));
    this.names = new Map(this.synced);
    for (const change of this.changes.slice(0, kept)) applyName(this.names, change);
    this.sync();
    for (const node of this.names.values()) node.crash(random);
  }
}

type Node = FileNode | FolderNode;

function applyName(names: Map<string, Node>, change: NameChange): void {
  if (change.node) names.set(change.name, change.node);
  else names.delete(change.name);
}

/** Which change of the disk fails: the `call`th from now on (0 is the next), `times` in a row. */
export interface SimFault {
  readonly call: number;
  readonly code: "ENOSPC" | "EIO";
  readonly times?: number;
}

export interface SimFileSystemOptions {
  readonly seed?: number;
  /** Bytes that files may hold together; a write beyond writes what fits, then throws ENOSPC. */
  readonly sizeMax?: number;
}

export class SimFileSystem implements FileSystem {
  /** Writes, syncs, truncations, renames, removals and creations so far: the places where `fault` may strike. */
  changeCount = 0;
  sizeMax: number;
  /** Files that were opened and not closed since. */
  openFileCount = 0;
  #used = 0;
  #root = new FolderNode();
  #fault: { from: number; until: number; code: string } | undefined;
  readonly #random: Random;

  constructor(options: SimFileSystemOptions = {}) {
    this.#random = randomFrom(options.seed ?? 1);
    this.sizeMax = options.sizeMax ?? Number.POSITIVE_INFINITY;
  }

  /** Bytes that files hold together. */
  get usedBytes(): number {
    return this.#used;
  }

  /** Arms one fault; undefined disarms. */
  fault(fault: SimFault | undefined): void {
    if (!fault) this.#fault = undefined;
    else {
      const from = this.changeCount + fault.call;
      this.#fault = { from, until: from + (fault.times ?? 1), code: fault.code };
    }
  }

  /** The machine loses power: open files are dead, unsynced changes are kept in part. */
  crash(): void {
    this.#fault = undefined;
    this.openFileCount = 0;
    this.#root.crash(this.#random);
    this.#used = usedBytes(this.#root);
  }

  open(path: string, mode: OpenMode): File {
    const { folder, name } = this.#parent(path);
    let node = folder.names.get(name);
    if (node instanceof FolderNode) throw failure("EISDIR", path);
    if (node && mode === "create") throw failure("EEXIST", path);
    if (!node && (mode === "read" || mode === "update")) throw failure("ENOENT", path);
    if (!node) {
      this.#strike(path);
      node = new FileNode();
      folder.change(name, node);
    } else if (mode === "replace") this.#truncate(node, 0, path);
    return this.#file(node, path);
  }

  #file(node: FileNode, path: string): File {
    let isOpen = true;
    this.openFileCount++;
    return {
      read(target, position) {
        const end = Math.min(node.size, position + target.length);
        if (end <= position) return 0;
        target.set(node.data.subarray(position, end));
        return end - position;
      },
      write: (bytes, position) => this.#write(node, { bytes: bytes.slice(), position }, path),
      size: () => node.size,
      truncate: (length) => this.#truncate(node, length, path),
      sync: () => this.#sync(node, path),
      startSync: async () => this.#sync(node, path),
      close: () => {
        // Of a real file the second close might hit a file that was opened since.
        assert(isOpen, "a file is closed once");
        isOpen = false;
        this.openFileCount--;
      },
    };
  }

  #sync(node: FileNode, path: string): void {
    this.#strike(path);
    node.sync();
  }

  #write(node: FileNode, change: { position: number; bytes: Uint8Array }, path: string): void {
    let { bytes } = change;
    let code = this.#nextFault();
    const growth = Math.max(0, change.position + bytes.length - node.size);
    const room = Math.max(0, this.sizeMax - this.#used);
    if (code) bytes = bytes.subarray(0, Math.floor(this.#random() * bytes.length));
    else if (growth > room) {
      code = "ENOSPC";
      bytes = bytes.subarray(0, bytes.length - (growth - room));
    }
    const before = node.size;
    const kept = { position: change.position, bytes };
    node.apply(kept);
    node.changes.push(kept);
    this.#used += node.size - before;
    if (code) throw failure(code, path);
  }

  #truncate(node: FileNode, length: number, path: string): void {
    this.#strike(path);
    this.#used += length - node.size;
    node.apply({ length });
    node.changes.push({ length });
  }

  stat(path: string): FileStat | undefined {
    const node = this.#find(path);
    if (!node) return undefined;
    const isFolder = node instanceof FolderNode;
    return { size: isFolder ? 0 : node.size, isFolder, modifiedMs: 0 };
  }

  readFolder(path: string): string[] {
    return [...this.#folder(path).names.keys()].sort();
  }

  makeFolder(path: string): void {
    let folder = this.#root;
    for (const name of parts(path)) {
      let next = folder.names.get(name);
      if (!next) {
        this.#strike(path);
        next = new FolderNode();
        folder.change(name, next);
      }
      if (next instanceof FileNode) throw failure("ENOTDIR", path);
      folder = next;
    }
  }

  rename(from: string, to: string): void {
    this.#strike(from);
    const source = this.#parent(from);
    const node = source.folder.names.get(source.name);
    if (!node) throw failure("ENOENT", from);
    const target = this.#parent(to);
    const replaced = target.folder.names.get(target.name);
    if (replaced instanceof FolderNode && replaced.names.size > 0) throw failure("ENOTEMPTY", to);
    target.folder.change(target.name, node);
    source.folder.change(source.name, undefined);
    if (replaced) this.#used = usedBytes(this.#root);
  }

  link(from: string, to: string): void {
    this.#strike(to);
    const node = this.#find(from);
    if (!node) throw failure("ENOENT", from);
    const { folder, name } = this.#parent(to);
    if (folder.names.has(name)) throw failure("EEXIST", to);
    folder.change(name, node);
  }

  remove(path: string): void {
    this.#strike(path);
    const { folder, name } = this.#parent(path);
    const node = folder.names.get(name);
    if (!node) throw failure("ENOENT", path);
    if (node instanceof FolderNode) throw failure("EISDIR", path);
    folder.change(name, undefined);
    this.#used = usedBytes(this.#root);
  }

  removeTree(path: string): void {
    this.#strike(path);
    if (!this.#find(path)) return;
    const { folder, name } = this.#parent(path);
    folder.change(name, undefined);
    this.#used = usedBytes(this.#root);
  }

  async startRemoving(path: string): Promise<void> {
    this.removeTree(path);
  }

  syncFolder(path: string): void {
    this.#strike(path);
    this.#folder(path).sync();
  }

  diskBytes(): number {
    return this.sizeMax;
  }

  #strike(path: string): void {
    const code = this.#nextFault();
    if (code) throw failure(code, path);
  }

  #nextFault(): string | undefined {
    const call = this.changeCount++;
    const fault = this.#fault;
    return fault && call >= fault.from && call < fault.until ? fault.code : undefined;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of parts(path)) {
      if (!(node instanceof FolderNode)) return undefined;
      node = node.names.get(name);
    }
    return node;
  }

  #folder(path: string): FolderNode {
    const node = this.#find(path);
    if (!node) throw failure("ENOENT", path);
    if (node instanceof FileNode) throw failure("ENOTDIR", path);
    return node;
  }

  #parent(path: string): { folder: FolderNode; name: string } {
    return { folder: this.#folder(dirname(path)), name: parts(path).at(-1) ?? "" };
  }
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function usedBytes(folder: FolderNode): number {
  const files = new Set<FileNode>();
  const collect = (node: Node): void => {
    if (node instanceof FileNode) files.add(node);
    else for (const inner of node.names.values()) collect(inner);
  };
  collect(folder);
  let sum = 0;
  for (const file of files) sum += file.size;
  return sum;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}
