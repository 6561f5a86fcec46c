// A series' name and labels as tests write them: `name{label="value", "utf-8 label"="…"}`, `{"utf-8 name", …}`, `{}`.
import { type Labels, labelsFromEntries, metricNameLabel } from "@narthex/model";
import type { LineScanner } from "./scanner.js";

// The words for numbers are none.
const metricName = /(?!(?:inf|nan)(?![a-z0-9_:]))[a-z_:][a-z0-9_:]*/iy;
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y;

export function scanMetric(scanner: LineScanner): Labels {
  const name = scanner.match(metricName)?.[0];
  const entries: [string, string][] = name === undefined ? [] : [[metricNameLabel, name]];
  const hasLabels = scanner.accept("{");
  if (!hasLabels && name === undefined) throw scanner.error("expected a metric");
  if (hasLabels) scanLabels(scanner, entries);
  return labelsFromEntries(entries);
}

function scanLabels(scanner: LineScanner, entries: [string, string][]): void {
  for (;;) {
    scanner.skipSpace();
    if (scanner.accept("}")) return;
    entries.push(scanLabel(scanner));
    scanner.skipSpace();
    if (scanner.accept(",")) continue;
    scanner.expect("}");
    return;
  }
}

function scanLabel(scanner: LineScanner): [string, string] {
  const quoted = scanner.string();
  const name = quoted ?? scanner.match(labelName)?.[0];
  if (name === undefined) throw scanner.error("expected a label name");
  scanner.skipSpace();
  if (!scanner.accept("=")) {
    if (quoted !== undefined) return [metricNameLabel, quoted];
    throw scanner.error('expected "="');
  }
  scanner.skipSpace();
  const value = scanner.string();
  if (value === undefined) throw scanner.error("expected a label value");
  return [name, value];
}
