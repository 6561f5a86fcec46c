// Reads a block's index in place: of the symbol table every 32nd entry is remembered, the rest is read when needed.
// Comes from: block/index-writer, or Prometheus. Goes to: index/match, block/querier, compact.
import { type Labels, labelsFromSorted } from "@narthex/model";
import { ByteReader, compareUtf8, crc32c, decodeUtf8, type FileSystem, viewOf } from "@narthex/stdx";
import { CorruptionError, decodedAt } from "../errors.js";
import type { PostingsSource } from "../index/match.js";
import { noPostings } from "../index/postings.js";
import {
  type ChunkList,
  type IndexToc,
  indexHeaderBytes,
  indexMagic,
  seriesAlignment,
  tocBytes,
} from "./index-format.js";
import { checksumAt, type PageCache, PagedFile, readFramed } from "./paged-file.js";
import { PostingsTable } from "./postings-table.js";

const sampleEvery = 32;
/** Symbols read between two pauses. */
const symbolsPerStep = 8192;
/** Symbols kept as strings; beyond, they are read again. */
const symbolsMax = 20_000;

export interface IndexedSeries {
  readonly ref: number;
  /** Series of the same labels in several blocks come to share one array of them. */
  labels: Labels;
  readonly chunks: ChunkList;
}

export class IndexReader implements PostingsSource {
  readonly #file: PagedFile;
  readonly #version: number;
  readonly #toc: IndexToc;
  readonly #symbolPositions: number[] = [];
  readonly #symbols = new Map<number, string>();
  readonly #table: PostingsTable;
  #symbolCount = 0;

  /** REQUIRES: `load` comes first. */
  constructor(fileSystem: FileSystem, path: string, cache: PageCache) {
    this.#file = new PagedFile(fileSystem, path, cache);
    this.#table = new PostingsTable(this.#file);
    try {
      const header = new ByteReader(this.#file.bytes(0, indexHeaderBytes));
      if (header.u32() !== indexMagic) throw this.#corruption("no index file", 0);
      this.#version = header.u8();
      if (this.#version < 1 || this.#version > 3)
        throw this.#corruption(`index of unknown version ${this.#version}`, 4);
      this.#toc = this.#readToc();
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** Reads what is kept in memory, in steps of about a millisecond. Throws CorruptionError. */
  *load(): Generator<void> {
    yield* this.#sampleSymbols();
    yield* this.#table.load({
      start: this.#toc.postingsTable + 4,
      content: this.#section(this.#toc.postingsTable),
      isSorted: this.#version > 1,
    });
  }

  get size(): number {
    return this.#file.size;
  }

  /** Whether symbols are numbered from 0 on, and series named by their offset / 16. */
  get isNumbered(): boolean {
    return this.#version > 1;
  }

  /** Bytes of the file from `offset` on into `target`, as many as there are; returns how many. */
  readInto(target: Uint8Array, offset: number): number {
    this.#file.check(offset, 0);
    const length = Math.min(target.length, this.#file.size - offset);
    this.#file.readInto(target.subarray(0, length), offset);
    return length;
  }

  close(): void {
    this.#file.close();
  }

  #corruption(what: string, offset: number): CorruptionError {
    return new CorruptionError(what, { file: this.#file.path, offset });
  }

  /** Runs a decoder; bytes that end early are corruption at `offset`. */
  #decoded<T>(offset: number, decode: () => T): T {
    return decodedAt({ file: this.#file.path, offset }, decode);
  }

  #readToc(): IndexToc {
    const offset = this.#file.size - tocBytes;
    if (offset < indexHeaderBytes) throw this.#corruption("too short for an index", this.#file.size);
    const bytes = this.#file.bytes(offset, tocBytes);
    const reader = new ByteReader(bytes);
    return this.#decoded(offset, () => {
      const toc = {
        symbols: reader.u64(),
        series: reader.u64(),
        labelIndices: reader.u64(),
        labelIndicesTable: reader.u64(),
        postings: reader.u64(),
        postingsTable: reader.u64(),
      };
      if (crc32c(bytes, 0, tocBytes - 4) !== reader.u32())
        throw this.#corruption("checksum of the TOC does not match", offset);
      return toc;
    });
  }

  /** A section `length<4> content crc<4>`, checked. */
  #section(offset: number): Uint8Array {
    const length = new ByteReader(this.#file.bytes(offset, 4)).u32();
    const bytes = this.#file.bytes(offset + 4, length + 4);
    if (crc32c(bytes, 0, length) !== new ByteReader(bytes, length).u32()) {
      throw this.#corruption("checksum does not match", offset);
    }
    return bytes.subarray(0, length);
  }

  *#sampleSymbols(): Generator<void> {
    const { symbols } = this.#toc;
    const reader = new ByteReader(this.#section(symbols));
    this.#symbolCount = this.#decoded(symbols, () => reader.u32());
    for (let i = 0; i < this.#symbolCount; i += symbolsPerStep) {
      this.#decoded(symbols, () => this.#sampleSome(reader, { from: i, to: i + symbolsPerStep }));
      yield;
    }
  }

  #sampleSome(reader: ByteReader, { from, to }: { readonly from: number; readonly to: number }): void {
    for (let i = from; i < Math.min(to, this.#symbolCount); i++) {
      if (i % sampleEvery === 0) this.#symbolPositions.push(this.#toc.symbols + 4 + reader.offset);
      reader.skip(reader.uvarint());
    }
  }

  /** Every symbol, in order, and the number by which series name it. */
  *symbols(): Generator<{ readonly number: number; readonly text: string }> {
    const { symbols } = this.#toc;
    const reader = new ByteReader(this.#section(symbols), 4);
    for (let i = 0; i < this.#symbolCount; i++) {
      const number = this.#version === 1 ? symbols + 4 + reader.offset : i;
      yield { number, text: this.#decoded(symbols, () => reader.text()) };
    }
  }

  #symbol(number: number): string {
    const known = this.#symbols.get(number);
    if (known !== undefined) return known;
    const text = this.#version === 1 ? this.#textAt(number) : this.#textAt(this.#symbolOffset(number));
    if (this.#symbols.size >= symbolsMax) this.#symbols.clear();
    this.#symbols.set(number, text);
    return text;
  }

  #symbolOffset(number: number): number {
    if (number >= this.#symbolCount) throw this.unknownSymbol(number);
    let offset = this.#symbolPositions[Math.floor(number / sampleEvery)]!;
    for (let rest = number % sampleEvery; rest > 0; rest--) {
      const reader = new ByteReader(this.#file.bytesUpTo(offset, 5));
      const length = this.#decoded(offset, () => reader.uvarint());
      offset += reader.offset + length;
    }
    return offset;
  }

  #textAt(offset: number): string {
    const { bytes, start, end } = readFramed(this.#file, offset, 0);
    return decodeUtf8(bytes, start, end);
  }

  /** Labels and chunks of a series. */
  series(ref: number): IndexedSeries {
    const { reader, offset } = this.#seriesReader(ref);
    return this.#decoded(offset, () => ({ ref, labels: this.#readLabels(reader), chunks: readChunks(reader) }));
  }

  /** As `series`, with symbol numbers for labels: each is told `symbol`, in order. Returns the chunks. */
  numberedSeries(ref: number, symbol: (number: number) => void): ChunkList {
    const { reader, offset } = this.#seriesReader(ref);
    return this.#decoded(offset, () => {
      for (let rest = reader.uvarint() * 2; rest > 0; rest--) symbol(reader.uvarint());
      return readChunks(reader);
    });
  }

  /** What a series is said to be that names no symbol. */
  unknownSymbol(number: number): CorruptionError {
    return this.#corruption(`no symbol ${number}`, this.#toc.symbols);
  }

  #seriesReader(ref: number): { reader: ByteReader; offset: number } {
    const offset = this.#version === 1 ? ref : ref * seriesAlignment;
    const { bytes, start, end } = readFramed(this.#file, offset, 4);
    if (crc32c(bytes, start, end - 4) !== checksumAt(bytes, end - 4)) {
      throw this.#corruption("checksum of a series does not match", offset);
    }
    return { reader: new ByteReader(bytes, start, end - 4), offset };
  }

  #readLabels(reader: ByteReader): Labels {
    const flat: string[] = [];
    for (let rest = reader.uvarint() * 2; rest > 0; rest--) flat.push(this.#symbol(reader.uvarint()));
    return labelsFromSorted(flat);
  }

  #postingsAt(offset: number): Uint32Array {
    const bytes = this.#section(offset);
    const reader = new ByteReader(bytes);
    const count = this.#decoded(offset, () => reader.u32());
    if (bytes.length !== 4 + 4 * count) throw this.#corruption("postings of a wrong length", offset);
    const refs = new Uint32Array(count);
    const view = viewOf(bytes);
    for (let i = 0; i < count; i++) refs[i] = view.getUint32(4 + 4 * i);
    return refs;
  }

  allPostings(): Uint32Array {
    return this.postings("", "");
  }

  postings(name: string, value: string): Uint32Array {
    let found = noPostings;
    this.#table.scan(name, value, (candidate, offset) => {
      const order = compareUtf8(candidate, value);
      if (order === 0) found = this.#postingsAt(offset);
      return order < 0;
    });
    return found;
  }

