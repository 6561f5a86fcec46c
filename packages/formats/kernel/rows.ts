// Prints rows of query results, `[1435781430.781,"0.25"]`, with the shortest digits that read back, found by Schubfach
// (Raffaello Giulietti, "The Schubfach way to render doubles"). AssemblyScript, compiled to WebAssembly; its oracle is
// printFloatApi of stdx. src/http-api/row-kernel.ts fills the tables. The memory is one page, laid out here.

export const rowsMax: i32 = 256;
/** What a row's text takes at most: comma, start, 25 bytes of number, quote and bracket. */
export const rowBytesMax: i32 = 64;
/** Bytes that a start has room for; only as many as `lengthsAt` says are used. */
export const startBytes: i32 = 32;

/** 128 bits for each power of ten from 10^powerMin on, the high word first. */
export const powersAt: i32 = 0;
export const powerMin: i32 = -292;
export const powerMax: i32 = 324;
export const valuesAt: i32 = 10240;
export const lengthsAt: i32 = 12288;
const digitsAt: i32 = 12544;
export const startsAt: i32 = 12800;
export const rowsAt: i32 = 20992;

/** The shortest decimal: `digits` × 10^`exponent`. */
let digits: u64 = 0;
let exponent: i32 = 0;

/** Writes rows 0 … count - 1 one behind the other, a comma in front of each but, where `isFirst`, the first; returns their bytes. */
export function writeRows(count: i32, isFirst: bool): i32 {
  let at: i32 = rowsAt;
  for (let i: i32 = 0; i < count; i++) {
    if (i > 0 || !isFirst) store<u8>(at++, 0x2c);
    const start: i32 = startsAt + i * startBytes;
    v128.store(at, v128.load(start));
    v128.store(at + 16, v128.load(start + 16));
    at = writeFloat(at + <i32>load<u8>(lengthsAt + i), load<u64>(valuesAt + (i << 3)));
    // "] and nothing else, low byte first.
    store<u16>(at, 0x5d22);
    at += 2;
  }
  return at - rowsAt;
}

function writeFloat(start: i32, bits: u64): i32 {
  let at: i32 = start;
  const biased: i32 = <i32>((bits >> 52) & 0x7ff);
  const fraction: u64 = bits & 0xfffffffffffff;
  const isNegative: bool = bits >> 63 != 0;
  if (biased == 0x7ff) return writeSpecial(at, fraction, isNegative);
  if (isNegative) store<u8>(at++, 0x2d);
  if (biased == 0 && fraction == 0) {
    store<u8>(at, 0x30);
    return at + 1;
  }
  findShortest(fraction, biased);
  const count: i32 = spreadDigits();
  const point: i32 = count + exponent;
  if (point > 21 || point < -5) return writeScientific(at, count, point);
  return writePlain(at, count, point);
}

function writeSpecial(at: i32, fraction: u64, isNegative: bool): i32 {
  if (fraction != 0) {
    store<u8>(at, 0x4e);
    store<u8>(at + 1, 0x61);
    store<u8>(at + 2, 0x4e);
    return at + 3;
  }
  store<u8>(at, isNegative ? 0x2d : 0x2b);
  store<u8>(at + 1, 0x49);
  store<u8>(at + 2, 0x6e);
  store<u8>(at + 3, 0x66);
  return at + 4;
}

/** The value is 0.DIGITS × 10^point, with point from -5 to 21. */
function writePlain(start: i32, count: i32, point: i32): i32 {
  let at: i32 = start;
  if (point <= 0) {
    store<u16>(at, 0x2e30);
    at += 2;
    for (let i: i32 = point; i < 0; i++) store<u8>(at++, 0x30);
    return copyDigits(at, 0, count);
  }
  if (point >= count) {
    at = copyDigits(at, 0, count);
    for (let i: i32 = count; i < point; i++) store<u8>(at++, 0x30);
    return at;
  }
  at = copyDigits(at, 0, point);
  store<u8>(at, 0x2e);
  return copyDigits(at + 1, point, count - point);
}

/** As `writePlain`, for other points: one digit, the rest behind a point, an exponent of two digits or more. */
function writeScientific(start: i32, count: i32, point: i32): i32 {
  let at: i32 = copyDigits(start, 0, 1);
  if (count > 1) {
    store<u8>(at, 0x2e);
    at = copyDigits(at + 1, 1, count - 1);
  }
  store<u8>(at, 0x65);
  store<u8>(at + 1, point < 1 ? 0x2d : 0x2b);
  at += 2;
  const size: i32 = point < 1 ? 1 - point : point - 1;
  if (size >= 100) store<u8>(at++, <u8>(0x30 + size / 100));
  store<u8>(at, <u8>(0x30 + (size / 10) % 10));
  store<u8>(at + 1, <u8>(0x30 + size % 10));
  return at + 2;
}

