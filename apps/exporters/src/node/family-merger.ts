// Families of several files become one set: the same name may come from many, a series from one only.
import type { MetricFamily } from "@narthex/formats";
import { type Labels, labelEntries, labelsFromSorted, labelsKey } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";

type Metric = MetricFamily["metrics"][number];

type Merged = { readonly head: MetricFamily; readonly metrics: Map<string, Metric> };

export class FamilyMerger {
  readonly #merged: Map<string, Merged> = new Map();

  /** False where something could not be taken: a type that differs, help that differs, a series that was there. */
  add(families: readonly MetricFamily[]): boolean {
    let isWhole = true;
    for (const family of families) {
      const into = this.#merged.get(family.name) ?? { head: family, metrics: new Map<string, Metric>() };
      this.#merged.set(family.name, into);
      if (into.head.type !== family.type || !helpAgrees(into.head.help, family.help)) {
        isWhole = false;
        continue;
      }
      for (const metric of family.metrics) {
        const key = labelsKey(metric.labels);
        if (into.metrics.has(key)) isWhole = false;
        else into.metrics.set(key, metric);
      }
    }
    return isWhole;
  }

  /** As node_exporter shows them: within a family, every series has the labels of all, empty where it had none. */
  families(): MetricFamily[] {
    return [...this.#merged.values()].map(({ head, metrics }) => {
      const names = labelNamesOf(metrics.values());
      const padded = [...metrics.values()].map((metric) => ({ ...metric, labels: pad(metric.labels, names) }));
      // Metrics come from families of the head's type alone.
      return { ...head, help: head.help || "Metric read from text files.", metrics: padded } as MetricFamily;
    });
  }
}

// No text agrees with any.
function helpAgrees(first: string | undefined, second: string | undefined): boolean {
  return !first || !second || first === second;
}

function labelNamesOf(metrics: Iterable<Metric>): string[] {
  const names = new Set<string>();
  for (const { labels } of metrics) for (const [name] of labelEntries(labels)) names.add(name);
  return [...names].sort(compareUtf8);
}

function pad(labels: Labels, names: readonly string[]): Labels {
  if (labels.length === names.length * 2) return labels;
  const values = new Map(labelEntries(labels));
  return labelsFromSorted(names.flatMap((name) => [name, values.get(name) ?? ""]));
}
