// Observations as count, sum and quantiles.

import type { SummaryMetric } from "@narthex/formats";
import type { Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { LabelledMetric, type MetricKind } from "./labelled.js";
import { type LabelValues, type MetricOptions, splitArguments } from "./metric.js";
import { MetricError, requireNumber } from "./names.js";
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

function kindOf<Name extends string>(options: SummaryOptions<Name>): MetricKind<SummaryChild> {
  const { maxAgeSeconds, ageBuckets, percentiles = defaultPercentiles } = options;
  if (percentiles.some((rank) => !(rank >= 0 && rank <= 1))) throw new MetricError("Percentiles must be in [0, 1]");
  return {
    reserved: "quantile",
    create: (labels, clock) => new SummaryChild(labels, clock, { maxAgeSeconds, ageBuckets, percentiles }),
    family: (head, children) => ({ ...head, type: "summary", metrics: children.map((child) => child.metric()) }),
  };
}

export class Summary<Name extends string = string> extends LabelledMetric<Name, SummaryChild> {
  constructor(options: SummaryOptions<Name>) {
    super(options, kindOf(options));
  }

  observe(value: number): void;
  observe(labels: LabelValues<Name>, value: number): void;
  observe(first: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.child(labels).observe(value as number);
  }

  startTimer(labels?: LabelValues<Name>): () => number {
    return this.child(labels).startTimer();
  }
}
