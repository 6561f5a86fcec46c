// Observations counted into buckets.

import type { HistogramBucket, HistogramMetric } from "@narthex/formats";
import type { Exemplar, Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { type ExemplarLabels, exemplarFrom } from "./exemplar.js";
import { LabelledMetric, type MetricKind } from "./labelled.js";
import { type LabelValues, type MetricOptions, splitArguments } from "./metric.js";
import { MetricError, requireNumber } from "./names.js";
import { NativeBuckets, type NativeOptions } from "./native-buckets.js";
import { startStopwatch } from "./stopwatch.js";

/** For the seconds that a network service takes to answer. */
export const defaultBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Buckets of one histogram; each is a series for every combination of label values. */
export const bucketsMax = 1000;

export interface HistogramOptions<Name extends string> extends MetricOptions<Name, Histogram<Name>> {
  /** Upper bounds, ascending; +Inf is added. */
  readonly buckets?: readonly number[];
  /** Counts into native buckets as well, which scrapers that ask for protobuf are shown; `buckets: []` leaves only these. */
  readonly native?: NativeOptions;
}

interface Shape {
  readonly bounds: Float64Array;
  readonly native: NativeOptions | undefined;
  readonly clock: Clock;
}

/** One series of a histogram. */
export class HistogramChild {
  readonly labels: Labels;
  readonly #bounds: Float64Array;
  readonly #clock: Clock;
  readonly #startTime: number;
  // Not cumulative; the last one counts what is above all bounds.
  readonly #counts: Float64Array;
  #exemplars: (Exemplar | undefined)[] | undefined;
  readonly #native: NativeBuckets | undefined;
  #sum = 0;

  constructor(labels: Labels, { bounds, native, clock }: Shape) {
    this.labels = labels;
    this.#native = native && new NativeBuckets(native);
    this.#bounds = bounds;
    this.#clock = clock;
    this.#startTime = clock.now();
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** `exemplar`: labels that lead to what was observed, a trace id for instance; shown in OpenMetrics and protobuf. */
  observe(value: number, exemplar?: ExemplarLabels): void {
    requireNumber(value);
    const i = bucketOf(this.#bounds, value);
    if (exemplar !== undefined) {
      this.#exemplars ??= [];
      this.#exemplars[i] = exemplarFrom(exemplar, value, this.#clock);
      this.#native?.addExemplar(this.#exemplars[i]);
    }
    this.#native?.observe(value);
    this.#counts[i]!++;
    this.#sum += value;
  }

  /** Returns a function that observes the seconds since, and returns them. */
  startTimer(): (exemplar?: ExemplarLabels) => number {
    const stop = startStopwatch();
    return (exemplar) => {
      const seconds = stop();
      this.observe(seconds, exemplar);
      return seconds;
    };
  }

  metric(): HistogramMetric {
    const buckets: HistogramBucket[] = [];
    let cumulativeCount = 0;
    this.#counts.forEach((count, i) => {
      cumulativeCount += count;
      buckets.push({ upperBound: this.#bounds[i] ?? Infinity, cumulativeCount, exemplar: this.#exemplars?.[i] });
    });
    const metric = { labels: this.labels, count: cumulativeCount, sum: this.#sum, buckets, startTime: this.#startTime };
    if (this.#native === undefined) return metric;
    const native = this.#native.histogram({ count: cumulativeCount, sum: this.#sum });
    return { ...metric, native, exemplars: this.#native.exemplars() };
  }
}

// The first bucket whose bound is not below the value; NaN is above all.
function bucketOf(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function kindOf<Name extends string>({ buckets, native }: HistogramOptions<Name>): MetricKind<HistogramChild> {
  const bounds = boundsFrom(buckets ?? defaultBuckets);
  return {
    reserved: "le",
    create: (labels, clock) => new HistogramChild(labels, { bounds, native, clock }),
    family: (head, children) => ({ ...head, type: "histogram", metrics: children.map((child) => child.metric()) }),
  };
}

export class Histogram<Name extends string = string> extends LabelledMetric<Name, HistogramChild> {
  constructor(options: HistogramOptions<Name>) {
    super(options, kindOf(options));
  }

  observe(value: number): void;
  observe(labels: LabelValues<Name>, value: number): void;
  observe(first: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.child(labels).observe(value as number);
  }

  startTimer(labels?: LabelValues<Name>): (exemplar?: ExemplarLabels) => number {
    return this.child(labels).startTimer();
  }

  /** Shows the series before its first observation. */
  zero(labels: LabelValues<Name>): void {
    this.labels(labels);
  }
}

function boundsFrom(buckets: readonly number[]): Float64Array {
  const bounds = Float64Array.from(buckets.at(-1) === Infinity ? buckets.slice(0, -1) : buckets);
  if (bounds.length > bucketsMax) throw new MetricError(`More than ${bucketsMax} buckets`);
  bounds.forEach((bound, i) => {
    if (Number.isNaN(bound) || (i > 0 && bound <= bounds[i - 1]!)) throw new MetricError("Buckets must be ascending");
  });
  return bounds;
}
