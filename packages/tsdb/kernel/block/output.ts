// What goes out of kernel/block.ts: chunks, index entries, and what the caller makes postings of. AssemblyScript.
import { crc32c, writeUvarint, writeVarint } from "./numbers";

// The compiler puts constants below, and numbers.ts its tables.
/** Control: what the caller sets and is told, as src/compact/series-kernel.ts has it. */
export const controlAt: usize = 20480;
const contentAt: usize = 24576;
const outputBytesMax: i32 = 1048576;
/** What is flushed goes on behind its most by one chunk or entry. */
export const chunkBytesMax: i32 = 131072;
export const chunksOutAt: usize = 524288;
export const entriesOutAt: usize = 1835008;
const refsOutMax: i32 = 16384;
export const refsOutAt: usize = 3145728;
const labelsOutMax: i32 = 262144;
/** Of each series the count of its numbers, then they. */
export const labelsOutAt: usize = 3211264;
/** Cursors of `merge`, or the rows of a batch. */
export const sourcesAt: usize = 4325376;

// Answers of `merge` and `writeRows`; those of `merge` have the cursor's number from the ninth bit on.
export const done: i32 = 0;
export const flush: i32 = 1;
export const nextSegment: i32 = 2;
export const plainSeries: i32 = 3;
export const needRefs: i32 = 4;
export const needIndex: i32 = 5;
export const needChunks: i32 = 6;
export const plainChunk: i32 = 7;
export const plainRest: i32 = 8;
/** Between the steps of a call. */
export const goOn: i32 = 9;

// Control.
const chunkRefAt: usize = controlAt;
const segmentRoomAt: usize = controlAt + 8;
const entryOffsetAt: usize = controlAt + 16;
export const minTimeAt: usize = controlAt + 24;
export const maxTimeAt: usize = controlAt + 32;
export const wantedAt: usize = controlAt + 40;
const samplesAt: usize = controlAt + 48;
const floatSamplesAt: usize = controlAt + 56;
export const chunksBytesAt: usize = controlAt + 64;
const entriesBytesAt: usize = controlAt + 68;
const seriesCountAt: usize = controlAt + 72;
const labelsLengthAt: usize = controlAt + 76;
const chunkCountAt: usize = controlAt + 80;
export const sameAt: usize = controlAt + 84;

// The entry in work: where its next byte goes, and what its last chunk was told from.
let content: usize = contentAt;
let labelsFrom: usize = 0;
let labelsCount: i32 = 0;
let isFirstChunk: bool = true;
let lastMaxTime: i64 = 0;
let lastRef: i64 = 0;
/** Whether a series is begun, and the next of its chunks. */
export let isBegun: bool = false;
export let nextChunk: i32 = 0;

export function beginSeries(labels: usize, count: i32, chunkCount: i32): void {
  labelsFrom = labels;
  labelsCount = count;
  content = writeUvarint(contentAt, count >> 1);
  for (let i: i32 = 0; i < count; i++) content = writeUvarint(content, load<u32>(labels + (<usize>i << 2)));
  content = writeUvarint(content, chunkCount);
  isFirstChunk = true;
  isBegun = true;
}

export function addChunk(minTime: i64, maxTime: i64, ref: i64): void {
  content = isFirstChunk ? writeVarint(content, minTime) : writeUvarint(content, minTime - lastMaxTime);
  content = writeUvarint(content, maxTime - minTime);
  content = isFirstChunk ? writeUvarint(content, ref) : writeVarint(content, ref - lastRef);
  isFirstChunk = false;
  lastMaxTime = maxTime;
  lastRef = ref;
}

export function endSeries(): void {
  const offset: i64 = <i64>load<f64>(entryOffsetAt);
  let bytes: i32 = load<i32>(entriesBytesAt);
  for (; ((offset + bytes) & 15) != 0; bytes++) store<u8>(entriesOutAt + bytes, 0);
  const count: i32 = load<i32>(seriesCountAt);
  store<u32>(refsOutAt + (<usize>count << 2), <u32>((offset + bytes) >> 4));
  const length: i32 = <i32>(content - contentAt);
  let to: usize = writeUvarint(entriesOutAt + bytes, length);
  memory.copy(to, contentAt, length);
  to += length;
  store<u32>(to, bswap<u32>(crc32c(contentAt, length)));
  store<i32>(entriesBytesAt, <i32>(to + 4 - entriesOutAt));
  store<i32>(seriesCountAt, count + 1);
  logLabels();
  isBegun = false;
}

function logLabels(): void {
  const logged: i32 = load<i32>(labelsLengthAt);
  const log: usize = labelsOutAt + (<usize>logged << 2);
  store<u32>(log, labelsCount);
  memory.copy(log + 4, labelsFrom, <usize>labelsCount << 2);
  store<i32>(labelsLengthAt, logged + labelsCount + 1);
}

/** Whether a series with so many numbers for labels may begin before what there is goes out. */
export function hasEntryRoom(labelCount: i32): bool {
  return (
    load<i32>(entriesBytesAt) <= outputBytesMax &&
    load<i32>(seriesCountAt) < refsOutMax &&
    load<i32>(labelsLengthAt) + labelCount < labelsOutMax
  );
}

/** What must be done before a chunk with so many bytes of data goes out. */
export function chunkRoom(length: i32): i32 {
  const used: i32 = load<i32>(chunksBytesAt);
  if (used > outputBytesMax) return flush;
  // As src/block/chunk-segments.ts has it.
  return <f64>(used + length + 16) > load<f64>(segmentRoomAt) ? nextSegment : goOn;
}

/** A chunk whose length, encoding, data and checksum stand one behind the other. */
export function copyChunk(from: usize, bytes: i32, data: usize): i64 {
  const used: i32 = load<i32>(chunksBytesAt);
  memory.copy(chunksOutAt + used, from, bytes);
  return endChunk(bytes, data);
}

export function endChunk(bytes: i32, data: usize): i64 {
  const used: i32 = load<i32>(chunksBytesAt);
  countSamples(load<u8>(data), bswap<u16>(load<u16>(data, 1)));
  store<i32>(chunksBytesAt, used + bytes);
  return <i64>load<f64>(chunkRefAt) + used;
}

export function countSamples(encoding: i32, count: i32): void {
  const samples: f64 = encoding >= 5 ? count & 0x3fff : count;
  store<f64>(samplesAt, load<f64>(samplesAt) + samples);
  if (encoding == 1 || encoding == 4) store<f64>(floatSamplesAt, load<f64>(floatSamplesAt) + samples);
  store<i32>(chunkCountAt, load<i32>(chunkCountAt) + 1);
}

export function isEncoding(value: i32): bool {
  return value >= 1 && value <= 6;
}

export function forgetSeries(): void {
  isBegun = false;
}

export function setNextChunk(i: i32): void {
  nextChunk = i;
}
