// Writes rows of the head, for kernel/block.ts. AssemblyScript; its oracle is src/compact/head-block.ts. Rows come as views have them
// (src/view/head-view.ts), view after view, for a group of series whose labels stand here; a batch of them is gathered and written at once.
import { movedCrc } from "./moved-crc";
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
/** First chunk, count of chunks: -1 for one that is not plain; number of the view, row in it, series of the group. */
export const rowsAt: usize = 4325376;
export const rowBytes: usize = 20;
const plainRow: i32 = -1;
/** Series of the group: the ref of each, then the place of its labels, and where the last one's end. */
export const groupMax: i32 = 4096;
export const groupRefsAt: usize = 4407296;
export const groupLabelsAt: usize = 4423680;
/** Room for 262,144. */
export const labelsAt: usize = 4440072;
const rowChunksMax: i32 = 16384;
/** Min time<f64> max time<f64> file position length ref target encoding checksum, and room; file 0: its data stand at the target. */
export const rowChunksAt: usize = 5488648;
export const rowChunkBytes: usize = 48;
/** Data that the caller has to put: row of the view, chunk of those that stand here, chunk of the batch. They go before keys come. */
export const putsAt: usize = 6275080;
const putBytes: usize = 12;
const keysAt: usize = 6275080;
const sortedKeysAt: usize = 6406152;
/** File, position, length, first key, end of the keys. */
export const runsAt: usize = 6537224;
export const runBytes: usize = 20;
export const runBytesMax: i32 = 1048576;
export const runAt: usize = 6864904;
/** A view, before runs come: some of its rows, its chunks, and their times. */
export const viewRowsMax: i32 = 4096;
export const viewRowsAt: usize = 6864904;
export const viewChunksMax: i32 = 16384;
export const viewChunksAt: usize = 7028744;
export const viewTimesAt: usize = 7356424;
export const gatheredBytesMax: i32 = 8388608;
export const gatheredAt: usize = 7913480;
export const endAt: usize = 16302088;

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
/** Of encoding and data, of a chunk that came out of a file. */
const chunkChecksum: usize = 40;

// Fields of a view's rows and chunks.
const viewRowBytes: usize = 40;
const viewChunksFrom: usize = 12;
const viewChunksCount: usize = 16;
const viewDeletedCount: usize = 24;
const viewChunkBytes: usize = 20;
const viewStore: usize = 4;
const viewPlace: usize = 8;
const viewLength: usize = 12;
const arenaStore: u32 = 0xffffffff;

/** Longer chunks, which only histograms of thousands of buckets have, go by plain code; so do series of so many chunks or labels. */
const chunkDataMax: u32 = 65000;
const seriesChunksMax: i32 = 4096;
export const seriesLabelsMax: i32 = 1024;
const filesMax: u32 = 262144;

let series: i32 = 0;
// What the batch has so far.
let rows: i32 = 0;
let chunksUsed: i32 = 0;
let bytesUsed: i32 = 0;
let puts: i32 = 0;

let row: i32 = 0;
let keys: usize = keysAt;

/** The caller has put refs and labels of another group here. */
export function beginGroup(): void {
  series = 0;
}

export function beginBatch(): void {
  rows = 0;
  chunksUsed = 0;
  bytesUsed = 0;
  row = 0;
  forgetSeries();
}

/**
 * Adds rows of the view whose rows from `firstRow` and chunks from `firstChunk` on stand here; returns how many. Those behind found no room,
 * or their chunks are not here. REQUIRES: rows in order of the group's series.
 */
export function addRows(view: i32, firstRow: i32, count: i32, firstChunk: i32): i32 {
  puts = 0;
  for (let i: i32 = 0; i < count; i++) {
    const source: usize = viewRowsAt + <usize>i * viewRowBytes;
    while (load<u32>(groupRefsAt + (<usize>series << 2)) != load<u32>(source)) series++;
    if (rows == rowsMax || !addRow(source, view, firstRow + i, firstChunk)) return i;
    series++;
  }
  return count;
}

/** How many chunks' data the caller has to put for the rows that it just added. */
export function putCount(): i32 {
  return puts;
}

function addRow(source: usize, view: i32, viewRow: i32, firstChunk: i32): bool {
  const first: i32 = load<i32>(source, viewChunksFrom) - firstChunk;
  const count: i32 = load<i32>(source, viewChunksCount);
  const label: usize = groupLabelsAt + (<usize>series << 2);
  const isPlain: bool = load<i32>(label, 4) - load<i32>(label) > seriesLabelsMax || load<i32>(source, viewDeletedCount) != 0;
  let chunks: i32 = isPlain || count > seriesChunksMax ? plainRow : count;
  if (chunks > 0) {
    if (first + chunks > viewChunksMax || chunksUsed + chunks > rowChunksMax) return false;
    const bytes: i32 = bytesOf(first, chunks);
    if (bytes < 0 || bytes > gatheredBytesMax) chunks = plainRow;
    else if (bytesUsed + bytes > gatheredBytesMax) return false;
  }
  const fields: usize = rowsAt + <usize>rows * rowBytes;
  store<i32>(fields, chunksUsed);
  store<i32>(fields, chunks, 4);
  store<i32>(fields, view, 8);
  store<i32>(fields, viewRow, 12);
  store<i32>(fields, series, 16);
  addChunks(fields, load<u32>(source), first);
  rows++;
  return true;
}

