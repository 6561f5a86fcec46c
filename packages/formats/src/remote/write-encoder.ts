// Bodies of remote write, version 1: rows → prometheus.WriteRequest → snappy. Every row repeats the labels of its series, mostly
// those of the rows before: what of them stands in the request already is copied from there.
// Comes from: write-rows. Version 2: remote/symbol-encoder.
import type { Metadata } from "@narthex/model";
import { encodeUtf8, grown } from "@narthex/stdx";
import { MessageWriter } from "../protobuf/writer.js";
import { encodeSnappy } from "../snappy/block.js";
import { encodeHistogram } from "./histogram-encoder.js";
import { type LabelTable, pairMessageLength } from "./label-table.js";
import { type TimeBytes, timeBytes, uvarintLength } from "./varint.js";
import { numberedMetricTypes } from "./write-request.js";
import type { WriteOther, WriteRows } from "./write-rows.js";

/** Field 1 of the request: a series. */
const seriesTag = 0x0a;
/** Field 1 of a series: a label, whose name and value are fields 1 and 2. */
const labelTag = 0x0a;
const nameTag = 0x0a;
const valueTag = 0x12;
const sampleTag = 0x12;
const otherTags = { exemplar: 0x1a, histogram: 0x22 } as const;

/** Keeps room from request to request: one for each thread is enough. */
export class WriteEncoder {
  #bytes: Uint8Array = new Uint8Array(256 * 1024);
  #at = 0;
  /** Where pair i was written last, of the request whose number is in the other column. */
  #pairAt: Uint32Array = new Uint32Array(0);
  #pairRequest: Uint32Array = new Uint32Array(0);
  #request = 0;
  #time: TimeBytes = timeBytes(0);

  /** The compressed body. */
  encode(rows: WriteRows, table: LabelTable): Uint8Array {
    this.#pairAt = grown(this.#pairAt, table.pairCount);
    this.#pairRequest = grown(this.#pairRequest, table.pairCount);
    this.#request++;
    this.#at = 0;
    for (let row = 0; row < rows.count; row++) this.#writeRow(rows, row, table);
    return encodeSnappy(this.#bytes.subarray(0, this.#at));
  }

  #writeRow(rows: WriteRows, row: number, table: LabelTable): void {
    const series = rows.series[row]!;
    const other = rows.others?.[row];
    const t = rows.t[row]!;
    if (this.#time.t !== t) this.#time = timeBytes(t);
    const low = rows.words[2 * row]!;
    const high = rows.words[2 * row + 1]!;
    // A zero is not written, as proto3 has it; a negative zero is none.
    const valueBytes = (low | high) === 0 ? 0 : 9;
    const message = other && encodeOther(other, t, rows.startTimes?.[row] ?? 0);
    const length = message ? message.length : valueBytes + this.#time.bytes.length;
    const seriesLength = labelsLength(table, series) + 1 + uvarintLength(length) + length;
    this.#reserve(seriesLength + 2 * lengthBytesMax);
    this.#writeHead(seriesTag, seriesLength);
    this.#writeLabels(table, series);
    this.#writeHead(other ? otherTags[other.kind] : sampleTag, length);
    if (message) this.#write(message, 0, message.length);
    else {
      if (valueBytes > 0) this.#writeDouble(low, high);
      this.#write(this.#time.bytes, 0, this.#time.bytes.length);
    }
  }

  #writeHead(tag: number, length: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = tag;
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    this.#at = at;
  }

  #writeDouble(low: number, high: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = 0x09;
    bytes[at + 1] = low;
    bytes[at + 2] = low >>> 8;
    bytes[at + 3] = low >>> 16;
    bytes[at + 4] = low >>> 24;
    bytes[at + 5] = high;
    bytes[at + 6] = high >>> 8;
    bytes[at + 7] = high >>> 16;
    bytes[at + 8] = high >>> 24;
    this.#at = at + 9;
  }

  /** Pairs that stand one behind the other in the request already are copied together. */
  #writeLabels(table: LabelTable, series: number): void {
    const { pairs, pairLengths } = table;
    const start = table.starts[series]!;
    const end = start + table.counts[series]!;
    let copyFrom = 0;
    let copyEnd = 0;
    for (let i = start; i < end; i++) {
      const pair = pairs[i]!;
      const before = this.#pairAt[pair]!;
      const isThere = this.#pairRequest[pair] === this.#request;
      if (!isThere || before !== copyEnd) {
        this.#copy(copyFrom, copyEnd);
        copyFrom = before;
        copyEnd = before;
      }
      this.#pairAt[pair] = this.#at + copyEnd - copyFrom;
      if (isThere) copyEnd += pairLengths[pair]!;
      else {
        copyEnd = copyFrom;
        this.#pairRequest[pair] = this.#request;
        this.#writePair(table, pair);
      }
    }
    this.#copy(copyFrom, copyEnd);
  }

  #writePair(table: LabelTable, pair: number): void {
    const { textEnds, bytes } = table;
    const name = table.pairNames[pair]!;
    const value = table.pairValues[pair]!;
    this.#writeHead(labelTag, pairMessageLength(table, pair));
    this.#writeHead(nameTag, textEnds[name + 1]! - textEnds[name]!);
    this.#write(bytes, textEnds[name]!, textEnds[name + 1]!);
    this.#writeHead(valueTag, textEnds[value + 1]! - textEnds[value]!);
    this.#write(bytes, textEnds[value]!, textEnds[value + 1]!);
  }

  #write(from: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = start; i < end; i++) bytes[at++] = from[i]!;
    this.#at = at;
  }

  #copy(start: number, end: number): void {
    if (end - start <= calledLengthMin) {
      this.#write(this.#bytes, start, end);
      return;
    }
    this.#bytes.copyWithin(this.#at, start, end);
    this.#at += end - start;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * this.#bytes.length + count);
    longer.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = longer;
  }
}

/** A tag and a length. */
const lengthBytesMax = 10;
/** Fewer bytes are copied sooner one by one than by a call. */
const calledLengthMin = 12;

function labelsLength({ pairs, pairLengths, starts, counts }: LabelTable, series: number): number {
  const start = starts[series]!;
  const end = start + counts[series]!;
  let sum = 0;
  for (let i = start; i < end; i++) sum += pairLengths[pairs[i]!]!;
  return sum;
}

function encodeOther(other: WriteOther, t: number, startTime: number): Uint8Array {
  if (other.kind === "histogram") return encodeHistogram(other.histogram, { t, startTime });
  const message = new MessageWriter();
  for (let i = 0; i < other.labels.length; i += 2) {
    message.message(
      1,
      new MessageWriter()
        .text(1, other.labels[i]!)
        .text(2, other.labels[i + 1]!)
        .finish(),
    );
  }
  return message.double(2, other.v).int(3, t).finish();
}

/** The compressed body of version 1 that tells of metric families alone. */
export function encodeMetadataRequest(families: Iterable<readonly [family: string, metadata: Metadata]>): Uint8Array {
  const writer = new MessageWriter();
  for (const [family, { type, help, unit }] of families) {
    const message = new MessageWriter()
      .uint(1, numberedMetricTypes.indexOf(type))
      .bytes(2, encodeUtf8(family))
      .text(4, help)
      .text(5, unit);
    writer.message(3, message.finish());
  }
  return encodeSnappy(writer.finish());
}
