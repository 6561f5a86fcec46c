// Decodes XOR chunks (docs/formats/chunk.md#xor). AssemblyScript, compiled to WebAssembly; its oracle is src/chunk/xor-decode.ts.
// The caller puts chunks' data anywhere from `spareAt` on, or one at `inputAt`, and their places at `spansAt`; `decodeRun` puts
// the rows of one behind those of the other, from `timesAt` and `valuesAt` on.
// What the memory holds in front of `spareAt` is laid out here. Reads reach some words behind a chunk.
//
// Which of its forms a value has cannot be guessed, and a processor's wrong guess costs as much as two samples: so all forms are decoded
// the same way, by masks. Where a sample's bits begin is known only when the one before is decoded: so two chunks take turns.

import { keepSample, knownRecord, recordOf, stateBits, stateMask, stateOf, statesMax } from "./xor/states";

/** Chunks that are longer, or hold more samples, are not for this kernel. */
export const inputBytesMax: i32 = 16384;
export const samplesMax: i32 = 2048;
/** Rows that there is room for. */
export const rowsMax: i32 = 8192;
/** Places that there is room for: two numbers each, the address and the length. */
export const spansMax: i32 = 512;

export const timesAt: i32 = 0;
export const valuesAt: i32 = 65536;
/** Chunks are decoded here, with the bytes of each word turned round. */
const turnedAt: i32 = 131072;
const otherTurnedAt: i32 = 147520;
export const spansAt: i32 = 163968;
export const inputAt: i32 = 168064;
/**
 * Whose chunk stands at each place: two floats each, which no other chunk has together. The owner is a segment's number, and the place
 * where in it the chunk stands; or the owner is a series of the head, below zero, and the place a time; or 0, and nothing is remembered.
 */
export const keysAt: i32 = 184576;
/** The caller's own, behind the records. */
export const spareAt: i32 = 2293760;

// What may be of the samples of a run, in the upper half of a result, as in model's `rowNotes`: a value is NaN, or is below the
// one before it; times are not all the same apart.
const hasNaN: i32 = 0x10000;
const hasFall: i32 = 0x20000;
const hasJitter: i32 = 0x40000;

/** The byte behind what was read last; the sample that decoding goes on from, how many there are with it, and from it to the next one's time. */
let cursor: i32 = 0;
let firstTime: f64 = 0;
let firstValue: u64 = 0;
let firstDelta: f64 = 0;
let firstWindow: i32 = 0;
let decodedCount: i32 = 0;
/** The window of the run. */
let windowAfter: f64 = 0;
let windowEnd: f64 = 0;

/**
 * Decodes the chunks at the first `count` places, rows inside the window, after < t <= end, only. Returns how many rows there
 * are, with notes; or -1 when the bytes of one end before its samples do. REQUIRES: they have no more than `rowsMax` samples.
 */
export function decodeRun(count: i32, after: f64, end: f64): i32 {
  windowAfter = after;
  windowEnd = end;
  let rows: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const span: i32 = spansAt + (i << 3);
    const samples: i32 = samplesOf(span);
    const isSingle: bool = ((count - i) & 1) == 1 && beginsInside(span, i);
    if (!isSingle && i + 1 < count && isPair(span, samples) && decodePair(span, samples, rows)) {
      const second: i32 = rows + samples;
      rows = keepInside(rows, samples, rows);
      rows = keepInside(second, samples, rows);
      i++;
    } else {
      rows = decodeOne(span, samples, rows, keysAt + (i << 4));
      if (rows < 0) return -1;
    }
  }
  return rows | notesOf(rows);
}

