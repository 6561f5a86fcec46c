import { quote } from "@narthex/model";

export type TokenKind =
  | "text"
  | "leftDelim"
  | "rightDelim"
  | "space"
  | "pipe"
  | "assign"
  | "declare"
  | "character"
  | "leftParen"
  | "rightParen"
  | "char"
  | "string"
  | "rawString"
  | "number"
  | "bool"
  | "identifier"
  | "keyword"
  | "field"
  | "variable"
  | "dot"
  | "nil"
  | "end"
  | "error";

export interface Token {
  readonly kind: TokenKind;
  /** As written; for "error" the message. */
  readonly text: string;
  /** Character offset in the template. */
  readonly offset: number;
}

export const keywords: ReadonlySet<string> = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "range",
  "template",
  "with",
]);

const quotedLengthMax = 10;

/** The token as error texts show it. */
export function printToken(token: Token): string {
  if (token.kind === "end") return "EOF";
  if (token.kind === "error") return token.text;
  if (token.kind === "keyword" || token.kind === "dot" || token.kind === "nil") return `<${token.text}>`;
  const characters = Array.from(token.text);
  if (Buffer.byteLength(token.text) <= quotedLengthMax) return quote(token.text);
  return `${quote(characters.slice(0, quotedLengthMax).join(""))}...`;
}
