// The text under a parser, and how its faults read: Prometheus' words, with our position.
// Only the way to an error runs through here, so it may be slow.
import { quote } from "@narthex/model";
import { decodeUtf8, encodeUtf8 } from "@narthex/stdx";
import { NumberReader } from "./number.js";
import { ParseError, positionAt } from "./parse-error.js";

/** Bytes of a body that an error message repeats. */
export const faultTextBytesMax = 1024;

/** One body while it is parsed. */
export class Source {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly numbers: NumberReader;
  /** Prometheus text: blanks between tokens, newlines within quotes. */
  readonly allowsBlanks: boolean;
  /** Where the line in work starts. */
  lineStart = 0;

  constructor(bytes: Uint8Array, options: { readonly allowsBlanks: boolean }) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.numbers = new NumberReader(bytes);
    this.allowsBlanks = options.allowsBlanks;
  }

  text(start: number, end: number): string {
    return decodeUtf8(this.bytes, start, Math.min(end, this.end, start + faultTextBytesMax));
  }

  /** The line in work up to `end`. */
  textTo(end: number): string {
    return this.text(this.lineStart, end);
  }

  fault(message: string, at: number): ParseError {
    return new ParseError(message, positionAt(this.bytes, Math.min(at, this.end)));
  }
}

/** What the parser was looking at; decides how the unexpected token is called. */
export type LexState = "start" | "metadataName" | "labels" | "labelValue" | "value" | "timestamp";

export interface Unexpected {
  /** "expected label name" */
  readonly expected: string;
  readonly at: number;
  readonly state: LexState;
}

/** `expected label name, got ",," ("COMMA") while parsing: "a{,,"`; the quoted texts reach one byte beyond the token. */
export function syntaxError(source: Source, unexpected: Unexpected): ParseError {
  const { expected, at, state } = unexpected;
  const token = tokenAt(source, at, state);
  const end = Math.min(token.end + 1, source.end);
  const got = `${quote(source.text(at, end))} (${quote(token.name)})`;
  return source.fault(`${expected}, got ${got} while parsing: ${quote(source.textTo(end))}`, at);
}

interface Token {
  readonly name: string;
  readonly end: number;
}

const punctuation: Readonly<Record<string, string>> = { "=": "EQUAL", ",": "COMMA", "}": "BCLOSE", "{": "BOPEN" };

type Words = Readonly<Record<LexState, readonly (readonly [form: RegExp, name: string])[]>>;

const bare: readonly [RegExp, string] = [/^[a-zA-Z_][a-zA-Z0-9_]*/, "LNAME"];

const textWords: Words = {
  start: [[/^\n/, "LINEBREAK"]],
  metadataName: [],
  labels: [bare, [/^"(?:\\.|[^\\"])*"/s, "QSTRING"]],
  labelValue: [],
  value: [],
  timestamp: [
    [/^\n/, "LINEBREAK"],
    [/^\d+/, "TIMESTAMP"],
  ],
};

const openMetricsWords: Words = {
  start: [],
  metadataName: [],
  labels: [bare, [/^"(?:\\.|[^\\"\n])*"/s, "QSTRING"]],
  labelValue: [],
  value: [],
  timestamp: [[/^ [^ \n]+/, "TIMESTAMP"]],
};

function tokenAt(source: Source, at: number, state: LexState): Token {
  const rest = source.text(at, source.end);
  if (rest === "") return { name: "EOF", end: at };
  const words = source.allowsBlanks ? textWords : openMetricsWords;
  for (const [form, name] of words[state]) {
    const match = form.exec(rest);
    if (match) return { name, end: at + encodeUtf8(match[0]).length };
  }
  const mark = state === "labels" ? punctuation[rest[0] as string] : undefined;
  return mark === undefined ? { name: "INVALID", end: at + readInVain(rest, state) } : { name: mark, end: at + 1 };
}

// How many bytes Prometheus' lexer takes before it sees that no token is coming.
function readInVain(rest: string, state: LexState): number {
  if (rest[0] === '"' && (state === "labels" || state === "labelValue")) return encodeUtf8(rest).length;
  if (state === "start" && rest.startsWith("#")) return rest[1] === " " ? 2 : 1;
  return rest[0] === " " && state !== "labels" ? 1 : 0;
}
