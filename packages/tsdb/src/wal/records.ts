// What a WAL record says, in Prometheus' encoding (docs/formats/wal.md#records).
// Series come before the samples that refer to them. Times and references are written against the record's first.
import {
  type Exemplar,
  type Labels,
  labelsFromSorted,
  type Metadata,
  type MetricType,
  metricTypes,
} from "@narthex/model";
import { ByteRangeError, ByteReader, ByteWriter, grown } from "@narthex/stdx";
import { UnsupportedDataError } from "../errors.js";
import { LabelTexts } from "./label-texts.js";
import { StartTimes } from "./start-times.js";

export const recordType = {
  series: 1,
  samples: 2,
  tombstones: 3,
  exemplars: 4,
  mmapMarkers: 5,
  metadata: 6,
  histograms: 7,
  floatHistograms: 8,
  customHistograms: 9,
  customFloatHistograms: 10,
  samplesWithStarts: 11,
  histogramsWithStarts: 12,
  floatHistogramsWithStarts: 13,
  /** In checkpoints of Prometheus 3.14: what was older than it is in blocks, which say so themselves. */
  minValidTime: 14,
} as const;

// Types are given out one by one. A higher one is not tomorrow's, but a compression flag gone wrong: no checksum covers it.
const plausibleTypeMax = 31;

/** What a record of a type that we do not read is: damage, or the data of a newer Prometheus. */
export function unreadRecord(type: number | undefined): ByteRangeError | UnsupportedDataError {
  if (type === undefined || type === 0 || type > plausibleTypeMax) return new ByteRangeError(`record type ${type}`, 0);
  return new UnsupportedDataError(`the WAL holds records of type ${type}, which are not read yet`);
}

export function isReadType(type: number | undefined): boolean {
  return type !== undefined && type !== recordType.mmapMarkers && type >= 1 && type <= 14;
}

export function isSamplesRecord(type: number | undefined): boolean {
  return type === recordType.samples || type === recordType.samplesWithStarts;
}

export interface SeriesRecord {
  readonly ref: number;
  readonly labels: Labels;
}

/**
 * Both ends inclusive, in ms. From -Infinity to Infinity it says that the series left the head: Prometheus writes it when it
 * has put series that are stale, or some that were chosen, into a block of their own.
 */
export interface TombstoneRecord {
  readonly ref: number;
  readonly minTime: number;
  readonly maxTime: number;
}

export interface ExemplarRecord {
  readonly ref: number;
  readonly t: number;
  readonly v: number;
  readonly labels: Labels;
}

export interface MetadataRecord {
  readonly ref: number;
  readonly metadata: Metadata;
}

/** Rows of float samples; `words` are the bits of the values, low word first. */
export interface SampleRows {
  count: number;
  refs: Float64Array;
  t: Float64Array;
  words: Uint32Array;
  /** In ms, 0 for unknown; undefined where the record has none. */
  startTimes: Float64Array | undefined;
}

/** A new record of what `encode` writes. */
export function encoded(encode: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1024);
  encode(writer);
  return writer.bytes();
}

export function encodeSeries(writer: ByteWriter, series: readonly SeriesRecord[]): void {
  writer.u8(recordType.series);
  for (const { ref, labels } of series) {
    writer.u64(ref);
    writeLabels(writer, labels);
  }
}

export function decodeSeries(record: Uint8Array, texts: LabelTexts = new LabelTexts()): SeriesRecord[] {
  const reader = new ByteReader(record, 1);
  const series: SeriesRecord[] = [];
  while (reader.remaining > 0) series.push({ ref: reader.u64(), labels: texts.read(reader) });
  return series;
}

function writeLabels(writer: ByteWriter, labels: Labels): void {
  writer.uvarint(labels.length / 2);
  for (const text of labels) writer.text(text);
}

function readLabels(reader: ByteReader): Labels {
  const count = reader.uvarint();
  const flat: string[] = [];
  for (let i = 0; i < 2 * count; i++) flat.push(reader.text());
  return labelsFromSorted(flat);
}

