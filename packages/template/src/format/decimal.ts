// The exact decimal expansion of a float64, and its rounding half to even: what Go's strconv does, and what
// toFixed and toPrecision do not (they round ties up and stop at 100 digits).

/** 0.d1d2d3… × 10^point; no digits for zero. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

const view = new DataView(new ArrayBuffer(8));

/** Mantissa and exponent with |value| = mantissa × 2^exponent. REQUIRES: finite. */
export function splitFloat(value: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

export function exactDecimal(value: number): Decimal {
  const { mantissa, exponent } = splitFloat(value);
  if (mantissa === 0n) return { digits: "", point: 0 };
  if (exponent >= 0) return decimalFrom(String(mantissa << BigInt(exponent)), 0);
  return decimalFrom(String(mantissa * 5n ** BigInt(-exponent)), exponent);
}

/** The fewest digits that read back as `value`. */
export function shortestDecimal(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e") as [string, string];
  return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

function decimalFrom(digits: string, shift: number): Decimal {
  return { digits: digits.replace(/0+$/, ""), point: digits.length + shift };
}

/** Keeps `count` digits, rounding half to even; a negative count keeps none. */
export function roundDecimal(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return { digits: "", point };
  const kept = digits.slice(0, count);
  if (!roundsUp(digits, count)) return trimZeros(kept, point);
  const raised = String(BigInt(kept || "0") + 1n).padStart(count, "0");
  return trimZeros(raised, point + raised.length - count);
}

function roundsUp(digits: string, count: number): boolean {
  const next = digits.charCodeAt(count) - 48;
  if (next !== 5 || digits.length > count + 1) return next >= 5;
  return count > 0 && (digits.charCodeAt(count - 1) & 1) === 1;
}

function trimZeros(digits: string, point: number): Decimal {
  const trimmed = digits.replace(/0+$/, "");
  return { digits: trimmed, point: trimmed === "" ? 0 : point };
}
