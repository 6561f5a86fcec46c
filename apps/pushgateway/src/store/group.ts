// One group: everything that was pushed under one set of labels.
import type { MetricFamily } from "@narthex/formats";
import { type Labels, labelsFromSorted, labelsKey } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import type { GroupLabels } from "../push/group-path.js";

export type PushedFamily = {
  readonly family: MetricFamily;
  /** When it was pushed, in ms since 1970. */
  readonly pushTime: number;
};

export type Group = {
  /** Sorted; unlike labels in storage, these may have empty values. */
  readonly labels: Labels;
  readonly families: ReadonlyMap<string, PushedFamily>;
  /** Milliseconds since 1970; 0 for never. */
  readonly pushTime: number;
  readonly failureTime: number;
};

export function groupLabelsFrom(labels: GroupLabels): Labels {
  return sortedFlat(labels);
}

/** Equal exactly for equal labels. */
export function groupKey(labels: Labels): string {
  return labelsKey(labels);
}

/** The series' labels with the group's on top; an empty instance stands where none was pushed. */
export function sanitizeLabels(pushed: Labels, group: Labels): Labels {
  const merged = new Map<string, string>([["instance", ""]]);
  for (let i = 0; i < pushed.length; i += 2) merged.set(pushed[i] as string, pushed[i + 1] as string);
  for (let i = 0; i < group.length; i += 2) merged.set(group[i] as string, group[i + 1] as string);
  return sortedFlat(merged);
}

export function sanitizeFamily(family: MetricFamily, group: Labels): MetricFamily {
  const metrics = family.metrics.map((metric) => ({ ...metric, labels: sanitizeLabels(metric.labels, group) }));
  // Each member of the union keeps its own kind of metrics; the compiler loses sight of that in the spread.
  return { ...family, metrics } as MetricFamily;
}

// Empty values stay: with honor_labels, instance="" keeps Prometheus from setting the Pushgateway's own address.
function sortedFlat(entries: ReadonlyMap<string, string>): Labels {
  const flat: string[] = [];
  for (const name of [...entries.keys()].sort(compareUtf8)) flat.push(name, entries.get(name) as string);
  return labelsFromSorted(flat);
}