export function encodeTombstones(writer: ByteWriter, tombstones: readonly TombstoneRecord[]): void {
  writer.u8(recordType.tombstones);
  for (const { ref, minTime, maxTime } of tombstones) {
    writer.u64(ref);
    writeTime(writer, minTime);
    writeTime(writer, maxTime);
  }
}

export function decodeTombstones(record: Uint8Array): TombstoneRecord[] {
  const reader = new ByteReader(record, 1);
  const tombstones: TombstoneRecord[] = [];
  while (reader.remaining > 0) {
    tombstones.push({ ref: reader.u64(), minTime: readTime(reader), maxTime: readTime(reader) });
  }
  return tombstones;
}

// Varints of the greatest and the least 64-bit number.
const unbounded = [
  { time: Number.POSITIVE_INFINITY, bytes: Uint8Array.of(0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1) },
  { time: Number.NEGATIVE_INFINITY, bytes: Uint8Array.of(0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1) },
] as const;

function writeTime(writer: ByteWriter, time: number): void {
  const found = unbounded.find((bound) => bound.time === time);
  if (found) writer.raw(found.bytes);
  else writer.varint(time);
}

function readTime(reader: ByteReader): number {
  const { bytes, offset, remaining } = reader;
  const isBound = (bound: Uint8Array): boolean =>
    bound.length <= remaining && bound.every((byte, i) => byte === bytes[offset + i]);
  const found = unbounded.find((bound) => isBound(bound.bytes));
  if (!found) return reader.varint();
  reader.skip(found.bytes.length);
  return found.time;
}

export function encodeExemplars(writer: ByteWriter, exemplars: readonly ExemplarRecord[]): void {
  const first = exemplars[0];
  writer.u8(recordType.exemplars);
  if (!first) return;
  writer.u64(first.ref);
  writer.i64(first.t);
  for (const { ref, t, v, labels } of exemplars) {
    writer.varint(ref - first.ref);
    writer.varint(t - first.t);
    writer.f64(v);
    writeLabels(writer, labels);
  }
}

export function decodeExemplars(record: Uint8Array): ExemplarRecord[] {
  const reader = new ByteReader(record, 1);
  const exemplars: ExemplarRecord[] = [];
  if (reader.remaining === 0) return exemplars;
  const baseRef = reader.u64();
  const baseT = reader.i64();
  while (reader.remaining > 0) {
    const ref = baseRef + reader.varint();
    const t = baseT + reader.varint();
    exemplars.push({ ref, t, v: reader.f64(), labels: readLabels(reader) });
  }
  return exemplars;
}

/** An exemplar as the log holds it: one without a time of its own has that of its sample. */
export function exemplarRecord(ref: number, exemplar: Exemplar & { readonly t: number }): ExemplarRecord {
  return { ref, t: exemplar.t, v: exemplar.v, labels: exemplar.labels };
}

// Prometheus: tsdb/record/record.go, MetricType.
const metricTypeCodes: Readonly<Record<MetricType, number>> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugehistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
};

export function encodeMetadata(writer: ByteWriter, records: readonly MetadataRecord[]): void {
  writer.u8(recordType.metadata);
  for (const { ref, metadata } of records) {
    writer.uvarint(ref);
    writer.u8(metricTypeCodes[metadata.type]);
    writer.uvarint(2);
    writer.text("UNIT");
    writer.text(metadata.unit);
    writer.text("HELP");
    writer.text(metadata.help);
  }
}

export function decodeMetadata(record: Uint8Array): MetadataRecord[] {
  const reader = new ByteReader(record, 1);
  const records: MetadataRecord[] = [];
  while (reader.remaining > 0) {
    const ref = reader.uvarint();
    const code = reader.u8();
    const type = metricTypes.find((candidate) => metricTypeCodes[candidate] === code) ?? "unknown";
    const fields = new Map<string, string>();
    for (let rest = reader.uvarint(); rest > 0; rest--) fields.set(reader.text(), reader.text());
    records.push({ ref, metadata: { type, unit: fields.get("UNIT") ?? "", help: fields.get("HELP") ?? "" } });
  }
  return records;
}

