// A block's chunks: numbered segment files of checked chunks (docs/formats/chunk.md#segments).

import type { SampleColumns } from "@narthex/model";
import { ByteWriter, crc32c, type FileSystem } from "@narthex/stdx";
import { decodeChunk } from "../chunk/decode.js";
import {
  type ChunkData,
  type ChunkEncoding,
  type ChunkWindow,
  chunkEncoding,
  isChunkEncoding,
} from "../chunk/encoding.js";
import type { LatestRows } from "../chunk/xor-kernel.js";
import { CorruptionError } from "../errors.js";
import type { BlockCache } from "./cache.js";
import type { SegmentPages } from "./chunk-pages.js";
import { type ChunkList, chunkFields } from "./index-format.js";
import { OutputFile } from "./output-file.js";
import { type ByteSpan, checksumAt, PagedFile, readFramed } from "./paged-file.js";

const magic = 0x85bd40dd;
const version = 1;
const headerBytes = 8;
const defaultSegmentBytesMax = 512 * 1024 * 1024;
/** A chunk's ref is segment × this + offset; segments count from 0 there and from 1 in file names. */
const refSegment = 0x100000000;
/** Most bytes that a chunk takes beside its data: length, encoding, checksum. */
const aroundBytesMax = 16;

function segmentPath(folder: string, segment: number): string {
  return `${folder}/${String(segment + 1).padStart(6, "0")}`;
}

export class ChunkWriter {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #segmentBytesMax: number;
  readonly #frame = new ByteWriter(16);
  #file: OutputFile | undefined;
  #segment = -1;

