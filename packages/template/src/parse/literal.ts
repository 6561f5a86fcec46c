// Go's number, character and string literals.
import { parseFloatGo } from "@narthex/stdx";
import type { NumberNode } from "./ast.js";

type NumberForms = Pick<NumberNode, "integer" | "float" | "isFloatForm">;

const intMin = -(2n ** 63n);
const intMax = 2n ** 63n - 1n;
const uintMax = 2n ** 64n - 1n;

/** Throws Error with Go's text. */
export function parseNumber(text: string): NumberForms {
  // Differs: see docs/compatibility.md#templates. Nothing in alerting can use a complex constant.
  if (text.endsWith("i") && !/^[+-]?0[xX]/.test(text))
    throw new Error(`illegal number syntax: ${JSON.stringify(text)}`);
  const integer = parseInteger(text);
  if (integer !== undefined) return integerForms(integer);
  const float = parseFloatLiteral(text);
  if (float === undefined) throw new Error(`illegal number syntax: ${JSON.stringify(text)}`);
  if (!/[.eEpP]/.test(text)) throw new Error(`integer overflow: ${JSON.stringify(text)}`);
  const isHexadecimalInteger = /^[+-]?0[xX]/.test(text) && !/[pP]/.test(text);
  const isWhole = Number.isInteger(float) && Math.abs(float) < 2 ** 63;
  return { integer: isWhole ? BigInt(float) : undefined, float, isFloatForm: !isHexadecimalInteger };
}

function integerForms(integer: bigint): NumberForms {
  const fits = integer >= intMin && integer <= intMax;
  return { integer: fits ? integer : undefined, float: Number(integer), isFloatForm: false };
}

const underscoresOk = /^[+-]?(?:0[xXoObB]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|[0-9]+(?:_[0-9]+)*)$/;

function parseInteger(text: string): bigint | undefined {
  if (!underscoresOk.test(text)) return undefined;
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "").toLowerCase();
  const octal = /^0[0-7]+$/.exec(digits);
  if (!octal && /^0[0-9]/.test(digits)) return undefined;
  if (!/^(?:0x[0-9a-f]+|0o[0-7]+|0b[01]+|[0-9]+)$/.test(digits)) return undefined;
  const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  if (magnitude > (negative ? -intMin : uintMax)) return undefined;
  return negative ? -magnitude : magnitude;
}

function parseFloatLiteral(text: string): number | undefined {
  if (/_/.test(text) && !/^[+-]?0[xX]/.test(text)) return undefined;
  const value = parseFloatGo(text);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** The code point of 'x'; throws Error with Go's text. */
export function parseCharacter(text: string): bigint {
  const body = text.slice(1, -1);
  const { value, rest } = unquoteCharacter(body, "'");
  if (rest !== "") throw new Error(`malformed character constant: ${text}`);
  return BigInt(value);
}

/** The content of "…" or `…`; throws Error "invalid syntax". */
export function unquote(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1).replaceAll("\r", "");
  const bytes: number[] = [];
  let rest = text.slice(1, -1);
  while (rest !== "") {
    const character = unquoteCharacter(rest, '"');
    if (character.isByte) bytes.push(character.value);
    else bytes.push(...Buffer.from(String.fromCodePoint(character.value)));
    rest = character.rest;
  }
  return Buffer.from(bytes).toString("utf8");
}

interface Unquoted {
  readonly value: number;
  readonly rest: string;
  /** An \x or octal escape: a byte of a string, not a character. */
  readonly isByte: boolean;
}

const simpleEscapes: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["b", 8],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
  ["\\", 92],
]);

const codeEscape = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/;

function unquoteCharacter(text: string, quote: string): Unquoted {
  const code = text.codePointAt(0);
  if (code === undefined || text.startsWith(quote)) throw invalidSyntax();
  if (!text.startsWith("\\")) return { value: code, rest: text.slice(code > 0xffff ? 2 : 1), isByte: false };
  const letter = text[1] ?? "";
  const simple = letter === quote ? quote.charCodeAt(0) : simpleEscapes.get(letter);
  if (simple !== undefined) return { value: simple, rest: text.slice(2), isByte: false };
  const match = codeEscape.exec(text);
  if (!match) throw invalidSyntax();
  const [all, byte, short, long, octal] = match;
  const value = octal ? Number.parseInt(octal, 8) : Number.parseInt((byte ?? short ?? long) as string, 16);
  const isByte = byte !== undefined || octal !== undefined;
  const isSurrogate = value >= 0xd800 && value <= 0xdfff;
  if (isByte ? value > 0xff : value > 0x10ffff || isSurrogate) throw invalidSyntax();
  return { value, rest: text.slice(all.length), isByte };
}

function invalidSyntax(): Error {
  return new Error("invalid syntax");
}
