// Histogram samples in the log (docs/formats/wal.md#records): whole counts as varints, others as floats; custom bounds
// make a record type of their own.
import {
  type CounterResetHint,
  customBucketsSchema,
  type Histogram,
  isStale,
  type Span,
  staleNumber,
} from "@narthex/model";
import { ByteReader, type ByteWriter } from "@narthex/stdx";
import { isIntegerHistogram } from "../chunk/buckets.js";
import { encoded, recordType } from "./records.js";
import { StartTimes } from "./start-times.js";

export interface HistogramRecord {
  readonly ref: number;
  readonly t: number;
  /** In ms, 0 for unknown; absent in records without start times. */
  readonly startTime?: number;
  readonly histogram: Histogram;
}

const hints: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

/** The type of the record that takes this histogram. */
export function histogramRecordType(histogram: Histogram, options: { readonly hasStarts?: boolean } = {}): number {
  const isInteger = isStale(histogram.sum) || isIntegerHistogram(histogram);
  if (options.hasStarts) return isInteger ? recordType.histogramsWithStarts : recordType.floatHistogramsWithStarts;
  if (histogram.schema === customBucketsSchema) {
    return isInteger ? recordType.customHistograms : recordType.customFloatHistograms;
  }
  return isInteger ? recordType.histograms : recordType.floatHistograms;
}

export function isHistogramRecord(type: number | undefined): boolean {
  return (
    type !== undefined &&
    type >= recordType.histograms &&
    type <= recordType.floatHistogramsWithStarts &&
    type !== recordType.samplesWithStarts
  );
}

/** REQUIRES: all of them have this record type. */
export function encodeHistograms(writer: ByteWriter, type: number, records: readonly HistogramRecord[]): void {
  const first = records[0];
  writer.u8(type);
  if (!first) return;
  if (type >= recordType.histogramsWithStarts) {
    encodeWithStarts(writer, records, isIntegerType(type));
    return;
  }
  writer.u64(first.ref);
  writer.i64(first.t);
  for (const { ref, t, histogram } of records) {
    writer.varint(ref - first.ref);
    writer.varint(t - first.t);
    writeHistogram(writer, histogram, isIntegerType(type));
  }
}

/** One record for each type of histogram among them. */
export function histogramRecords(histograms: readonly HistogramRecord[]): Uint8Array[] {
  const hasStarts = histograms.some(({ startTime = 0 }) => startTime !== 0);
  const typeOf = ({ histogram }: HistogramRecord): number => histogramRecordType(histogram, { hasStarts });
  const types = new Set(histograms.map(typeOf));
  return Array.from(types, (type) => {
    const records = histograms.filter((record) => typeOf(record) === type);
    return encoded((writer) => encodeHistograms(writer, type, records));
  });
}

export function decodeHistogramRecords(record: Uint8Array): HistogramRecord[] {
  const reader = new ByteReader(record, 1);
  const records: HistogramRecord[] = [];
  if (reader.remaining === 0) return records;
  const isInteger = isIntegerType(record[0]);
  if (record[0]! >= recordType.histogramsWithStarts) return decodeWithStarts(reader, isInteger);
  const baseRef = reader.u64();
  const baseT = reader.i64();
  while (reader.remaining > 0) {
    const ref = baseRef + reader.varint();
    const t = baseT + reader.varint();
    records.push({ ref, t, histogram: readHistogram(reader, isInteger) });
  }
  return records;
}

function encodeWithStarts(writer: ByteWriter, records: readonly HistogramRecord[], isInteger: boolean): void {
  const starts = new StartTimes();
  let previous: HistogramRecord | undefined;
  const firstT = records[0]?.t ?? 0;
  for (const record of records) {
    const { ref, t, startTime = 0, histogram } = record;
    writer.varint(ref - (previous?.ref ?? 0));
    if (previous) {
      writer.varint(t - firstT);
      starts.write(writer, startTime);
    } else {
      writer.varint(t);
      writer.varint(startTime);
      starts.begin(startTime);
    }
    writeHistogram(writer, histogram, isInteger);
    previous = record;
  }
}

