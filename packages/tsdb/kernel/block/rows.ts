// Writes rows of the head, for kernel/block.ts. AssemblyScript; its oracle is src/compact/head-block.ts.
import { crc32c, readEnd, readUvarint, writeUvarint } from "./numbers";
import {
  addChunk,
  beginSeries,
  chunkBytesMax,
  chunkRoom,
  chunksBytesAt,
  chunksOutAt,
  done,
  endChunk,
  endSeries,
  flush,
  forgetSeries,
  goOn,
  hasEntryRoom,
  isBegun,
  isEncoding,
  maxTimeAt,
  minTimeAt,
  nextChunk,
  plainSeries,
  setNextChunk,
} from "./output";

export const rowsMax: i32 = 4096;
/** Place among the labels, count of labels, first chunk, count of chunks: `plainRow` for one that is not plain. */
export const rowsAt: usize = 4325376;
export const rowBytes: usize = 16;
export const plainRow: u32 = 0xffffffff;
export const rowLabelsMax: i32 = 131072;
export const rowLabelsAt: usize = 4390912;
export const rowChunksMax: i32 = 16384;
/** Min time<f64> max time<f64> file position length ref target encoding; file 0: its data stand at the target. */
export const rowChunksAt: usize = 4915200;
export const rowChunkBytes: usize = 40;
const keysAt: usize = 5570560;
const sortedKeysAt: usize = 5701632;
/** File, position, length, first key, end of the keys. */
export const runsAt: usize = 5832704;
export const runBytes: usize = 20;
export const runBytesMax: i32 = 1048576;
export const runAt: usize = 6160384;
export const gatheredBytesMax: i32 = 8388608;
export const gatheredAt: usize = 7208960;
export const endAt: usize = 15597568;

const gapBytesMax: i64 = 16384;
/** From where a chunk of chunks_head stands to its encoding. */
const encodingIn: usize = 24;
/** Most bytes that it takes beside its data. */
const aroundBytesMax: u32 = 34;

// Its fields.
const chunkMaxTime: usize = 8;
const chunkFile: usize = 16;
const chunkPosition: usize = 20;
const chunkLength: usize = 24;
const chunkSeries: usize = 28;
const chunkTarget: usize = 32;
const chunkEncoding: usize = 36;

let row: i32 = 0;
let keys: usize = keysAt;

/** Finds runs of chunks that are read at once; returns how many. */
export function planRuns(chunks: i32): i32 {
  let count: i32 = 0;
  for (let i: i32 = 0; i < chunks; i++) {
    const chunk: usize = rowChunksAt + <usize>i * rowChunkBytes;
    const file: u64 = load<u32>(chunk, chunkFile);
    if (file == 0) continue;
    store<u64>(keysAt + (<usize>count << 3), (file << 46) | (<u64>load<u32>(chunk, chunkPosition) << 14) | i);
    count++;
  }
  keys = sortKeys(count);
  let runs: i32 = 0;
  for (let i: i32 = 0; i < count; ) {
    const first: u64 = load<u64>(keys + (<usize>i << 3));
    const from: i64 = positionOf(first);
    let end: i64 = endOf(first);
    let next: i32 = i + 1;
    for (; next < count; next++) {
      const key: u64 = load<u64>(keys + (<usize>next << 3));
      if (key >> 46 != first >> 46 || positionOf(key) - end > gapBytesMax || endOf(key) - from > runBytesMax) break;
      end = max(end, endOf(key));
    }
    const run: usize = runsAt + <usize>runs * runBytes;
    runs++;
    store<u32>(run, <u32>(first >> 46));
    store<u32>(run, <u32>from, 4);
    store<u32>(run, <u32>(end - from), 8);
    store<i32>(run, i, 12);
    store<i32>(run, next, 16);
    i = next;
  }
  row = 0;
  forgetSeries();
  return runs;
}

function positionOf(key: u64): i64 {
  return (key >> 14) & 0xffffffff;
}

function chunkOf(key: u64): usize {
  return rowChunksAt + <usize>(key & 0x3fff) * rowChunkBytes;
}

function endOf(key: u64): i64 {
  return positionOf(key) + load<u32>(chunkOf(key), chunkLength) + aroundBytesMax;
}

