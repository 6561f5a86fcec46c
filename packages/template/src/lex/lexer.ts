// Cuts a template into tokens: text outside of {{ and }}, words inside. Goes to: parse/parser.
// Trim markers and comments end here. An error is a token, the last one, so that the parser reports whatever comes first.
import { keywords, type Token, type TokenKind } from "./token.js";

const leftDelim = "{{";
const rightDelim = "}}";
const spaceCharacters = " \t\r\n";

interface Scan {
  readonly text: string;
  readonly tokens: Token[];
  offset: number;
  parenDepth: number;
}

/** Always ends with a token of kind "end" or "error". */
export function scanTokens(text: string): Token[] {
  const scan: Scan = { text, tokens: [], offset: 0, parenDepth: 0 };
  while (scanText(scan) && scanAction(scan));
  return scan.tokens;
}

function push(scan: Scan, kind: TokenKind, end: number): true {
  scan.tokens.push({ kind, text: scan.text.slice(scan.offset, end), offset: scan.offset });
  scan.offset = end;
  return true;
}

function fail(scan: Scan, message: string, offset: number = scan.offset): false {
  scan.tokens.push({ kind: "error", text: message, offset });
  return false;
}

/** Text up to and including the next left delimiter; false at the end. */
function scanText(scan: Scan): boolean {
  const at = scan.text.indexOf(leftDelim, scan.offset);
  const end = at < 0 ? scan.text.length : at;
  const isTrimmed = at >= 0 && hasLeftTrim(scan.text, at + leftDelim.length);
  const body = scan.text.slice(scan.offset, end);
  const kept = isTrimmed ? body.replace(/[ \t\r\n]+$/, "") : body;
  if (kept !== "") scan.tokens.push({ kind: "text", text: kept, offset: scan.offset });
  scan.offset = end;
  if (at < 0) return !push(scan, "end", end);
  return scanLeftDelim(scan, isTrimmed);
}

function scanLeftDelim(scan: Scan, isTrimmed: boolean): boolean {
  const inside = scan.offset + leftDelim.length + (isTrimmed ? 2 : 0);
  if (scan.text.startsWith("/*", inside)) return scanComment(scan, inside);
  push(scan, "leftDelim", scan.offset + leftDelim.length);
  scan.offset = inside;
  scan.parenDepth = 0;
  return true;
}

function scanComment(scan: Scan, start: number): boolean {
  const close = scan.text.indexOf("*/", start + 2);
  if (close < 0) return fail(scan, "unclosed comment", start);
  const after = close + 2;
  const delim = rightDelimAt(scan.text, after);
  if (delim === undefined) return fail(scan, "comment ends before closing delimiter", start);
  leaveAction(scan, delim);
  return scanText(scan);
}

function hasLeftTrim(text: string, offset: number): boolean {
  return text[offset] === "-" && isSpace(text[offset + 1]);
}

interface RightDelim {
  readonly start: number;
  readonly isTrimmed: boolean;
}

/** The right delimiter that begins at `offset`, with its trim marker. */
function rightDelimAt(text: string, offset: number): RightDelim | undefined {
  if (text.startsWith(rightDelim, offset)) return { start: offset, isTrimmed: false };
  if (isSpace(text[offset]) && text.startsWith(`-${rightDelim}`, offset + 1)) {
    return { start: offset + 2, isTrimmed: true };
  }
  return undefined;
}

function leaveAction(scan: Scan, delim: RightDelim): void {
  scan.offset = delim.start + rightDelim.length;
  if (!delim.isTrimmed) return;
  while (isSpace(scan.text[scan.offset])) scan.offset++;
}

/** Words up to and including the right delimiter; false when an error token was the last. */
function scanAction(scan: Scan): boolean {
  for (;;) {
    const delim = rightDelimAt(scan.text, scan.offset);
    if (delim) {
      if (scan.parenDepth > 0) return fail(scan, "unclosed left paren");
      scan.offset = delim.start;
      scan.tokens.push({ kind: "rightDelim", text: rightDelim, offset: delim.start });
      leaveAction(scan, delim);
      return true;
    }
    if (!scanWord(scan)) return false;
  }
}

function scanWord(scan: Scan): boolean {
  const { text, offset } = scan;
  const character = text[offset];
  const next = text[offset + 1] ?? "";
  if (character === undefined) return fail(scan, "unclosed action");
  if (isSpace(character)) return scanSpace(scan);
  if (character === '"') return scanQuoted(scan, '"', { kind: "string", message: "unterminated quoted string" });
  if (character === "'") return scanQuoted(scan, "'", { kind: "char", message: "unterminated character constant" });
  if (character === "`") return scanRawString(scan);
  if (character === "$") return scanFieldOrVariable(scan, "variable");
  if (character === "." && !isDigit(next)) return scanFieldOrVariable(scan, "field");
  if ("+-.".includes(character) || isDigit(character)) return scanNumber(scan);
  if (isWordCharacter(text, offset)) return scanIdentifier(scan);
  return scanPunctuation(scan, character);
}