/** Puts the rows of a chunk behind the first `rows`; returns how many there are with those, or -1. */
function decodeOne(span: i32, samples: i32, rows: i32, key: i32): i32 {
  const after: f64 = windowAfter;
  const end: f64 = windowEnd;
  if (samples == 0) return rows;
  /** Where states are put; 0 where there are none to come. */
  let record: i32 = samples > 1 << stateBits ? knownRecord(key) : 0;
  let at: i32 = 0;
  if (record != 0) at = beginAtState(span, samples, record);
  if (at == 0) {
    if (!readHead(span, turnedAt, samples)) return -1;
    if (firstTime > after && firstTime <= end) rows = push(rows, firstTime, firstValue);
    at = secondSample(samples);
    firstWindow = 0;
    decodedCount = 1;
    record = firstTime <= after && samples > 1 << stateBits ? recordOf(key) : 0;
  }
  const isCalm: bool = hasRuns(span, samples);
  const bitEnd: i32 = (turnedAt + load<i32>(span, 4)) << 3;
  let t: f64 = firstTime;
  let delta: f64 = firstDelta;
  let value: u64 = firstValue;
  let window: i32 = firstWindow;
  for (let i: i32 = decodedCount; i < samples; i++) {
    if (record != 0) {
      // Time that falls is in damaged chunks only, from which nothing is to be concluded.
      if (t > after || delta < 0 || i >= (statesMax + 1) << stateBits) record = 0;
      else if ((i & stateMask) == 0) {
        const state: i32 = stateOf(record, i >> stateBits);
        keepSample(state, t, delta, value);
        store<i32>(state, at - (turnedAt << 3), 24);
        store<i32>(state, window, 28);
      }
    }
    let bits: u64 = peek(at);
    // Two zero bits are a sample like the one before.
    if (isCalm && bits >> 62 == 0) {
      const stop: i32 = record == 0 ? samples : min(samples, (i | stateMask) + 1);
      const run: i32 = min(min(<i32>clz(bits) >> 1, (bitEnd - at) >> 1), stop - i);
      if (run == 0) return -1;
      for (let j: i32 = 0; j < run; j++) {
        t += delta;
        if (t > end) return rows;
        if (t > after) rows = push(rows, t, value);
      }
      at += 2 * run;
      i += run - 1;
      continue;
    }
    if (<i64>bits < 0) {
      delta += changeOfDelta(at, bits);
      at += changeLength(bits);
      bits = peek(at);
    } else {
      at++;
      bits <<= 1;
    }
    t += delta;
    if (isCalm && <i64>bits >= 0) at++;
    else {
      window = windowOf(bits, window);
      value ^= changeOfValue(at, bits, window);
      at += headLength(bits) + (sizeOf(window) & maskOf(bits));
    }
    if (((bitEnd - at) | trailingOf(window)) < 0) return -1;
    if (t > end) return rows;
    if (t > after) rows = push(rows, t, value);
  }
  return rows;
}

/**
 * Puts all rows of the chunk at `span` and of the next one, which has as many samples, behind the first `rows`. False where the
 * bytes of one end before its samples do.
 */
function decodePair(span: i32, samples: i32, rows: i32): bool {
  if (!readHead(span, turnedAt, samples)) return false;
  let at1: i32 = secondSample(samples);
  let t1: f64 = firstTime;
  let delta1: f64 = firstDelta;
  let value1: u64 = firstValue;
  if (!readHead(span + 8, otherTurnedAt, samples)) return false;
  let at2: i32 = secondSample(samples);
  let t2: f64 = firstTime;
  let delta2: f64 = firstDelta;
  let value2: u64 = firstValue;
  let window1: i32 = 0;
  let window2: i32 = 0;
  /** Below zero when a window was impossible. */
  let trailing: i32 = 0;
  const apart: i32 = samples << 3;
  let row: i32 = rows << 3;
  const end: i32 = row + apart;
  for (;;) {
    storeRow(row, t1, value1);
    storeRow(row + apart, t2, value2);
    row += 8;
    if (row >= end) break;
    let bits1: u64 = peek(at1);
    let bits2: u64 = peek(at2);
    if (<i64>bits1 < 0) {
      delta1 += changeOfDelta(at1, bits1);
      at1 += changeLength(bits1);
      bits1 = peek(at1);
    } else {
      at1++;
      bits1 <<= 1;
    }
    if (<i64>bits2 < 0) {
      delta2 += changeOfDelta(at2, bits2);
      at2 += changeLength(bits2);
      bits2 = peek(at2);
    } else {
      at2++;
      bits2 <<= 1;
    }
    t1 += delta1;
    t2 += delta2;
    window1 = windowOf(bits1, window1);
    window2 = windowOf(bits2, window2);
    trailing |= trailingOf(window1) | trailingOf(window2);
    value1 ^= changeOfValue(at1, bits1, window1);
    value2 ^= changeOfValue(at2, bits2, window2);
    at1 += headLength(bits1) + (sizeOf(window1) & maskOf(bits1));
    at2 += headLength(bits2) + (sizeOf(window2) & maskOf(bits2));
  }
  const isWhole = at1 <= (turnedAt + load<i32>(span, 4)) << 3 && at2 <= (otherTurnedAt + load<i32>(span, 12)) << 3;
  return isWhole && trailing >= 0;
}

