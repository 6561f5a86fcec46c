// Decodes XOR chunks (docs/formats/chunk.md#xor). AssemblyScript, compiled to WebAssembly; its oracle is src/chunk/xor-decode.ts.
// The caller puts chunks' data anywhere from `spareAt` on, or one at `inputAt`, and their places at `spansAt`; `decodeRun` puts
// the rows of one behind those of the other, from `timesAt` and `valuesAt` on.
// What the memory holds in front of `spareAt` is laid out here. Reads reach some words behind a chunk.
//
// Which of its forms a value has cannot be guessed, and a processor's wrong guess costs as much as two samples: so all forms are decoded
// the same way, by masks. Where a sample's bits begin is known only when the one before is decoded: so two chunks take turns.

import { changeLength, changeOfDelta, changeOfValue, headLength, maskOf, peek, sizeOf, trailingOf, windowOf } from "./xor/bits";
import { notesOfRows } from "./xor/notes";
import {
  bitOf,
  keepPlace,
  keepSample,
  keepStopCount,
  knownRecord,
  recordOf,
  stateBits,
  stateMask,
  stateOf,
  statesMax,
  stopCount,
  stopOf,
} from "./xor/states";

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
/** For `decodeLatest`: so many bytes at the begin of each chunk are not there, but the first two. */
export const passedAt: i32 = 192768;
/** Of `decodeMany`: a number for each series, and its notes. */
export const seriesAt: i32 = 194816;
export const notesAt: i32 = 196096;
export const seriesMax: i32 = 320;
/** The caller's own, behind the records. */
export const spareAt: i32 = 3342336;

/** The byte behind what was read last; the sample that decoding goes on from, how many there are with it, from it to the next one's time, and where that one begins. */
let cursor: i32 = 0;
let firstTime: f64 = 0;
let firstValue: u64 = 0;
let firstDelta: f64 = 0;
let firstWindow: i32 = 0;
let firstBit: i32 = 0;
let decodedCount: i32 = 0;
/** The last sample up to the window's end, how many there are with it, and where the next one begins. */
let lastTime: f64 = 0;
let lastDelta: f64 = 0;
let lastValue: u64 = 0;
let lastWindow: i32 = 0;
let lastCount: i32 = 0;
let stopBit: i32 = 0;
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
  const rows: i32 = decodeSpans(0, count, 0);
  return rows < 0 ? rows : rows | notesOfRows(timesAt, valuesAt, rows);
}

/**
 * As `decodeRun`, of as many series as `series` says, whose chunks stand one series behind the other: at `seriesAt` stand the places
 * behind each one's last, which become the rows behind its last, and its notes at `notesAt`. Returns how many series there are in front
 * of the first with damaged bytes.
 */
export function decodeMany(series: i32, after: f64, end: f64): i32 {
  windowAfter = after;
  windowEnd = end;
  let first: i32 = 0;
  let rows: i32 = 0;
  for (let i: i32 = 0; i < series; i++) {
    const count: i32 = load<i32>(seriesAt + (i << 2));
    const next: i32 = decodeSpans(first, count, rows);
    if (next < 0) return i;
    store<u8>(notesAt + i, notesOfRows(timesAt + (rows << 3), valuesAt + (rows << 3), next - rows) >> 16);
    store<i32>(seriesAt + (i << 2), next);
    first = count;
    rows = next;
  }
  return series;
}

