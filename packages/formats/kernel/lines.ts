// Reads the lines of a body that stand as they stood in the last one: the same name and labels, one space, a number, a newline.
// AssemblyScript, compiled to WebAssembly; its oracle is the full parser (src/exposition/known-lines.fuzz.ts).
// The caller puts a part of the body at `bodyAt`, the expected keys end to end at `keysAt` and their lengths at `lengthsAt`.
// Comment lines are passed over and listed. At any other line the kernel stops, and the full parser reads it.
// Loads of 16 bytes reach behind what they are about; the memory leaves room for that.

export const bodyBytesMax: i32 = 262144;
export const keyBytesMax: i32 = 262144;
export const rowsMax: i32 = 4096;
export const commentsMax: i32 = 1024;

// The compiler puts constants below.

/**
 * Six words: where to read from and to, counted from `bodyAt`; the first key and the one behind the last, counted from
 * `lengthsAt`; where the first stands, counted from `keysAt`; what is added to each offset that goes out.
 */
export const requestAt: i32 = 2048;
/** Two words: offset behind the last line read, and how many comments there were. */
export const resultAt: i32 = 2080;
export const valuesAt: i32 = 2112;
export const keyStartsAt: i32 = 34880;
export const keyEndsAt: i32 = 51264;
export const lengthsAt: i32 = 67648;
/** Pairs of words: offset of the line, and the number of rows before it. */
export const commentsAt: i32 = 84032;
export const bodyAt: i32 = 92224;
export const keysAt: i32 = 354624;

const newline: i32 = 0x0a;
const space: i32 = 0x20;
const hash: i32 = 0x23;

let number: f64 = 0;

/** Does what `requestAt` says; returns the number of rows. */
export function readLines(): i32 {
  const bodyEnd: i32 = bodyAt + load<i32>(requestAt, 4);
  const last: i32 = load<i32>(requestAt, 12);
  const out: i32 = load<i32>(requestAt, 20) - bodyAt;
  let at: i32 = bodyAt + load<i32>(requestAt);
  let first: i32 = load<i32>(requestAt, 8);
  let expected: i32 = keysAt + load<i32>(requestAt, 16);
  let rows: i32 = 0;
  let comments: i32 = 0;
  while (at + 3 < bodyEnd) {
    if (<i32>load<u8>(at) == hash) {
      // "# EOF" ends a body.
      if (<i32>load<u8>(at, 2) == 0x45 || comments == commentsMax) break;
      const next: i32 = behindNewline(at, bodyEnd);
      if (next == 0) break;
      store<i32>(commentsAt + (comments << 3), at + out);
      store<i32>(commentsAt + (comments << 3), rows, 4);
      comments++;
      at = next;
      continue;
    }
    if (first == last) break;
    const length: i32 = load<i32>(lengthsAt + (first << 2));
    const keyEnd: i32 = at + length;
    if (keyEnd >= bodyEnd || !isSame(at, expected, length) || <i32>load<u8>(keyEnd) != space) break;
    const next: i32 = readNumber(keyEnd + 1, bodyEnd);
    if (next == 0) break;
    store<f64>(valuesAt + (rows << 3), number);
    store<i32>(keyStartsAt + (rows << 2), at + out);
    store<i32>(keyEndsAt + (rows << 2), keyEnd + out);
    rows++;
    first++;
    expected += length;
    at = next;
  }
  store<i32>(resultAt, at + out);
  store<i32>(resultAt, comments, 4);
  return rows;
}