function scanPunctuation(scan: Scan, character: string): boolean {
  const end = scan.offset + 1;
  switch (character) {
    case "=":
      return push(scan, "assign", end);
    case ":":
      if (scan.text[end] !== "=") return fail(scan, "expected :=");
      return push(scan, "declare", end + 1);
    case "|":
      return push(scan, "pipe", end);
    case "(":
      scan.parenDepth++;
      return push(scan, "leftParen", end);
    case ")":
      if (--scan.parenDepth < 0) return fail(scan, "unexpected right paren");
      return push(scan, "rightParen", end);
  }
  const code = scan.text.codePointAt(scan.offset) as number;
  if (code > 0x20 && code < 0x7f) return push(scan, "character", end);
  return fail(scan, `unrecognized character in action: ${printCodePoint(code)}`);
}

function scanSpace(scan: Scan): true {
  let end = scan.offset + 1;
  // The last space may belong to a trim marker.
  while (isSpace(scan.text[end]) && !rightDelimAt(scan.text, end)?.isTrimmed) end++;
  return push(scan, "space", end);
}

function scanQuoted(scan: Scan, quote: string, form: { kind: TokenKind; message: string }): boolean {
  const { text } = scan;
  for (let i = scan.offset + 1; ; i++) {
    if (text[i] === "\\" && text[i + 1] !== "\n" && i + 1 < text.length) i++;
    else if (i >= text.length || text[i] === "\n" || text[i] === "\\") return fail(scan, form.message);
    else if (text[i] === quote) return push(scan, form.kind, i + 1);
  }
}

function scanRawString(scan: Scan): boolean {
  const close = scan.text.indexOf("`", scan.offset + 1);
  return close < 0 ? fail(scan, "unterminated raw quoted string") : push(scan, "rawString", close + 1);
}

function scanFieldOrVariable(scan: Scan, kind: "field" | "variable"): boolean {
  const end = wordEnd(scan.text, scan.offset + 1);
  if (!isWordBoundary(scan.text, end)) return failBadCharacter(scan, end);
  return push(scan, kind === "field" && end === scan.offset + 1 ? "dot" : kind, end);
}

function scanIdentifier(scan: Scan): boolean {
  const end = wordEnd(scan.text, scan.offset);
  if (!isWordBoundary(scan.text, end)) return failBadCharacter(scan, end);
  return push(scan, identifierKind(scan.text.slice(scan.offset, end)), end);
}

function identifierKind(word: string): TokenKind {
  if (keywords.has(word)) return "keyword";
  if (word === "true" || word === "false") return "bool";
  return word === "nil" ? "nil" : "identifier";
}

const numberForm =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;

function scanNumber(scan: Scan): boolean {
  numberForm.lastIndex = scan.offset;
  const end = scan.offset + (numberForm.exec(scan.text)?.[0].length ?? 0);
  if (isWordCharacter(scan.text, end)) {
    const width = (scan.text.codePointAt(end) as number) > 0xffff ? 2 : 1;
    return fail(scan, `bad number syntax: ${JSON.stringify(scan.text.slice(scan.offset, end + width))}`);
  }
  return push(scan, "number", end);
}

function isWordBoundary(text: string, offset: number): boolean {
  const character = text[offset];
  if (character === undefined || isSpace(character) || ".,|:()=".includes(character)) return true;
  return rightDelimAt(text, offset) !== undefined;
}

function failBadCharacter(scan: Scan, end: number): false {
  return fail(scan, `bad character ${printCodePoint(scan.text.codePointAt(end) as number)}`);
}

function wordEnd(text: string, start: number): number {
  let end = start;
  while (isWordCharacter(text, end)) end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  return end;
}

const wordCharacter = /^[\p{L}\p{Nd}_]/u;

function isWordCharacter(text: string, offset: number): boolean {
  const code = text.codePointAt(offset);
  return code !== undefined && wordCharacter.test(String.fromCodePoint(code));
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && spaceCharacters.includes(character);
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9" && character.length === 1;
}

/** As Go's %#U: U+0022 '"'. */
function printCodePoint(code: number): string {
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return code < 0x20 || code === 0x7f ? name : `${name} '${String.fromCodePoint(code)}'`;
}
