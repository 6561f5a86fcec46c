// Merges series of blocks, for kernel/block.ts. AssemblyScript; its oracle is src/compact/merge-blocks.ts.
import { areNumbers, crc32c, expectNumbers, readEnd, readUvarint, readVarint } from "./numbers";
import {
  addChunk,
  beginSeries,
  chunkBytesMax,
  chunkRoom,
  copyChunk,
  countSamples,
  done,
  endSeries,
  flush,
  forgetSeries,
  goOn,
  hasEntryRoom,
  isBegun,
  isEncoding,
  maxTimeAt,
  minTimeAt,
  needChunks,
  needIndex,
  needRefs,
  nextChunk,
  plainChunk,
  plainRest,
  plainSeries,
  sameAt,
  setNextChunk,
  sourcesAt,
  wantedAt,
} from "./output";

// A cursor: a place in the ordered series of one block.
export const cursorsMax: i32 = 16;
export const cursorBytes: usize = 524288;
export const cursorRefsMax: i32 = 4096;
export const cursorIndexBytes: i32 = 131072;
export const cursorChunksBytes: i32 = 196608;
const cursorLabelsMax: i32 = 1024;
const cursorChunksMax: i32 = 4096;
// Its fields.
const refsCount: usize = 0;
const refsNext: usize = 4;
const state: usize = 8;
const numbersAt: usize = 12;
const numbersCount: usize = 16;
const indexLength: usize = 20;
const indexStart: usize = 24;
const windowStart: usize = 32;
const windowSegment: usize = 40;
const windowLength: usize = 44;
const labelCount: usize = 48;
const chunkCount: usize = 52;
/** From here on fields are no longer the caller's. */
const labelsIn: usize = 64;
const refsIn: usize = 8192;
const indexIn: usize = 24576;
const chunksIn: usize = 172032;
/** Min time, max time and ref of each chunk. */
const listIn: usize = 385024;
// States.
const isUnread: i32 = 0;
const isRead: i32 = 1;
const isEnded: i32 = 2;

let cursorCount: i32 = 0;
/** Which of those that stand at the series begun is copied from. */
let copied: i32 = 0;

function cursorAt(i: i32): usize {
  return sourcesAt + <usize>i * cursorBytes;
}

export function beginMerge(count: i32): void {
  cursorCount = count;
  forgetSeries();
}

/** The caller has done the series at which the cursors of `same` stand. */
export function skipSame(): void {
  const same: u32 = load<u32>(sameAt);
  for (let i: i32 = 0; i < cursorCount; i++) if (((same >> i) & 1) != 0) leave(cursorAt(i));
}

function leave(cursor: usize): void {
  store<i32>(cursor, load<i32>(cursor, refsNext) + 1, refsNext);
  store<i32>(cursor, isUnread, state);
}

/** The caller has put the chunk that was asked for at `ref`. */
export function chunkIsAt(ref: f64, encoding: i32, samples: i32): void {
  const chunk: usize = chunkInWork();
  addChunk(load<i64>(chunk), load<i64>(chunk, 8), <i64>ref);
  countSamples(encoding, samples);
  setNextChunk(nextChunk + 1);
}

function chunkInWork(): usize {
  return cursorAt(copied) + listIn + <usize>nextChunk * 24;
}

/** Writes series after series; returns what ends that. */
export function merge(): i32 {
  let answer: i32 = goOn;
  while (answer == goOn) {
    if (!isBegun) answer = beginNext();
    if (answer == goOn) answer = copySeries();
    if (answer != goOn) break;
    endSeries();
    skipSame();
  }
  return answer;
}

function beginNext(): i32 {
  let least: i32 = -1;
  for (let i: i32 = 0; i < cursorCount; i++) {
    const answer: i32 = readCursor(i);
    if (answer != goOn) return answer | (i << 8);
    if (load<i32>(cursorAt(i), state) == isEnded) continue;
    if (least < 0 || compareLabels(cursorAt(i), cursorAt(least)) < 0) least = i;
  }
  if (least < 0) return done;
  const first: usize = cursorAt(least);
  const labels: i32 = load<i32>(first, labelCount);
  if (!hasEntryRoom(labels)) return flush;
  const minTime: i64 = <i64>load<f64>(minTimeAt);
  const maxTime: i64 = <i64>load<f64>(maxTimeAt);
  let same: u32 = 0;
  let chunks: i32 = 0;
  let newest: i64 = minTime - 1;
  let isPlain: bool = true;
  for (let i: i32 = least; i < cursorCount; i++) {
    const cursor: usize = cursorAt(i);
    if (load<i32>(cursor, state) == isEnded || compareLabels(cursor, first) != 0) continue;
    same |= 1 << i;
    const count: i32 = load<i32>(cursor, chunkCount);
    chunks += count;
    for (let chunk: usize = cursor + listIn, end: usize = chunk + <usize>count * 24; chunk < end; chunk += 24) {
      if (load<i64>(chunk) <= newest || load<i64>(chunk, 8) < load<i64>(chunk)) isPlain = false;
      newest = load<i64>(chunk, 8);
    }
  }
  store<u32>(sameAt, same);
  if (!isPlain || newest >= maxTime || chunks == 0 || chunks > cursorChunksMax) return plainSeries;
  beginSeries(first + labelsIn, labels, chunks);
  copied = least;
  setNextChunk(0);
  return goOn;
}

