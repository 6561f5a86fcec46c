// Decodes XOR chunks (docs/formats/chunk.md#xor). AssemblyScript, compiled to WebAssembly; its oracle is src/chunk/xor-decode.ts.
// The caller puts chunks' data anywhere from `spareAt` on, or one at `inputAt`, and their places at `spansAt`; `decodeRun` puts
// the rows of one behind those of the other, from `timesAt` and `valuesAt` on.
// What the memory holds in front of `spareAt` is laid out here. Reads reach some words behind a chunk.

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
export const spansAt: i32 = 147520;
export const inputAt: i32 = 151616;
/** The caller's own. */
export const spareAt: i32 = 196608;

// What may be of the samples of a run, in the upper half of a result, as in model's `rowNotes`: a value is NaN, or is below the
// one before it; times are not all the same apart.
const hasNaN: i32 = 0x10000;
const hasFall: i32 = 0x20000;
const hasJitter: i32 = 0x40000;

/** The byte behind what was read last; the first sample, and from it to the second one's time. */
let cursor: i32 = 0;
let firstTime: f64 = 0;
let firstValue: u64 = 0;
let firstDelta: f64 = 0;
/** Of the samples of one run: what is noted, the last one's value and time, and how far apart they are. */
let notes: i32 = 0;
let lastValue: f64 = 0;
let lastTime: f64 = 0;
let interval: f64 = 0;

/**
 * Decodes the chunks at the first `count` places, rows inside the window, after < t <= end, only. Returns how many rows there
 * are, with notes; or -1 when the bytes of one end before its samples do. REQUIRES: they have no more than `rowsMax` samples.
 */
export function decodeRun(count: i32, after: f64, end: f64): i32 {
  notes = 0;
  lastValue = -Infinity;
  interval = 0;
  let rows: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const length: i32 = load<i32>(spansAt + (i << 3), 4);
    turnWords(load<i32>(spansAt + (i << 3)), length);
    rows = decodeTurned(length, after, end, rows);
    if (rows < 0) return -1;
  }
  return rows | notes;
}

/** Puts rows behind the first `rows`; returns how many there are with those, or -1. */
function decodeTurned(length: i32, after: f64, end: f64, rows: i32): i32 {
  const count: i32 = (byteAt(0) << 8) | byteAt(1);
  if (count == 0) return rows;
  if (!readHead(length, count)) return -1;
  let number: f64 = reinterpret<f64>(firstValue);
  let noted: i32 = noteOf(number, lastValue);
  noteFirstTimes(count);
  if (firstTime > after && firstTime <= end) rows = push(rows, firstTime, firstValue);
  const bitEnd: i32 = length << 3;
  let at: i32 = cursor << 3;
  let t: f64 = firstTime;
  let delta: f64 = firstDelta;
  let value: u64 = firstValue;
  let leading: i32 = 0;
  let trailing: i32 = 0;
  // The second sample has its time already; its value follows as that of any other.
  let isTimed: bool = true;
  for (let i: i32 = 1; i < count; i++) {
    // The next 64 bits, and how many of them are used.
    let bits: u64 = peek(at);
    let used: i32 = 0;
    if (isTimed) isTimed = false;
    // Two zero bits are a sample like the one before; they often come in runs.
    else if (bits >> 62 == 0) {
      const run: i32 = min(min(<i32>clz(bits) >> 1, (bitEnd - at) >> 1), count - i);
      if (run == 0) return -1;
      for (let j: i32 = 0; j < run; j++) {
        t += delta;
        if (t > end) return leave(rows, t, number, noted);
        if (t > after) rows = push(rows, t, value);
      }
      at += 2 * run;
      i += run - 1;
      continue;
    } else if (<i64>bits >= 0) used = 1;
    // Change of delta: 10, 110, 1110, 1111 then 14, 17, 20, 64 bits.
    else if (bits >> 60 != 0xf) {
      delta += changeOfDelta(bits);
      used = (bits & 0x4000000000000000) == 0 ? 16 : (bits & 0x2000000000000000) == 0 ? 20 : 24;
    } else {
      delta += <f64>(<i64>peek(at + 4));
      at += 68;
      bits = peek(at);
    }
    if (used != 1) noteTime(delta);
    t += delta;
    bits <<= used;
    if (<i64>bits >= 0) used += 1;
    else {
      let header: i32 = 2;
      if ((bits & 0x4000000000000000) != 0) {
        leading = <i32>(bits >> 57) & 31;
        trailing = 64 - leading - ((<i32>(bits >> 51) & 63) || 64);
        if (trailing < 0) return -1;
        header = 13;
      }
      const significant: i32 = 64 - leading - trailing;
      bits = used + header + significant <= 64 ? bits << header : peek(at + used + header);
      value ^= (bits >> (leading + trailing)) << trailing;
      noted |= noteOf(reinterpret<f64>(value), number);
      number = reinterpret<f64>(value);
      used += header + significant;
    }
    at += used;
    if (at > bitEnd) return -1;
    if (t > end) break;
    if (t > after) rows = push(rows, t, value);
  }
  return leave(rows, t, number, noted);
}

function leave(rows: i32, t: f64, value: f64, noted: i32): i32 {
  notes |= noted;
  lastTime = t;
  lastValue = value;
  return rows;
}

function noteFirstTimes(count: i32): void {
  if (interval == 0) interval = count > 1 ? firstDelta : NaN;
  else noteTime(firstTime - lastTime);
  if (count > 1) noteTime(firstDelta);
}

function noteTime(delta: f64): void {
  if (delta != interval) notes |= hasJitter;
}

/** Of rows outside the window, too. */
function noteOf(value: f64, previous: f64): i32 {
  return (<i32>(value != value) * hasNaN) | (<i32>(value < previous) * hasFall);
}

/** Copies with the bytes of each 64-bit word turned round, so that a word's bits stand in the order of reading. */
function turnWords(from: i32, length: i32): void {
  for (let at: i32 = 0; at < length; at += 16) {
    const bytes = v128.load(from + at);
    v128.store(turnedAt + at, i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
  }
}

/** False when the bytes end first, or a number has too many of them. */
function readHead(length: i32, count: i32): bool {
  cursor = 2;
  firstTime = unzigzag(readUvarint());
  firstValue = peek(cursor << 3);
  cursor += 8;
  if (cursor > length || isNaN(firstTime)) return false;
  if (count == 1) return true;
  firstDelta = readUvarint();
  return cursor <= length && !isNaN(firstDelta);
}

function push(rows: i32, t: f64, value: u64): i32 {
  store<f64>(timesAt + (rows << 3), t);
  store<u64>(valuesAt + (rows << 3), value);
  return rows + 1;
}

function byteAt(index: i32): i32 {
  return load<u8>(turnedAt + (index ^ 7));
}

/** The 64 bits at bit `at`. */
function peek(at: i32): u64 {
  const word: i32 = turnedAt + ((at >> 6) << 3);
  const shift: u64 = at & 63;
  return (load<u64>(word) << shift) | ((load<u64>(word, 8) >> 1) >> (shift ^ 63));
}

/** What the bits in front of a value say: 10, 110 or 1110, then a change of 14, 17 or 20 bits. */
function changeOfDelta(bits: u64): f64 {
  if ((bits & 0x4000000000000000) == 0) return signed((bits >> 48) & 0x3fff, 14);
  if ((bits & 0x2000000000000000) == 0) return signed((bits >> 44) & 0x1ffff, 17);
  return signed((bits >> 40) & 0xfffff, 20);
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