/** Whether samples at the begin of the chunk may be passed over, by a state that is remembered or will be. */
function beginsInside(span: i32, i: i32): bool {
  if (load<f64>(keysAt + (i << 4)) == 0) return false;
  const from: i32 = load<i32>(span);
  const length: i32 = load<i32>(span, 4);
  if (length < 18) return false;
  // The time, a varint, is turned as readHead has it, which decodes the chunk anew.
  turnWords(from, 16, turnedAt);
  cursor = turnedAt + 2;
  return unzigzag(readUvarint()) <= windowAfter;
}

/** Goes to the last state in front of the window; where the sample behind it begins, or 0 where there is no such state. */
function beginAtState(span: i32, samples: i32, record: i32): i32 {
  for (let number: i32 = min(statesMax, samples >> stateBits); number > 0; number--) {
    const state: i32 = stateOf(record, number);
    const bit: i32 = load<i32>(state, 24);
    if (bit == 0 || load<f64>(state) > windowAfter) continue;
    firstTime = load<f64>(state);
    firstDelta = load<f64>(state, 8);
    firstValue = load<u64>(state, 16);
    firstWindow = load<i32>(state, 28);
    decodedCount = number << stateBits;
    // What is in front of it is not looked at.
    const passed: i32 = (bit >> 3) & ~15;
    turnWords(load<i32>(span) + passed, load<i32>(span, 4) - passed, turnedAt + passed);
    return (turnedAt << 3) + bit;
  }
  return 0;
}

/** Whether the chunk at `span` and the next one have equally many samples, and are not better decoded run by run. */
function isPair(span: i32, samples: i32): bool {
  return samplesOf(span + 8) == samples && samples > 1 && !hasRuns(span, samples) && !hasRuns(span + 8, samples);
}

/** Where a sample takes a byte at the most, runs of samples that are all alike are worth a look. */
function hasRuns(span: i32, samples: i32): bool {
  return load<i32>(span, 4) <= samples;
}

function samplesOf(span: i32): i32 {
  const from: i32 = load<i32>(span);
  return (load<u8>(from) << 8) | load<u8>(from, 1);
}

/** Moves those of the `samples` rows from `from` on that are inside the window behind the first `rows`. */
function keepInside(from: i32, samples: i32, rows: i32): i32 {
  const after: f64 = windowAfter;
  const end: f64 = windowEnd;
  const last: i32 = from + samples - 1;
  if (from == rows && timeOf(from) > after && timeOf(last) <= end) return rows + samples;
  for (let row: i32 = from; row <= last && timeOf(row) <= end; row++) {
    if (timeOf(row) > after) rows = push(rows, timeOf(row), load<u64>(valuesAt + (row << 3)));
  }
  return rows;
}

function timeOf(row: i32): f64 {
  return load<f64>(timesAt + (row << 3));
}

function notesOf(rows: i32): i32 {
  const first: f64 = load<f64>(valuesAt);
  let noted: i32 = rows > 0 && first != first ? hasNaN : 0;
  if (rows < 2) return noted;
  const interval: v128 = f64x2.splat(timeOf(1) - timeOf(0));
  let nans: v128 = i64x2.splat(0);
  let falls: v128 = i64x2.splat(0);
  let jitter: v128 = i64x2.splat(0);
  // Two rows at a time; the last two may be looked at again.
  const last: i32 = max(1, rows - 2) << 3;
  for (let at: i32 = 8; ; at = min(at + 16, last)) {
    const values: v128 = v128.load(valuesAt + at);
    const times: v128 = v128.load(timesAt + at);
    nans = v128.or(nans, f64x2.ne(values, values));
    falls = v128.or(falls, f64x2.lt(values, v128.load(valuesAt - 8 + at)));
    jitter = v128.or(jitter, f64x2.ne(f64x2.sub(times, v128.load(timesAt + at - 8)), interval));
    if (at >= last) break;
  }
  if (v128.any_true(nans)) noted |= hasNaN;
  if (v128.any_true(falls)) noted |= hasFall;
  if (v128.any_true(jitter)) noted |= hasJitter;
  return noted;
}

