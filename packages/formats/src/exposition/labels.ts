// Key bytes → labels: the slow path, taken once per series and not once per sample.
// Comes from: a key that keys.ts has checked. Goes to: relabelling, then the storage.
import { type Labels, labelsFromSorted, type MetricType, metricNameLabel } from "@narthex/model";
import { compareUtf8, decodeUtf8, parseFloatGo, printFloatG } from "@narthex/stdx";
import { ParseError, positionAt } from "./parse-error.js";

const quoteByte = 0x22;
const backslash = 0x5c;
const braceOpen = 0x7b;
const braceClose = 0x7d;
const comma = 0x2c;
const equal = 0x3d;
const space = 0x20;
const tab = 0x09;

/** Text as it stands within quotes. */
export function escapeQuoted(text: string): string {
  if (!/["\\\n]/.test(text)) return text;
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Undoes the three escapes of quoted text; a backslash before anything else stands for itself. */
export function unescapeQuoted(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

/** As `unescapeQuoted`, where quotes are not escaped: help texts of the Prometheus text format. */
export function unescapeHelp(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([\\n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

export interface KeyEnd {
  readonly end: number;
  /** The type in force decides whether `le` and `quantile` are rewritten as floats: `1` → `1.0`. */
  readonly type?: MetricType;
  /** Labels whose value is empty are kept. */
  readonly keepsEmpty?: boolean;
}

/**
 * Labels of a key that a parser accepted, sorted; those with an empty value dropped, unless they are asked for.
 * Throws ParseError where a label is named twice.
 */
export function labelsFromKey(keys: Uint8Array, start: number, key: KeyEnd): Labels {
  const flat: string[] = [];
  let i = start;
  while (i < key.end && !isNameEnd(keys[i]!)) i++;
  if (i > start) flat.push(metricNameLabel, decodeUtf8(keys, start, i));
  while (i < key.end && keys[i] !== braceOpen) i++;
  pushPairs(keys, i + 1, { end: key.end, flat });
  if (key.type !== undefined) normalizeBounds(flat, key.type);
  return sortedLabels(keys, start, { flat, keepsEmpty: key.keepsEmpty ?? false });
}

/** Labels of an exemplar: the range is what stands between its braces. */
export function labelsFromExemplar(keys: Uint8Array, start: number, end: number): Labels {
  const flat: string[] = [];
  pushPairs(keys, start, { end, flat });
  return sortedLabels(keys, start, { flat, keepsEmpty: false });
}

/** The metric name of a key that a parser accepted. */
export function metricNameFromKey(keys: Uint8Array, start: number, end: number): string {
  let i = start;
  while (i < end && !isNameEnd(keys[i]!)) i++;
  if (i > start) return decodeUtf8(keys, start, i);
  const labels = labelsFromKey(keys, start, { end });
  const at = labels.indexOf(metricNameLabel);
  return at < 0 ? "" : (labels[at + 1] as string);
}

function isNameEnd(byte: number): boolean {
  return byte === braceOpen || byte === space || byte === tab;
}

// A quoted string that no "=" follows is the metric name.
function pushPairs(keys: Uint8Array, start: number, into: { readonly end: number; readonly flat: string[] }): void {
  let i = start;
  while (i < into.end) {
    const byte = keys[i]!;
    if (byte === space || byte === tab || byte === comma) {
      i++;
      continue;
    }
    if (byte === braceClose) return;
    const nameEnd = byte === quoteByte ? quotedEnd(keys, i) : bareEnd(keys, i);
    const name = byte === quoteByte ? quotedText(keys, i, nameEnd) : decodeUtf8(keys, i, nameEnd);
    i = skipBlanks(keys, nameEnd);
    if (keys[i] !== equal) {
      into.flat.push(metricNameLabel, name);
      continue;
    }
    i = skipBlanks(keys, i + 1);
    const valueEnd = quotedEnd(keys, i);
    into.flat.push(name, quotedText(keys, i, valueEnd));
    i = valueEnd;
  }
}

function skipBlanks(keys: Uint8Array, start: number): number {
  let i = start;
  while (keys[i] === space || keys[i] === tab) i++;
  return i;
}

function bareEnd(keys: Uint8Array, start: number): number {
  let i = start;
  while (i < keys.length && keys[i] !== equal && keys[i] !== space && keys[i] !== tab) i++;
  return i;
}

// Offset after the closing quote of the string that opens at `start`.
function quotedEnd(keys: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < keys.length && keys[i] !== quoteByte) i += keys[i] === backslash ? 2 : 1;
  return i + 1;
}

function quotedText(keys: Uint8Array, start: number, end: number): string {
  return unescapeQuoted(decodeUtf8(keys, start + 1, end - 1));
}

// Prometheus: model/textparse normalizeFloatsInLabelValues; one bucket must be one series however its bound is spelled.
function normalizeBounds(flat: string[], type: MetricType): void {
  const name = type === "histogram" ? "le" : type === "summary" ? "quantile" : undefined;
  if (name === undefined) return;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== name) continue;
    const bound = parseFloatGo(flat[i + 1] as string);
    if (bound !== undefined) flat[i + 1] = printFloatOpenMetrics(bound);
  }
}

/** As OpenMetrics' canonical numbers: `%g`, and ".0" where that shows neither point nor exponent. */
export function printFloatOpenMetrics(value: number): string {
  if (!Number.isFinite(value)) return printFloatG(value);
  const text = printFloatG(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

// Above this many pairs the simple sort's square would show.
const simpleSortLengthMax = 64;

type Unsorted = { readonly flat: string[]; readonly keepsEmpty: boolean };

function sortedLabels(keys: Uint8Array, start: number, { flat, keepsEmpty }: Unsorted): Labels {
  if (flat.length <= simpleSortLengthMax) sortFew(flat);
  else sortMany(flat);
  let length = 0;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (name === flat[i + 2]) throw new ParseError(notUnique(name), positionAt(keys, start));
    if (flat[i + 1] === "" && !keepsEmpty) continue;
    flat[length] = name;
    flat[length + 1] = flat[i + 1] as string;
    length += 2;
  }
  flat.length = length;
  return labelsFromSorted(flat);
}

// Pairs come nearly sorted, and few: by insertion, without an array of positions.
function sortFew(flat: string[]): void {
  for (let end = 2; end < flat.length; end += 2) {
    const name = flat[end] as string;
    const value = flat[end + 1] as string;
    let i = end;
    for (; i > 0 && compareUtf8(flat[i - 2] as string, name) > 0; i -= 2) {
      flat[i] = flat[i - 2] as string;
      flat[i + 1] = flat[i - 1] as string;
    }
    flat[i] = name;
    flat[i + 1] = value;
  }
}

function sortMany(flat: string[]): void {
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
  pairs.sort(([a], [b]) => compareUtf8(a, b));
  pairs.forEach(([name, value], i) => {
    flat[2 * i] = name;
    flat[2 * i + 1] = value;
  });
}

function notUnique(name: string): string {
  return `label name ${JSON.stringify(name)} is not unique: invalid sample`;
}
