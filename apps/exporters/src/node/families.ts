// The metric families of one scrape while collectors fill them.
// Comes from: collectors. Goes to: the exposition printer, sorted by name so that every scrape has the same order.
import type { MetricFamily, ValueFamily, ValueMetric } from "@narthex/formats";
import { emptyLabels, type Labels, labelsFromSorted } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";

export type MetricSpec = {
  readonly name: string;
  readonly type: "counter" | "gauge" | "unknown";
  readonly help: string;
};

export function counter(name: string, help: string): MetricSpec {
  return { name, type: "counter", help };
}

export function gauge(name: string, help: string): MetricSpec {
  return { name, type: "gauge", help };
}

/** For values of which the kernel does not say whether they only grow. */
export function untyped(name: string, help: string): MetricSpec {
  return { name, type: "unknown", help };
}

type OpenFamily = { readonly spec: MetricSpec; readonly metrics: ValueMetric[] };

export type LabelRecord = Readonly<Record<string, string>>;

export class FamilyTable {
  readonly #open: Map<string, OpenFamily> = new Map();
  readonly #whole: Map<string, MetricFamily> = new Map();

  /** Adds one series. */
  add(spec: MetricSpec, v: number, labels?: LabelRecord): void {
    let family = this.#open.get(spec.name);
    if (family === undefined) {
      family = { spec, metrics: [] };
      this.#open.set(spec.name, family);
    }
    family.metrics.push({ labels: labels === undefined ? emptyLabels : sortedLabels(labels), v });
  }

  /** Adds a family that came whole from elsewhere; where a collector tells of the same name, the collector's stands. */
  addFamily(family: MetricFamily): void {
    this.#whole.set(family.name, family);
  }

  /** Sorted by name. */
  families(): MetricFamily[] {
    const families: MetricFamily[] = [...this.#whole.values()].filter(({ name }) => !this.#open.has(name));
    for (const { spec, metrics } of this.#open.values()) families.push({ ...spec, metrics } satisfies ValueFamily);
    return families.sort((a, b) => compareUtf8(a.name, b.name));
  }
}

// Empty values stay, against the rule for stored labels: an info metric shows all of its labels on every machine.
// Names here are ASCII, so plain sorting is sorting by bytes.
function sortedLabels(record: LabelRecord): Labels {
  const flat: string[] = [];
  for (const name of Object.keys(record).sort()) flat.push(name, record[name] as string);
  return labelsFromSorted(flat);
}
