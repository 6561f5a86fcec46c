// Number and duration literals.

import { parseDuration } from "@narthex/model";
import { parseFloatGo } from "@narthex/stdx";
import type { NumberLiteral } from "../ast.js";
import type { Token } from "../lex/token.js";
import type { TokenCursor } from "./tokens.js";

/** REQUIRES: a "number" or "duration" token. */
export function literalFrom(cursor: TokenCursor, token: Token): NumberLiteral {
  const isDuration = token.kind === "duration";
  const value = isDuration ? durationSeconds(cursor, token) : numberValue(cursor, token);
  return { kind: "number", value, isDuration, range: token.range };
}

function numberValue(cursor: TokenCursor, token: Token): number {
  const { text } = token;
  const value = /^0x/i.test(text) ? hexadecimalValue(text) : decimalValue(text);
  const isNamed = /^[a-z]/i.test(text);
  if (value !== undefined && (isNamed || Number.isFinite(value))) return value;
  const why = value === undefined ? "invalid syntax" : "value out of range";
  throw cursor.errorAt(
    token.range,
    `error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(token.text)}: ${why}`,
  );
}

// One that does not fit into 64 bits with a sign is tried as a float, which in hexadecimal needs an exponent.
function hexadecimalValue(text: string): number | undefined {
  if (!/^0x_?[0-9a-f]+(?:_[0-9a-f]+)*$/i.test(text)) return undefined;
  const value = BigInt(text.replaceAll("_", ""));
  return value <= 0x7fff_ffff_ffff_ffffn ? Number(value) : undefined;
}

function decimalValue(text: string): number | undefined {
  if (text.endsWith("_")) return undefined;
  const digits = text.replaceAll("_", "");
  // A leading zero means octal, as in Go, where the digits allow it.
  return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : parseFloatGo(digits);
}

function durationSeconds(cursor: TokenCursor, token: Token): number {
  try {
    return parseDuration(token.text) / 1000;
  } catch (error) {
    throw cursor.errorAt(token.range, (error as Error).message);
  }
}
