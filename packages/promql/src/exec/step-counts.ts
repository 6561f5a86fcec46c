// How many samples the steps of a query look at: kept only where somebody wants to know. Operators that read samples add to it;
// what is evaluated on other steps, as a subquery is, has counts of its own, which are then laid on those of the steps around it.
// Prometheus: util/stats/query_stats.go; a histogram counts as many times as a float fits into it.
import type { Histogram } from "@narthex/model";
import { type Column, isFloat, isHistogram } from "./column.js";
import type { SeriesSamples } from "./samples.js";
import type { StepGrid } from "./step-grid.js";

/** Windows as a range selector or a subquery lays them: step i looks at (first + i × step - before, first + i × step + after]. */
export type CountedWindows = {
  readonly first: number;
  /** 0 where all steps look at the same window. */
  readonly step: number;
  readonly before: number;
  readonly after: number;
};

export class StepCounts {
  readonly grid: StepGrid;
  /** Samples that a step looks at; one that several steps look at counts at each. */
  readonly looked: Float64Array;
  /** Samples that no step before has looked at. */
  readonly read: Float64Array;
  #weights = new Float64Array(0);

  constructor(grid: StepGrid) {
    this.grid = grid;
    this.looked = new Float64Array(grid.count);
    this.read = new Float64Array(grid.count);
  }

  clear(): void {
    this.looked.fill(0);
    this.read.fill(0);
  }

  /** Each point is a sample of its own. */
  addPoints({ present, h }: Column): void {
    for (let i = 0; i < present.length; i++) {
      if (present[i] === isFloat) this.#add(i, 1);
      else if (present[i] === isHistogram) this.#add(i, histogramWeight(h?.[i] as Histogram));
    }
  }

  /** The samples of one series in each step's window. */
  addWindows(samples: SeriesSamples, windows: CountedWindows): void {
    this.#slideOver(samples, windows, this.read);
  }

  /** As `addWindows`, of samples that a subquery made: they are looked at, and were not read. */
  addMade(samples: SeriesSamples, windows: CountedWindows): void {
    this.#slideOver(samples, windows, undefined);
  }

  /** A part that was evaluated once: every step looks at it, the first has read it. */
  addInvariant(first: StepCounts): void {
    const looked = first.looked[0] as number;
    for (let i = 0; i < this.looked.length; i++) this.looked[i] = (this.looked[i] as number) + looked;
    this.read[0] = (this.read[0] as number) + (first.read[0] as number);
  }

  /** What a subquery's steps have read, each at the first step whose window holds it. */
  addReads(inner: StepCounts, windows: CountedWindows): void {
    for (let i = 0; i < inner.read.length; i++) {
      const count = inner.read[i] as number;
      const step = count === 0 ? -1 : firstStepOf(inner.grid.start + i * inner.grid.step, windows, this.grid.count);
      if (step >= 0) this.read[step] = (this.read[step] as number) + count;
    }
  }

  /** All of a subquery that is itself the result, at the only step. */
  addWhole(inner: StepCounts): void {
    this.looked[0] = (this.looked[0] as number) + sum(inner.looked);
    this.read[0] = (this.read[0] as number) + sum(inner.read);
  }

  /** Of one series that another thread has evaluated. REQUIRES: the same grid. */
  addStep(i: number, looked: number, read: number): void {
    this.looked[i] = (this.looked[i] as number) + looked;
    this.read[i] = (this.read[i] as number) + read;
  }

  totals(): { readonly looked: number; readonly read: number } {
    return { looked: sum(this.looked), read: sum(this.read) };
  }

  #add(i: number, count: number): void {
    this.addStep(i, count, count);
  }

  #weigh(histograms: readonly Histogram[]): Float64Array {
    if (this.#weights.length <= histograms.length) this.#weights = new Float64Array(2 * histograms.length + 1);
    for (let i = 0; i < histograms.length; i++) {
      this.#weights[i + 1] = (this.#weights[i] as number) + histogramWeight(histograms[i] as Histogram);
    }
    return this.#weights;
  }

  #slideOver(samples: SeriesSamples, windows: CountedWindows, read: Float64Array | undefined): void {
    const { floatCount, floatTimes, histogramCount, histogramTimes, histograms } = samples;
    if (floatCount > 0) this.#slide({ times: floatTimes, count: floatCount, weights: undefined }, windows, read);
    if (histogramCount === 0) return;
    const weights = this.#weigh(histograms);
    this.#slide({ times: histogramTimes, count: histogramCount, weights }, windows, read);
  }

  #slide({ times, count, weights }: Counted, windows: CountedWindows, read: Float64Array | undefined): void {
    const { looked } = this;
    const { first, step, before, after } = windows;
    let from = 0;
    let end = 0;
    for (let i = 0; i < looked.length; i++) {
      const at = first + i * step;
      const seen = end;
      while (end < count && (times[end] as number) <= at + after) end++;
      while (from < end && (times[from] as number) <= at - before) from++;
      const fresh = Math.max(from, seen);
      looked[i] = (looked[i] as number) + between(from, end, weights);
      if (read) read[i] = (read[i] as number) + between(fresh, end, weights);
    }
  }
}

type Counted = {
  readonly times: Float64Array;
  readonly count: number;
  /** Weights of rows 0 … i - 1 together; a row without weight counts once. */
  readonly weights: Float64Array | undefined;
};

function between(from: number, end: number, weights: Float64Array | undefined): number {
  return weights ? (weights[end] as number) - (weights[from] as number) : end - from;
}

function firstStepOf(t: number, { first, step, before, after }: CountedWindows, count: number): number {
  const steps = step === 0 ? 0 : Math.ceil((t - after - first) / step);
  const i = Math.max(0, steps);
  const at = first + i * step;
  return i < count && t > at - before && t <= at + after ? i : -1;
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Bytes in the memory of Prometheus, in floats of 16 bytes. Prometheus: model/histogram FloatHistogram.Size, promql HPoint.size. */
function histogramWeight(histogram: Histogram): number {
  const { positiveSpans, negativeSpans, positiveBuckets, negativeBuckets, customValues } = histogram;
  const lists = [positiveSpans, negativeSpans, positiveBuckets, negativeBuckets, customValues];
  const bytes = lists.reduce((total, { length }) => total + 8 * length, headBytes);
  return Math.floor(bytes / floatBytes);
}

/** Of the histogram without its lists, and of its time. */
const headBytes = 168 + 8;
const floatBytes = 16;
