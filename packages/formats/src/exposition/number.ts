// Decimal text → float64 without a string: a scrape is mostly short decimals, and floats of 16 or 17 digits.
//
// The digits make an exact sum of two doubles, which is then multiplied or divided by an exact power of ten, again as two
// doubles; the second one says whether the rounded result is beyond doubt. Where it is not, or the text is longer than
// that, the engine's own parser decides: number.fuzz.ts compares the two. Measured in parser.bench.ts, where 40 % of the
// values have 16 digits or more: 570 → 350 ns per sample of a full parse.
import { quote } from "@narthex/model";
import { decodeUtf8, parseFloatGo } from "@narthex/stdx";

// Powers of ten up to 10^22 are exact.
const powersOfTen = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
const powerMax = 22;
// Digits that fit in two doubles of up to 9 and 10 digits.
const digitsMax = 19;
const lowDigitsMax = 9;

const zero = 0x30;
const nine = 0x39;
const minus = 0x2d;
const plus = 0x2b;
const dot = 0x2e;
const exponentMark = 0x65;
const caseBit = 0x20;

/** Reads numbers of one body. */
export class NumberReader {
  readonly #bytes: Uint8Array;
  /** The number read last; an array, since a field would be a new object per number. */
  readonly value: Float64Array = new Float64Array(1);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Reads bytes[start, end) into `value`; false where that is no number, or one beyond float64 (an overflow).
   * Accepts what Go's ParseFloat does, less underscores and binary exponents, as Prometheus.
   */
  read(start: number, end: number): boolean {
    const bytes = this.#bytes;
    let i = start;
    const isNegative = bytes[i] === minus;
    if (isNegative || bytes[i] === plus) i++;
    let high = 0;
    let low = 0;
    let digits = 0;
    let exponent = 0;
    let isFraction = false;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte >= zero && byte <= nine) {
        if (digits < digitsMax - lowDigitsMax) high = high * 10 + byte - zero;
        else low = low * 10 + byte - zero;
        digits++;
        if (isFraction) exponent--;
      } else if (byte === dot && !isFraction) isFraction = true;
      else break;
    }
    if (digits === 0 || digits > digitsMax) return this.#readSlow(start, end);
    if (i < end) exponent += readExponent(bytes, i, end);
    const shift = powersOfTen[Math.max(0, digits - (digitsMax - lowDigitsMax))]!;
    const head = high * shift + low;
    const isLong = digits > digitsMax - lowDigitsMax;
    const tail = isLong ? productError(high, shift, high * shift) + (low - (head - high * shift)) : 0;
    const magnitude = scaled(head, tail, exponent);
    if (Number.isNaN(magnitude)) return this.#readSlow(start, end);
    this.value[0] = isNegative ? -magnitude : magnitude;
    return true;
  }

  #readSlow(start: number, end: number): boolean {
    const text = decodeUtf8(this.#bytes, start, end);
    if (/[_pP]/.test(text)) return false;
    const value = parseFloatGo(text);
    if (value === undefined || (Math.abs(value) === Infinity && /\d/.test(text))) return false;
    this.value[0] = value;
    return true;
  }
}

// "e+09" in bytes[start, end), or NaN.
function readExponent(bytes: Uint8Array, start: number, end: number): number {
  if ((bytes[start]! | caseBit) !== exponentMark) return NaN;
  let i = start + 1;
  const isNegative = bytes[i] === minus;
  if (isNegative || bytes[i] === plus) i++;
  if (i >= end || end - i > 3) return NaN;
  let exponent = 0;
  for (; i < end; i++) {
    if (bytes[i]! < zero || bytes[i]! > nine) return NaN;
    exponent = exponent * 10 + bytes[i]! - zero;
  }
  return isNegative ? -exponent : exponent;
}

// (head + tail) × 10^exponent, correctly rounded, or NaN where that is in doubt.
function scaled(head: number, tail: number, exponent: number): number {
  // Written so that an exponent of NaN, text that is none, comes out as NaN too.
  if (!(exponent >= -powerMax && exponent <= powerMax)) return head === 0 && exponent < 0 ? 0 : NaN;
  const power = powersOfTen[Math.abs(exponent)]!;
  if (tail === 0 && head <= Number.MAX_SAFE_INTEGER) return exponent < 0 ? head / power : head * power;
  if (exponent < 0) {
    const quotient = head / power;
    const product = quotient * power;
    const rest = head - product - productError(quotient, power, product) + tail;
    return rounded(quotient, rest / power);
  }
  const product = head * power;
  return rounded(product, productError(head, power, product) + tail * power);
}

// `value + correction`, if a correction a little smaller or larger gives the same.
function rounded(value: number, correction: number): number {
  const doubt = Math.abs(correction) * 2 ** -40 + value * 2 ** -95;
  const result = value + (correction - doubt);
  return result === value + (correction + doubt) ? result : NaN;
}

const splitter = 2 ** 27 + 1;

// a × b − product, exactly (Dekker's product with Veltkamp's split; there is no fused multiply-add in JavaScript).
function productError(a: number, b: number, product: number): number {
  const aSplit = splitter * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = splitter * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** What Prometheus says of text that `readNumber` refused. */
export function numberFault(text: string): string {
  if (/[_pP]/.test(text)) return "unsupported character in float";
  const isNumber = parseFloatGo(text) !== undefined;
  return `strconv.ParseFloat: parsing ${quote(text)}: ${isNumber ? "value out of range" : "invalid syntax"}`;
}
