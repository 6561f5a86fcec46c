// Decodes histogram and float histogram chunks into columns: the inverse of histogram-encode.ts.
import {
  type CounterResetHint,
  customBucketsSchema,
  type Histogram,
  type SampleColumns,
  type Span,
  setStaleAt,
  staleNumber,
  wordsOf,
} from "@narthex/model";
import { BitReader } from "./bits.js";
import { type ChunkData, type ChunkWindow, chunkEncoding, sampleCountOf } from "./encoding.js";
import { resetHeader } from "./histogram-encode.js";
import { StartTimeReader } from "./start-times.js";
import { readVarbitInt, readVarbitUint } from "./varbit.js";
import { newXorField, readDifference, readWindow, type XorField } from "./xor-field.js";

/** A span list that names more buckets than this is damage, not data. */
const bucketsMax = 1 << 16;

/** Appends the samples inside `window` to `columns`; false when the bytes are damaged. */
export function decodeHistograms(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean {
  const decoder = new HistogramDecoder(chunk);
  if (!decoder.readLayout()) return false;
  for (let i = sampleCountOf(chunk); i > 0; i--) {
    if (!decoder.next()) return false;
    if (decoder.t > window.end) return true;
    if (decoder.t <= window.after) continue;
    columns.pushHistogram(decoder.t, decoder.histogram());
    if (decoder.startTime !== 0 || columns.startTimes) columns.setStartTime(decoder.startTime);
    if (decoder.isStale) setStaleAt(columns.words, columns.count - 1);
  }
  return true;
}

class HistogramDecoder {
  readonly #reader: BitReader;
  readonly #bitEnd: number;
  readonly #isInteger: boolean;
  readonly #header: number;
  readonly #startTimes: StartTimeReader | undefined;
  readonly #scratch = new Float64Array(1);
  readonly #words = wordsOf(this.#scratch);
  #schema = 0;
  #zeroThreshold = 0;
  #positiveSpans: Span[] = [];
  #negativeSpans: Span[] = [];
  #customValues: number[] = [];
  #positiveCount = 0;
  /** Count, zero count and buckets: differences from bucket to bucket for integers. */
  #values = new Float64Array(0);
  #deltas = new Float64Array(0);
  readonly #sum: XorField = newXorField();
  #fields: XorField[] = [];
  #timeDelta = 0;
  #read = 0;
  t = 0;

  constructor(chunk: ChunkData) {
    const { encoding, bytes, start } = chunk;
    this.#isInteger = encoding === chunkEncoding.histogram || encoding === chunkEncoding.histogramWithStarts;
    const hasStarts = encoding >= chunkEncoding.histogramWithStarts;
    this.#header = bytes[hasStarts ? start : start + 2]! & 0xc0;
    this.#startTimes = hasStarts ? new StartTimeReader(bytes[start + 2]!) : undefined;
    this.#reader = new BitReader(bytes, (start + 3) * 8);
    this.#bitEnd = chunk.end * 8;
  }

  get startTime(): number {
    return this.#startTimes?.startTime ?? 0;
  }

  get isStale(): boolean {
    return this.#sum.low === 2 && this.#sum.high === 0x7ff00000;
  }

  readLayout(): boolean {
    this.#zeroThreshold = this.#readZeroThreshold();
    this.#schema = readVarbitInt(this.#reader);
    const positive = this.#readSpans();
    const negative = positive && this.#readSpans();
    if (!positive || !negative) return false;
    this.#positiveSpans = positive;
    this.#negativeSpans = negative;
    this.#positiveCount = bucketCount(positive);
    const fields = 2 + this.#positiveCount + bucketCount(negative);
    this.#values = new Float64Array(fields);
    this.#deltas = new Float64Array(fields);
    if (!this.#isInteger) this.#fields = Array.from({ length: fields }, newXorField);
    return this.#schema === customBucketsSchema ? this.#readBounds() : this.#isInside;
  }

  get #isInside(): boolean {
    return this.#reader.at <= this.#bitEnd;
  }

  #readZeroThreshold(): number {
    const byte = this.#reader.bits(8);
    if (byte === 255) return this.#readNumber();
    return byte === 0 ? 0 : 2 ** (byte - 244);
  }

  #readNumber(): number {
    this.#words[1] = this.#reader.bits(32);
    this.#words[0] = this.#reader.bits(32);
    return this.#scratch[0]!;
  }

  #readSpans(): Span[] | undefined {
    const spans: Span[] = [];
    let total = 0;
    for (let rest = readVarbitUint(this.#reader); rest > 0; rest--) {
      const length = readVarbitUint(this.#reader);
      spans.push({ length, offset: readVarbitInt(this.#reader) });
      total += length;
      if (!this.#isInside || total > bucketsMax) return undefined;
    }
    return spans;
  }

  #readBounds(): boolean {
    for (let rest = readVarbitUint(this.#reader); rest > 0; rest--) {
      const thousandths = readVarbitUint(this.#reader);
      this.#customValues.push(thousandths === 0 ? this.#readNumber() : (thousandths - 1) / 1000);
      if (!this.#isInside) return false;
    }
    return this.#isInside;
  }

  /** Reads the next sample; false when the bytes end first. */
  next(): boolean {
    const isFirst = this.#read++ === 0;
    if (isFirst) this.t = readVarbitInt(this.#reader);
    else {
      this.#timeDelta += readVarbitInt(this.#reader);
      this.t += this.#timeDelta;
    }
    this.#readRange(0, 2, isFirst);
    this.#readXor(this.#sum, isFirst);
    if (!this.isStale) this.#readRange(2, this.#values.length, isFirst);
    this.#startTimes?.next(this.#reader, this.t);
    return this.#isInside;
  }

  #readRange(start: number, end: number, isFirst: boolean): void {
    if (!this.#isInteger) {
      for (let i = start; i < end; i++) this.#values[i] = this.#readXor(this.#fields[i] as XorField, isFirst);
    } else if (isFirst) {
      for (let i = start; i < end; i++)
        this.#values[i] = i < 2 ? readVarbitUint(this.#reader) : readVarbitInt(this.#reader);
    } else this.#readChanges(start, end);
  }

  // Whether the bytes were enough is asked once a sample: there are at most so many buckets.
  #readChanges(start: number, end: number): void {
    const reader = this.#reader;
    const deltas = this.#deltas;
    const values = this.#values;
    for (let i = start; i < end; i++) {
      const delta = deltas[i]! + readVarbitInt(reader);
      deltas[i] = delta;
      values[i]! += delta;
    }
  }

  #readXor(field: XorField, isFirst: boolean): number {
    const reader = this.#reader;
    if (isFirst) {
      field.high = reader.bits(32);
      field.low = reader.bits(32);
    } else if (reader.bit() === 1) {
      if (reader.bit() === 1) readWindow(reader, field);
      readDifference(reader, field);
    }
    this.#words[1] = field.high;
    this.#words[0] = field.low;
    return this.#scratch[0]!;
  }

  /** The sample read last. */
  histogram(): Histogram {
    const isMarker = this.isStale;
    this.#words[1] = this.#sum.high;
    this.#words[0] = this.#sum.low;
    const buckets = isMarker ? [] : this.#buckets();
    const positive = isMarker ? 0 : this.#positiveCount;
    return {
      schema: this.#schema,
      counterResetHint: this.#hint(),
      zeroThreshold: this.#zeroThreshold,
      zeroCount: isMarker ? 0 : this.#values[1]!,
      count: isMarker ? 0 : this.#values[0]!,
      sum: isMarker ? staleNumber() : this.#scratch[0]!,
      positiveSpans: isMarker ? [] : this.#positiveSpans,
      positiveBuckets: buckets.slice(0, positive),
      negativeSpans: isMarker ? [] : this.#negativeSpans,
      negativeBuckets: buckets.slice(positive),
      customValues: this.#customValues,
    };
  }

  #buckets(): number[] {
    const buckets: number[] = [];
    let count = 0;
    for (let i = 2; i < this.#values.length; i++) {
      if (i - 2 === this.#positiveCount) count = 0;
      count = this.#isInteger ? count + this.#values[i]! : this.#values[i]!;
      buckets.push(count);
    }
    return buckets;
  }

  // Prometheus: the first sample's hint is unknown whatever the header says, since the chunk before may be gone.
  #hint(): CounterResetHint {
    if (this.#header === resetHeader.gauge) return "gauge";
    return this.#read > 1 ? "not_reset" : "unknown";
  }
}

function bucketCount(spans: readonly Span[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}
