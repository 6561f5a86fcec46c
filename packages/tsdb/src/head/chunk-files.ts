// The chunks_head folder: full chunks of the head, which so leave memory (docs/formats/chunks-head.md).
// Comes from: head, when a chunk is full. Goes to: queries, head/replay, compaction. It is a cache of what the WAL holds:
// a damaged tail is cut off and built again from the log.
import { ByteWriter, crc32c, type File, type FileSystem } from "@narthex/stdx";
import { PageCache, PagedFile } from "../block/paged-file.js";
import { type ChunkData, isChunkEncoding } from "../chunk/encoding.js";
import { CorruptionError, UnsupportedDataError } from "../errors.js";
import { Removals } from "../removals.js";
import { type ChunkScanner, type StoredChunk, startChunkScanner } from "./chunk-scanner.js";
import { type ChunkRun, outOfOrderFlag } from "./closed-chunks.js";

const magic = 0x0130bc91;
const headerBytes = 8;
/** ref, min and max time, encoding; then the length as a uvarint of at most 5 bytes. */
const chunkHeaderBytes = 25;
const chunkHeaderBytesMax = chunkHeaderBytes + 5;
const checksumBytes = 4;
/** From where a chunk stands to the length of its data. */
export const chunkLengthAt: number = chunkHeaderBytes;
/** Most bytes that a chunk takes beside its data. */
export const chunkAroundBytesMax: number = chunkHeaderBytesMax + checksumBytes;
const fileBytesMax = 128 * 1024 * 1024;
/** Pages of chunk files that one query keeps: some for each chunk of a series, since neighbours in time are neighbours there. */
const cacheBytesMax = 4 * 1024 * 1024;
/** Scanned between two looks at the clock: some 5 ms. */
const pauseBytes = 512 * 1024;
const readBytes = 4 * 1024 * 1024;
const fileForm = /^\d{6}$/;

export interface AddedChunk {
  readonly minTime: number;
  readonly maxTime: number;
  readonly data: ChunkData;
  readonly isOutOfOrder?: boolean;
}

/** Takes the chunks of a file in their order. */
export interface ChunkVisitor {
  /** Borrows the chunk. */
  chunk(chunk: StoredChunk): void;
  /** Many at once, which it borrows; `chunkAt` gives one of them. */
  run(run: ChunkRun, chunkAt: (i: number) => StoredChunk): void;
}

interface Loading {
  readonly visitor: ChunkVisitor;
  readonly pause: () => Promise<void>;
  readonly scanner: ChunkScanner | undefined;
}

interface ChunkFile {
  readonly number: number;
  readonly file: File;
  length: number;
  maxTime: number;
}

export class ChunkFiles {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #files = new Map<number, ChunkFile>();
  #current: ChunkFile | undefined;
  /** Left by a process that may have been killed: what it wrote may not be on the disk. */
  readonly #unsynced = new Set<ChunkFile>();
  /** No number is used again: the file that had it may still be on its way out. */
  #lastNumber = 0;
  /** Files that no chunk needs any more. */
  readonly removals: Removals;
  readonly #startScanner: typeof startChunkScanner;
  readonly #pending = new ByteWriter(4096);
  #pendingMaxTime = Number.NEGATIVE_INFINITY;

