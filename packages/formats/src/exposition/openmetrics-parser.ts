// OpenMetrics 1.0 and 0.0.1: lines → columns.
// Comes from: scrape/fetch. Goes to: scrape/append.
// As strict as Prometheus' parser, which leaves to the sender what concerns whole families (grouping, order, clashing
// names, bucket consistency): openmetrics-parser.test.ts lists what the OpenMetrics corpus calls wrong and this takes.
import { quote } from "@narthex/model";
import { printFloat } from "@narthex/stdx";
import type { ExpositionColumns } from "./columns.js";
import { keyEnd, labelsEnd } from "./keys.js";
import { metadataKind, parseMetadataName, pushMetadata, requireType, requireUtf8 } from "./metadata.js";
import type { MetadataRange } from "./metadata-columns.js";
import { numberFault } from "./number.js";
import { appendRow, knownLinesOf, type Sink } from "./sink.js";
import { type LexState, Source, syntaxError } from "./source.js";

const newline = 0x0a;
const space = 0x20;
const hash = 0x23;
const braceOpen = 0x7b;

const types: ReadonlySet<string> = new Set([
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
  "unknown",
]);

const missingEnd = "data does not end with # EOF";

/** Throws ParseError; what `sink` holds is then to be thrown away with the body. */
export function parseOpenMetrics(bytes: Uint8Array, sink: Sink): void {
  const source = new Source(bytes, { allowsBlanks: false });
  sink.into.metadata.hasQuoteEscapes = true;
  const known = knownLinesOf(sink);
  const readComment = (start: number): number => {
    source.lineStart = start;
    return parseMetadata(source, start, sink.into);
  };
  let i = 0;
  while (i < source.end) {
    if (known !== undefined) i = known.read(sink, i, readComment);
    source.lineStart = i;
    if (i === source.end) break;
    if (bytes[i] !== hash) i = parseSample(source, i, sink);
    else if (!isEndWord(bytes, i)) i = parseMetadata(source, i, sink.into);
    else {
      requireEnd(source, i);
      return;
    }
  }
  throw source.fault(missingEnd, source.end);
}

function isEndWord(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === space && bytes[at + 2] === 0x45 && bytes[at + 3] === 0x4f && bytes[at + 4] === 0x46;
}

function requireEnd(source: Source, start: number): void {
  const after = start + 5;
  const end = source.bytes[after] === newline ? after + 1 : after;
  if (end < source.end) throw source.fault("unexpected data after # EOF", end);
}

function unexpected(source: Source, expected: string, at: number, state: LexState): Error {
  return syntaxError(source, { expected, at, state });
}

function parseSample(source: Source, start: number, sink: Sink): number {
  const { bytes } = source;
  const { cache, into } = sink;
  const known = cache === undefined ? 0 : cache.matchNext(start);
  const afterKey = known !== 0 ? known : keyEnd(source, start);
  const valueEnd = wordEnd(source, afterKey, "expected value after metric");
  const row = appendRow(sink, start, afterKey, known !== 0);
  if (!source.numbers.read(afterKey + 1, valueEnd)) throw badNumber(source, afterKey + 1, valueEnd);
  into.v[row] = source.numbers.value[0]!;
  if (bytes[valueEnd] === newline) return valueEnd + 1;
  const tail = parseTail(source, valueEnd, "timestamp");
  if (!Number.isNaN(tail.t)) {
    into.t[row] = tail.t;
    into.hasTimestamps = true;
  }
  if (bytes[tail.end] === newline) return tail.end + 1;
  return parseExemplar(source, tail.end, into);
}

// Offset after the word that one space at `start` leads in.
function wordEnd(source: Source, start: number, expected: string): number {
  const { bytes, end } = source;
  let i = start + 1;
  while (i < end && bytes[i] !== space && bytes[i] !== newline) i++;
  if (bytes[start] !== space || i === start + 1) throw unexpected(source, expected, start, "value");
  return i;
}

function badNumber(source: Source, start: number, end: number): Error {
  const line = quote(source.textTo(end));
  return source.fault(`${numberFault(source.text(start, end))} while parsing: ${line}`, start);
}

interface Tail {
  /** Milliseconds; NaN where there is no timestamp. */
  readonly t: number;
  /** At the newline, or at the space of " # {". */
  readonly end: number;
}

// What follows a value: a timestamp or not, then the line's end or an exemplar.
function parseTail(source: Source, start: number, what: "timestamp" | "exemplar timestamp"): Tail {
  if (isTailEnd(source, start, what)) return { t: NaN, end: start };
  const end = wordEnd(
    source,
    start,
    what === "timestamp" ? "expected timestamp or # symbol" : "expected timestamp or comment",
  );
  if (!source.numbers.read(start + 1, end)) throw badNumber(source, start + 1, end);
  const seconds = source.numbers.value[0]!;
  if (!Number.isFinite(seconds)) throw source.fault(`invalid ${what} ${printFloat(seconds)}`, start + 1);
  if (!isTailEnd(source, end, what)) throw unexpected(source, `expected next entry after ${what}`, end, "timestamp");
  return { t: Math.trunc(seconds * 1000), end };
}

function isTailEnd(source: Source, at: number, what: "timestamp" | "exemplar timestamp"): boolean {
  const { bytes } = source;
  if (at >= source.end) throw source.fault(missingEnd, at);
  if (bytes[at] === newline) return true;
  if (what === "exemplar timestamp") return false;
  return bytes[at] === space && bytes[at + 1] === hash && bytes[at + 2] === space && bytes[at + 3] === braceOpen;
}

// ` # {labels} value [timestamp]`
function parseExemplar(source: Source, start: number, into: ExpositionColumns): number {
  const labelsStart = start + 4;
  const afterLabels = labelsEnd(source, labelsStart, "nowhere");
  const valueEnd = wordEnd(source, afterLabels, "expected value after exemplar labels");
  if (!source.numbers.read(afterLabels + 1, valueEnd)) throw badNumber(source, afterLabels + 1, valueEnd);
  const v = source.numbers.value[0]!;
  const tail = parseTail(source, valueEnd, "exemplar timestamp");
  into.exemplars.push({ row: into.count - 1, labelsStart, labelsEnd: afterLabels, v, t: tail.t });
  return tail.end + 1;
}

function parseMetadata(source: Source, start: number, into: ExpositionColumns): number {
  const { bytes } = source;
  const word = start + 2;
  const kind = bytes[start + 1] === space ? metadataKind(bytes, word) : undefined;
  if (kind === undefined || bytes[word + 4] !== space) {
    throw unexpected(source, "expected a valid start token", start, "start");
  }
  const name = parseMetadataName(source, word + 5, kind);
  const lineEnd = bytes.indexOf(newline, name.end);
  if (bytes[name.end] !== space || lineEnd < 0) {
    throw unexpected(source, `expected text in ${kind.toUpperCase()}`, name.end, "metadataName");
  }
  const line = { kind, lineStart: word, ...name, textStart: name.end + 1, textEnd: lineEnd };
  if (kind === "type") requireType(source, line, types);
  else if (kind === "help") requireUtf8(source, line);
  else requireUnitSuffix(source, line);
  pushMetadata(into, line);
  return lineEnd + 1;
}

function requireUnitSuffix(source: Source, line: MetadataRange): void {
  const unit = source.text(line.textStart, line.textEnd);
  if (unit === "") return;
  const name = source.text(line.nameStart, line.nameEnd);
  if (name.endsWith(`_${unit}`)) return;
  throw source.fault(`unit ${quote(unit)} not a suffix of metric ${quote(name)}`, line.textStart);
}
