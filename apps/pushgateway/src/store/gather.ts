// The exposition of all groups: families of one name become one, and every group tells when it was pushed.
import type { MetricFamily, ValueFamily, ValueMetric } from "@narthex/formats";
import { emptyLabels, labelsKey } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { type Group, sanitizeLabels } from "./group.js";

export const pushTimeHelp = "Last Unix time when changing this group in the Pushgateway succeeded.";
export const failureTimeHelp = "Last Unix time when changing this group in the Pushgateway failed.";

type Merged = {
  readonly head: MetricFamily;
  help: string | undefined;
  readonly metrics: unknown[];
  readonly seen: Set<string>;
};

/**
 * Sorted by name. `ownHelp` overrides pushed help texts of the same names.
 * Families of one name come with one type, that of the first: others can be there only when pushes are not checked.
 * Differs: Prometheus' Pushgateway then fails the whole scrape.
 */
export function gatherGroups(groups: Iterable<Group>, ownHelp: ReadonlyMap<string, string>): MetricFamily[] {
  const merged = new Map<string, Merged>();
  const pushTimes: ValueMetric[] = [];
  const failureTimes: ValueMetric[] = [];
  for (const group of groups) {
    const labels = sanitizeLabels(emptyLabels, group.labels);
    pushTimes.push({ labels, v: group.pushTime / 1000 });
    failureTimes.push({ labels, v: group.failureTime / 1000 });
    for (const { family } of group.families.values()) mergeFamily(merged, family);
  }
  const families = [...merged.values()].map(({ head, help: pushedHelp, metrics }) => {
    const help = ownHelp.get(head.name) ?? pushedHelp;
    // Metrics come from families of the head's type alone.
    return { ...head, help, metrics } as MetricFamily;
  });
  if (pushTimes.length > 0) families.push(timeFamilies.push(pushTimes), timeFamilies.failure(failureTimes));
  return families.sort((a, b) => compareUtf8(a.name, b.name));
}

const timeFamilies = {
  push: (metrics: ValueMetric[]): ValueFamily => ({
    name: "push_time_seconds",
    help: pushTimeHelp,
    type: "gauge",
    metrics,
  }),
  failure: (metrics: ValueMetric[]): ValueFamily => ({
    name: "push_failure_time_seconds",
    help: failureTimeHelp,
    type: "gauge",
    metrics,
  }),
};

function mergeFamily(merged: Map<string, Merged>, family: MetricFamily): void {
  let into = merged.get(family.name);
  if (into === undefined) {
    into = { head: family, help: undefined, metrics: [], seen: new Set() };
    merged.set(family.name, into);
  }
  if (into.head.type !== family.type) return;
  // Groups may tell different help texts; the first stands.
  into.help ??= family.help;
  for (const metric of family.metrics) {
    const key = labelsKey(metric.labels);
    if (into.seen.has(key)) continue;
    into.seen.add(key);
    into.metrics.push(metric);
  }
}
