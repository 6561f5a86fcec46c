// float64 in Go's forms: strconv.FormatFloat(value, form, precision, 64).
import { type Decimal, exactDecimal, roundDecimal, shortestDecimal, splitFloat } from "./decimal.js";

export type FloatForm = "e" | "E" | "f" | "g" | "G" | "b" | "x" | "X";

/** Precision undefined is Go's -1: as few digits as read back. */
export function formatFloat(value: number, form: FloatForm, precision?: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + formatMagnitude(Math.abs(value), form, precision);
}

function formatMagnitude(value: number, form: FloatForm, precision: number | undefined): string {
  switch (form) {
    case "b":
      return formatBinary(value);
    case "x":
      return formatHexadecimal(value, precision);
    case "X":
      return formatHexadecimal(value, precision).toUpperCase();
    case "f":
      return formatFixed(value, precision);
    case "e":
    case "E":
      return formatExponent(value, form, precision);
    case "g":
    case "G":
      return formatGeneral(value, form, precision);
  }
}

function formatFixed(value: number, precision: number | undefined): string {
  const decimal = precision === undefined ? shortestDecimal(value) : fixedDecimal(value, precision);
  return printFixed(decimal, precision ?? Math.max(0, decimal.digits.length - decimal.point));
}

function fixedDecimal(value: number, precision: number): Decimal {
  const exact = exactDecimal(value);
  return roundDecimal(exact, exact.point + precision);
}

function printFixed({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (precision === 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : "0".repeat(-point) + digits;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, "0")}`;
}

function formatExponent(value: number, form: "e" | "E", precision: number | undefined): string {
  const decimal = precision === undefined ? shortestDecimal(value) : roundDecimal(exactDecimal(value), precision + 1);
  return printExponent(decimal, form, precision ?? Math.max(0, decimal.digits.length - 1));
}

function printExponent({ digits, point }: Decimal, form: "e" | "E", precision: number): string {
  const exponent = digits === "" ? 0 : point - 1;
  const fraction = precision > 0 ? `.${digits.slice(1).padEnd(precision, "0")}` : "";
  return `${digits[0] ?? "0"}${fraction}${form}${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

// Without a precision %g decides as if it were six: 100000 stays, 1234567 becomes 1.234567e+06.
const shortestPrecision = 6;

function formatGeneral(value: number, form: "g" | "G", precision: number | undefined): string {
  const exponentForm = form === "g" ? "e" : "E";
  const wanted = precision === 0 ? 1 : precision;
  const decimal = wanted === undefined ? shortestDecimal(value) : roundDecimal(exactDecimal(value), wanted);
  const { digits, point } = decimal;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= exponentLimit(decimal, wanted)) {
    return printExponent(decimal, exponentForm, Math.max(0, digits.length - 1));
  }
  return printFixed(decimal, Math.max(0, digits.length - point));
}

function exponentLimit({ digits, point }: Decimal, precision: number | undefined): number {
  if (precision === undefined) return shortestPrecision;
  return precision > digits.length && digits.length >= point ? digits.length : precision;
}

function formatBinary(value: number): string {
  const { mantissa, exponent } = splitFloat(value);
  return `${mantissa}p${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
}

const fractionBits = 52;

function formatHexadecimal(value: number, precision: number | undefined): string {
  let { mantissa, exponent } = splitFloat(value);
  if (mantissa === 0n) return `0x0${printHexadecimalFraction(0n, precision)}p+00`;
  while (mantissa < 1n << BigInt(fractionBits)) {
    mantissa <<= 1n;
    exponent--;
  }
  exponent += fractionBits;
  if (precision !== undefined && precision < fractionBits / 4) {
    mantissa = roundToBits(mantissa, BigInt(fractionBits - 4 * precision));
    if (mantissa >> BigInt(fractionBits + 1)) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const fraction = mantissa & ((1n << BigInt(fractionBits)) - 1n);
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `0x1${printHexadecimalFraction(fraction, precision)}p${exponent < 0 ? "-" : "+"}${digits}`;
}

/** Rounds half to even, the low `bits` becoming zero. */
function roundToBits(mantissa: bigint, bits: bigint): bigint {
  const unit = 1n << bits;
  const rest = mantissa & (unit - 1n);
  const floor = mantissa - rest;
  const isUp = rest * 2n > unit || (rest * 2n === unit && ((floor >> bits) & 1n) === 1n);
  return isUp ? floor + unit : floor;
}

function printHexadecimalFraction(fraction: bigint, precision: number | undefined): string {
  const digits = fraction.toString(16).padStart(fractionBits / 4, "0");
  const shown = precision === undefined ? digits.replace(/0+$/, "") : digits.padEnd(precision, "0").slice(0, precision);
  return shown === "" ? "" : `.${shown}`;
}
