// Appends batches of float samples to the head: decides rows, and writes the bits of open chunks. At a start it reads the log, too.
// AssemblyScript, compiled to WebAssembly; its oracles are src/head/appender.ts and src/head/head.ts.
// The memory is the head's own (src/head/memory.ts): columns of series, pieces of the arena, and up to `rowsMax` rows that
// the caller puts at `refsAt`, `timesAt`, `valuesAt`. A row that is not plain ends a call: the caller does it and goes on.

import { setTimeColumn } from "./append/decode";
import { keep } from "./append/kept";
import {
  appendedTimesAt,
  columnAddressesAt,
  controlAt,
  refPagesAt,
  refsAt,
  slabAddressesAt,
  slotsAt,
  timesAt,
  valuesAt,
} from "./append/layout";

export { beginRecord, decode } from "./append/decode";
export { takeKept } from "./append/kept";
export {
  appendedTimesAt,
  columnAddressesAt,
  controlAt,
  freeAt,
  keptRefsAt,
  recordAt,
  recordBytesMax,
  refPagesAt,
  refsAt,
  rowsMax,
  slabAddressesAt,
  slotsAt,
  timesAt,
  valuesAt,
  windowAt,
  windowBytesMax,
} from "./append/layout";
export {
  openWindow,
  otherRecord,
  readLog,
  recordLength,
  recordPosition,
  rowsEnd,
  rowsPart,
  skipRecord,
  stopped,
} from "./append/log";

// Control, shared with src/head/arena.ts: free piece<4> pieces used<4> pieces there are<4> count of free pieces<4>.
const usedAt: usize = 4;
const endAt: usize = 8;
const freeCountAt: usize = 12;

const slabsMax: usize = 4096;
const pieceDataBytes: i32 = 60;
const sampleBytesMax: i32 = 20;
const chunkBytesMax: i32 = 1024;
const chunkSamplesTarget: i32 = 120;
const encodingXor: i32 = 1;
const staleBits: u64 = 0x7ff0000000000002;
const noWindow: i32 = 0xff;

// Where the columns begin, as `setColumns` was told.
let bitsColumn: usize = 0;
let countColumn: usize = 0;
let timeColumn: usize = 0;
let deltaColumn: usize = 0;
let highColumn: usize = 0;
let lowColumn: usize = 0;
let leadingColumn: usize = 0;
let trailingColumn: usize = 0;
let encodingColumn: usize = 0;
let placeColumn: usize = 0;
let piecesColumn: usize = 0;
let minTimeColumn: usize = 0;
let cutTimeColumn: usize = 0;
let pendingColumn: usize = 0;

/** Samples that `append` appended. */
let appended: i32 = 0;

// The chunk in work: the bit to write next, its last piece and that piece's data, and the bit the piece begins with.
let bit: i32 = 0;
let piece: u32 = 0;
let data: usize = 0;
let pieceStart: i32 = 0;
let row: usize = 0;

/** Reads the columns' addresses from `columnAddressesAt`. */
export function setColumns(): void {
  bitsColumn = columnAddress(0);
  countColumn = columnAddress(1);
  timeColumn = columnAddress(2);
  setTimeColumn(timeColumn);
  deltaColumn = columnAddress(3);
  highColumn = columnAddress(4);
  lowColumn = columnAddress(5);
  leadingColumn = columnAddress(6);
  trailingColumn = columnAddress(7);
  encodingColumn = columnAddress(8);
  placeColumn = columnAddress(9);
  piecesColumn = columnAddress(10);
  minTimeColumn = columnAddress(11);
  cutTimeColumn = columnAddress(12);
  pendingColumn = columnAddress(13);
}

function columnAddress(index: usize): usize {
  return load<u32>(columnAddressesAt + (index << 2));
}

/**
 * Keeps rows [from, to) that are in order; one that says what its series has at that time is left out. Returns `to`, or
 * the first row that is neither.
 */
export function take(from: i32, to: i32, minTime: f64): i32 {
  for (let i: usize = from; i < <usize>to; i++) {
    const ref: u32 = load<u32>(refsAt + (i << 2));
    const page: usize = load<u32>(refPagesAt + ((ref >> 12) << 2));
    const slot: usize = page == 0 ? 0 : load<u32>(page + ((ref & 0xfff) << 2));
    const t: f64 = load<f64>(timesAt + (i << 3));
    if (slot == 0 || t < minTime) return <i32>i;
    const value: u64 = load<u64>(valuesAt + (i << 3));
    const last: f64 = load<f64>(timeColumn + (slot << 3));
    if (!(t > last)) {
      const isSame: bool = t == last && value == lastValue(slot);
      if (isSame) continue;
      return <i32>i;
    }
    if (value == staleBits && <i32>load<u8>(encodingColumn + slot) > encodingXor) return <i32>i;
    store<u8>(pendingColumn + slot, 1);
    keep(slot, ref, t, value);
  }
  return to;
}

