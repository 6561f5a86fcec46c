// Reads the records of one segment back, checking every fragment.
// Comes from: wal/writer, or Prometheus. Goes to: head/replay, wal/checkpoint.
import { crc32c, type File, type FileSystem } from "@narthex/stdx";
import { CorruptionError, UnsupportedDataError } from "../errors.js";
import { isZstd, type Snappy, type Zstd, zstdNodeVersion } from "./compression.js";
import {
  fragmentHeaderBytes,
  fragmentType,
  fragmentTypeMask,
  pageBytes,
  recordBytesMax,
  snappyFlag,
  zstdFlag,
} from "./page.js";

export interface SegmentReaderOptions {
  readonly fileSystem: FileSystem;
  readonly path: string;
  readonly snappy: Snappy;
  /** Undefined where this Node.js has none. */
  readonly zstd?: Zstd | undefined;
  /** Where a record begins; 0. */
  readonly start?: number;
}

/**
 * Steps through a segment: `next` gives record after record. Throws CorruptionError whose offset is where the last
 * whole record ends, so that a repair may cut there. Bytes of a record are valid until the next call.
 */
export class SegmentReader {
  readonly #options: SegmentReaderOptions;
  readonly #file: File;
  readonly #page = new Uint8Array(pageBytes);
  #pageStart = 0;
  #pageLength = 0;
  #at = 0;
  /** Where the last record that `next` gave ends. */
  offset = 0;

  constructor(options: SegmentReaderOptions) {
    this.#options = options;
    this.#file = options.fileSystem.open(options.path, "read");
    this.offset = options.start ?? 0;
    this.rewind();
  }

  /** Goes back to the end of the last whole record and reads its page anew: more may have been written since. */
  rewind(): void {
    this.#at = this.offset % pageBytes;
    this.#pageStart = this.offset - this.#at;
    this.#pageLength = this.#file.read(this.#page, this.#pageStart);
  }

  /** Goes on where `read` says that it stopped, which reads from the end of the last whole record on. */
  async readBy(read: (file: File, start: number) => Promise<number>): Promise<void> {
    this.offset = await read(this.#file, this.offset);
    this.rewind();
  }

  close(): void {
    this.#file.close();
  }

  next(): Uint8Array | undefined {
    const parts: Uint8Array[] = [];
    let flags = 0;
    for (;;) {
      const header = this.#nextHeader();
      if (header === undefined) {
        if (parts.length > 0) throw this.#corruption("record without its last fragment");
        return undefined;
      }
      const type = header & fragmentTypeMask;
      this.#checkOrder(type, parts.length);
      const data = this.#fragment();
      if (type === fragmentType.full || type === fragmentType.first) flags = header;
      const isLast = type === fragmentType.full || type === fragmentType.last;
      // Fragments of other pages must outlive the page buffer.
      parts.push(isLast && parts.length === 0 ? data : data.slice());
      if (isLast) return this.#finish(parts, flags);
    }
  }

  /** The type byte of the next fragment, standing at it; undefined at the end. Zero bytes pad a page to its end. */
  #nextHeader(): number | undefined {
    for (;;) {
      if (this.#at >= this.#pageLength) {
        if (this.#pageLength < pageBytes || !this.#nextPage()) return undefined;
        continue;
      }
      const type = this.#page[this.#at]!;
      if ((type & fragmentTypeMask) !== fragmentType.pad) return type;
      for (let i = this.#at; i < this.#pageLength; i++) {
        if (this.#page[i] !== 0) throw this.#corruption("bytes behind the padding of a page");
      }
      this.#at = this.#pageLength;
    }
  }

  #nextPage(): boolean {
    this.#pageStart += pageBytes;
    this.#pageLength = this.#file.read(this.#page, this.#pageStart);
    this.#at = 0;
    return this.#pageLength > 0;
  }

  #checkOrder(type: number, partCount: number): void {
    const mayStart = type === fragmentType.full || type === fragmentType.first;
    const mayFollow = type === fragmentType.middle || type === fragmentType.last;
    if (partCount === 0 ? !mayStart : !mayFollow) throw this.#corruption(`unexpected fragment of type ${type}`);
  }

  #fragment(): Uint8Array {
    const page = this.#page;
    const at = this.#at;
    if (at + fragmentHeaderBytes > this.#pageLength) throw this.#corruption("torn fragment header");
    const length = (page[at + 1]! << 8) | page[at + 2]!;
    const crc = ((page[at + 3]! << 24) | (page[at + 4]! << 16) | (page[at + 5]! << 8) | page[at + 6]!) >>> 0;
    const start = at + fragmentHeaderBytes;
    const end = start + length;
    if (end > this.#pageLength) throw this.#corruption(`fragment of ${length} bytes runs out of its page`);
    if (crc32c(page, start, end) !== crc) throw this.#corruption("checksum does not match");
    this.#at = end;
    return page.subarray(start, end);
  }

  #finish(parts: readonly Uint8Array[], flags: number): Uint8Array {
    const record = parts.length === 1 ? (parts[0] as Uint8Array) : concatenated(parts);
    const plain = flags & (snappyFlag | zstdFlag) ? this.#uncompress(record, flags) : record;
    this.offset = this.#pageStart + this.#at;
    return plain;
  }

  // No checksum covers the flags: only what looks like zstd is taken for it, the rest is damage.
  #uncompress(record: Uint8Array, flags: number): Uint8Array {
    const isMarkedZstd = (flags & zstdFlag) !== 0;
    const { snappy, zstd, path } = this.#options;
    try {
      if (!isMarkedZstd) return snappy.uncompress(record, recordBytesMax);
      if (zstd && isZstd(record)) return zstd.uncompress(record, recordBytesMax);
    } catch (cause) {
      throw this.#corruption(`record is no ${isMarkedZstd ? "zstd frame" : "snappy block"}`, cause);
    }
    if (!isZstd(record)) throw this.#corruption("record is no zstd frame");
    throw new UnsupportedDataError(
      `${path} holds zstd-compressed records, which Node.js ${process.versions.node} cannot read: ${zstdNodeVersion} or later can`,
    );
  }

  #corruption(what: string, cause?: unknown): CorruptionError {
    return new CorruptionError(what, { file: this.#options.path, offset: this.offset, cause });
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
