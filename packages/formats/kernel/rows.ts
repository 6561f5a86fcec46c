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
/** 64 bits for each power of ten, 10^0 to 10^17. */
export const tensAt: i32 = 12544;
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
  const c: u64 = biased != 0 ? fraction | 0x10000000000000 : fraction;
  const q: i32 = biased != 0 ? biased - 1075 : -1074;
  // Whole numbers need no search.
  if (q <= 0 && q > -53 && (c & ((<u64>1 << <u64>-q) - 1)) == 0) return writeWhole(at, c >> <u64>-q);
  findShortest(c, q, fraction == 0 && biased > 1);
  return writeDecimal(at);
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

/** REQUIRES: above 0, of no more than 16 digits. */
function writeWhole(at: i32, value: u64): i32 {
  if (value < 100000000) return writeUnpadded(at, value);
  const high: u64 = value / 100000000;
  const end: i32 = writeUnpadded(at, high);
  store<u64>(end, eightDigits(value - high * 100000000) | zeros);
  return end + 8;
}

/** REQUIRES: above 0, of no more than eight digits. */
@inline
function writeUnpadded(at: i32, value: u64): i32 {
  const spread: u64 = eightDigits(value);
  const leading: u64 = ctz(spread) & 56;
  store<u64>(at, (spread | zeros) >> leading);
  return at + 8 - <i32>(leading >> 3);
}

const zeros: u64 = 0x3030303030303030;

/** A byte for each of eight digits, the first one lowest: pieces of four, then two, then one are divided at once. */
@inline
function eightDigits(value: u64): u64 {
  const fours: u64 = value / 10000;
  const four: u64 = fours | ((value - fours * 10000) << 32);
  const hundreds: u64 = ((four * 10486) >> 20) & 0x0000007f0000007f;
  const two: u64 = hundreds | ((four - hundreds * 100) << 16);
  const tens: u64 = ((two * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((two - tens * 10) << 8);
}

/** Prints `digits` × 10^`exponent`. */
function writeDecimal(at: i32): i32 {
  const length: i32 = lengthOf(digits);
  const point: i32 = length + exponent;
  // As 17 digits: one, eight and eight.
  const whole: u64 = digits * load<u64>(tensAt + ((17 - length) << 3));
  const upper: u64 = whole / 100000000;
  const first: u64 = upper / 100000000;
  const middle: u64 = eightDigits(upper - first * 100000000);
  const last: u64 = eightDigits(whole - upper * 100000000);
  const count: i32 = last != 0 ? 17 - <i32>(clz(last) >> 3) : middle != 0 ? 9 - <i32>(clz(middle) >> 3) : 1;
  if (point > 21 || point < -5) {
    // A place is left for the point behind the first digit.
    writeSeventeen(at + 1, first, middle, last);
    store<u8>(at, 0x30 + <u8>first);
    return writeExponent(at, count, point);
  }
  if (point <= 0) {
    store<u64>(at, 0x3030303030302e30);
    const digitsFrom: i32 = at + 2 - point;
    writeSeventeen(digitsFrom, first, middle, last);
    return digitsFrom + count;
  }
  writeSeventeen(at, first, middle, last);
  if (point >= count) {
    store<u64>(at + 17, zeros);
    return at + point;
  }
  // What is behind the point moves on by one.
  const behind: v128 = v128.load(at + point);
  v128.store(at + point + 1, behind);
  store<u8>(at + point, 0x2e);
  return at + count + 1;
}

@inline
function writeSeventeen(at: i32, first: u64, middle: u64, last: u64): void {
  store<u8>(at, 0x30 + <u8>first);
  store<u64>(at + 1, middle | zeros);
  store<u64>(at + 9, last | zeros);
}

/** Behind `count` digits, with a place behind the first: the point, and an exponent of two digits or more. The value is 0.DIGITS × 10^point. */
function writeExponent(start: i32, count: i32, point: i32): i32 {
  let at: i32 = start + 1;
  if (count > 1) {
    store<u8>(at, 0x2e);
    at += count;
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

/** How many digits a number above 0 has. */
@inline
function lengthOf(value: u64): i32 {
  // Bits times log10(2), which is one too few at the most.
  const least: i32 = (<i32>(64 - clz(value)) * 1233) >> 12;
  return least + (value >= load<u64>(tensAt + (least << 3)) ? 1 : 0);
}

/** Schubfach: of the decimals that read back as c × 2^q the shortest, of these the nearest. `isCloser`: the value below is nearer than that above. */
function findShortest(c: u64, q: i32, isCloser: bool): void {
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
