// String literals: finds where one ends and what it means. Escapes are Go's.

import { quote } from "@narthex/model";
import { decodeUtf8, encodeUtf8 } from "@narthex/stdx";

/** Either the index behind the closing quote or what is wrong. */
export type StringEnd = { readonly end: number } | { readonly message: string };

const simpleEscapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92 };
const numericEscapes: Readonly<Record<string, { digits: number; base: number; max: number }>> = {
  x: { digits: 2, base: 16, max: 255 },
  u: { digits: 4, base: 16, max: 0x10ffff },
  U: { digits: 8, base: 16, max: 0x10ffff },
};
const octalEscape = { digits: 3, base: 8, max: 255 };

// What is left in a string of text that was no UTF-8.
const loneSurrogate = /\p{Surrogate}/u;

/** REQUIRES: `text[start]` is the opening quote. */
export function scanString(text: string, start: number): StringEnd {
  const mark = text[start] as string;
  return mark === "`" ? scanRaw(text, start) : scanQuoted(text, start, mark);
}

function scanRaw(text: string, start: number): StringEnd {
  const end = text.indexOf("`", start + 1);
  const body = text.slice(start, end < 0 ? text.length : end);
  if (loneSurrogate.test(body)) return { message: "invalid UTF-8 rune" };
  return end < 0 ? { message: "unterminated raw string" } : { end: end + 1 };
}

function scanQuoted(text: string, start: number, mark: string): StringEnd {
  let i = start + 1;
  while (i < text.length && text[i] !== "\n") {
    const character = String.fromCodePoint(text.codePointAt(i) as number);
    if (character === mark) return { end: i + 1 };
    if (loneSurrogate.test(character)) return { message: "invalid UTF-8 rune" };
    if (character === "\\") {
      const escaped = readEscape(text, i + 1, mark);
      if (typeof escaped === "string") return { message: escaped };
      i = escaped.end;
    } else {
      i += character.length;
    }
  }
  return { message: "unterminated quoted string" };
}

type Escape = { readonly value: number; readonly isByte: boolean; readonly end: number };

// `at` is the index behind the backslash; a string says what is wrong.
function readEscape(text: string, at: number, mark: string): Escape | string {
  const letter = text[at];
  if (letter === undefined) return "escape sequence not terminated";
  if (letter === mark) return { value: letter.charCodeAt(0), isByte: true, end: at + 1 };
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { value: simple, isByte: true, end: at + 1 };
  const isOctal = letter >= "0" && letter <= "7";
  const form = isOctal ? octalEscape : numericEscapes[letter];
  if (!form) return `unknown escape sequence ${printRune(text, at)}`;
  const first = isOctal ? at : at + 1;
  let value = 0;
  for (let i = first; i < first + form.digits; i++) {
    if (i >= text.length) return "escape sequence not terminated";
    const digit = Number.parseInt(text[i] as string, form.base);
    if (Number.isNaN(digit)) return `illegal character ${printRune(text, i)} in escape sequence`;
    value = value * form.base + digit;
  }
  if (value > form.max || (form.max > 255 && value >= 0xd800 && value < 0xe000)) {
    return "escape sequence is an invalid Unicode code point";
  }
  return { value, isByte: form.max === 255, end: first + form.digits };
}

// As Go's %#U, which shows a character only where it can be seen.
function printRune(text: string, at: number): string {
  const code = text.codePointAt(at) as number;
  const character = String.fromCodePoint(code);
  const isShown = '"\\'.includes(character) || quote(character) === `"${character}"`;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}${isShown ? ` '${character}'` : ""}`;
}

/** Meaning of a literal that `scanString` has accepted, quotes included. Bytes that are no UTF-8 become U+FFFD. */
export function unquote(literal: string): string {
  const mark = literal[0] as string;
  const body = literal.slice(1, -1);
  if (mark === "`") return body.replaceAll("\r", "");
  if (!body.includes("\\")) return body;
  const bytes: number[] = [];
  let i = 0;
  while (i < body.length) {
    const backslash = body.indexOf("\\", i);
    const end = backslash < 0 ? body.length : backslash;
    bytes.push(...encodeUtf8(body.slice(i, end)));
    if (backslash < 0) break;
    const escaped = readEscape(body, backslash + 1, mark) as Escape;
    if (escaped.isByte) bytes.push(escaped.value);
    else bytes.push(...encodeUtf8(String.fromCodePoint(escaped.value)));
    i = escaped.end;
  }
  return decodeUtf8(Uint8Array.from(bytes));
}

/** A rune as Go's %q prints it. */
export function quoteRune(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  return `'${quote(character).slice(1, -1)}'`;
}
