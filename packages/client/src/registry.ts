// A set of metrics that are exposed together.

import { contentTypes, type MetricFamily, printEnd, printFamily, type TextWire } from "@narthex/formats";
import { type Labels, labelEntries, labelsFrom, labelsFromEntries } from "@narthex/model";
import { type Clock, systemClock } from "@narthex/stdx";
import { MetricError, requireLabelNames } from "./names.js";

const plainText: TextWire = { format: "PrometheusText0.0.4", escaping: "underscores" };

/** What a Registry keeps. */
export interface Metric {
  readonly name: string;
  /** Refreshes values, if the metric was declared with `collect`. */
  collect(): void | Promise<void>;
  /** The metric's state now. */
  family(): MetricFamily;
  /** Forgets all values. */
  reset(): void;
}

export interface RegistryOptions {
  /** What tells times of creation, exemplars and windows. */
  readonly clock?: Clock;
}

export class Registry {
  readonly clock: Clock;
  readonly #metrics: Map<string, Metric> = new Map();
  #defaultLabels: Labels = labelsFrom({});

  constructor(options: RegistryOptions = {}) {
    this.clock = options.clock ?? systemClock;
  }

  /** Throws MetricError where another metric bears the name. */
  registerMetric(metric: Metric): void {
    const present = this.#metrics.get(metric.name);
    if (present === metric) return;
    if (present) throw new MetricError(`A metric with the name ${metric.name} has already been registered.`);
    this.#metrics.set(metric.name, metric);
  }

  getSingleMetric(name: string): Metric | undefined {
    return this.#metrics.get(name);
  }

  getMetricsAsArray(): Metric[] {
    return [...this.#metrics.values()];
  }

  removeSingleMetric(name: string): void {
    this.#metrics.delete(name);
  }

  /** Forgets all metrics. */
  clear(): void {
    this.#metrics.clear();
    this.#defaultLabels = labelsFrom({});
  }

  /** Forgets all values. */
  resetMetrics(): void {
    for (const metric of this.#metrics.values()) metric.reset();
  }

  /** Labels that every series gets unless it has them itself. */
  setDefaultLabels(labels: Readonly<Record<string, string>>): void {
    requireLabelNames(Object.keys(labels));
    this.#defaultLabels = labelsFrom(labels);
  }

  /** Runs the `collect` callbacks side by side, then reads every metric. Rejects with what a callback throws. */
  async families(): Promise<MetricFamily[]> {
    const metrics = this.getMetricsAsArray();
    await Promise.all(metrics.map(async (metric) => metric.collect()));
    return metrics.map((metric) => this.#withDefaultLabels(metric.family()));
  }

  /** The exposition; Prometheus text 0.0.4 unless told otherwise. */
  async metrics(wire: TextWire = plainText): Promise<string> {
    const parts: string[] = [];
    for (const family of await this.families()) parts.push(printFamily(family, wire));
    return parts.join("") + printEnd(wire);
  }

  /** `Content-Type` of `metrics()`. */
  get contentType(): string {
    return contentTypes[plainText.format];
  }

  /** One registry with the metrics of all of them, for exposition together. */
  static merge(registries: readonly Registry[]): Registry {
    const merged = new Registry();
    for (const registry of registries) {
      for (const metric of registry.getMetricsAsArray()) merged.registerMetric(registry.#relabelled(metric));
    }
    return merged;
  }

  // The metric as this registry shows it.
  #relabelled(metric: Metric): Metric {
    if (this.#defaultLabels.length === 0) return metric;
    return {
      name: metric.name,
      collect: () => metric.collect(),
      family: () => this.#withDefaultLabels(metric.family()),
      reset: () => metric.reset(),
    };
  }

  #withDefaultLabels(family: MetricFamily): MetricFamily {
    if (this.#defaultLabels.length === 0) return family;
    const metrics = family.metrics.map((metric) => ({ ...metric, labels: this.#mergedLabels(metric.labels) }));
    // Each member of the union keeps its own kind of metrics; the compiler loses sight of that in the spread.
    return { ...family, metrics } as MetricFamily;
  }

  #mergedLabels(labels: Labels): Labels {
    return labelsFromEntries([...labelEntries(this.#defaultLabels), ...labelEntries(labels)]);
  }
}

/** The registry that metrics join unless told otherwise. */
export const register: Registry = new Registry();