function lastValue(slot: usize): u64 {
  return (<u64>load<u32>(highColumn + (slot << 2)) << 32) | load<u32>(lowColumn + (slot << 2));
}

/**
 * Appends rows [from, to) to the open chunks of their slots; those that are not newer are passed over. Returns `to`, or
 * the first row that begins a chunk, needs a piece that is not here, or has no slot.
 */
export function append(from: i32, to: i32): i32 {
  for (let i: usize = from; i < <usize>to; i++) {
    const slot: usize = load<u32>(slotsAt + (i << 2));
    if (slot == 0) return <i32>i;
    store<u8>(pendingColumn + slot, 0);
    const t: f64 = load<f64>(timesAt + (i << 3));
    if (!(t > load<f64>(timeColumn + (slot << 3)))) continue;
    if (!openPiece(slot, t)) return <i32>i;
    appendSample(slot, t, load<u64>(valuesAt + (i << 3)));
    if (t < load<f64>(appendedTimesAt)) store<f64>(appendedTimesAt, t);
    if (t > load<f64>(appendedTimesAt + 8)) store<f64>(appendedTimesAt + 8, t);
    appended++;
  }
  return to;
}

/** How many samples were appended; begins anew. */
export function takeAppended(): i32 {
  const count: i32 = appended;
  appended = 0;
  return count;
}

/** Finds where the series' next sample goes; false when it does not go on in the open chunk, or there is no piece for it. */
function openPiece(slot: usize, t: f64): bool {
  if (load<u8>(encodingColumn + slot) != encodingXor) return false;
  const count: i32 = load<u16>(countColumn + (slot << 1));
  bit = load<u16>(bitsColumn + (slot << 1));
  if (count == 0 || count >= chunkSamplesTarget * 2 || (bit + 7) >> 3 > chunkBytesMax - sampleBytesMax) return false;
  let cutTime: f64 = load<f64>(cutTimeColumn + (slot << 3));
  const isPredicted: bool = count == chunkSamplesTarget / 4;
  if (isPredicted) cutTime = predictedCut(slot, cutTime);
  if (t >= cutTime) return false;
  row = slot;
  piece = load<u32>(placeColumn + (slot << 2));
  data = addressOf(piece);
  if (data == 0) return false;
  pieceStart = (<i32>load<u8>(piecesColumn + slot) - 1) * pieceDataBytes;
  if ((bit >> 3) - pieceStart + sampleBytesMax > pieceDataBytes && !hasFreePiece()) return false;
  if (isPredicted) store<f64>(cutTimeColumn + (slot << 3), cutTime);
  return true;
}

function predictedCut(slot: usize, cutTime: f64): f64 {
  const start: f64 = load<f64>(minTimeColumn + (slot << 3));
  const rest: f64 = cutTime - start;
  const n: f64 = Math.floor(rest / ((load<f64>(timeColumn + (slot << 3)) - start + 1) * 4));
  return n > 1 ? start + Math.floor(rest / n) : cutTime;
}

/** Where the piece's data begin; 0 when it stands in other memory. */
function addressOf(place: u32): usize {
  const index: usize = (place - 1) >> 14;
  const slab: usize = index < slabsMax ? load<u32>(slabAddressesAt + (index << 2)) : <u32>0;
  return slab == 0 ? 0 : slab + (((place - 1) & 16383) << 6) + 4;
}

function hasFreePiece(): bool {
  const free: u32 = load<u32>(controlAt);
  if (free != 0) return addressOf(free) != 0;
  const used: u32 = load<u32>(controlAt + usedAt);
  return used < load<u32>(controlAt + endAt) && addressOf(used + 1) != 0;
}

/** Goes on in a new piece. REQUIRES: `hasFreePiece`. */
function beginPiece(): void {
  let place: u32 = load<u32>(controlAt);
  if (place != 0) {
    data = addressOf(place);
    store<u32>(controlAt, load<u32>(data - 4));
    store<u32>(controlAt + freeCountAt, load<u32>(controlAt + freeCountAt) - 1);
  } else {
    place = load<u32>(controlAt + usedAt) + 1;
    store<u32>(controlAt + usedAt, place);
    data = addressOf(place);
  }
  store<u32>(data - 4, piece);
  piece = place;
  pieceStart += pieceDataBytes;
  store<u32>(placeColumn + (row << 2), place);
  store<u8>(piecesColumn + row, load<u8>(piecesColumn + row) + 1);
}

