// The mean of histograms. Sums first, which is exact; once a sum leaves float64's range, goes on with a running mean.
import type { Histogram } from "@narthex/model";
import { type AddOutcome, HistogramAccumulator } from "./accumulator.js";
import { divide } from "./arithmetic.js";

// Two numbers below this have a sum within float64's range.
const summandMax = 2 ** 1022;

/** Owns its accumulator; `histogram()` hands out copies. Prometheus: the switch to a running mean is one-way. */
export class HistogramAverage {
  /** How many histograms were added. */
  count = 1;
  private total: HistogramAccumulator;
  private isIncremental = false;

  constructor(first: Histogram) {
    this.total = new HistogramAccumulator(first);
  }

  get boundsReconciled(): boolean {
    return this.total.boundsReconciled;
  }

  get resetCollision(): boolean {
    return this.total.resetCollision;
  }

  add(other: Histogram): AddOutcome {
    const outcome = this.isIncremental ? this.addToMean(other) : this.addToTotal(other);
    if (outcome === "added") this.count++;
    return outcome;
  }

  private addToTotal(other: Histogram): AddOutcome {
    if (!exceeds(other, summandMax) && !this.total.exceeds(summandMax)) return this.total.add(other);
    const before = this.total.copy();
    const outcome = this.total.add(other);
    if (outcome === "incompatible" || !this.total.exceeds(Number.MAX_VALUE)) return outcome;
    this.total = before;
    this.total.multiply(1 / this.count);
    this.isIncremental = true;
    return this.addToMean(other);
  }

  // mean(n) = mean(n - 1) × (n - 1)/n + value/n; each term stays in range where the difference to the mean may not.
  private addToMean(other: Histogram): AddOutcome {
    const n = this.count + 1;
    const mean = this.total.copy();
    mean.multiply(this.count / n);
    const outcome = mean.add(divide(other, n));
    if (outcome === "added") this.total = mean;
    return outcome;
  }

  histogram(): Histogram {
    const histogram = this.total.histogram();
    return this.isIncremental ? histogram : divide(histogram, this.count);
  }
}

function exceeds(histogram: Histogram, limit: number): boolean {
  const isBeyond = (value: number): boolean => Math.abs(value) > limit;
  return (
    isBeyond(histogram.count) ||
    isBeyond(histogram.sum) ||
    isBeyond(histogram.zeroCount) ||
    histogram.positiveBuckets.some(isBeyond) ||
    histogram.negativeBuckets.some(isBeyond)
  );
}
