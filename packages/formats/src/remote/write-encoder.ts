// Bodies of remote write, version 1: rows → prometheus.WriteRequest → snappy, in one go. Every row repeats the labels of its
// series, mostly those of the row before; each pair that stands in the last 64 KiB is written as a copy of that, which takes
// neither its bytes nor a search for them. Comes from: write-rows. Version 2: remote/symbol-encoder.
import type { Metadata } from "@narthex/model";
import { encodeUtf8 } from "@narthex/stdx";
import { MessageWriter } from "../protobuf/writer.js";
import { encodeSnappy } from "../snappy/block.js";
import { copyOffsetMax, SnappyWriter } from "../snappy/writer.js";
import { encodeHistogram } from "./histogram-encoder.js";
import { grown, type LabelTable } from "./label-table.js";
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
const exemplarTag = 0x1a;
const histogramTag = 0x22;

/** Keeps room from request to request: one for each thread is enough. */
export class WriteEncoder {
  readonly #writer = new SnappyWriter();
  /** Where pair i was written last, of the request whose number is in the other column. */
  #pairAt: Uint32Array = new Uint32Array(0);
  #pairRequest: Uint32Array = new Uint32Array(0);
  #request = 0;
  #timeAt = 0;
  #time: TimeBytes = timeBytes(0);

  /** The compressed body; a view that the next call outdates. */
  encode(rows: WriteRows, table: LabelTable): Uint8Array {
    this.#pairAt = grown(this.#pairAt, table.pairCount);
    this.#pairRequest = grown(this.#pairRequest, table.pairCount);
    this.#request++;
    this.#writer.clear();
    this.#timeAt = -1;
    for (let row = 0; row < rows.count; row++) this.#writeRow(rows, row, table);
    return this.#writer.finish();
  }

  #writeRow(rows: WriteRows, row: number, table: LabelTable): void {
    const writer = this.#writer;
    const series = rows.series[row]!;
    const other = rows.others?.[row];
    const t = rows.t[row]!;
    if (this.#time.t !== t) {
      this.#time = timeBytes(t);
      this.#timeAt = -1;
    }
    const low = rows.words[2 * row]!;
    const high = rows.words[2 * row + 1]!;
    // A zero is not written, as proto3 has it; a negative zero is none.
    const valueBytes = (low | high) === 0 ? 0 : 9;
    const message = other && encodeOther(other, t, rows.startTimes?.[row] ?? 0);
    const length = message ? message.length : valueBytes + this.#time.bytes.length;
    writer.u8(seriesTag);
    writer.uvarint(labelsLength(table, series) + 1 + uvarintLength(length) + length);
    this.#writeLabels(table, series);
    writer.u8(other ? (other.kind === "exemplar" ? exemplarTag : histogramTag) : sampleTag);
    writer.uvarint(length);
    if (message) writer.raw(message);
    else {
      if (valueBytes > 0) this.#writeDouble(low, high);
      this.#writeTime();
    }
  }

  #writeDouble(low: number, high: number): void {
    const writer = this.#writer;
    writer.u8(0x09);
    for (let shift = 0; shift < 32; shift += 8) writer.u8((low >>> shift) & 0xff);
    for (let shift = 0; shift < 32; shift += 8) writer.u8((high >>> shift) & 0xff);
  }

  #writeTime(): void {
    const writer = this.#writer;
    const { bytes } = this.#time;
    const at = writer.position;
    if (this.#timeAt >= 0 && at - this.#timeAt <= copyOffsetMax) writer.copy(this.#timeAt, bytes.length);
    else writer.raw(bytes);
    this.#timeAt = at;
  }

  #writeLabels(table: LabelTable, series: number): void {
    const start = table.starts[series]!;
    const end = start + table.counts[series]!;
    for (let i = start; i < end; i++) this.#writePair(table, table.pairs[i]!);
  }

  #writePair(table: LabelTable, pair: number): void {
    const writer = this.#writer;
    const at = writer.position;
    const before = this.#pairAt[pair]!;
    const isNear = this.#pairRequest[pair] === this.#request && at - before <= copyOffsetMax;
    this.#pairAt[pair] = at;
    this.#pairRequest[pair] = this.#request;
    const length = pairLength(table, pair);
    if (isNear) {
      writer.copy(before, 1 + uvarintLength(length) + length);
      return;
    }
    writer.u8(labelTag);
    writer.uvarint(length);
    this.#writeText(table, nameTag, table.pairNames[pair]!);
    this.#writeText(table, valueTag, table.pairValues[pair]!);
  }

  #writeText(table: LabelTable, tag: number, text: number): void {
    const start = table.textEnds[text]!;
    const end = table.textEnds[text + 1]!;
    this.#writer.u8(tag);
    this.#writer.uvarint(end - start);
    this.#writer.raw(table.bytes, start, end);
  }
}

function labelsLength(table: LabelTable, series: number): number {
  const start = table.starts[series]!;
  const end = start + table.counts[series]!;
  let sum = 0;
  for (let i = start; i < end; i++) {
    const length = pairLength(table, table.pairs[i]!);
    sum += 1 + uvarintLength(length) + length;
  }
  return sum;
}

/** Of the label's message. */
function pairLength(table: LabelTable, pair: number): number {
  return textLength(table, table.pairNames[pair]!) + textLength(table, table.pairValues[pair]!);
}

/** With its tag and length. */
function textLength({ textEnds }: LabelTable, text: number): number {
  const length = textEnds[text + 1]! - textEnds[text]!;
  return 1 + uvarintLength(length) + length;
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
