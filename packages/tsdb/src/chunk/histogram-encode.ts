// Encodes native histograms as Prometheus' histogram and float histogram chunks (docs/formats/chunk.md#histograms).
// All samples of a chunk have one layout; integers are written as deltas of deltas, floats by XOR.
import { customBucketsSchema, type Histogram, isStale, wordsOf } from "@narthex/model";
import { assert } from "@narthex/stdx";
import { type HistogramLayout, spansFrom } from "./buckets.js";
import { type ChunkData, chunkEncoding } from "./encoding.js";
import { StartTimeWriter } from "./start-times.js";
import { BitWriter } from "./varbit.js";
import { writeXor, XorStates, xorSampleBytesMax } from "./xor-encode.js";

/** What is known about the counter between the previous chunk and this one: bits of the third byte. */
export const resetHeader = { unknown: 0x00, notReset: 0x40, reset: 0x80, gauge: 0xc0 } as const;

export type ResetHeader = (typeof resetHeader)[keyof typeof resetHeader];

export interface HistogramChunkKind {
  readonly layout: HistogramLayout;
  readonly header: ResetHeader;
  readonly isInteger: boolean;
  /** Whether samples may have start times; 2.42 does not read such chunks. */
  readonly hasStarts?: boolean;
}

/** Rows of the XOR columns: sum, count, zero count, then the buckets. */
const sumRow = 0;

export class HistogramEncoder {
  readonly kind: HistogramChunkKind;
  /** The sample appended last, aligned to the layout. */
  last: Histogram | undefined;
  count = 0;
  readonly #writer = new BitWriter();
  readonly #xor: XorStates;
  readonly #startTimes: StartTimeWriter | undefined;
  readonly #scratch = new Float64Array(1);
  readonly #words = wordsOf(this.#scratch);
  /** Last value and last difference of count, zero count and buckets, of integers. */
  readonly #values: Float64Array;
  readonly #deltas: Float64Array;
  #t = 0;
  #timeDelta = 0;

  constructor(kind: HistogramChunkKind) {
    const fields = 2 + kind.layout.positive.length + kind.layout.negative.length;
    this.kind = kind;
    this.#values = new Float64Array(fields);
    this.#deltas = new Float64Array(fields);
    this.#xor = new XorStates(1 + fields);
    for (let row = 0; row <= fields; row++) this.#xor.reset(row);
    this.#startTimes = kind.hasStarts ? new StartTimeWriter() : undefined;
    this.#writer.bits(0, 24);
    this.#writeLayout(kind.layout);
  }

  get byteLength(): number {
    return this.#writer.length;
  }

  /** Whether the last sample is a stale marker: only more of them may follow. */
  get isStale(): boolean {
    return this.last !== undefined && isStale(this.last.sum);
  }

  /** The chunk so far. Borrowed until the next `append`. */
  data(): ChunkData {
    const { bytes, length } = this.#writer;
    const { header, isInteger } = this.kind;
    const starts = this.#startTimes;
    // With start times their header stands where the flags were, and the flags over the count.
    bytes[0] = (this.count >>> 8) | (starts ? header : 0);
    bytes[1] = this.count;
    bytes[2] = starts ? starts.header : header;
    const plain = isInteger ? chunkEncoding.histogram : chunkEncoding.floatHistogram;
    const withStarts = isInteger ? chunkEncoding.histogramWithStarts : chunkEncoding.floatHistogramWithStarts;
    return { encoding: starts ? withStarts : plain, bytes, start: 0, end: length };
  }

  /** REQUIRES: `t` above the last, the layout's buckets exactly; of a stale marker only the sum counts. A start time of 0 is unknown. */
  append(t: number, histogram: Histogram, startTime = 0): void {
    const buckets = isStale(histogram.sum) ? [] : fieldsOf(histogram);
    const isFirst = this.count === 0;
    const hasAll = buckets.length === this.#values.length || isStale(histogram.sum);
    assert(hasAll, "a histogram has the buckets of its chunk");
    this.#writeTime(t, isFirst);
    if (this.kind.isInteger) this.#writeIntegers(histogram, buckets, isFirst);
    else this.#writeFloats(histogram, buckets, isFirst);
    this.#startTimes?.next(this.#writer, t, startTime);
    this.last = histogram;
    this.count++;
  }