/** Most bytes that rows without start times may take. */
export function samplesBytesMax(count: number): number {
  return 17 + count * (10 + 10 + 8);
}

/** A new record of the rows, of the kind they need. */
export function samplesRecord(rows: SampleRows): Uint8Array {
  if (rows.startTimes) {
    const writer = new ByteWriter(16 * rows.count);
    encodeSamplesWithStarts(writer, rows);
    return writer.bytes();
  }
  const target = new Uint8Array(samplesBytesMax(rows.count));
  return target.subarray(0, encodeSamples(rows, target));
}

/** Encodes rows [0, count) into `target` from 0 on; returns the length. The hot one: no allocation per row. */
export function encodeSamples(rows: SampleRows, target: Uint8Array): number {
  const { refs, t, words } = rows;
  const baseRef = refs[0]!;
  const baseT = t[0]!;
  let at = writeSamplesHeader(target, baseRef, baseT);
  for (let i = 0; i < rows.count; i++) {
    at = writeVarint(target, at, refs[i]! - baseRef);
    at = writeVarint(target, at, t[i]! - baseT);
    at = writeWord(target, at, words[2 * i + 1]!);
    at = writeWord(target, at, words[2 * i]!);
  }
  return at;
}

/** Writes what stands before the rows; returns its length. */
export function writeSamplesHeader(target: Uint8Array, baseRef: number, baseT: number): number {
  const header = new DataView(target.buffer, target.byteOffset, 17);
  header.setUint8(0, recordType.samples);
  header.setUint32(1, Math.floor(baseRef / 0x100000000));
  header.setUint32(5, baseRef >>> 0);
  header.setInt32(9, Math.floor(baseT / 0x100000000));
  header.setUint32(13, baseT >>> 0);
  return 17;
}

function writeWord(target: Uint8Array, at: number, word: number): number {
  target[at] = word >>> 24;
  target[at + 1] = word >>> 16;
  target[at + 2] = word >>> 8;
  target[at + 3] = word;
  return at + 4;
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let index = at;
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) target[index++] = (rest % 128) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) target[index++] = (rest & 0x7f) | 0x80;
  target[index++] = rest;
  return index;
}

/**
 * Whether all samples of a record are older than `minTime`, found out without decoding what they are. False also where that
 * takes decoding: for records with start times, and for those that end early. The hot one of checkpoints: most samples are in blocks.
 */
export function areAllOlder(record: Uint8Array, minTime: number): boolean {
  if (record[0] !== recordType.samples || record.length <= samplesHeaderBytes) return false;
  const latest = minTime - new ByteReader(record, 1 + 8).i64();
  const end = record.length;
  let at = samplesHeaderBytes;
  while (at < end) {
    while (record[at]! >= 0x80) at++;
    at++;
    let byte = record[at++]!;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80 && scale < maxScale; scale *= 128) {
      byte = record[at++]!;
      value += (byte & 0x7f) * scale;
    }
    if (!(byte < 0x80)) return false;
    if ((value % 2 === 0 ? value / 2 : -(value + 1) / 2) >= latest) return false;
    at += 8;
  }
  return at === end;
}

/** Type, base ref, base time. */
const samplesHeaderBytes = 17;

/** Replaces the content of `rows`. Of both kinds, with start times and without. */
export function decodeSamples(record: Uint8Array, rows: SampleRows): void {
  rows.count = 0;
  rows.startTimes = undefined;
  if (record.length <= 1) return;
  if (record[0] === recordType.samplesWithStarts) decodeSamplesWithStarts(record, rows);
  else decodePlainSamples(record, rows);
}