// 24 bytes, whatever `count` is: all that there are, and what is behind is written over.
function copyDigits(at: i32, from: i32, count: i32): i32 {
  v128.store(at, v128.load(digitsAt + from));
  store<u64>(at + 16, load<u64>(digitsAt + from + 16));
  return at + count;
}

/** Puts `digits` as text at `digitsAt`, without zeros at the end; returns how many there are. Moves `exponent` accordingly. */
function spreadDigits(): i32 {
  // Three groups, so that divisions are of 32 bits but for two.
  const upper: u64 = digits / 100000000;
  const low: u32 = <u32>(digits - upper * 100000000);
  const top: u32 = <u32>(upper / 100000000);
  const middle: u32 = <u32>(upper - <u64>top * 100000000);
  writeEight(digitsAt, top);
  writeEight(digitsAt + 8, middle);
  writeEight(digitsAt + 16, low);
  let first: i32 = 0;
  while (load<u8>(digitsAt + first) == 0x30) first++;
  let end: i32 = 24;
  while (load<u8>(digitsAt + end - 1) == 0x30) end--;
  exponent += 24 - end;
  if (first > 0) {
    const head: v128 = v128.load(digitsAt + first);
    const tail: u64 = load<u64>(digitsAt + first + 16);
    v128.store(digitsAt, head);
    store<u64>(digitsAt + 16, tail);
  }
  return end - first;
}

function writeEight(at: i32, value: u32): void {
  const high: u32 = value / 10000;
  const low: u32 = value - high * 10000;
  writeFour(at, high);
  writeFour(at + 4, low);
}

function writeFour(at: i32, value: u32): void {
  const a: u32 = value / 1000;
  const b: u32 = (value / 100) % 10;
  const c: u32 = (value / 10) % 10;
  const d: u32 = value % 10;
  store<u32>(at, 0x30303030 + a + (b << 8) + (c << 16) + (d << 24));
}

/** Schubfach: of the decimals that read back as the value the shortest, of these the nearest. */
function findShortest(fraction: u64, biased: i32): void {
  const c: u64 = biased != 0 ? fraction | 0x10000000000000 : fraction;
  const q: i32 = biased != 0 ? biased - 1075 : -1074;
  // Whole numbers need no search.
  if (q <= 0 && q > -53 && c & ((<u64>1 << <u64>-q) - 1) == 0) {
    digits = c >> <u64>-q;
    exponent = 0;
    return;
  }
  const isCloser: bool = fraction == 0 && biased > 1;
  const k: i32 = (q * 1262611 - (isCloser ? 524031 : 0)) >> 22;
  const h: u64 = <u64>(q + ((-k * 1741647) >> 19) + 1);
  const power: i32 = powersAt + ((-k - powerMin) << 4);
  const high: u64 = load<u64>(power);
  const low: u64 = load<u64>(power + 8);
  const isOdd: u64 = c & 1;
  const lower: u64 = roundToOdd(high, low, (4 * c - 2 + (isCloser ? 1 : 0)) << h) + isOdd;
  const value: u64 = roundToOdd(high, low, (4 * c) << h);
  const upper: u64 = roundToOdd(high, low, (4 * c + 2) << h) - isOdd;
  const s: u64 = value >> 2;
  if (s >= 10) {
    const tens: u64 = s / 10;
    const isLowIn: bool = lower <= 40 * tens;
    const isHighIn: bool = 40 * tens + 40 <= upper;
    if (isLowIn != isHighIn) {
      digits = tens + (isHighIn ? 1 : 0);
      exponent = k + 1;
      return;
    }
  }
  exponent = k;
  const isLowIn: bool = lower <= 4 * s;
  const isHighIn: bool = 4 * s + 4 <= upper;
  if (isLowIn != isHighIn) {
    digits = s + (isHighIn ? 1 : 0);
    return;
  }
  const middle: u64 = 4 * s + 2;
  digits = s + (value > middle || (value == middle && (s & 1) != 0) ? 1 : 0);
}

/** The upper 64 bits of (high, low) × factor / 2^64, the last bit set where anything below is not zero. */
function roundToOdd(high: u64, low: u64, factor: u64): u64 {
  const carry: u64 = upperProduct(low, factor);
  const rest: u64 = high * factor + carry;
  const upper: u64 = upperProduct(high, factor) + (rest < carry ? 1 : 0);
  return upper | (rest > 1 ? 1 : 0);
}

function upperProduct(a: u64, b: u64): u64 {
  const aLow: u64 = a & 0xffffffff;
  const aHigh: u64 = a >> 32;
  const bLow: u64 = b & 0xffffffff;
  const bHigh: u64 = b >> 32;
  const cross: u64 = aHigh * bLow + ((aLow * bLow) >> 32);
  const other: u64 = aLow * bHigh + (cross & 0xffffffff);
  return aHigh * bHigh + (cross >> 32) + (other >> 32);
}
