// A label set is one flat, immutable array [name, value, name, value, …], sorted by the names' UTF-8 bytes,
// names unique, no empty value. Flat because series are many and two objects fewer per label is memory won.
import { compareUtf8, Fnv64a } from "@narthex/stdx";

declare const sorted: unique symbol;

export type Labels = readonly string[] & { readonly [sorted]: true };

export const metricNameLabel = "__name__";

export const emptyLabels: Labels = Object.freeze([]) as unknown as Labels;

/** Sorts; drops labels whose value is empty, as Prometheus does: an empty value means no label. */
export function labelsFrom(record: Readonly<Record<string, string>>): Labels {
  return labelsFromEntries(Object.entries(record));
}

/** As `labelsFrom`; of two entries with one name the later wins. */
export function labelsFromEntries(entries: Iterable<readonly [name: string, value: string]>): Labels {
  const unique = new Map(entries);
  const names = [...unique.keys()].filter((name) => unique.get(name) !== "").sort(compareUtf8);
  const flat: string[] = [];
  for (const name of names) flat.push(name, unique.get(name) as string);
  return flat as unknown as Labels;
}

/** Takes the array over. REQUIRES: sorted by UTF-8 name, names unique, no empty value. */
export function labelsFromSorted(flat: string[]): Labels {
  return flat as unknown as Labels;
}

/** Value of `name`, or the empty string. */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1] as string;
  return "";
}

export function hasLabel(labels: Labels, name: string): boolean {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return true;
  return false;
}

export function* labelEntries(labels: Labels): Generator<[name: string, value: string]> {
  for (let i = 0; i < labels.length; i += 2) yield [labels[i] as string, labels[i + 1] as string];
}

export function labelsToRecord(labels: Labels): Record<string, string> {
  const record: Record<string, string> = {};
  // defineProperty, since a label may be called __proto__.
  for (const [name, value] of labelEntries(labels)) {
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return record;
}

/** A string that is equal exactly for equal label sets: a Map key. */
export function labelsKey(labels: Labels): string {
  return labels.join("\u0000");
}

export function labelsEqual(a: Labels, b: Labels): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Name by name, then value by value, then the shorter first: the order of index files and query results. */
export function compareLabels(a: Labels, b: Labels): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return compareUtf8(a[i] as string, b[i] as string);
  }
  return a.length - b.length;
}

/** Sets `name`, or removes it where `value` is empty. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const flat: string[] = [];
  let i = 0;
  for (; i < labels.length && compareUtf8(labels[i] as string, name) < 0; i += 2) {
    flat.push(labels[i] as string, labels[i + 1] as string);
  }
  if (value !== "") flat.push(name, value);
  if (labels[i] === name) i += 2;
  for (; i < labels.length; i++) flat.push(labels[i] as string);
  return labelsFromSorted(flat);
}

export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return pickLabels(labels, (name) => names.has(name));
}

export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return pickLabels(labels, (name) => !names.has(name));
}

function pickLabels(labels: Labels, isKept: (name: string) => boolean): Labels {
  const flat: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (isKept(labels[i] as string)) flat.push(labels[i] as string, labels[i + 1] as string);
  }
  return labelsFromSorted(flat);
}

/** FNV-1a over name, 0xff, value, 0xff: Prometheus' and Alertmanager's fingerprint, sixteen hexadecimal digits. */
export function fingerprint(labels: Labels): string {
  const hash = new Fnv64a();
  for (const text of labels) hash.addText(text).addByte(0xff);
  return hash.hex();
}

/** `name{a="b", c="d"}` as Prometheus prints series in errors and results. */
export function printLabels(labels: Labels): string {
  const name = labelValue(labels, metricNameLabel);
  const pairs: string[] = [];
  for (const [label, value] of labelEntries(labels)) {
    if (label !== metricNameLabel || !isLegacyMetricName(name)) pairs.push(`${printLabelName(label)}=${quote(value)}`);
  }
  if (!isLegacyMetricName(name)) return `{${pairs.join(", ")}}`;
  return pairs.length > 0 ? `${name}{${pairs.join(", ")}}` : name;
}

/** As Go prints label sets: the metric's name is one of the labels. */
export function printLabelSet(labels: Labels): string {
  const pairs = [...labelEntries(labels)].map(([name, value]) => `${printLabelName(name)}=${quote(value)}`);
  return `{${pairs.join(", ")}}`;
}

function printLabelName(name: string): string {
  return isLegacyLabelName(name) ? name : quote(name);
}

/** A double-quoted string as Go's strconv.Quote writes it. */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) out += quoteCharacter(character);
  return `${out}"`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
};

function quoteCharacter(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) as number;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x7f || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
  // A byte that is no UTF-8, as service/yaml holds it.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, "0")}`;
  return `\\u${code.toString(16).padStart(4, "0")}`;
}

const legacyMetricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legacyLabelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether the name needs no quotes in PromQL and in the text formats. */
export function isLegacyMetricName(name: string): boolean {
  return legacyMetricName.test(name);
}

export function isLegacyLabelName(name: string): boolean {
  return legacyLabelName.test(name);
}