// Differences of references and times take one to three bytes mostly: those are decoded here, without a call. A sample
// is 10 bytes at least; the last ones of a record, where a varint might end it early, are left to the reader.
function decodePlainSamples(record: Uint8Array, rows: SampleRows): void {
  const reader = new ByteReader(record, 1);
  reserveRows(rows, Math.ceil((record.length - 17) / 10));
  const baseRef = reader.u64();
  const baseT = reader.i64();
  const { refs, t, words } = rows;
  const end = record.length - sampleBytesMax;
  let at = reader.offset;
  let count = 0;
  while (at < end) {
    let byte = record[at++]!;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80 && scale < maxScale; scale *= 128) {
      byte = record[at++]!;
      value += (byte & 0x7f) * scale;
    }
    refs[count] = baseRef + (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
    byte = record[at++]!;
    value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80 && scale < maxScale; scale *= 128) {
      byte = record[at++]!;
      value += (byte & 0x7f) * scale;
    }
    t[count] = baseT + (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
    words[2 * count + 1] =
      ((record[at]! << 24) | (record[at + 1]! << 16) | (record[at + 2]! << 8) | record[at + 3]!) >>> 0;
    words[2 * count] =
      ((record[at + 4]! << 24) | (record[at + 5]! << 16) | (record[at + 6]! << 8) | record[at + 7]!) >>> 0;
    at += 8;
    count++;
  }
  reader.offset = at;
  rows.count = count;
  while (reader.remaining > 0) readPlainSample(reader, rows, { ref: baseRef, t: baseT });
}

/** Two varints of ten bytes and the value. */
const sampleBytesMax = 28;
/** Beyond seven bytes a varint is no plain number. */
const maxScale = 2 ** 49;

function readPlainSample(
  reader: ByteReader,
  rows: SampleRows,
  base: { readonly ref: number; readonly t: number },
): void {
  const i = rows.count++;
  rows.refs[i] = base.ref + reader.varint();
  rows.t[i] = base.t + reader.varint();
  rows.words[2 * i + 1] = reader.u32();
  rows.words[2 * i] = reader.u32();
}

function decodeSamplesWithStarts(record: Uint8Array, rows: SampleRows): void {
  const reader = new ByteReader(record, 1);
  // A first sample is 11 bytes at least, a later one as well.
  reserveRows(rows, Math.ceil(record.length / 11));
  const starts = new StartTimes();
  rows.startTimes = new Float64Array(rows.t.length);
  let ref = 0;
  while (reader.remaining > 0) {
    const i = rows.count++;
    ref += reader.varint();
    rows.refs[i] = ref;
    if (i === 0) {
      rows.t[0] = reader.varint();
      rows.startTimes[0] = reader.varint();
      starts.begin(rows.startTimes[0]);
    } else {
      rows.t[i] = rows.t[0]! + reader.varint();
      rows.startTimes[i] = starts.read(reader);
    }
    rows.words[2 * i + 1] = reader.u32();
    rows.words[2 * i] = reader.u32();
  }
}

/** REQUIRES: the rows have start times. */
export function encodeSamplesWithStarts(writer: ByteWriter, rows: SampleRows): void {
  const { refs, t, words, startTimes } = rows;
  const starts = new StartTimes();
  writer.u8(recordType.samplesWithStarts);
  for (let i = 0; i < rows.count; i++) {
    const startTime = startTimes?.[i] ?? 0;
    writer.varint(i === 0 ? refs[0]! : refs[i]! - refs[i - 1]!);
    if (i === 0) {
      writer.varint(t[0]!);
      writer.varint(startTime);
      starts.begin(startTime);
    } else {
      writer.varint(t[i]! - t[0]!);
      starts.write(writer, startTime);
    }
    writer.u32(words[2 * i + 1]!);
    writer.u32(words[2 * i]!);
  }
}

export function emptyRows(capacity = 1024): SampleRows {
  return {
    count: 0,
    refs: new Float64Array(capacity),
    t: new Float64Array(capacity),
    words: new Uint32Array(2 * capacity),
    startTimes: undefined,
  };
}

/** Makes room for `capacity` rows in all; keeps the rows there are. */
export function reserveRows(rows: SampleRows, capacity: number): void {
  if (capacity <= rows.t.length) return;
  const size = Math.max(capacity, rows.t.length * 2);
  rows.refs = grown(rows.refs, size);
  rows.t = grown(rows.t, size);
  rows.words = grown(rows.words, 2 * size);
  if (rows.startTimes) rows.startTimes = grown(rows.startTimes, size);
}