/** Bytes that chunks of the view take when they are gathered; negative where one is not plain. */
function bytesOf(first: i32, count: i32): i32 {
  let bytes: i32 = 0;
  for (let i: i32 = first; i < first + count; i++) {
    const chunk: usize = viewChunksAt + <usize>i * viewChunkBytes;
    const file: u32 = load<u32>(chunk, viewStore);
    const length: u32 = load<u32>(chunk, viewLength);
    if (length > chunkDataMax || (file >= filesMax && file != arenaStore)) return -1;
    bytes += spaceOf(length);
  }
  return bytes;
}

/** A chunk of chunks_head, up to the next multiple of eight. */
function spaceOf(length: u32): i32 {
  return <i32>((length + aroundBytesMax + 7) & ~7);
}

function addChunks(fields: usize, ref: u32, first: i32): void {
  const count: i32 = load<i32>(fields, 4);
  for (let i: i32 = 0; i < count; i++) {
    const from: usize = viewChunksAt + <usize>(first + i) * viewChunkBytes;
    const times: usize = viewTimesAt + (<usize>(first + i) << 4);
    const chunk: usize = rowChunksAt + <usize>chunksUsed * rowChunkBytes;
    const file: u32 = load<u32>(from, viewStore);
    const isInFile: bool = file != 0 && file != arenaStore;
    store<f64>(chunk, load<f64>(times));
    store<f64>(chunk, load<f64>(times, 8), chunkMaxTime);
    store<u32>(chunk, isInFile ? file : 0, chunkFile);
    store<u32>(chunk, load<u32>(from, viewPlace), chunkPosition);
    store<u32>(chunk, load<u32>(from, viewLength), chunkLength);
    store<u32>(chunk, ref, chunkSeries);
    store<u32>(chunk, bytesUsed, chunkTarget);
    bytesUsed += spaceOf(load<u32>(from, viewLength));
    if (!isInFile) {
      const put: usize = putsAt + <usize>puts * putBytes;
      store<i32>(put, load<i32>(fields, 12));
      store<i32>(put, first + i, 4);
      store<i32>(put, chunksUsed, 8);
      puts++;
    }
    chunksUsed++;
  }
}

/** Finds runs of the batch's chunks that are read at once; returns how many. */
export function planRuns(): i32 {
  let count: i32 = 0;
  for (let i: i32 = 0; i < chunksUsed; i++) {
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
export function writeRows(): i32 {
  for (; row < rows; row++) {
    const fields: usize = rowsAt + <usize>row * rowBytes;
    const first: i32 = load<i32>(fields);
    const chunks: i32 = load<i32>(fields, 4);
    if (!isBegun) {
      if (chunks == plainRow) return plainSeries;
      const label: usize = groupLabelsAt + (<usize>load<i32>(fields, 16) << 2);
      const labels: i32 = load<i32>(label, 4) - load<i32>(label);
      if (!hasEntryRoom(labels)) return flush;
      if (!areFit(first, chunks)) return plainSeries;
      beginSeries(labelsAt + (<usize>load<i32>(label) << 2), labels, chunks);
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
  const before: i32 = <i32>(readEnd - from);
  const crc: u32 = crc32c(from, before + length);
  if (bswap<u32>(load<u32>(from + <usize>(before + length))) != crc) return false;
  const encoding: i32 = load<u8>(from, encodingIn) & 0x7f;
  if (!isEncoding(encoding)) return false;
  store<i32>(chunk, encoding, chunkEncoding);
  // In the block the encoding alone stands before the data.
  store<u32>(chunk, crc ^ movedCrc(crc32c(from, before) ^ crc32c(chunk + chunkEncoding, 1), length), chunkChecksum);
  return true;
}

function writeChunk(chunk: usize): i32 {
  const length: i32 = load<i32>(chunk, chunkLength);
  const room: i32 = chunkRoom(length);
  if (room != goOn) return room;
  const start: usize = chunksOutAt + load<i32>(chunksBytesAt);
  const data: usize = writeUvarint(start, length);
  store<u8>(data, load<u8>(chunk, chunkEncoding));
  const isFromFile: bool = load<u32>(chunk, chunkFile) != 0;
  let from: usize = gatheredAt + load<u32>(chunk, chunkTarget);
  if (isFromFile) from += encodingIn + 1 + (data - start);
  memory.copy(data + 1, from, length);
  const crc: u32 = isFromFile ? load<u32>(chunk, chunkChecksum) : crc32c(data, length + 1);
  store<u32>(data + 1 + length, bswap<u32>(crc));
  const ref: i64 = endChunk(<i32>(data - start) + length + 5, data);
  addChunk(<i64>load<f64>(chunk), <i64>load<f64>(chunk, chunkMaxTime), ref);
  return goOn;
}
