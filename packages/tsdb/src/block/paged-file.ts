// Reads large files page by page through one bounded cache, so that open blocks cost no memory by their size.
import { assert, type File, type FileSystem } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";

const pageBytes = 64 * 1024;

/** The pages read last, of all files that share it. */
export class PageCache {
  readonly #pagesMax: number;
  // A Map remembers the order of insertion: the first is the one used longest ago.
  readonly #pages = new Map<number, Uint8Array>();
  #filesOpened = 0;

  constructor(bytesMax: number) {
    this.#pagesMax = Math.max(16, Math.floor(bytesMax / pageBytes));
  }

  /** A number that tells a file's pages from those of others: files have less than 2^32 pages. */
  nextFileKey(): number {
    return this.#filesOpened++ * 0x100000000;
  }

  page(key: number, load: () => Uint8Array): Uint8Array {
    const known = this.#pages.get(key);
    if (known) {
      this.#pages.delete(key);
      this.#pages.set(key, known);
      return known;
    }
    const loaded = load();
    this.#pages.set(key, loaded);
    if (this.#pages.size > this.#pagesMax) this.#pages.delete(this.#pages.keys().next().value as number);
    return loaded;
  }
}

export class PagedFile {
  readonly path: string;
  readonly size: number;
  readonly #file: File;
  readonly #cache: PageCache;
  readonly #key: number;
  /** The page used last: neighbours are read one after the other. It may outlive its place in the cache. */
  #lastNumber = -1;
  #lastPage: Uint8Array = new Uint8Array(0);
  #isOpen = true;

  constructor(fileSystem: FileSystem, path: string, cache: PageCache) {
    this.path = path;
    this.#file = fileSystem.open(path, "read");
    this.size = this.#file.size();
    this.#cache = cache;
    this.#key = cache.nextFileKey();
  }

  /** Exactly `length` bytes. Borrowed: never write to them. Throws CorruptionError behind the file's end. */
  bytes(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    const number = Math.floor(offset / pageBytes);
    const start = offset - number * pageBytes;
    if (start + length <= pageBytes) return this.#page(number).subarray(start, start + length);
    const bytes = new Uint8Array(length);
    this.#file.read(bytes, offset);
    return bytes;
  }

  /** Throws CorruptionError where not all of the bytes are in the file. */
  check(offset: number, length: number): void {
    checkWithin(this, offset, length);
  }

  /** As `bytes`, but fewer at the end of the file. */
  bytesUpTo(offset: number, lengthMax: number): Uint8Array {
    return this.bytes(offset, Math.max(0, Math.min(lengthMax, this.size - offset)));
  }

  /** Fills `target`, past the cache. REQUIRES: the file reaches there. */
  readInto(target: Uint8Array, offset: number): void {
    assert(this.#isOpen, "a closed block is not read");
    this.#file.read(target, offset);
  }

  /** The page in which `offset` stands, whole. Borrowed. REQUIRES: the file reaches there. */
  pageAt(offset: number): Uint8Array {
    return this.#page(Math.floor(offset / pageBytes));
  }

  #page(number: number): Uint8Array {
    if (number === this.#lastNumber) return this.#lastPage;
    assert(this.#isOpen, "a closed block is not read");
    this.#lastPage = this.#cache.page(this.#key + number, () => {
      const page = new Uint8Array(Math.min(pageBytes, this.size - number * pageBytes));
      this.#file.read(page, number * pageBytes);
      return page;
    });
    this.#lastNumber = number;
    return this.#lastPage;
  }

  close(): void {
    this.#isOpen = false;
    this.#lastNumber = -1;
    this.#file.close();
  }
}

/** Throws CorruptionError where not all of the bytes are in the file. */
export function checkWithin(file: Pick<PagedFile, "path" | "size">, offset: number, length: number): void {
  if (offset >= 0 && offset + length <= file.size) return;
  throw new CorruptionError(`${length} bytes wanted, but the file has ${file.size}`, { file: file.path, offset });
}

/** bytes[start, end). Borrowed. */
export interface ByteSpan {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** As many bytes as the uvarint at `offset` says, and `extra` more, behind it; in the cached page itself where they do not cross its end. */
export function readFramed(file: PagedFile, offset: number, extra: number): ByteSpan {
  const inPage = offset % pageBytes;
  const isNearEnd = inPage > pageBytes - 5 || offset > file.size - 5;
  const prefix = isNearEnd ? file.bytesUpTo(offset, 5) : file.pageAt(offset);
  let at = isNearEnd ? 0 : inPage;
  let length = 0;
  for (let i = 0, scale = 1; ; i++, scale *= 128) {
    if (i === 5) throw new CorruptionError("an impossible length", { file: file.path, offset });
    const byte = prefix[at++] ?? 0;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  const whole = length + extra;
  if (!isNearEnd && at + whole <= prefix.length) return { bytes: prefix, start: at, end: at + whole };
  const lengthBytes = isNearEnd ? at : at - inPage;
  return { bytes: file.bytes(offset + lengthBytes, whole), start: 0, end: whole };
}

/** The big-endian checksum that stands at bytes[at, at + 4). */
export function checksumAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
