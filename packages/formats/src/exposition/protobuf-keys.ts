// Names and labels of a protobuf body, written out as the text format has them, so that everything behind the parser
// (series cache, labels.ts) knows one form of key only. Bytes are copied as they came; nothing becomes a string on the way.
import { isLegacyLabelName, isLegacyMetricName } from "@narthex/model";
import { ByteRangeError, encodeUtf8, grown, isValidUtf8 } from "@narthex/stdx";
import type { ProtoReader } from "../protobuf/reader.js";
import { escapeQuoted, printFloatOpenMetrics } from "./labels.js";
import type { MetadataKind, MetadataRange } from "./metadata-columns.js";

export interface KeyRange {
  readonly start: number;
  readonly end: number;
}

/** A metric name as its keys begin with it: `name`, or `{"name` where it has to be quoted. */
export interface KeyName {
  readonly bytes: Uint8Array;
  readonly isLegacy: boolean;
}

export function keyNameOf(name: string): KeyName {
  const isLegacy = isLegacyMetricName(name);
  return { bytes: encodeUtf8(isLegacy ? name : `{"${escapeQuoted(name)}`), isLegacy };
}

const newline = 0x0a;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const equal = 0x3d;
const backslash = 0x5c;
const letterN = 0x6e;
const braceOpen = 0x7b;
const braceClose = 0x7d;

const nothing = new Uint8Array(0);
/** Bounds whose text is kept: those of a program are few, whatever it observes. */
const boundsMax = 4096;

export class KeyWriter {
  #bytes: Uint8Array = new Uint8Array(16 * 1024);
  #length = 0;
  /** Pairs of the metric in work, as its keys have them. */
  #pairs: Uint8Array = new Uint8Array(256);
  #pairsLength = 0;
  readonly #bounds = { le: new Map<number, Uint8Array>(), quantile: new Map<number, Uint8Array>() };
  /** Where the key written last stands. */
  start = 0;
  end = 0;

  clear(): void {
    this.#length = 0;
  }

  /** A view that the next write may outdate. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  beginPairs(): void {
    this.#pairsLength = 0;
  }

  /** Adds a LabelPair to the metric's. */
  pair(reader: ProtoReader): void {
    const { bytes } = reader;
    let [nameStart, nameEnd, valueStart, valueEnd] = [0, 0, 0, 0];
    while (reader.next()) {
      if (reader.field === 1) [nameStart, nameEnd] = reader.contentRange();
      else if (reader.field === 2) [valueStart, valueEnd] = reader.contentRange();
    }
    // Each byte may need a backslash before it; then two pairs of quotes, equal sign and comma.
    this.#pairs = grown(this.#pairs, this.#pairsLength + 2 * (nameEnd - nameStart + valueEnd - valueStart) + 6);
    if (this.#pairsLength > 0) this.#pairs[this.#pairsLength++] = comma;
    if (isBareName(bytes, nameStart, nameEnd)) this.#pushPlain(bytes, nameStart, nameEnd);
    else this.#pushQuoted(bytes, nameStart, nameEnd);
    this.#pairs[this.#pairsLength++] = equal;
    this.#pushQuoted(bytes, valueStart, valueEnd);
  }

  #pushPlain(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.#pairs[this.#pairsLength++] = bytes[i]!;
  }

  #pushQuoted(bytes: Uint8Array, start: number, end: number): void {
    const pairs = this.#pairs;
    let at = this.#pairsLength;
    let seen = 0;
    pairs[at++] = quote;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      seen |= byte;
      if (byte === quote || byte === backslash || byte === newline) pairs[at++] = backslash;
      pairs[at++] = byte === newline ? letterN : byte;
    }
    pairs[at++] = quote;
    this.#pairsLength = at;
    if (seen > 0x7f && !isValidUtf8(bytes.subarray(start, end))) {
      throw new ByteRangeError("label is not valid UTF-8", start);
    }
  }

  /** `le="0.5"`, to be passed to `row`. */
  bound(label: "le" | "quantile", value: number): Uint8Array {
    const known = this.#bounds[label];
    let bytes = known.get(value);
    if (bytes === undefined) {
      bytes = encodeUtf8(`${label}="${printFloatOpenMetrics(value)}"`);
      if (known.size === boundsMax) known.clear();
      known.set(value, bytes);
    }
    return bytes;
  }

  /** The key of one of the metric's rows, at `start` to `end`. */
  row(name: KeyName, suffix: Uint8Array, bound: Uint8Array = nothing): void {
    const { isLegacy } = name;
    const hasPairs = this.#pairsLength > 0;
    const isBraced = !isLegacy || hasPairs || bound.length > 0;
    const room = name.bytes.length + suffix.length + this.#pairsLength + bound.length + 6;
    const bytes = grown(this.#bytes, this.#length + room);
    this.#bytes = bytes;
    this.start = this.#length;
    let at = copied(name.bytes, name.bytes.length, bytes, this.#length);
    at = copied(suffix, suffix.length, bytes, at);
    if (!isLegacy) bytes[at++] = quote;
    if (hasPairs || bound.length > 0) bytes[at++] = isLegacy ? braceOpen : comma;
    at = copied(this.#pairs, this.#pairsLength, bytes, at);
    if (hasPairs && bound.length > 0) bytes[at++] = comma;
    at = copied(bound, bound.length, bytes, at);
    if (isBraced) bytes[at++] = braceClose;
    this.end = at;
    // Where a key without braces ends.
    bytes[at++] = space;
    this.#length = at;
  }

  /** A key of strings; `pairs`: what `printPairs` gave. */
  key(name: string, pairs: string): KeyRange {
    if (!isLegacyMetricName(name)) return this.#write(`{"${escapeQuoted(name)}"${pairs === "" ? "" : ","}${pairs}}`);
    return this.#write(pairs === "" ? name : `${name}{${pairs}}`);
  }

  /** An exemplar's labels; the range begins behind the brace. */
  exemplar(pairs: string): KeyRange {
    const { start, end } = this.#write(`{${pairs}}`);
    return { start: start + 1, end };
  }

  /** A line of metadata: "HELP name text". */
  metadata(kind: MetadataKind, name: string, text: string): MetadataRange {
    const lineStart = this.#length;
    this.#write(kind.toUpperCase());
    const nameRange = this.#write(escapeQuoted(name));
    const textRange = this.#write(kind === "help" ? escapeQuoted(text) : text);
    return {
      kind,
      lineStart,
      nameStart: nameRange.start,
      nameEnd: nameRange.end,
      textStart: textRange.start,
      textEnd: textRange.end,
    };
  }

  // A blank follows.
  #write(text: string): KeyRange {
    const encoded = encodeUtf8(text);
    const start = this.#length;
    this.#bytes = grown(this.#bytes, start + encoded.length + 1);
    this.#bytes.set(encoded, start);
    const end = start + encoded.length;
    this.#bytes[end] = space;
    this.#length = end + 1;
    return { start, end };
  }
}

// Keys are short: a loop is faster than a view and a call for each part.
function copied(from: Uint8Array, length: number, to: Uint8Array, start: number): number {
  for (let i = 0; i < length; i++) to[start + i] = from[i]!;
  return start + length;
}

function isBareName(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (!isLetter && byte !== 0x5f && !(isDigit && i > start)) return false;
  }
  return end > start;
}

/** `a="b",c="d"` */
export function printPairs(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs
    .map(([name, value]) => {
      const printed = isLegacyLabelName(name) ? name : `"${escapeQuoted(name)}"`;
      return `${printed}="${escapeQuoted(value)}"`;
    })
    .join(",");
}
