// Checks the name-and-labels part of a line, and finds its end, without building anything.
// Comes from: text-parser, openmetrics-parser. What it accepts, labels.ts can read.
//
//   name{label="value",…}    {"name", label="value", "quoted label"="value"}
//
// The Prometheus text format allows blanks between tokens and newlines within quotes; OpenMetrics allows neither.

import { quote } from "@narthex/model";
import { isValidUtf8 } from "@narthex/stdx";
import { type Source, syntaxError } from "./source.js";

const nameStart = 1;
const nameRest = 2;
const labelStart = 4;
const labelRest = 8;

const classes = buildClasses();

function buildClasses(): Uint8Array {
  const table = new Uint8Array(256);
  const mark = (from: string, to: string, bits: number): void => {
    for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) table[code] = bits;
  };
  const letter = nameStart | nameRest | labelStart | labelRest;
  mark("a", "z", letter);
  mark("A", "Z", letter);
  mark("_", "_", letter);
  mark("0", "9", nameRest | labelRest);
  mark(":", ":", nameStart | nameRest);
  return table;
}

const quoteByte = 0x22;
const backslash = 0x5c;
const braceOpen = 0x7b;
const braceClose = 0x7d;
const comma = 0x2c;
const equal = 0x3d;
const newline = 0x0a;
const space = 0x20;
const tab = 0x09;

/** Offset after the metric name that starts at `start`; `start` itself where none does. */
export function bareNameEnd(bytes: Uint8Array, start: number): number {
  if ((classes[bytes[start]!]! & nameStart) === 0) return start;
  let i = start + 1;
  while ((classes[bytes[i]!]! & nameRest) !== 0) i++;
  return i;
}

/** Offset after the key that starts at `start`. Throws ParseError. */
export function keyEnd(source: Source, start: number): number {
  const { bytes } = source;
  const end = bareNameEnd(bytes, start);
  const brace = source.allowsBlanks ? skipBlanks(bytes, end) : end;
  if (bytes[brace] === braceOpen) return labelsEnd(source, brace + 1, end > start ? "before" : "inside");
  if (end === start) throw syntaxError(source, { expected: "expected a valid start token", at: start, state: "start" });
  return end;
}

export function skipBlanks(bytes: Uint8Array, start: number): number {
  let i = start;
  while (bytes[i] === space || bytes[i] === tab) i++;
  return i;
}

/** Where the metric name stands: before the brace, inside the braces, or (exemplars) nowhere. */
export type NamePlace = "before" | "inside" | "nowhere";

/** Offset after the closing brace of the labels that start at `start`, which is after the opening one. */
export function labelsEnd(source: Source, start: number, place: NamePlace): number {
  const { bytes } = source;
  let hasName = place === "before";
  let i = skipAllowedBlanks(source, start);
  while (bytes[i] !== braceClose) {
    const nameAt = i;
    i = skipAllowedBlanks(source, labelNameEnd(source, i));
    if (isSeparator(bytes[i]) && bytes[nameAt] === quoteByte && place !== "nowhere") {
      if (hasName) throw source.fault(`metric name already set while parsing: ${quote(source.textTo(i))}`, nameAt);
      hasName = true;
    } else {
      i = skipAllowedBlanks(source, valueEnd(source, i, place));
    }
    if (bytes[i] === comma) i = skipAllowedBlanks(source, i + 1);
    else if (bytes[i] !== braceClose) {
      throw syntaxError(source, { expected: "expected comma or brace close", at: i, state: "labels" });
    }
  }
  if (!hasName && place !== "nowhere") {
    throw source.fault(`metric name not set while parsing: ${quote(source.textTo(i + 1))}`, start - 1);
  }
  return i + 1;
}

function isSeparator(byte: number | undefined): boolean {
  return byte === comma || byte === braceClose;
}

function skipAllowedBlanks(source: Source, i: number): number {
  return source.allowsBlanks ? skipBlanks(source.bytes, i) : i;
}

function labelNameEnd(source: Source, start: number): number {
  const { bytes } = source;
  if (bytes[start] === quoteByte) return quotedEnd(source, start, { expected: "expected label name", state: "labels" });
  if ((classes[bytes[start]!]! & labelStart) === 0) {
    throw syntaxError(source, { expected: "expected label name", at: start, state: "labels" });
  }
  let i = start + 1;
  while ((classes[bytes[i]!]! & labelRest) !== 0) i++;
  return i;
}

// Offset after `="value"`.
function valueEnd(source: Source, at: number, place: NamePlace): number {
  const { bytes } = source;
  if (bytes[at] !== equal) {
    // An exemplar has no name, so its quoted string must be a label's.
    const expected = place === "nowhere" && isSeparator(bytes[at]) ? "expected label name" : "expected equal";
    throw syntaxError(source, { expected, at, state: "labels" });
  }
  const open = skipAllowedBlanks(source, at + 1);
  if (bytes[open] !== quoteByte) {
    throw syntaxError(source, { expected: "expected label value", at: open, state: "labelValue" });
  }
  return quotedEnd(source, open, { expected: "expected label value", state: "labelValue" });
}

interface Expectation {
  readonly expected: string;
  readonly state: "labels" | "labelValue";
}

/** Offset after the closing quote of the string that opens at `start`; its bytes are UTF-8. */
function quotedEnd(source: Source, start: number, expectation: Expectation): number {
  const { bytes, end } = source;
  let i = start + 1;
  let seen = 0;
  for (; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === quoteByte) break;
    seen |= byte;
    if (byte === backslash) i++;
    else if (byte === newline && !source.allowsBlanks) break;
  }
  if (i >= end || bytes[i] !== quoteByte) throw syntaxError(source, { ...expectation, at: start });
  if (seen > 0x7f && !isValidUtf8(bytes.subarray(start + 1, i))) {
    const text = quote(source.text(start, i + 1));
    throw source.fault(`invalid UTF-8 label value: ${text}`, start);
  }
  return i + 1;
}

/** Offset after the quoted metric name of a metadata line, or `start` where it is not one. */
export function quotedNameEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== quoteByte) return start;
  for (let i = start + 1; i < bytes.length && bytes[i] !== newline; i++) {
    if (bytes[i] === quoteByte) return i + 1;
    if (bytes[i] === backslash) i++;
  }
  return start;
}
