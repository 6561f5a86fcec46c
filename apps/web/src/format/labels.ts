// Label sets as text: series names, selectors, and one order everywhere (metric name first, then by name).
import type { LabelRecord } from "../api/prometheus.js";

/** Label pairs without `__name__`, sorted by name. */
export function labelPairs(labels: LabelRecord): [name: string, value: string][] {
  return Object.entries(labels)
    .filter(([name]) => name !== "__name__")
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

const plainName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** A quoted PromQL string. */
export function quoteString(text: string): string {
  return JSON.stringify(text);
}

/** `up{job="node"}`, with names that need quotes quoted: the text that selects this series. */
export function printSeries(labels: LabelRecord): string {
  const name = labels["__name__"];
  const parts = labelPairs(labels).map(([label, value]) => `${quoteName(label)}=${quoteString(value)}`);
  if (name !== undefined && !metricName.test(name)) parts.unshift(quoteString(name));
  const prefix = name !== undefined && metricName.test(name) ? name : "";
  return parts.length === 0 && prefix !== "" ? prefix : `${prefix}{${parts.join(", ")}}`;
}

function quoteName(name: string): string {
  return plainName.test(name) ? name : quoteString(name);
}

/** Whether every word of `search` occurs in some of `texts`, ignoring case. An empty search matches. */
export function matchesSearch(search: string, texts: Iterable<string>): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const haystack = [...texts].join("\n").toLowerCase();
  return words.every((word) => haystack.includes(word));
}

/** The texts a label set can be searched by: `name=value`, quoted and plain. */
export function searchTexts(labels: LabelRecord): string[] {
  return Object.entries(labels).flatMap(([name, value]) => [`${name}=${value}`, `${name}="${value}"`]);
}

/** Labels that all of `sets` have with the same value; none for a single set, whose labels all tell something. */
export function sharedLabels(sets: readonly LabelRecord[]): LabelRecord {
  const [first, ...others] = sets;
  if (first === undefined || others.length === 0) return {};
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((labels) => labels[name] === value)),
  );
}

export function withoutLabels(labels: LabelRecord, without: LabelRecord): LabelRecord {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => without[name] === undefined));
}