/** Merge sort; returns where the sorted keys stand. */
function sortKeys(count: i32): usize {
  let from: usize = keysAt;
  let to: usize = sortedKeysAt;
  const end: usize = <usize>count << 3;
  for (let width: usize = 8; width < end; width <<= 1) {
    for (let start: usize = 0; start < end; start += width << 1) {
      const middle: usize = min(start + width, end);
      const stop: usize = min(start + (width << 1), end);
      let a: usize = start;
      let b: usize = middle;
      for (let at: usize = start; at < stop; at += 8) {
        const isA: bool = a < middle && (b >= stop || load<u64>(from + a) <= load<u64>(from + b));
        store<u64>(to + at, load<u64>(from + (isA ? a : b)));
        if (isA) a += 8;
        else b += 8;
      }
    }
    const former: usize = from;
    from = to;
    to = former;
  }
  return from;
}

/** The bytes of a run stand at `runAt`: puts each of its chunks at its target. */
export function placeRun(i: i32): void {
  const run: usize = runsAt + <usize>i * runBytes;
  const from: u32 = load<u32>(run, 4);
  const end: i32 = load<i32>(run, 16);
  for (let k: i32 = load<i32>(run, 12); k < end; k++) {
    const chunk: usize = chunkOf(load<u64>(keys + (<usize>k << 3)));
    const bytes: u32 = load<u32>(chunk, chunkLength) + aroundBytesMax;
    memory.copy(gatheredAt + load<u32>(chunk, chunkTarget), runAt + load<u32>(chunk, chunkPosition) - from, bytes);
  }
}

/** The row that ended the call; `skipRow` when the caller has done it. */
export function rowInWork(): i32 {
  return row;
}

export function skipRow(): void {
  row++;
}

/** Writes row after row; returns what ends that. */
export function writeRows(count: i32): i32 {
  for (; row < count; row++) {
    const fields: usize = rowsAt + <usize>row * rowBytes;
    const first: i32 = load<i32>(fields, 8);
    const chunks: i32 = load<i32>(fields, 12);
    if (!isBegun) {
      if (chunks == plainRow) return plainSeries;
      if (!hasEntryRoom(load<i32>(fields, 4))) return flush;
      if (!areFit(first, chunks)) return plainSeries;
      beginSeries(rowLabelsAt + (<usize>load<i32>(fields) << 2), load<i32>(fields, 4), chunks);
      setNextChunk(0);
    }
    for (; nextChunk < chunks; setNextChunk(nextChunk + 1)) {
      const answer: i32 = writeChunk(rowChunksAt + <usize>(first + nextChunk) * rowChunkBytes);
      if (answer != goOn) return answer;
    }
    endSeries();
  }
  return done;
}

function areFit(first: i32, count: i32): bool {
  let newest: f64 = load<f64>(minTimeAt) - 1;
  for (let i: i32 = first; i < first + count; i++) {
    const chunk: usize = rowChunksAt + <usize>i * rowChunkBytes;
    if (load<f64>(chunk) <= newest || load<f64>(chunk, chunkMaxTime) < load<f64>(chunk) || !isSound(chunk)) return false;
    newest = load<f64>(chunk, chunkMaxTime);
  }
  return count > 0 && newest < load<f64>(maxTimeAt);
}

function isSound(chunk: usize): bool {
  const length: i32 = load<i32>(chunk, chunkLength);
  if (length < 2 || length > chunkBytesMax - <i32>aroundBytesMax) return false;
  if (load<u32>(chunk, chunkFile) == 0) return true;
  const from: usize = gatheredAt + load<u32>(chunk, chunkTarget);
  if (bswap<u64>(load<u64>(from)) != load<u32>(chunk, chunkSeries)) return false;
  if (readUvarint(from + encodingIn + 1) != length) return false;
  const checked: i32 = <i32>(readEnd - from) + length;
  if (bswap<u32>(load<u32>(from + checked)) != crc32c(from, checked)) return false;
  const encoding: i32 = load<u8>(from, encodingIn) & 0x7f;
  if (!isEncoding(encoding)) return false;
  store<i32>(chunk, encoding, chunkEncoding);
  return true;
}

function writeChunk(chunk: usize): i32 {
  const length: i32 = load<i32>(chunk, chunkLength);
  const room: i32 = chunkRoom(length);
  if (room != goOn) return room;
  const start: usize = chunksOutAt + load<i32>(chunksBytesAt);
  const data: usize = writeUvarint(start, length);
  store<u8>(data, load<u8>(chunk, chunkEncoding));
  let from: usize = gatheredAt + load<u32>(chunk, chunkTarget);
  if (load<u32>(chunk, chunkFile) != 0) from += encodingIn + 1 + (data - start);
  memory.copy(data + 1, from, length);
  store<u32>(data + 1 + length, bswap<u32>(crc32c(data, length + 1)));
  const ref: i64 = endChunk(<i32>(data - start) + length + 5, data);
  addChunk(<i64>load<f64>(chunk), <i64>load<f64>(chunk, chunkMaxTime), ref);
  return goOn;
}
