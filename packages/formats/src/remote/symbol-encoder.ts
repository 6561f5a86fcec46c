// Bodies of remote write, version 2: rows → io.prometheus.write.v2.Request → snappy. Texts stand once, in the table of symbols;
// rows name them by number. Comes from: write-rows. Version 1: remote/write-encoder.
import { ByteWriter, grown } from "@narthex/stdx";
import { MessageWriter } from "../protobuf/writer.js";
import { encodeSnappy } from "../snappy/block.js";
import { encodeHistogram } from "./histogram-encoder.js";
import type { LabelTable } from "./label-table.js";
import { int64Field, type TimeBytes, timeBytes, uvarintLength } from "./varint.js";
import { numberedMetricTypes } from "./write-request.js";
import type { MetadataOf, WriteExemplar, WriteRows } from "./write-rows.js";

const symbolTag = 0x22;
const seriesTag = 0x2a;
/** Of a series: numbers of symbols, a sample, a histogram, an exemplar, metadata. */
const labelsTag = 0x0a;
const sampleTag = 0x12;
const histogramTag = 0x1a;
const exemplarTag = 0x22;
const metadataTag = 0x2a;

/** Keeps room from request to request: one for each thread is enough. */
export class SymbolEncoder {
  readonly #symbols = new ByteWriter(64 * 1024);
  readonly #rows = new ByteWriter(256 * 1024);
  /** The symbol of text i, of the request whose number is in the other column. */
  #symbolOf: Uint32Array = new Uint32Array(0);
  #textRequest: Uint32Array = new Uint32Array(0);
  #request = 0;
  /** Of texts that no series has: help, units, labels of exemplars. */
  readonly #others = new Map<string, number>();
  #count = 0;
  #references = new Uint32Array(64);
  #time: TimeBytes = timeBytes(0);

  /** The compressed body. */
  encode(rows: WriteRows, table: LabelTable, metadataOf: MetadataOf): Uint8Array {
    this.#begin(table);
    for (let row = 0; row < rows.count; row++) {
      const value = this.#value(rows, row);
      const metadata = this.#metadata(rows.series[row]!, metadataOf);
      const exemplars = rows.attached?.get(row)?.map((one) => this.#exemplar(one, one.t)) ?? [];
      this.#writeRow({ table, series: rows.series[row]!, value, exemplars, metadata });
    }
    this.#symbols.raw(this.#rows.bytes());
    return encodeSnappy(this.#symbols.bytes());
  }

  #begin(table: LabelTable): void {
    this.#symbolOf = grown(this.#symbolOf, table.textCount);
    this.#textRequest = grown(this.#textRequest, table.textCount);
    this.#request++;
    this.#symbols.clear();
    this.#rows.clear();
    this.#others.clear();
    // The first symbol is the empty text.
    this.#count = 1;
    this.#symbols.u8(symbolTag);
    this.#symbols.u8(0);
  }

  #writeRow({ table, series, value, exemplars, metadata }: Row): void {
    const start = table.starts[series]!;
    const count = table.counts[series]!;
    this.#references = grown(this.#references, 2 * count);
    const references = this.#references;
    let length = 0;
    for (let i = 0; i < count; i++) {
      const pair = table.pairs[start + i]!;
      const name = this.#symbol(table, table.pairNames[pair]!);
      const text = this.#symbol(table, table.pairValues[pair]!);
      references[2 * i] = name;
      references[2 * i + 1] = text;
      length += uvarintLength(name) + uvarintLength(text);
    }
    const rows = this.#rows;
    rows.u8(seriesTag);
    const metadataLength = metadata ? fieldLength(metadata.length) : 0;
    const exemplarLength = exemplars.reduce((sum, exemplar) => sum + fieldLength(exemplar.length), 0);
    rows.uvarint(fieldLength(length) + fieldLength(value.bytes.length) + exemplarLength + metadataLength);
    rows.u8(labelsTag);
    rows.uvarint(length);
    for (let i = 0; i < 2 * count; i++) rows.uvarint(references[i]!);
    this.#writeField(value.tag, value.bytes);
    for (const exemplar of exemplars) this.#writeField(exemplarTag, exemplar);
    if (metadata) this.#writeField(metadataTag, metadata);
  }

