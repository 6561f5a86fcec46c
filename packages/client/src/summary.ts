// Observations as count, sum and quantiles.

import type { MetricFamily, SummaryMetric } from "@narthex/formats";
import type { Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import {
  Children,
  type Declaration,
  declare,
  joinRegistries,
  type LabelValues,
  type MetricOptions,
  splitArguments,
} from "./metric.js";
import { MetricError, requireNumber } from "./names.js";
import type { Metric } from "./registry.js";
import { startStopwatch } from "./stopwatch.js";
import { QuantileWindow, type WindowOptions } from "./window.js";

export const defaultPercentiles: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];

export interface SummaryOptions<Name extends string> extends MetricOptions<Name, Summary<Name>>, WindowOptions {
  /** Ranks from 0 to 1. */
  readonly percentiles?: readonly number[];
}

/** One series of a summary. */
export class SummaryChild {
  readonly labels: Labels;
  readonly #percentiles: readonly number[];
  readonly #window: QuantileWindow;
  readonly #startTime: number;
  #count = 0;
  #sum = 0;

  constructor(labels: Labels, clock: Clock, options: WindowOptions & { readonly percentiles: readonly number[] }) {
    this.labels = labels;
    this.#percentiles = options.percentiles;
    this.#window = new QuantileWindow(options, clock);
    this.#startTime = clock.now();
  }

  observe(value: number): void {
    requireNumber(value);
    this.#window.push(value);
    this.#count++;
    this.#sum += value;
  }

  /** Returns a function that observes the seconds since, and returns them. */
  startTimer(): () => number {
    const stop = startStopwatch();
    return () => {
      const seconds = stop();
      this.observe(seconds);
      return seconds;
    };
  }

  metric(): SummaryMetric {
    const quantiles = this.#percentiles.map((quantile) => ({ quantile, v: this.#window.quantile(quantile) }));
    return { labels: this.labels, count: this.#count, sum: this.#sum, quantiles, startTime: this.#startTime };
  }
}

export class Summary<Name extends string = string> implements Metric {
  readonly name: string;
  readonly #declaration: Declaration;
  readonly #children: Children<SummaryChild>;
  readonly #collect: SummaryOptions<Name>["collect"];

  constructor(options: SummaryOptions<Name>) {
    this.#declaration = declare(options, "quantile");
    this.name = options.name;
    this.#collect = options.collect;
    const { maxAgeSeconds, ageBuckets, percentiles = defaultPercentiles } = options;
    if (percentiles.some((rank) => !(rank >= 0 && rank <= 1))) throw new MetricError("Percentiles must be in [0, 1]");
    const { clock, labelNames } = this.#declaration;
    this.#children = new Children(
      labelNames,
      (labels) => new SummaryChild(labels, clock, { maxAgeSeconds, ageBuckets, percentiles }),
    );
    joinRegistries(this, options.registers);
  }

  observe(value: number): void;
  observe(labels: LabelValues<Name>, value: number): void;
  observe(first: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.#child(labels).observe(value as number);
  }

  startTimer(labels?: LabelValues<Name>): () => number {
    return this.#child(labels).startTimer();
  }

  /** The series with these values, which may be kept. */
  labels(...values: readonly (string | number)[] | readonly [LabelValues<Name>]): SummaryChild {
    return this.#children.at(values);
  }

  remove(...values: readonly (string | number)[] | readonly [LabelValues<Name>]): void {
    this.#children.remove(values);
  }

  reset(): void {
    this.#children.clear();
  }

  collect(): void | Promise<void> {
    return this.#collect?.call(this);
  }

  family(): MetricFamily {
    const { name, help, unit } = this.#declaration;
    const metrics = this.#children.all().map((child) => child.metric());
    return { name, help, ...(unit === undefined ? {} : { unit }), type: "summary", metrics };
  }

  #child(labels: LabelValues<Name> | undefined): SummaryChild {
    return labels === undefined ? this.#children.only() : this.#children.at([labels]);
  }
}