  /** `startScanner`: the kernel of `load`, or none. */
  constructor(fileSystem: FileSystem, folder: string, startScanner: typeof startChunkScanner = startChunkScanner) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    this.#startScanner = startScanner;
    this.removals = new Removals(fileSystem);
    fileSystem.makeFolder(folder);
  }

  get bytes(): number {
    let sum = 0;
    for (const file of this.#files.values()) sum += file.length;
    return sum;
  }

  /**
   * Opens the files there are and gives each of their chunks to the visitor, up to damage, which is returned: `cut`
   * there before anything is added. Call once, before anything else. A file has up to
   * 128 MiB: `pause` is called between its chunks.
   */
  async load(visitor: ChunkVisitor, pause: () => Promise<void>): Promise<CorruptionError | undefined> {
    const numbers = this.#fileSystem
      .readFolder(this.#folder)
      .filter((name) => fileForm.test(name))
      .map(Number);
    const scanner = this.#startScanner();
    for (const number of numbers) {
      const damage = await this.#loadFile(number, { visitor, pause, scanner });
      if (damage) return damage;
    }
    return undefined;
  }

  /** Cuts the damaged file and removes later ones. */
  cut(damage: CorruptionError): void {
    const damaged = Math.max(...this.#files.keys());
    const isLater = (name: string): boolean => fileForm.test(name) && Number(name) > damaged;
    for (const later of this.#fileSystem.readFolder(this.#folder).filter(isLater)) {
      this.#fileSystem.remove(`${this.#folder}/${later}`);
    }
    this.#cutFile(this.#files.get(damaged) as ChunkFile, damage.offset);
  }

  async #loadFile(number: number, { visitor, pause, scanner }: Loading): Promise<CorruptionError | undefined> {
    const path = this.#path(number);
    const opened = this.#fileSystem.open(path, "update");
    const file: ChunkFile = { number, file: opened, length: headerBytes, maxTime: Number.NEGATIVE_INFINITY };
    this.#files.set(number, file);
    this.#unsynced.add(file);
    this.#lastNumber = number;
    if (scanner && startsWell(opened)) {
      const chunkAt = (i: number): StoredChunk => scanner.chunkAt(i);
      for (const part of scanner.parts({ file: opened, number, start: headerBytes })) {
        for (let i = 0; i < part.count; i++) file.maxTime = Math.max(file.maxTime, part.times[3 * i + 2]!);
        visitor.run(part, chunkAt);
        file.length = part.end;
        await pause();
      }
      if (file.length === opened.size()) return undefined;
    }
    // As far as the kernel got; a file without a chunk is looked at from its beginning.
    const start = file.length > headerBytes ? file.length : 0;
    const bytes = await readFrom(opened, start, pause);
    try {
      let scanned = start;
      for (const { chunk, end } of chunksOf(bytes, { number, path, base: start })) {
        file.maxTime = Math.max(file.maxTime, chunk.maxTime);
        visitor.chunk(chunk);
        file.length = start + end;
        if (file.length - scanned < pauseBytes) continue;
        scanned = file.length;
        await pause();
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      return error;
    }
  }

  #cutFile(file: ChunkFile, length: number): void {
    if (length < headerBytes) {
      this.#forget(file);
      this.#fileSystem.remove(this.#path(file.number));
    } else {
      file.file.truncate(length);
      file.length = length;
    }
  }

  /** Takes a chunk for the next `flush`; returns its file and position there. */
  add(ref: number, chunk: AddedChunk): void {
    const { encoding, bytes, start, end } = chunk.data;
    const writer = this.#pending;
    const from = writer.length;
    writer.u64(ref);
    writer.i64(chunk.minTime);
    writer.i64(chunk.maxTime);
    writer.u8(chunk.isOutOfOrder ? encoding | outOfOrderFlag : encoding);
    writer.uvarint(end - start);
    writer.raw(bytes.subarray(start, end));
    writer.u32(crc32c(writer.bytes(), from));
    this.#pendingMaxTime = Math.max(this.#pendingMaxTime, chunk.maxTime);
  }

  /** Bytes taken since the last `flush`: where the next chunk will stand, relative to what `flush` returns. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** Where the next chunk will stand, or a place before it: behind all that was flushed. */
  get end(): { readonly file: number; readonly position: number } {
    if (!this.#current) return { file: this.#lastNumber + 1, position: 0 };
    return { file: this.#current.number, position: this.#current.length };
  }

  /** Writes what was added; returns where its first byte stands. On an error nothing was added. */
  flush(): { readonly file: number; readonly position: number } {
    const bytes = this.#pending.bytes();
    const maxTime = this.#pendingMaxTime;
    this.#pending.clear();
    this.#pendingMaxTime = Number.NEGATIVE_INFINITY;
    const current = this.#fileFor(bytes.length);
    const position = current.length;
    current.file.write(bytes, position);
    current.length = position + bytes.length;
    current.maxTime = Math.max(current.maxTime, maxTime);
    return { file: current.number, position };
  }

  #fileFor(bytes: number): ChunkFile {
    if (this.#current && this.#current.length + bytes <= fileBytesMax) return this.#current;
    this.#current?.file.sync();
    const number = this.#lastNumber + 1;
    const file = this.#fileSystem.open(this.#path(number), "replace");
    try {
      const header = new ByteWriter(headerBytes);
      header.u32(magic);
      header.u32(1 << 24);
      file.write(header.bytes(), 0);
      this.#fileSystem.syncFolder(this.#folder);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#current = { number, file, length: headerBytes, maxTime: Number.NEGATIVE_INFINITY };
    this.#files.set(number, this.#current);
    this.#lastNumber = number;
    return this.#current;
  }

  /** The data of a chunk; checks that it is the chunk it should be. */
  read(place: ChunkPlace): ChunkData {
    const bytes = new Uint8Array(place.length + chunkAroundBytesMax);
    const count = this.#files.get(place.file)?.file.read(bytes, place.position) ?? 0;
    return checkedChunk(bytes.subarray(0, count), place, this.#path(place.file));
  }

  /**
   * Removes the oldest files as long as all their chunks end before `minTime` and they are before `firstFile`. The file
   * being written stays.
   */
  truncate(minTime: number, firstFile: number = Number.POSITIVE_INFINITY): void {
    for (const [number, file] of [...this.#files].sort(([a], [b]) => a - b)) {
      if (file === this.#current || file.maxTime >= minTime || number >= firstFile) return;
      this.#forget(file);
      this.removals.start(this.#path(number));
    }
  }

  #forget(file: ChunkFile): void {
    file.file.close();
    this.#files.delete(file.number);
    this.#unsynced.delete(file);
  }

  /** Returns when all there is is on the disk; files that were filled have been synced before. */
  sync(): void {
    for (const file of this.#unsynced) {
      file.file.sync();
      this.#unsynced.delete(file);
    }
    this.#current?.file.sync();
  }

  close(): void {
    try {
      this.sync();
    } finally {
      this.abandon();
    }
  }

  /** Closes the files as they are. */
  abandon(): void {
    for (const file of this.#files.values()) file.file.close();
    this.#files.clear();
    this.#current = undefined;
  }

  #path(number: number): string {
    return chunkFilePath(this.#folder, number);
  }
}

export function chunkFilePath(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(6, "0")}`;
}

/** Where a chunk stands, and whose it must be. */
export interface ChunkPlace {
  readonly file: number;
  readonly position: number;
  /** Bytes of data. */
  readonly length: number;
  readonly ref: number;
}

/** Bytes of a whole chunk with `length` bytes of data. */
export function wholeChunkBytes(length: number): number {
  let lengthBytes = 1;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 0x80)) lengthBytes++;
  return chunkHeaderBytes + lengthBytes + length + checksumBytes;
}

/**
 * Reads chunks of the folder while its owner, maybe on another thread, goes on writing. REQUIRES: the owner keeps the
 * files (head/pins.ts). Neighbours are read together, so one of these serves one query.
 */
export class ChunkFileReader {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #cache = new PageCache(cacheBytesMax);
  readonly #files = new Map<number, PagedFile>();

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
  }

  /** The data of a chunk that was written before the file was first read here. Borrowed. */
  read(place: ChunkPlace): ChunkData {
    const file = this.#files.get(place.file) ?? this.#open(place.file);
    const bytes = file.bytesUpTo(place.position, place.length + chunkAroundBytesMax);
    return checkedChunk(bytes, place, file.path);
  }

  #open(number: number): PagedFile {
    const file = new PagedFile(this.#fileSystem, chunkFilePath(this.#folder, number), this.#cache);
    this.#files.set(number, file);
    return file;
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }
}

/** The data of the chunk that begins at `at` in the bytes, which hold it whole. Throws CorruptionError where it is not that. */
export function checkedChunk(bytes: Uint8Array, place: ChunkPlace, path: string, at = 0): ChunkData {
  const cursor = { number: place.file, path, base: place.position - at };
  const found = readChunk(bytes, at, cursor);
  if (found.chunk.ref !== place.ref) throw corruption("chunk of another series", cursor, at);
  const start = found.dataStart;
  const origin = { file: path, offset: place.position };
  return { encoding: found.chunk.encoding, bytes, start, end: start + found.chunk.length, origin };
}

interface Place {
  readonly number: number;
  readonly path: string;
  /** Where in the file the bytes begin. */
  readonly base?: number;
}

/** Whether the file begins as one of chunks does. */
function startsWell(file: File): boolean {
  const header = new Uint8Array(headerBytes);
  return file.read(header, 0) === headerBytes && u32(header, 0) === magic && header[4] === 1;
}

async function readFrom(file: File, start: number, pause: () => Promise<void>): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.size() - start);
  for (let at = 0; at < bytes.length; at += readBytes) {
    file.read(bytes.subarray(at, at + readBytes), start + at);
    await pause();
  }
  return bytes;
}

/** The chunks of a file, or of its rest, and where in the bytes each ends: Prometheus fills the rest of a file with zeros. */
function* chunksOf(bytes: Uint8Array, place: Place): Generator<{ readonly chunk: StoredChunk; readonly end: number }> {
  let at = 0;
  if (!place.base) {
    if (bytes.length < headerBytes || u32(bytes, 0) !== magic) throw corruption("no head chunk file", place, 0);
    if (bytes[4] !== 1) throw corruption(`head chunk file of unknown version ${bytes[4]}`, place, 0);
    at = headerBytes;
  }
  while (at < bytes.length) {
    if (isZero(bytes, at, Math.min(bytes.length, at + chunkHeaderBytes))) {
      if (!isZero(bytes, at, bytes.length)) throw corruption("bytes behind the last chunk", place, at);
      return;
    }
    const found = readChunk(bytes, at, place);
    yield found;
    at = found.end;
  }
}

function readChunk(
  bytes: Uint8Array,
  at: number,
  place: Place,
): { chunk: StoredChunk; dataStart: number; end: number } {
  if (at + chunkHeaderBytes + 1 > bytes.length) throw corruption("torn head chunk", place, at);
  let length = 0;
  let dataStart = at + chunkHeaderBytes;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[dataStart++] ?? 0;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    if (scale > 2 ** 28) throw corruption("head chunk with an impossible length", place, at);
  }
  const dataEnd = dataStart + length;
  if (dataEnd + 4 > bytes.length) throw corruption("torn head chunk", place, at);
  if (crc32c(bytes, at, dataEnd) !== u32(bytes, dataEnd)) throw corruption("checksum does not match", place, at);
  const flags = bytes[at + 24]!;
  const encoding = flags & ~outOfOrderFlag;
  if (!isChunkEncoding(encoding)) {
    // The checksum matched: it is no damage.
    throw new UnsupportedDataError(`${place.path} holds chunks of encoding ${encoding}, which are not read yet`);
  }
  const chunk: StoredChunk = {
    ref: u32(bytes, at) * 0x100000000 + u32(bytes, at + 4),
    minTime: i64(bytes, at + 8),
    maxTime: i64(bytes, at + 16),
    encoding,
    isOutOfOrder: (flags & outOfOrderFlag) !== 0,
    file: place.number,
    position: (place.base ?? 0) + at,
    length,
  };
  return { chunk, dataStart, end: dataEnd + 4 };
}

// Without a DataView: one for each chunk costs more than the chunk.
function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function i64(bytes: Uint8Array, at: number): number {
  return (u32(bytes, at) | 0) * 0x100000000 + u32(bytes, at + 4);
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  const wordsStart = Math.min(end, Math.ceil((bytes.byteOffset + start) / 4) * 4 - bytes.byteOffset);
  const wordCount = Math.floor((end - wordsStart) / 4);
  for (let i = start; i < wordsStart; i++) if (bytes[i] !== 0) return false;
  for (let i = wordsStart + 4 * wordCount; i < end; i++) if (bytes[i] !== 0) return false;
  if (wordCount === 0) return true;
  // The rest of a file may be 100 MB.
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + wordsStart, wordCount);
  for (let i = 0; i < wordCount; i++) if (words[i] !== 0) return false;
  return true;
}

function corruption(what: string, place: Place, at: number): CorruptionError {
  return new CorruptionError(what, { file: place.path, offset: (place.base ?? 0) + at });
}