function isSame(a: i32, b: i32, length: i32): bool {
  let i: i32 = 0;
  for (; i + 16 <= length; i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  const differing: i32 = i8x16.bitmask(i8x16.ne(v128.load(a + i), v128.load(b + i)));
  return (differing & ((1 << (length - i)) - 1)) == 0;
}

/** 0 when there is none before `end`. */
function behindNewline(start: i32, end: i32): i32 {
  const wanted = i8x16.splat(<i8>newline);
  for (let at: i32 = start; at < end; at += 16) {
    const found: i32 = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (found != 0) {
      const next: i32 = at + ctz(found) + 1;
      return next <= end ? next : 0;
    }
  }
  return 0;
}

/** Puts a decimal that a newline ends into `number`; returns the offset behind the newline, 0 for all else. */
function readNumber(start: i32, end: i32): i32 {
  let at: i32 = start;
  const isNegative: bool = <i32>load<u8>(at) == 0x2d;
  if (isNegative) at++;
  let digits: u64 = 0;
  let exponent: i32 = 0;
  const digitsAt: i32 = at;
  let byte: i32 = <i32>load<u8>(at) - 0x30;
  for (; <u32>byte <= 9; byte = <i32>load<u8>(++at) - 0x30) digits = digits * 10 + byte;
  let count: i32 = at - digitsAt;
  if (byte == 0x2e - 0x30) {
    const fractionAt: i32 = ++at;
    for (byte = <i32>load<u8>(at) - 0x30; <u32>byte <= 9; byte = <i32>load<u8>(++at) - 0x30) digits = digits * 10 + byte;
    exponent = fractionAt - at;
    count -= exponent;
  }
  // More than 19 digits may not fit in 64 bits.
  if (count == 0 || count > 19) return 0;
  if (byte != newline - 0x30) {
    if ((byte | 0x20) != (0x65 - 0x30 | 0x20)) return 0;
    at = readExponent(at + 1);
    if (at == 0) return 0;
    exponent += exponentRead;
  }
  if (at >= end || <i32>load<u8>(at) != newline) return 0;
  const magnitude: f64 = scaled(digits, exponent);
  if (isNaN(magnitude)) return 0;
  number = isNegative ? -magnitude : magnitude;
  return at + 1;
}

let exponentRead: i32 = 0;

/** Reads "+09" into `exponentRead`; the offset behind it, or 0. */
function readExponent(start: i32): i32 {
  const sign: i32 = <i32>load<u8>(start);
  const first: i32 = sign == 0x2b || sign == 0x2d ? start + 1 : start;
  let at: i32 = first;
  let value: i32 = 0;
  let byte: i32 = <i32>load<u8>(at) - 0x30;
  for (; <u32>byte <= 9 && at - first < 3; byte = <i32>load<u8>(++at) - 0x30) value = value * 10 + byte;
  exponentRead = sign == 0x2d ? -value : value;
  return at == first ? 0 : at;
}

// Powers of ten up to 10^22 are exact.
const powersOfTen: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
];

/** digits × 10^exponent, correctly rounded, or NaN where that is in doubt. As in src/exposition/number.ts. */
function scaled(digits: u64, exponent: i32): f64 {
  if (exponent < -22 || exponent > 22) return NaN;
  const power: f64 = unchecked(powersOfTen[abs(exponent)]);
  if (digits <= 0x1fffffffffffff) return exponent < 0 ? <f64>digits / power : <f64>digits * power;
  const head: f64 = <f64>digits;
  // 2^64 itself is out of reach: 19 digits are below 10^19.
  const tail: f64 = <f64>(<i64>(digits - <u64>head));
  if (exponent < 0) {
    const quotient: f64 = head / power;
    const product: f64 = quotient * power;
    return rounded(quotient, (head - product - productError(quotient, power, product) + tail) / power);
  }
  const product: f64 = head * power;
  return rounded(product, productError(head, power, product) + tail * power);
}

/** `value + correction`, if a correction a little smaller or larger gives the same. */
function rounded(value: f64, correction: f64): f64 {
  const doubt: f64 = abs(correction) * 9.094947017729282e-13 + value * 2.524354896707238e-29;
  const result: f64 = value + (correction - doubt);
  return result == value + (correction + doubt) ? result : NaN;
}

/** a × b − product, exactly. */
function productError(a: f64, b: f64, product: f64): f64 {
  const aSplit: f64 = 134217729 * a;
  const aHigh: f64 = aSplit - (aSplit - a);
  const aLow: f64 = a - aHigh;
  const bSplit: f64 = 134217729 * b;
  const bHigh: f64 = bSplit - (bSplit - b);
  const bLow: f64 = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