/** Copies with the bytes of each 64-bit word turned round, so that a word's bits stand in the order of reading. */
function turnWords(from: i32, length: i32, to: i32): void {
  for (let at: i32 = 0; at < length; at += 16) {
    const bytes = v128.load(from + at);
    v128.store(to + at, i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
  }
}

/** Turns the chunk at `span` and reads what is in front of the second value. False when the bytes end first, or a number has too many of them. */
function readHead(span: i32, turned: i32, samples: i32): bool {
  const length: i32 = load<i32>(span, 4);
  turnWords(load<i32>(span), length, turned);
  cursor = turned + 2;
  firstTime = unzigzag(readUvarint());
  firstValue = peek(cursor << 3);
  cursor += 8;
  if (cursor > turned + length || isNaN(firstTime)) return false;
  if (samples == 1) return true;
  firstDelta = readUvarint();
  return cursor <= turned + length && !isNaN(firstDelta);
}

/** Where the second sample's bits begin. Its time is in the head; a zero bit in front of its value makes it like those behind it. */
function secondSample(samples: i32): i32 {
  if (samples == 1) return cursor << 3;
  const at: i32 = (cursor << 3) - 1;
  const word: i32 = (at >> 6) << 3;
  store<u64>(word, load<u64>(word) & ~(<u64>0x8000000000000000 >> (at & 63)));
  return at;
}

function push(rows: i32, t: f64, value: u64): i32 {
  storeRow(rows << 3, t, value);
  return rows + 1;
}

@inline
function storeRow(at: i32, t: f64, value: u64): void {
  store<f64>(timesAt + at, t);
  store<u64>(valuesAt + at, value);
}

function byteAt(address: i32): i32 {
  return load<u8>(address ^ 7);
}

/** The 64 bits at bit `at` of the memory. */
@inline
function peek(at: i32): u64 {
  const word: i32 = (at >> 6) << 3;
  const shift: u64 = at & 63;
  return (load<u64>(word) << shift) | ((load<u64>(word, 8) >> 1) >> (shift ^ 63));
}

// `bits` of a value: 0 for no change, else 1; then 0 for the window of the change before, or 1 and a new one.

/** All bits, where the value changes. */
@inline
function maskOf(bits: u64): i32 {
  return <i32>(<i64>bits >> 63);
}

/** All bits, where a window follows. */
@inline
function newMaskOf(bits: u64): i32 {
  return <i32>(<i64>(bits & (bits << 1)) >> 63);
}

/** The window a change is in: 5 bits, how many leading zeros; 6 bits, how many bits behind them, 0 for 64. */
@inline
function windowOf(bits: u64, before: i32): i32 {
  return before ^ ((before ^ ((<i32>(bits >> 51)) & 0x7ff)) & newMaskOf(bits));
}

@inline
function sizeOf(window: i32): i32 {
  return ((window - 1) & 63) + 1;
}

/** Below zero when there are more than 64 bits. */
@inline
function trailingOf(window: i32): i32 {
  return 64 - sizeOf(window) - (window >> 6);
}

/** Of what is in front of the change itself. */
@inline
function headLength(bits: u64): i32 {
  return 1 - maskOf(bits) + (newMaskOf(bits) & 11);
}

@inline
function changeOfValue(at: i32, bits: u64, window: i32): u64 {
  const head: i32 = headLength(bits);
  const size: i32 = sizeOf(window);
  // The 63 bits that are here at least are enough for most.
  const part: u64 = head + size < 64 ? bits << head : peek(at + head);
  return ((part >> (64 - size)) << trailingOf(window)) & (<i64>bits >> 63);
}

/** What the bits in front of a value say: 10, 110, 1110 or 1111, then a change of 14, 17, 20 or 64 bits. */
function changeOfDelta(at: i32, bits: u64): f64 {
  if ((bits & 0x4000000000000000) == 0) return signed((bits >> 48) & 0x3fff, 14);
  if ((bits & 0x2000000000000000) == 0) return signed((bits >> 44) & 0x1ffff, 17);
  if ((bits & 0x1000000000000000) == 0) return signed((bits >> 40) & 0xfffff, 20);
  return <f64>(<i64>peek(at + 4));
}

function changeLength(bits: u64): i32 {
  if ((bits & 0x4000000000000000) == 0) return 16;
  if ((bits & 0x2000000000000000) == 0) return 20;
  return (bits & 0x1000000000000000) == 0 ? 24 : 68;
}

/** Reads on from `cursor`; NaN for more than ten bytes. A double, as in the oracle. */
function readUvarint(): f64 {
  let value: f64 = 0;
  let scale: f64 = 1;
  for (let i: i32 = 0; i < 10; i++) {
    const byte: i32 = byteAt(cursor++);
    value += <f64>(byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return NaN;
}

function unzigzag(value: f64): f64 {
  const half: f64 = Math.floor(value / 2);
  return half * 2 == value ? value / 2 : -(value + 1) / 2;
}

// Prometheus counts the middle value as positive: 2^(count-1) stays, one more is negative.
function signed(value: u64, count: i32): f64 {
  const bits: i32 = <i32>value;
  return <f64>(bits > 1 << (count - 1) ? bits - (1 << count) : bits);
}
