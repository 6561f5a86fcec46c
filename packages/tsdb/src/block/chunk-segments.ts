// A block's chunks: numbered segment files of checked chunks (docs/formats/chunk.md#segments).
import { ByteWriter, crc32c, type FileSystem } from "@narthex/stdx";
import { type ChunkData, isChunkEncoding } from "../chunk/encoding.js";
import { CorruptionError } from "../errors.js";
import { OutputFile } from "./output-file.js";
import { type ByteSpan, checksumAt, type PageCache, PagedFile, readFramed } from "./paged-file.js";

const magic = 0x85bd40dd;
const version = 1;
const headerBytes = 8;
const segmentBytesMax = 512 * 1024 * 1024;
/** A chunk's ref is segment × this + offset; segments count from 0 there and from 1 in file names. */
const refSegment = 0x100000000;

function segmentPath(folder: string, segment: number): string {
  return `${folder}/${String(segment + 1).padStart(6, "0")}`;
}

export class ChunkWriter {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #frame = new ByteWriter(16);
  #file: OutputFile | undefined;
  #segment = -1;

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    fileSystem.makeFolder(folder);
  }

  /** Returns the chunk's ref. */
  add({ encoding, bytes, start, end }: ChunkData): number {
    const file = this.#fileFor(end - start + 16);
    const ref = this.#segment * refSegment + file.offset;
    const frame = this.#frame;
    frame.uvarint(end - start);
    frame.u8(encoding);
    const encodingAt = frame.length - 1;
    const crc = crc32c(bytes, start, end, crc32c(frame.bytes(), encodingAt));
    file.drain(frame);
    file.write(bytes.subarray(start, end));
    frame.u32(crc);
    file.drain(frame);
    return ref;
  }

  #fileFor(bytes: number): OutputFile {
    if (this.#file && this.#file.offset + bytes <= segmentBytesMax) return this.#file;
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

export class ChunkReader {
  readonly #folder: string;
  readonly #segments: PagedFile[] = [];
  readonly bytes: number;

  constructor(fileSystem: FileSystem, folder: string, cache: PageCache) {
    this.#folder = folder;
    const names = fileSystem.stat(folder) ? fileSystem.readFolder(folder).filter((name) => /^\d{6}$/.test(name)) : [];
    try {
      for (const name of names) {
        const segment = new PagedFile(fileSystem, `${folder}/${name}`, cache);
        this.#segments.push(segment);
        checkHeader(segment);
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.bytes = this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /** Data of a chunk, checked. Borrowed: it stays as it is, never write to it. */
  read(ref: number): ChunkData {
    const segment = this.#segmentOf(ref);
    const offset = ref % refSegment;
    const span = readFramed(segment, offset, aroundBytes);
    const checksumOffset = span.end - checksumBytes;
    if (crc32c(span.bytes, span.start, checksumOffset) !== checksumAt(span.bytes, checksumOffset)) {
      throw new CorruptionError("checksum of a chunk does not match", { file: segment.path, offset });
    }
    return chunkIn(span, { file: segment.path, offset });
  }

  /** As `read`, but trusts the checksum. REQUIRES: the chunk was read before. */
  readAgain(ref: number): ChunkData {
    const segment = this.#segmentOf(ref);
    const offset = ref % refSegment;
    return chunkIn(readFramed(segment, offset, aroundBytes), { file: segment.path, offset });
  }

  #segmentOf(ref: number): PagedFile {
    const segment = this.#segments[Math.floor(ref / refSegment)];
    if (segment) return segment;
    const file = segmentPath(this.#folder, Math.floor(ref / refSegment));
    throw new CorruptionError("chunk in a segment that is not there", { file, offset: Math.max(0, ref % refSegment) });
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
  }
}

const checksumBytes = 4;
/** Encoding and checksum are not in a chunk's length. */
const aroundBytes = 1 + checksumBytes;

function chunkIn(
  { bytes, start, end }: ByteSpan,
  place: { readonly file: string; readonly offset: number },
): ChunkData {
  const encoding = bytes[start]!;
  if (!isChunkEncoding(encoding)) throw new CorruptionError(`chunk of unknown encoding ${encoding}`, place);
  return { encoding, bytes, start: start + 1, end: end - checksumBytes };
}

function checkHeader(segment: PagedFile): void {
  const header = segment.bytes(0, headerBytes);
  const found = new DataView(header.buffer, header.byteOffset).getUint32(0);
  if (found !== magic) throw new CorruptionError("no chunk segment", { file: segment.path, offset: 0 });
  if (header[4] !== version) {
    throw new CorruptionError(`chunk segment of unknown version ${header[4]}`, { file: segment.path, offset: 4 });
  }
}
