// The Prometheus text format, 0.0.4 and 1.0.0: lines → columns.
// Comes from: scrape/fetch. Goes to: scrape/append.
// Prometheus: model/textparse; it accepts quoted UTF-8 names under either version, and so do we.
import { quote } from "@narthex/model";
import type { ExpositionColumns } from "./columns.js";
import { keyEnd, skipBlanks } from "./keys.js";
import { metadataKind, parseMetadataName, pushMetadata, requireType, requireUtf8 } from "./metadata.js";
import { numberFault } from "./number.js";
import { appendRow, knownLinesOf, type Sink } from "./sink.js";
import { type LexState, Source, syntaxError } from "./source.js";

const newline = 0x0a;
const space = 0x20;
const tab = 0x09;
const hash = 0x23;
const braceOpen = 0x7b;
const zero = 0x30;
const nine = 0x39;
const minus = 0x2d;

const types: ReadonlySet<string> = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

/** Throws ParseError; what `sink` holds is then to be thrown away with the body. */
export function parseText(bytes: Uint8Array, sink: Sink): void {
  const source = new Source(bytes, { allowsBlanks: true });
  sink.into.metadata.hasQuoteEscapes = false;
  const known = knownLinesOf(sink);
  const readComment = (start: number): number => {
    source.lineStart = start;
    return parseComment(source, start, sink.into);
  };
  let i = 0;
  while (i < source.end) {
    if (known !== undefined) i = known.read(sink, i, readComment);
    source.lineStart = i;
    const byte = bytes[i];
    if (byte === undefined) return;
    if (byte === newline || byte === space || byte === tab) i++;
    else if (byte === hash) i = parseComment(source, i, sink.into);
    else i = parseSample(source, i, sink);
  }
}

function parseSample(source: Source, start: number, sink: Sink): number {
  const { bytes, end } = source;
  const { cache, into } = sink;
  const known = cache === undefined ? 0 : cache.matchNext(start);
  const afterKey = known !== 0 ? known : keyEnd(source, start);
  const valueStart = skipBlanks(bytes, afterKey);
  let valueEnd = valueStart;
  while (valueEnd < end && !isValueEnd(bytes[valueEnd]!)) valueEnd++;
  if (valueEnd === valueStart) throw unexpected(source, "expected value after metric", valueStart, "value");
  const row = appendRow(sink, start, afterKey, known !== 0);
  if (!source.numbers.read(valueStart, valueEnd)) throw badNumber(source, valueStart, valueEnd);
  into.v[row] = source.numbers.value[0]!;
  const i = skipBlanks(bytes, valueEnd);
  if (i >= end || bytes[i] === newline) return i + 1;
  return parseTimestamp(source, i, sink);
}

function isValueEnd(byte: number): boolean {
  return byte === newline || byte === space || byte === tab || byte === braceOpen;
}

function unexpected(source: Source, expected: string, at: number, state: LexState): Error {
  return syntaxError(source, { expected, at, state });
}

function badNumber(source: Source, start: number, end: number): Error {
  const line = quote(source.textTo(end));
  return source.fault(`${numberFault(source.text(start, end))} while parsing: ${line}`, start);
}

// Whole milliseconds.
function parseTimestamp(source: Source, start: number, sink: Sink): number {
  const { bytes, end } = source;
  let i = bytes[start] === minus ? start + 1 : start;
  const digitsStart = i;
  let t = 0;
  while (i < end && bytes[i]! >= zero && bytes[i]! <= nine) t = t * 10 + bytes[i++]! - zero;
  if (i === digitsStart) throw unexpected(source, "expected timestamp or new record", start, "timestamp");
  if (t >= 2 ** 63) {
    const text = source.text(start, i);
    const line = quote(source.textTo(i));
    throw source.fault(`strconv.ParseInt: parsing ${quote(text)}: value out of range while parsing: ${line}`, start);
  }
  const after = skipBlanks(bytes, i);
  if (after < end && bytes[after] !== newline) {
    throw unexpected(source, "expected next entry after timestamp", after, "timestamp");
  }
  sink.into.t[sink.into.count - 1] = bytes[start] === minus ? -t : t;
  sink.into.hasTimestamps = true;
  return after + 1;
}

// "# HELP …" and "# TYPE …" count; any other line that starts with "#" is a comment.
function parseComment(source: Source, start: number, into: ExpositionColumns): number {
  const { bytes } = source;
  const lineEnd = lineEndAt(source, start);
  const word = skipBlanks(bytes, start + 1);
  const kind = word > start + 1 ? metadataKind(bytes, word) : undefined;
  if (kind === undefined || kind === "unit" || !isBlank(bytes[word + 4])) return lineEnd + 1;
  const name = parseMetadataName(source, skipBlanks(bytes, word + 4), kind);
  const line = { kind, lineStart: word, ...name, textStart: Math.min(name.end + 1, lineEnd), textEnd: lineEnd };
  if (kind === "type") requireType(source, line, types);
  else requireUtf8(source, line);
  pushMetadata(into, line);
  return lineEnd + 1;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}

function lineEndAt(source: Source, start: number): number {
  const at = source.bytes.indexOf(newline, start);
  return at < 0 ? source.end : at;
}