  #writeField(tag: number, bytes: Uint8Array): void {
    this.#rows.u8(tag);
    this.#rows.uvarint(bytes.length);
    this.#rows.raw(bytes);
  }

  #value(rows: WriteRows, row: number): Value {
    const t = rows.t[row]!;
    const startTime = rows.startTimes?.[row] ?? 0;
    const other = rows.others?.[row];
    if (other?.kind === "histogram") {
      return { tag: histogramTag, bytes: encodeHistogram(other.histogram, { t, startTime }) };
    }
    if (other) return { tag: exemplarTag, bytes: this.#exemplar(other, t) };
    return {
      tag: sampleTag,
      bytes: this.#sample({ low: rows.words[2 * row]!, high: rows.words[2 * row + 1]!, t, startTime }),
    };
  }

  #sample({ low, high, t, startTime }: Sample): Uint8Array {
    if (this.#time.t !== t) this.#time = timeBytes(t);
    const start = int64Field(3, startTime);
    const bytes = new Uint8Array(9 + this.#time.bytes.length + start.length);
    let at = 0;
    // A zero is not written, as proto3 has it; a negative zero is none.
    if ((low | high) !== 0) {
      bytes[at++] = 0x09;
      for (let shift = 0; shift < 32; shift += 8) bytes[at++] = low >>> shift;
      for (let shift = 0; shift < 32; shift += 8) bytes[at++] = high >>> shift;
    }
    bytes.set(this.#time.bytes, at);
    at += this.#time.bytes.length;
    bytes.set(start, at);
    return bytes.subarray(0, at + start.length);
  }

  #exemplar({ labels, v }: WriteExemplar, t: number): Uint8Array {
    const references = labels.map((text) => BigInt(this.#otherSymbol(text)));
    return new MessageWriter().packedUint64(1, references).double(2, v).int(3, t).finish();
  }

  #metadata(series: number, metadataOf: MetadataOf): Uint8Array | undefined {
    const metadata = metadataOf(series);
    if (!metadata) return undefined;
    return new MessageWriter()
      .uint(1, numberedMetricTypes.indexOf(metadata.type))
      .uint(3, this.#otherSymbol(metadata.help))
      .uint(4, this.#otherSymbol(metadata.unit))
      .finish();
  }

  #symbol(table: LabelTable, text: number): number {
    if (this.#textRequest[text] === this.#request) return this.#symbolOf[text]!;
    this.#textRequest[text] = this.#request;
    const start = table.textEnds[text]!;
    const bytes = table.bytes.subarray(start, table.textEnds[text + 1]!);
    this.#symbols.u8(symbolTag);
    this.#symbols.uvarint(bytes.length);
    this.#symbols.raw(bytes);
    this.#symbolOf[text] = this.#count;
    return this.#count++;
  }

  #otherSymbol(text: string): number {
    if (text === "") return 0;
    const known = this.#others.get(text);
    if (known !== undefined) return known;
    this.#symbols.u8(symbolTag);
    this.#symbols.text(text);
    this.#others.set(text, this.#count);
    return this.#count++;
  }
}

type Value = { readonly tag: number; readonly bytes: Uint8Array };

type Row = {
  readonly table: LabelTable;
  readonly series: number;
  readonly value: Value;
  readonly exemplars: readonly Uint8Array[];
  readonly metadata: Uint8Array | undefined;
};

type Sample = { readonly low: number; readonly high: number; readonly t: number; readonly startTime: number };

function fieldLength(length: number): number {
  return 1 + uvarintLength(length) + length;
}
