// Writes a block's index: symbols first, then series as they come, at the end the postings that they left.
// Comes from: block/writer. Goes to: block/index-reader, and Prometheus.
import type { Labels } from "@narthex/model";
import { assert, ByteWriter, crc32c, type FileSystem } from "@narthex/stdx";
import { LabelPairs } from "../head/label-pairs.js";
import { Uint32List } from "../view/numbers.js";
import { indexMagic, indexVersion, seriesAlignment } from "./index-format.js";
import { OutputFile } from "./output-file.js";

export class IndexWriter {
  readonly #file: OutputFile;
  readonly #symbols: string[] = [];
  /** Of the symbols, once somebody asks for them. */
  #symbolNumbers: Map<string, number> | undefined;
  readonly #pairs = new LabelPairs();
  /** Name, value and pair of each label of the last series, as far as there is room. */
  readonly #lastPairs = new Uint32Array(3 * rememberedLabels).fill(noNumber);
  readonly #refs = new Uint32List();
  readonly #content = new ByteWriter(4096);
  readonly #frame = new ByteWriter(16);
  readonly #symbolsStart: number;
  readonly #seriesStart: number;
  // Of the series begun: whether it has no chunk yet, and what its last one is told from.
  #isFirstChunk = true;
  #maxTime = 0;
  #chunkRef = 0;

  /** `symbols`: every label name and value there will be, sorted by UTF-8 bytes, each once. */
  constructor(fileSystem: FileSystem, path: string, symbols: Iterable<string>) {
    this.#file = new OutputFile(fileSystem, path);
    this.#frame.u32(indexMagic);
    this.#frame.u8(indexVersion);
    this.#file.drain(this.#frame);
    this.#symbolsStart = this.#file.offset;
    this.#content.u32(0);
    for (const symbol of symbols) {
      this.#symbols.push(symbol);
      this.#content.text(symbol);
    }
    this.#content.setU32(0, this.#symbols.length);
    this.#writeSection();
    this.#file.align(seriesAlignment);
    this.#seriesStart = this.#file.offset;
  }

  /** Places of the texts among the symbols. */
  symbolNumbers(labels: Labels): number[] {
    this.#symbolNumbers ??= new Map(this.#symbols.map((text, number) => [text, number]));
    const numbers = this.#symbolNumbers;
    return labels.map((text) => {
      const number = numbers.get(text);
      assert(number !== undefined, "every label of a block is among its symbols");
      return number;
    });
  }

  /** REQUIRES: series in order of labels, which are given as places among the symbols. */
  beginSeries(symbols: ArrayLike<number>, chunkCount: number): void {
    this.#file.align(seriesAlignment);
    const ref = this.#file.offset / seriesAlignment;
    this.#addRef(ref);
    const writer = this.#content;
    writer.uvarint(symbols.length / 2);
    for (let i = 0; i < symbols.length; i += 2) {
      const name = symbols[i]!;
      const value = symbols[i + 1]!;
      writer.uvarint(name);
      writer.uvarint(value);
      this.#pairs.push(this.#pairAt(i / 2, name, value), ref);
    }
    writer.uvarint(chunkCount);
    this.#isFirstChunk = true;
  }