function compareLabels(a: usize, b: usize): i32 {
  const lengthA: i32 = load<i32>(a, labelCount);
  const lengthB: i32 = load<i32>(b, labelCount);
  const end: usize = <usize>min(lengthA, lengthB) << 2;
  for (let at: usize = labelsIn; at < labelsIn + end; at += 4) {
    const x: u32 = load<u32>(a + at);
    const y: u32 = load<u32>(b + at);
    if (x != y) return x < y ? -1 : 1;
  }
  return lengthA - lengthB;
}

/** Reads the series at which the cursor stands, where that is not done yet. */
function readCursor(i: i32): i32 {
  const cursor: usize = cursorAt(i);
  if (load<i32>(cursor, state) != isUnread) return goOn;
  const next: i32 = load<i32>(cursor, refsNext);
  if (next >= load<i32>(cursor, refsCount)) return needRefs;
  const offset: f64 = <f64>load<u32>(cursor + refsIn + (<usize>next << 2)) * 16;
  const start: f64 = load<f64>(cursor, indexStart);
  const length: i32 = load<i32>(cursor, indexLength);
  store<f64>(wantedAt, offset);
  if (offset < start || offset + 5 > start + <f64>length) return offset == start ? plainRest : needIndex;
  const from: usize = cursor + indexIn + <usize>(offset - start);
  const contentLength: i64 = readUvarint(from);
  const entry: usize = readEnd;
  const whole: i64 = <i64>(entry - from) + contentLength + 4;
  if (contentLength < 0 || whole > <i64>(start + <f64>length - offset)) return offset == start ? plainRest : needIndex;
  const end: usize = entry + <usize>contentLength;
  if (bswap<u32>(load<u32>(end)) != crc32c(entry, <i32>contentLength)) return plainRest;
  return parseEntry(cursor, entry, end) ? goOn : plainRest;
}

function parseEntry(cursor: usize, from: usize, end: usize): bool {
  expectNumbers();
  const labels: i64 = readUvarint(from) * 2;
  if (labels < 0 || labels > cursorLabelsMax) return false;
  const numbers: usize = load<u32>(cursor, numbersAt);
  const numbersEnd: i64 = load<i32>(cursor, numbersCount);
  for (let i: i32 = 0; i < <i32>labels; i++) {
    const own: i64 = readUvarint(readEnd);
    if (own < 0 || own >= numbersEnd || readEnd > end) return false;
    store<u32>(cursor + labelsIn + (<usize>i << 2), load<u32>(numbers + (<usize>own << 2)));
  }
  const chunks: i64 = readUvarint(readEnd);
  if (chunks < 0 || chunks > cursorChunksMax) return false;
  let maxTime: i64 = 0;
  let ref: i64 = 0;
  for (let i: i32 = 0; i < <i32>chunks; i++) {
    if (readEnd > end) return false;
    const chunk: usize = cursor + listIn + <usize>i * 24;
    const minTime: i64 = i == 0 ? readVarint(readEnd) : maxTime + readUvarint(readEnd);
    maxTime = minTime + readUvarint(readEnd);
    ref += i == 0 ? readUvarint(readEnd) : readVarint(readEnd);
    store<i64>(chunk, minTime);
    store<i64>(chunk, maxTime, 8);
    store<i64>(chunk, ref, 16);
  }
  if (readEnd > end || !areNumbers) return false;
  store<i32>(cursor, <i32>labels, labelCount);
  store<i32>(cursor, <i32>chunks, chunkCount);
  store<i32>(cursor, isRead, state);
  return true;
}

function copySeries(): i32 {
  const same: u32 = load<u32>(sameAt);
  for (; copied < cursorCount; copied++) {
    if (((same >> copied) & 1) == 0) continue;
    const count: i32 = load<i32>(cursorAt(copied), chunkCount);
    for (; nextChunk < count; setNextChunk(nextChunk + 1)) {
      const answer: i32 = copyMerged(cursorAt(copied), chunkInWork());
      if (answer != goOn) return answer | (copied << 8);
    }
    setNextChunk(0);
  }
  return goOn;
}

function copyMerged(cursor: usize, chunk: usize): i32 {
  const ref: i64 = load<i64>(chunk, 16);
  const offset: f64 = <f64>(ref & 0xffffffff);
  const start: f64 = load<f64>(cursor, windowStart);
  const length: i32 = load<i32>(cursor, windowLength);
  store<f64>(wantedAt, <f64>ref);
  const isThere: bool = ref >> 32 == <i64>load<u32>(cursor, windowSegment) && offset >= start;
  if (!isThere || offset + 8 > start + <f64>length) return isThere && offset == start ? plainChunk : needChunks;
  const from: usize = cursor + chunksIn + <usize>(offset - start);
  const dataLength: i64 = readUvarint(from);
  const data: usize = readEnd;
  const whole: i64 = <i64>(data - from) + dataLength + 5;
  if (dataLength < 2 || whole > chunkBytesMax) return plainChunk;
  if (whole > <i64>(start + <f64>length - offset)) return offset == start ? plainChunk : needChunks;
  const checked: i32 = <i32>dataLength + 1;
  if (!isEncoding(load<u8>(data)) || bswap<u32>(load<u32>(data + checked)) != crc32c(data, checked)) return plainChunk;
  const room: i32 = chunkRoom(<i32>dataLength);
  if (room != goOn) return room;
  addChunk(load<i64>(chunk), load<i64>(chunk, 8), copyChunk(from, <i32>whole, data));
  return goOn;
}