  *postingsWhere(name: string, prefix: string, isWanted: (value: string) => boolean): Generator<void, Uint32Array[]> {
    const offsets: number[] = [];
    this.#table.scan(name, prefix, (value, offset) => {
      if (value.startsWith(prefix)) {
        if (isWanted(value)) offsets.push(offset);
        return true;
      }
      return compareUtf8(value, prefix) < 0;
    });
    const found: Uint32Array[] = [];
    for (const offset of offsets) {
      found.push(this.#postingsAt(offset));
      yield;
    }
    return found;
  }

  valueParts(name: string): Iterable<readonly string[]> {
    return name === "" ? [] : this.#table.valueParts(name);
  }

  names(): string[] {
    return this.#table.names();
  }

  valueAt(ref: number, name: string): string {
    const { labels } = this.series(ref);
    const at = labels.findIndex((text, i) => i % 2 === 0 && text === name);
    return at < 0 ? "" : (labels[at + 1] as string);
  }

  namesAt(ref: number): string[] {
    return this.series(ref).labels.filter((_, i) => i % 2 === 0);
  }
}

function readChunks(reader: ByteReader): ChunkList {
  const chunks: ChunkList = [];
  const count = reader.uvarint();
  let maxTime = 0;
  let ref = 0;
  for (let i = 0; i < count; i++) {
    const minTime = i === 0 ? reader.varint() : maxTime + reader.uvarint();
    maxTime = minTime + reader.uvarint();
    ref += i === 0 ? reader.uvarint() : reader.varint();
    chunks.push(minTime, maxTime, ref);
  }
  return chunks;
}