  constructor(fileSystem: FileSystem, folder: string, segmentBytesMax: number = defaultSegmentBytesMax) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    this.#segmentBytesMax = segmentBytesMax;
    fileSystem.makeFolder(folder);
  }

  /** Returns the chunk's ref. */
  add({ encoding, bytes, start, end, checksum }: ChunkData): number {
    const length = end - start;
    const file = this.#fileFor(length + aroundBytesMax);
    const ref = this.#segment * refSegment + file.offset;
    // Straight into the file's buffer: most chunks are a few hundred bytes, which copies between writers would double.
    let at = file.reserve(length + aroundBytesMax);
    const { buffer } = file;
    let rest = length;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
    buffer[at++] = rest;
    const checkedFrom = at;
    buffer[at++] = encoding;
    buffer.set(bytes.subarray(start, end), at);
    at += length;
    const crc = checksum ?? crc32c(buffer, checkedFrom, at);
    buffer[at++] = crc >>> 24;
    buffer[at++] = crc >>> 16;
    buffer[at++] = crc >>> 8;
    buffer[at++] = crc;
    file.use(at);
    return ref;
  }

  /** Where chunks go that come prepared, and how many bytes they may be. */
  get place(): { readonly ref: number; readonly room: number } {
    const segment = Math.max(0, this.#segment);
    const offset = this.#file?.offset ?? headerBytes;
    return { ref: segment * refSegment + offset, room: this.#segmentBytesMax - offset };
  }

  /** Takes chunks as they stand in a segment. REQUIRES: they fit at `place`. */
  addPrepared(bytes: Uint8Array): void {
    if (bytes.length > 0) (this.#file ?? this.nextSegment()).write(bytes);
  }

  #fileFor(bytes: number): OutputFile {
    if (this.#file && this.#file.offset + bytes <= this.#segmentBytesMax) return this.#file;
    return this.nextSegment();
  }

  nextSegment(): OutputFile {
    this.#file?.finish();
    this.#segment++;
    this.#file = new OutputFile(this.#fileSystem, segmentPath(this.#folder, this.#segment));
    this.#frame.u32(magic);
    this.#frame.u32(version << 24);
    this.#file.drain(this.#frame);
    return this.#file;
  }

  finish(): void {
    this.#file?.finish();
    this.#fileSystem.syncFolder(this.#folder);
  }

  abandon(): void {
    this.#file?.abandon();
  }
}

/** Chunks first … end - 1 of a series' list. */
export interface ChunkRange {
  readonly chunks: ChunkList;
  readonly first: number;
  readonly end: number;
}

export class ChunkReader {
  readonly folder: string;
  readonly #cache: BlockCache;
  readonly #segments: PagedFile[] = [];
  /** Of the same segments, for those that were read by `append`. */
  readonly #pages: (SegmentPages | undefined)[] = [];
  readonly bytes: number;

  constructor(fileSystem: FileSystem, folder: string, cache: BlockCache) {
    this.folder = folder;
    this.#cache = cache;
    const names = fileSystem.stat(folder) ? fileSystem.readFolder(folder).filter((name) => /^\d{6}$/.test(name)) : [];
    try {
      for (const name of names) {
        const segment = new PagedFile(fileSystem, `${folder}/${name}`, cache.pages);
        this.#segments.push(segment);
        checkHeader(segment);
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.bytes = this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /** Bytes from the chunk on into `target`, as many as its segment has; returns how many. */
  readInto(target: Uint8Array, ref: number): number {
    const segment = this.#segmentOf(ref);
    const offset = ref % refSegment;
    segment.check(offset, 0);
    const length = Math.min(target.length, segment.size - offset);
    segment.readInto(target.subarray(0, length), offset);
    return length;
  }

  /** Data of a chunk, checked. Borrowed: it stays as it is, never write to it. */
  read(ref: number): ChunkData {
    const segment = this.#segmentOf(ref);
    const offset = ref % refSegment;
    const span = readFramed(segment, offset, aroundBytes);
    checkChunk(span, segment.path, offset);
    const checksum = checksumAt(span.bytes, span.end - checksumBytes);
    return { encoding: encodingIn(span, segment.path, offset), ...dataIn(span), checksum };
  }

  /**
   * Appends the samples of the chunks that are inside the window to the columns. Their checksums are compared once, and the list
   * remembers that: a ref becomes -1 - ref. REQUIRES: they are behind the columns' rows, and each behind the one before it.
   */
  append({ chunks, first, end }: ChunkRange, columns: SampleColumns, window: ChunkWindow): void {
    const pages = this.#cache.chunkPages;
    const { decoder } = pages;
    decoder.begin(columns, window);
    for (let i = first; i < end; i++) {
      const at = i * chunkFields.count + chunkFields.ref;
      const marked = chunks[at]!;
      const ref = marked < 0 ? -1 - marked : marked;
      const segment = this.#pagesOf(ref);
      const offset = ref < refSegment ? ref : ref % refSegment;
      pages.locate(segment, offset, aroundBytes);
      if (marked >= 0) {
        checkChunk(pages, segment.file.path, offset);
        chunks[at] = -1 - ref;
      }
      const isXor = pages.bytes === decoder.memory && pages.bytes[pages.start] === chunkEncoding.xor;
      if (isXor) decoder.add(pages.start + 1, pages.end - checksumBytes, segment.key);
      else {
        decoder.decodeAdded();
        const chunk = { encoding: encodingIn(pages, segment.file.path, offset), ...dataIn(pages) };
        if (!decodeChunk(chunk, columns, window)) throw this.#damaged(ref);
      }
    }
    if (!decoder.finish()) throw this.#damaged(refOf(chunks, first));
  }

  /** Chunks that are added by `addLatest` from now on, until `finishLatest`, give the last sample up to `end` to their rows. */
  beginLatest(rows: LatestRows, end: number): void {
    this.#cache.chunkPages.decoder.beginLatest(rows, end);
  }

  /** Takes a chunk for a row of its own, unless `append` must read it: one whose checksum was not compared, or is no plain XOR chunk. */
  addLatest(row: number, marked: number): void {
    if (marked >= 0) return;
    const pages = this.#cache.chunkPages;
    const { decoder } = pages;
    const ref = -1 - marked;
    const segment = this.#pagesOf(ref);
    pages.locate(segment, ref < refSegment ? ref : ref % refSegment, aroundBytes);
    if (pages.bytes !== decoder.memory || pages.bytes[pages.start] !== chunkEncoding.xor) return;
    decoder.addLatest(row, { start: pages.start + 1, end: pages.end - checksumBytes, passed: 0 }, segment.key);
  }

  /** Adds a chunk to a run of many series; false where `append` must read it, or there is no room. */
  addToRun(marked: number): boolean {
    if (marked >= 0) return false;
    const pages = this.#cache.chunkPages;
    const { decoder } = pages;
    const ref = -1 - marked;
    const segment = this.#pagesOf(ref);
    if (!pages.locateLoaded(segment, ref < refSegment ? ref : ref % refSegment, aroundBytes)) return false;
    if (pages.bytes[pages.start] !== chunkEncoding.xor) return false;
    return decoder.addOf(pages.start + 1, pages.end - checksumBytes, segment.key);
  }

  finishLatest(): void {
    this.#cache.chunkPages.decoder.decodeAdded();
  }

  #damaged(ref: number): CorruptionError {
    const offset = ref % refSegment;
    return new CorruptionError("chunk ends before its samples do", { file: this.#segmentOf(ref).path, offset });
  }

  #pagesOf(ref: number): SegmentPages {
    const number = ref < refSegment ? 0 : Math.floor(ref / refSegment);
    return this.#pages[number] ?? this.#newPages(number, ref);
  }

  #newPages(number: number, ref: number): SegmentPages {
    const pages = this.#cache.chunkPages.segment(this.#segmentOf(ref));
    this.#pages[number] = pages;
    return pages;
  }

  #segmentOf(ref: number): PagedFile {
    const segment = this.#segments[Math.floor(ref / refSegment)];
    if (segment) return segment;
    const file = segmentPath(this.folder, Math.floor(ref / refSegment));
    throw new CorruptionError("chunk in a segment that is not there", { file, offset: Math.max(0, ref % refSegment) });
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
    for (const pages of this.#pages) if (pages) this.#cache.chunkPages.drop(pages);
  }
}

function refOf(chunks: ChunkList, i: number): number {
  const marked = chunks[i * chunkFields.count + chunkFields.ref]!;
  return marked < 0 ? -1 - marked : marked;
}

const checksumBytes = 4;
/** Encoding and checksum are not in a chunk's length. */
const aroundBytes = 1 + checksumBytes;

function checkChunk({ bytes, start, end }: ByteSpan, file: string, offset: number): void {
  const checksumOffset = end - checksumBytes;
  if (crc32c(bytes, start, checksumOffset) === checksumAt(bytes, checksumOffset)) return;
  throw new CorruptionError("checksum of a chunk does not match", { file, offset });
}

function encodingIn({ bytes, start }: ByteSpan, file: string, offset: number): ChunkEncoding {
  const encoding = bytes[start]!;
  if (!isChunkEncoding(encoding)) throw new CorruptionError(`chunk of unknown encoding ${encoding}`, { file, offset });
  return encoding;
}

function dataIn({ bytes, start, end }: ByteSpan): ByteSpan {
  return { bytes, start: start + 1, end: end - checksumBytes };
}

function checkHeader(segment: PagedFile): void {
  const header = segment.bytes(0, headerBytes);
  const found = new DataView(header.buffer, header.byteOffset).getUint32(0);
  if (found !== magic) throw new CorruptionError("no chunk segment", { file: segment.path, offset: 0 });
  if (header[4] !== version) {
    throw new CorruptionError(`chunk segment of unknown version ${header[4]}`, { file: segment.path, offset: 4 });
  }
}