function appendSample(slot: usize, t: f64, value: u64): void {
  const count: i32 = load<u16>(countColumn + (slot << 1));
  const delta: f64 = t - load<f64>(timeColumn + (slot << 3));
  if (count == 1) {
    writeUvarint(<u64>delta);
    writeDifference(0, value ^ lastValue(slot));
  } else {
    const dod: f64 = delta - load<f64>(deltaColumn + (slot << 3));
    if (dod == 0) writeDifference(1, value ^ lastValue(slot));
    else {
      writeDeltaOfDelta(<i64>dod);
      writeDifference(0, value ^ lastValue(slot));
    }
  }
  store<f64>(deltaColumn + (slot << 3), delta);
  store<f64>(timeColumn + (slot << 3), t);
  store<u32>(highColumn + (slot << 2), <u32>(value >> 32));
  store<u32>(lowColumn + (slot << 2), <u32>value);
  store<u16>(bitsColumn + (slot << 1), bit);
  store<u16>(countColumn + (slot << 1), count + 1);
}

/** Go's varint, whose bytes need not begin with one. */
function writeUvarint(value: u64): void {
  let rest: u64 = value;
  for (; rest >= 0x80; rest >>= 7) writeBits((rest & 0x7f) | 0x80, 8);
  writeBits(rest, 8);
}

function writeDeltaOfDelta(dod: i64): void {
  if (dod >= -8191 && dod <= 8192) writeBits((0b10 << 14) | (dod & 0x3fff), 16);
  else if (dod >= -65535 && dod <= 65536) writeBits((0b110 << 17) | (dod & 0x1ffff), 20);
  else if (dod >= -524287 && dod <= 524288) writeBits((0b1110 << 20) | (dod & 0xfffff), 24);
  else {
    writeBits(0b1111, 4);
    writeBits(<u64>dod >> 32, 32);
    writeBits(dod & 0xffffffff, 32);
  }
}

/** Writes the bits in which the value differs, behind `zeros` (0 or 1) zero bits. */
function writeDifference(zeros: i32, difference: u64): void {
  if (difference == 0) {
    writeBits(0, zeros + 1);
    return;
  }
  let leading: i32 = min(<i32>clz(difference), 31);
  let trailing: i32 = <i32>ctz(difference);
  const leadingBefore: i32 = load<u8>(leadingColumn + row);
  const trailingBefore: i32 = load<u8>(trailingColumn + row);
  let control: u64 = 0b10;
  let controlCount: i32 = 2;
  if (leadingBefore != noWindow && leading >= leadingBefore && trailing >= trailingBefore) {
    leading = leadingBefore;
    trailing = trailingBefore;
  } else {
    store<u8>(leadingColumn + row, leading);
    store<u8>(trailingColumn + row, trailing);
    // 64 significant bits are written as 0.
    control = (0b11 << 11) | (leading << 6) | ((64 - leading - trailing) & 63);
    controlCount = 13;
  }
  const significant: i32 = 64 - leading - trailing;
  const middle: u64 = difference >> trailing;
  const count: i32 = zeros + controlCount + significant;
  if (count <= 56) {
    writeBits((control << significant) | middle, count);
    return;
  }
  writeBits(control, zeros + controlCount);
  if (significant > 32) writeBits(middle >> 32, significant - 32);
  writeBits(middle & 0xffffffff, min(significant, 32));
}

/** Writes the low `count` (1 to 56) bits of `value`, above which there are zeros. What stands behind them becomes zero. */
function writeBits(value: u64, count: i32): void {
  const shift: i32 = bit & 7;
  const index: i32 = (bit >> 3) - pieceStart;
  const begun: u64 = shift == 0 ? 0 : <u64>load<u8>(data + index) << 56;
  let word: u64 = begun | ((value << (64 - count)) >> shift);
  if (index + 8 <= pieceDataBytes) store<u64>(data + index, bswap<u64>(word));
  else {
    let to: i32 = index;
    for (let rest: i32 = shift + count; rest > 0; rest -= 8) {
      if (to == pieceDataBytes) {
        beginPiece();
        to = 0;
      }
      store<u8>(data + to++, word >> 56);
      word <<= 8;
    }
  }
  bit += count;
}