  #writeTime(t: number, isFirst: boolean): void {
    if (isFirst) this.#writer.varint(t);
    else {
      const delta = t - this.#t;
      this.#writer.varint(delta - this.#timeDelta);
      this.#timeDelta = delta;
    }
    this.#t = t;
  }

  // Count and zero count come before the sum, buckets behind; a stale marker has no buckets, and zeros in the first two.
  #writeIntegers(histogram: Histogram, fields: readonly number[], isFirst: boolean): void {
    for (let i = 0; i < 2; i++) this.#writeInteger(i, fields[i] ?? 0, isFirst);
    this.#writeFloat(sumRow, histogram.sum, isFirst);
    for (let i = 2; i < fields.length; i++) this.#writeInteger(i, fields[i]!, isFirst);
  }

  #writeInteger(field: number, value: number, isFirst: boolean): void {
    if (isFirst) {
      if (field < 2) this.#writer.uvarint(value);
      else this.#writer.varint(value);
    } else {
      const delta = value - this.#values[field]!;
      this.#writer.varint(delta - this.#deltas[field]!);
      this.#deltas[field] = delta;
    }
    this.#values[field] = value;
  }

  #writeFloats(histogram: Histogram, fields: readonly number[], isFirst: boolean): void {
    for (let i = 0; i < 2; i++) this.#writeFloat(1 + i, fields[i] ?? 0, isFirst);
    this.#writeFloat(sumRow, histogram.sum, isFirst);
    // Integers are written as differences from bucket to bucket; floats as they are.
    const buckets = fields.length === 0 ? [] : [...histogram.positiveBuckets, ...histogram.negativeBuckets];
    for (const [i, value] of buckets.entries()) this.#writeFloat(3 + i, value, isFirst);
  }

  #writeFloat(row: number, value: number, isFirst: boolean): void {
    this.#scratch[0] = value;
    const isMarker = isStale(value);
    const high = isMarker ? 0x7ff00000 : this.#words[1]!;
    const low = isMarker ? 2 : this.#words[0]!;
    const xor = this.#xor;
    if (isFirst) this.#writer.words(high, low);
    else {
      this.#writer.reserve(xorSampleBytesMax);
      xor.bytes = this.#writer.bytes;
      this.#writer.at = writeXor(xor, row, this.#writer.at, high ^ xor.high[row]!, low ^ xor.low[row]!);
    }
    xor.high[row] = high;
    xor.low[row] = low;
  }

  #writeLayout(layout: HistogramLayout): void {
    this.#writeZeroThreshold(layout.zeroThreshold);
    this.#writer.varint(layout.schema);
    for (const indexes of [layout.positive, layout.negative]) {
      const spans = spansFrom(indexes);
      this.#writer.uvarint(spans.length);
      for (const { offset, length } of spans) {
        this.#writer.uvarint(length);
        this.#writer.varint(offset);
      }
    }
    if (layout.schema !== customBucketsSchema) return;
    this.#writer.uvarint(layout.customValues.length);
    for (const bound of layout.customValues) this.#writeBound(bound);
  }

  // One byte for 0 and for powers of two from 2^-243 to 2^10; else 255 and the float.
  #writeZeroThreshold(threshold: number): void {
    const exponent = Math.log2(threshold);
    const isPower = Number.isInteger(exponent) && 2 ** exponent === threshold && exponent >= -243 && exponent <= 10;
    if (threshold === 0) this.#writer.bits(0, 8);
    else if (isPower) this.#writer.bits(exponent + 244, 8);
    else {
      this.#scratch[0] = threshold;
      this.#writer.bits(255, 8);
      this.#writer.words(this.#words[1]!, this.#words[0]!);
    }
  }

  // Whole thousandths are short; anything else is a zero bit and the float.
  #writeBound(bound: number): void {
    const thousandths = Math.round(bound * 1000);
    if (bound * 1000 >= 0 && bound * 1000 <= 33_554_430 && thousandths / 1000 === bound) {
      this.#writer.uvarint(thousandths + 1);
      return;
    }
    this.#scratch[0] = bound;
    this.#writer.bits(0, 1);
    this.#writer.words(this.#words[1]!, this.#words[0]!);
  }
}

/** Count, zero count, then the buckets of each side as differences to the bucket before. */
function fieldsOf(histogram: Histogram): number[] {
  const differences = (counts: readonly number[]): number[] => counts.map((count, i) => count - (counts[i - 1] ?? 0));
  return [
    histogram.count,
    histogram.zeroCount,
    ...differences(histogram.positiveBuckets),
    ...differences(histogram.negativeBuckets),
  ];
}