/** Puts the rows of the chunks at places first … count - 1 behind the first `rows`; returns how many there are with those, or -1. */
function decodeSpans(first: i32, count: i32, before: i32): i32 {
  let rows: i32 = before;
  for (let i: i32 = first; i < count; i++) {
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
  return rows;
}

/** As `decodeRun`, of the first chunk, of which only what `passedBytes` said is needed is there. REQUIRES: it was asked last. */
export function decodeTail(after: f64, end: f64): i32 {
  windowAfter = after;
  windowEnd = end;
  const rows: i32 = decodeOne(spansAt, samplesOf(spansAt), 0, keysAt);
  return rows < 0 ? rows : rows | notesOfRows(timesAt, valuesAt, rows);
}

/**
 * Decodes of each of the first `count` chunks the last sample up to a time: row i is that of chunk i; its time is NaN where it has none, or
 * its bytes end first, or bytes are needed that are not there.
 */
export function decodeLatest(count: i32, end: f64): void {
  // No sample is put in a row as it comes.
  windowAfter = end;
  windowEnd = end;
  for (let i: i32 = 0; i < count; i++) {
    if (!decodeLast(spansAt + (i << 3), keysAt + (i << 4), load<i32>(passedAt + (i << 2)))) lastTime = NaN;
    storeRow(i << 3, lastTime, lastValue);
  }
}

/**
 * How many bytes at the begin of a chunk of so many samples need not be there for who wants those behind a time, or the last one up to
 * it, as long as nothing is decoded meanwhile.
 */
export function passedBytes(owner: f64, place: f64, samples: i32, time: f64): i32 {
  const record: i32 = samples > 1 << stateBits ? knownRecord(owner, place) : 0;
  const state: i32 = record == 0 ? 0 : lastState(record, samples, time);
  return state == 0 ? 0 : passedIn(bitOf(state));
}

/** False where the bytes that are there do not tell. */
function decodeLast(span: i32, key: i32, passed: i32): bool {
  const samples: i32 = samplesOf(span);
  const owner: f64 = load<f64>(key);
  const place: f64 = load<f64>(key, 8);
  const record: i32 = passed == 0 ? recordOf(owner, place) : knownRecord(owner, place);
  const state: i32 = record == 0 ? 0 : lastState(record, samples, windowEnd);
  if (state != 0 && passedIn(bitOf(state)) >= passed) {
    beginAt(span, state);
    decodedCount = stateSamples(record, state);
  } else if (passed > 0 || samples == 0 || !readHead(span, turnedAt, samples) || firstTime > windowEnd) return false;
  else {
    firstBit = secondSample(samples);
    firstWindow = 0;
    decodedCount = 1;
  }
  if (decodeFrom<f64>(span, samples, 0, record) < 0) return false;
  // Bits in front of the second sample are no sample's.
  if (record == 0 || lastCount < 2) return true;
  const stop: i32 = stopOf(record);
  keepSample(stop, lastTime, lastDelta, lastValue);
  keepPlace(stop, stopBit, lastWindow);
  keepStopCount(record, lastCount);
  return true;
}

/** Puts the rows of a chunk behind the first `rows`; returns how many there are with those, or -1. */
function decodeOne(span: i32, samples: i32, rows: i32, key: i32): i32 {
  const after: f64 = windowAfter;
  if (samples == 0) return rows;
  const owner: f64 = load<f64>(key);
  const place: f64 = load<f64>(key, 8);
  /** Where states are put; 0 where there are none to come. */
  let record: i32 = samples > 1 << stateBits ? knownRecord(owner, place) : 0;
  const state: i32 = record == 0 ? 0 : lastState(record, samples, after);
  if (state != 0) {
    beginAt(span, state);
    decodedCount = stateSamples(record, state);
    return decodeFrom<i32>(span, samples, rows, record);
  }
  if (!readHead(span, turnedAt, samples)) return -1;
  if (firstTime > after && firstTime <= windowEnd) rows = push(rows, firstTime, firstValue);
  firstWindow = 0;
  decodedCount = 1;
  record = firstTime <= after && samples > 1 << stateBits ? recordOf(owner, place) : 0;
  firstBit = secondSample(samples);
  return decodeFrom<i32>(span, samples, rows, record);
}

/**
 * Goes on from the sample that `first…` and `decodedCount` say. One loop in two forms: for i32, rows inside the window are put
 * behind the first `rows`, and their number is returned; for f64, the last sample up to the window's end is left in `last…`. -1 where
 * the bytes end first.
 */
function decodeFrom<Form>(span: i32, samples: i32, rows: i32, record: i32): i32 {
  const after: f64 = windowAfter;
  const end: f64 = windowEnd;
  let at: i32 = firstBit;
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
        keepSample(stateOf(record, i >> stateBits), t, delta, value);
        keepPlace(stateOf(record, i >> stateBits), at - (turnedAt << 3), window);
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
        if (t > end) {
          if (!isFloat<Form>()) return rows;
          keepStop(at + 2 * j, i + j, window);
          return keepLast(t - delta, delta, value);
        }
        if (!isFloat<Form>() && t > after) rows = push(rows, t, value);
      }
      at += 2 * run;
      i += run - 1;
      continue;
    }
    const sampleAt: i32 = at;
    const before: f64 = t;
    const deltaBefore: f64 = delta;
    const valueBefore: u64 = value;
    const windowBefore: i32 = window;
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
    if (t > end) {
      if (!isFloat<Form>()) return rows;
      keepStop(sampleAt, i, windowBefore);
      return keepLast(before, deltaBefore, valueBefore);
    }
    if (!isFloat<Form>() && t > after) rows = push(rows, t, value);
  }
  if (!isFloat<Form>()) return rows;
  keepStop(at, samples, window);
  return keepLast(t, delta, value);
}

function keepLast(t: f64, delta: f64, value: u64): i32 {
  lastTime = t;
  lastDelta = delta;
  lastValue = value;
  return 0;
}

/** `at`: where the sample behind the last one begins; `count`: how many there are in front of it. */
function keepStop(at: i32, count: i32, window: i32): void {
  stopBit = at - (turnedAt << 3);
  lastCount = count;
  lastWindow = window;
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

/** The last state whose time is not behind `limit`, of those within the first `samples`; 0 where there is none. */
function lastState(record: i32, samples: i32, limit: f64): i32 {
  let found: i32 = 0;
  for (let number: i32 = min(statesMax, samples >> stateBits); number > 0; number--) {
    const state: i32 = stateOf(record, number);
    if (bitOf(state) == 0 || load<f64>(state) > limit) continue;
    found = state;
    break;
  }
  const stop: i32 = stopOf(record);
  if (bitOf(stop) == 0 || load<f64>(stop) > limit || stopCount(record) > samples) return found;
  return found == 0 || load<f64>(stop) > load<f64>(found) ? stop : found;
}

/** How many samples are decoded at the state. */
function stateSamples(record: i32, state: i32): i32 {
  if (state == stopOf(record)) return stopCount(record);
  return (((state - stateOf(record, 1)) >> 5) + 1) << stateBits;
}

/** Goes to a state. */
function beginAt(span: i32, state: i32): void {
  firstTime = load<f64>(state);
  firstDelta = load<f64>(state, 8);
  firstValue = load<u64>(state, 16);
  firstWindow = load<i32>(state, 28);
  const bit: i32 = bitOf(state);
  // What is in front of it is not looked at.
  const passed: i32 = passedIn(bit);
  turnWords(load<i32>(span) + passed, load<i32>(span, 4) - passed, turnedAt + passed);
  firstBit = (turnedAt << 3) + bit;
}

/** Bytes that are of no use to who begins at the bit. */
function passedIn(bit: i32): i32 {
  return (bit >> 3) & ~15;
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
