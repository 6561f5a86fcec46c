// The parser's place in the tokens, and the scope of names it checks against.
import { positionOf, TemplateError } from "../errors.js";
import { printToken, type Token } from "../lex/token.js";
import type { TemplateSource } from "./ast.js";

export interface Cursor {
  readonly source: TemplateSource;
  readonly tokens: readonly Token[];
  readonly hasFunction: (name: string) => boolean;
  /** Variables in scope, innermost last. */
  readonly variables: string[];
  index: number;
  rangeDepth: number;
  depth: number;
}

/** The next token; the last one, "end" or "error", is never passed. An error token fails at once where it is met. */
export function next(cursor: Cursor): Token {
  const token = cursor.tokens[cursor.index] as Token;
  if (cursor.index < cursor.tokens.length - 1) cursor.index++;
  return token;
}

export function nextWord(cursor: Cursor): Token {
  skipSpace(cursor);
  return next(cursor);
}

export function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.index] as Token;
}

export function peekWord(cursor: Cursor): Token {
  skipSpace(cursor);
  return peek(cursor);
}

function skipSpace(cursor: Cursor): void {
  while (peek(cursor).kind === "space") cursor.index++;
}

/** A parse error at `token`: `template: name:line: message`. */
export function fail(cursor: Cursor, message: string, token: Token = peek(cursor)): never {
  const { name, text } = cursor.source;
  const { line } = positionOf(text, token.offset);
  throw new TemplateError(`template: ${name}:${line}: ${message}`, { name, line, column: undefined });
}

export function failUnexpected(cursor: Cursor, token: Token, context: string): never {
  if (token.kind === "error") fail(cursor, token.text, token);
  fail(cursor, token.kind === "end" ? "unexpected EOF" : `unexpected ${printToken(token)} in ${context}`, token);
}

export function expect(cursor: Cursor, kinds: readonly Token["kind"][], context: string): Token {
  const token = nextWord(cursor);
  if (!kinds.includes(token.kind)) failUnexpected(cursor, token, context);
  return token;
}

/** Runs `parse` one level deeper; bounds the recursion of everything after the parser too. */
export function nested<T>(cursor: Cursor, parse: () => T): T {
  if (cursor.depth >= nestingMax) fail(cursor, `nested deeper than ${nestingMax} levels`);
  cursor.depth++;
  const result = parse();
  cursor.depth--;
  return result;
}

/** Levels of blocks and parentheses in one template. */
export const nestingMax: number = 100;