  /** One of the chunks of the series begun, in order of time. */
  addChunk(minTime: number, maxTime: number, ref: number): void {
    const writer = this.#content;
    if (this.#isFirstChunk) writer.varint(minTime);
    else writer.uvarint(minTime - this.#maxTime);
    writer.uvarint(maxTime - minTime);
    if (this.#isFirstChunk) writer.uvarint(ref);
    else writer.varint(ref - this.#chunkRef);
    this.#isFirstChunk = false;
    this.#maxTime = maxTime;
    this.#chunkRef = ref;
  }

  endSeries(): void {
    const writer = this.#content;
    const crc = crc32c(writer.bytes());
    this.#frame.uvarint(writer.length);
    this.#file.drain(this.#frame);
    writer.u32(crc);
    this.#file.drain(writer);
  }

  /** Where the next entry goes, or the padding before it. */
  get offset(): number {
    return this.#file.offset;
  }

  /** Takes entries as they stand in an index, from `offset` on. `labels`: for each ref the count of its symbols, then they. */
  addPrepared(bytes: Uint8Array, refs: Uint32Array, labels: Uint32Array): void {
    this.#file.write(bytes);
    let at = 0;
    for (let i = 0; i < refs.length; i++) at = this.#addLabels(labels, at, refs[i]!);
  }

  /** Of one series; returns where those of the next are. */
  #addLabels(labels: Uint32Array, start: number, ref: number): number {
    const end = start + 1 + labels[start]!;
    for (let i = 0, at = start + 1; at < end; i++, at += 2) {
      this.#pairs.push(this.#pairAt(i, labels[at]!, labels[at + 1]!), ref);
    }
    this.#addRef(ref);
    return end;
  }

  #addRef(ref: number): void {
    assert(ref <= 0xffffffff, "an index stays below 64 GiB");
    this.#refs.push(ref);
  }

  /** The pair that is label number `i` of a series: in order of labels, it mostly is the one of the series before. */
  #pairAt(i: number, name: number, value: number): number {
    const last = this.#lastPairs;
    const at = 3 * Math.min(i, rememberedLabels - 1);
    if (last[at] === name && last[at + 1] === value) return last[at + 2]!;
    const found = this.#pairs.find(name, value);
    const pair = found < 0 ? this.#pairs.create(name, value) : found;
    last[at] = name;
    last[at + 1] = value;
    last[at + 2] = pair;
    return pair;
  }

  /** `length<4> content crc<4>` from what `#content` holds. */
  #writeSection(): void {
    const crc = crc32c(this.#content.bytes());
    this.#frame.u32(this.#content.length);
    this.#file.drain(this.#frame);
    this.#content.u32(crc);
    this.#file.drain(this.#content);
  }

  /** `refs` have another order of bytes afterwards. */
  #writePostings(refs: Uint32Array): number {
    this.#file.align(4);
    const offset = this.#file.offset;
    this.#content.u32(refs.length);
    swapBytes(refs);
    this.#content.raw(new Uint8Array(refs.buffer, refs.byteOffset, refs.byteLength));
    this.#writeSection();
    return offset;
  }

  /** Writes postings, their table and the TOC; returns when all is on the disk. */
  finish(): void {
    const texts = this.#symbols;
    const postingsStart = this.#file.offset + ((4 - (this.#file.offset % 4)) % 4);
    const table = new ByteWriter(64 * 1024);
    table.u32(0);
    const addEntry = (name: string, value: string, offset: number): void => {
      table.uvarint(2);
      table.text(name);
      table.text(value);
      table.uvarint(offset);
    };
    addEntry("", "", this.#writePostings(this.#refs.release()));
    let entries = 1;
    for (const name of [...this.#pairs.names()].sort((a, b) => a - b)) {
      const pairs = [...this.#pairs.pairsOf(name)].sort((a, b) => this.#pairs.valueOf(a) - this.#pairs.valueOf(b));
      for (const pair of pairs) {
        const offset = this.#writePostings(this.#pairs.postings(pair));
        addEntry(texts[name] as string, texts[this.#pairs.valueOf(pair)] as string, offset);
        entries++;
      }
    }
    table.setU32(0, entries);
    const tableStart = this.#file.offset;
    this.#content.raw(table.bytes());
    this.#writeSection();
    this.#writeToc(postingsStart, tableStart);
    this.#file.finish();
  }

  // Label indices are of no use to any reader since version 2; their references are 0, as Prometheus 3 writes them.
  #writeToc(postings: number, postingsTable: number): void {
    for (const offset of [this.#symbolsStart, this.#seriesStart, 0, 0, postings, postingsTable]) {
      this.#content.u64(offset);
    }
    this.#content.u32(crc32c(this.#content.bytes()));
    this.#file.drain(this.#content);
  }

  abandon(): void {
    this.#file.abandon();
  }
}

const rememberedLabels = 64;
/** No symbol's. */
const noNumber = 0xffffffff;

/** From this machine's order, in which the lowest comes first, to the files'. */
function swapBytes(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
}
