// HELP, TYPE and UNIT lines, as both text formats have them.
import { quote } from "@narthex/model";
import { isValidUtf8 } from "@narthex/stdx";
import type { ExpositionColumns } from "./columns.js";
import { bareNameEnd, quotedNameEnd } from "./keys.js";
import type { MetadataKind, MetadataRange } from "./metadata-columns.js";
import { type Source, syntaxError } from "./source.js";

const kindCodes: Readonly<Record<MetadataKind, number>> = { help: 0, type: 1, unit: 2 };
const keywords: readonly (readonly [kind: MetadataKind, word: readonly number[]])[] = [
  ["help", [0x48, 0x45, 0x4c, 0x50]],
  ["type", [0x54, 0x59, 0x50, 0x45]],
  ["unit", [0x55, 0x4e, 0x49, 0x54]],
];

/** The kind whose word stands at `at`; what follows the word is the caller's to check. */
export function metadataKind(bytes: Uint8Array, at: number): MetadataKind | undefined {
  for (const [kind, word] of keywords) {
    if (word.every((byte, i) => bytes[at + i] === byte)) return kind;
  }
  return undefined;
}

export interface NameRange {
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Offset after the name and its closing quote. */
  readonly end: number;
}

export function parseMetadataName(source: Source, start: number, kind: MetadataKind): NameRange {
  const { bytes } = source;
  const quotedEnd = quotedNameEnd(bytes, start);
  if (quotedEnd > start) return { nameStart: start + 1, nameEnd: quotedEnd - 1, end: quotedEnd };
  const end = bareNameEnd(bytes, start);
  if (end > start) return { nameStart: start, nameEnd: end, end };
  const expected = `expected metric name after ${kind.toUpperCase()}`;
  throw syntaxError(source, { expected, at: start, state: "metadataName" });
}

export function requireType(source: Source, line: MetadataRange, types: ReadonlySet<string>): void {
  const text = source.text(line.textStart, line.textEnd);
  if (!types.has(text)) throw source.fault(`invalid metric type ${quote(text)}`, line.textStart);
}

export function requireUtf8(source: Source, line: MetadataRange): void {
  if (isValidUtf8(source.bytes.subarray(line.textStart, line.textEnd))) return;
  const text = quote(source.text(line.textStart, line.textEnd));
  throw source.fault(`help text ${text} is not a valid utf8 string`, line.textStart);
}

export function pushMetadata(into: ExpositionColumns, line: MetadataRange): void {
  const { metadata } = into;
  const i = metadata.count;
  if (i === metadata.kinds.length) metadata.grow();
  metadata.kinds[i] = kindCodes[line.kind];
  metadata.rows[i] = into.count;
  metadata.lineStart[i] = line.lineStart;
  metadata.nameStart[i] = line.nameStart;
  metadata.nameEnd[i] = line.nameEnd;
  metadata.textStart[i] = line.textStart;
  metadata.textEnd[i] = line.textEnd;
  metadata.count = i + 1;
}
