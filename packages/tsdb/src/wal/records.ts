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
import { ByteRangeError, ByteReader, type ByteWriter } from "@narthex/stdx";
import { UnsupportedDataError } from "../errors.js";

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
} as const;

// Types are given out one by one. A higher one is not tomorrow's, but a compression flag gone wrong: no checksum covers it.
const plausibleTypeMax = 31;

/** What a record of a type that we do not read is: damage, or the data of a newer Prometheus. */
export function unreadRecord(type: number | undefined): ByteRangeError | UnsupportedDataError {
  if (type === undefined || type === 0 || type > plausibleTypeMax) return new ByteRangeError(`record type ${type}`, 0);
  return new UnsupportedDataError(`the WAL holds records of type ${type}, which are not read yet`);
}

export function isReadType(type: number | undefined): boolean {
  return type !== undefined && type !== recordType.mmapMarkers && type >= 1 && type <= 10;
}

export interface SeriesRecord {
  readonly ref: number;
  readonly labels: Labels;
}

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
}

export function encodeSeries(writer: ByteWriter, series: readonly SeriesRecord[]): void {
  writer.u8(recordType.series);
  for (const { ref, labels } of series) {
    writer.u64(ref);
    writeLabels(writer, labels);
  }
}

export function decodeSeries(record: Uint8Array): SeriesRecord[] {
  const reader = new ByteReader(record, 1);
  const series: SeriesRecord[] = [];
  while (reader.remaining > 0) series.push({ ref: reader.u64(), labels: readLabels(reader) });
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
    writer.varint(minTime);
    writer.varint(maxTime);
  }
}

export function decodeTombstones(record: Uint8Array): TombstoneRecord[] {
  const reader = new ByteReader(record, 1);
  const tombstones: TombstoneRecord[] = [];
  while (reader.remaining > 0) {
    tombstones.push({ ref: reader.u64(), minTime: reader.varint(), maxTime: reader.varint() });
  }
  return tombstones;
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

/** Most bytes that rows may take. */
export function samplesBytesMax(count: number): number {
  return 17 + count * (10 + 10 + 8);
}

/** Encodes rows [0, count) into `target` from 0 on; returns the length. The hot one: no allocation per row. */
export function encodeSamples(rows: SampleRows, target: Uint8Array): number {
  const { refs, t, words } = rows;
  const baseRef = refs[0]!;
  const baseT = t[0]!;
  const header = new DataView(target.buffer, target.byteOffset, 17);
  header.setUint8(0, recordType.samples);
  header.setUint32(1, Math.floor(baseRef / 0x100000000));
  header.setUint32(5, baseRef >>> 0);
  header.setInt32(9, Math.floor(baseT / 0x100000000));
  header.setUint32(13, baseT >>> 0);
  let at = 17;
  for (let i = 0; i < rows.count; i++) {
    at = writeVarint(target, at, refs[i]! - baseRef);
    at = writeVarint(target, at, t[i]! - baseT);
    at = writeWord(target, at, words[2 * i + 1]!);
    at = writeWord(target, at, words[2 * i]!);
  }
  return at;
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

/** Replaces the content of `rows`. */
export function decodeSamples(record: Uint8Array, rows: SampleRows): void {
  rows.count = 0;
  const reader = new ByteReader(record, 1);
  if (reader.remaining === 0) return;
  reserveRows(rows, Math.ceil((record.length - 17) / 10));
  const baseRef = reader.u64();
  const baseT = reader.i64();
  while (reader.remaining > 0) {
    const i = rows.count++;
    rows.refs[i] = baseRef + smallVarint(reader);
    rows.t[i] = baseT + smallVarint(reader);
    rows.words[2 * i + 1] = reader.u32();
    rows.words[2 * i] = reader.u32();
  }
}

// Differences of refs and times are far below 2^52, so that plain numbers do: ByteReader.varint goes through BigInt.
function smallVarint(reader: ByteReader): number {
  const unsigned = reader.uvarint();
  return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
}

export function emptyRows(capacity = 1024): SampleRows {
  return {
    count: 0,
    refs: new Float64Array(capacity),
    t: new Float64Array(capacity),
    words: new Uint32Array(2 * capacity),
  };
}

/** Makes room for `capacity` rows in all; keeps the rows there are. */
export function reserveRows(rows: SampleRows, capacity: number): void {
  if (capacity <= rows.t.length) return;
  const larger = emptyRows(Math.max(capacity, rows.t.length * 2));
  larger.refs.set(rows.refs);
  larger.t.set(rows.t);
  larger.words.set(rows.words);
  rows.refs = larger.refs;
  rows.t = larger.t;
  rows.words = larger.words;
}