function decodeWithStarts(reader: ByteReader, isInteger: boolean): HistogramRecord[] {
  const starts = new StartTimes();
  let ref = reader.varint();
  const firstT = reader.varint();
  let startTime = reader.varint();
  starts.begin(startTime);
  const records = [{ ref, t: firstT, startTime, histogram: readHistogram(reader, isInteger) }];
  while (reader.remaining > 0) {
    ref += reader.varint();
    const t = firstT + reader.varint();
    startTime = starts.read(reader);
    records.push({ ref, t, startTime, histogram: readHistogram(reader, isInteger) });
  }
  return records;
}

function isIntegerType(type: number | undefined): boolean {
  const { histograms, customHistograms, histogramsWithStarts } = recordType;
  return type === histograms || type === customHistograms || type === histogramsWithStarts;
}

/** One histogram as the log holds it, whole counts as varints or all as floats. */
export function writeHistogram(writer: ByteWriter, histogram: Histogram, isInteger: boolean): void {
  writer.u8(hints.indexOf(histogram.counterResetHint));
  writer.varint(histogram.schema);
  writer.f64(histogram.zeroThreshold);
  for (const count of [histogram.zeroCount, histogram.count]) {
    if (isInteger) writer.uvarint(count);
    else writer.f64(count);
  }
  writeSum(writer, histogram.sum);
  writeSpans(writer, histogram.positiveSpans);
  writeSpans(writer, histogram.negativeSpans);
  writeBuckets(writer, histogram.positiveBuckets, isInteger);
  writeBuckets(writer, histogram.negativeBuckets, isInteger);
  if (histogram.schema !== customBucketsSchema) return;
  writer.uvarint(histogram.customValues.length);
  for (const bound of histogram.customValues) writer.f64(bound);
}

// A stale marker goes by its bits: as a number it may change them.
function writeSum(writer: ByteWriter, sum: number): void {
  if (!isStale(sum)) {
    writer.f64(sum);
    return;
  }
  writer.u32(0x7ff00000);
  writer.u32(2);
}

function writeSpans(writer: ByteWriter, spans: readonly Span[]): void {
  writer.uvarint(spans.length);
  for (const { offset, length } of spans) {
    writer.varint(offset);
    writer.uvarint(length);
  }
}

function writeBuckets(writer: ByteWriter, counts: readonly number[], isInteger: boolean): void {
  writer.uvarint(counts.length);
  counts.forEach((count, i) => {
    if (isInteger) writer.varint(count - (counts[i - 1] ?? 0));
    else writer.f64(count);
  });
}

function readHistogram(reader: ByteReader, isInteger: boolean): Histogram {
  const counterResetHint = hints[reader.u8()] ?? "unknown";
  const schema = reader.varint();
  const zeroThreshold = reader.f64();
  const zeroCount = isInteger ? reader.uvarint() : reader.f64();
  const count = isInteger ? reader.uvarint() : reader.f64();
  const sum = reader.f64();
  const positiveSpans = readSpans(reader);
  const negativeSpans = readSpans(reader);
  const positiveBuckets = readBuckets(reader, isInteger);
  const negativeBuckets = readBuckets(reader, isInteger);
  const customValues: number[] = [];
  if (schema === customBucketsSchema)
    for (let rest = reader.uvarint(); rest > 0; rest--) customValues.push(reader.f64());
  return {
    schema,
    counterResetHint,
    zeroThreshold,
    zeroCount,
    count,
    sum: isStale(sum) ? staleNumber() : sum,
    positiveSpans,
    positiveBuckets,
    negativeSpans,
    negativeBuckets,
    customValues,
  };
}

function readSpans(reader: ByteReader): Span[] {
  const spans: Span[] = [];
  for (let rest = reader.uvarint(); rest > 0; rest--) {
    const offset = reader.varint();
    spans.push({ offset, length: reader.uvarint() });
  }
  return spans;
}

function readBuckets(reader: ByteReader, isInteger: boolean): number[] {
  const counts: number[] = [];
  for (let rest = reader.uvarint(), count = 0; rest > 0; rest--) {
    count = isInteger ? count + reader.varint() : reader.f64();
    counts.push(count);
  }
  return counts;
}
