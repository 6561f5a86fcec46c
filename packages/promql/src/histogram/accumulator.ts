// Sums histograms of any resolution, zero threshold or custom bounds in place, for `sum`, `avg` and their _over_time
// forms. Comes from: exec's aggregations. Goes to: a fresh immutable Histogram per result.
// The receiver takes on the lower schema, the wider zero bucket and the bounds that both sides have.
import { type CounterResetHint, customBucketsSchema, type Histogram } from "@narthex/model";
import { customBoundsEqual, customBucketMapping, hasCustomBuckets, intersectCustomBounds } from "./bounds.js";
import { additionError, BucketRun, compensated } from "./bucket-run.js";
import { combineHints } from "./reset-hint.js";
import { indexMapping } from "./resolution.js";
import { widenZeroBucket } from "./zero-bucket.js";

/** Exponential and custom buckets have nothing in common: "incompatible", and the receiver stays as it was. */
export type AddOutcome = "added" | "incompatible";

/**
 * A running, compensated sum of histograms.
 *
 * Ownership: the accumulator owns all its arrays and never keeps a reference into what is added; `histogram()` hands
 * out copies. It may be reused for another group by `start`.
 */
export class HistogramAccumulator {
  /** Set once histograms with other custom bounds have been reconciled. */
  boundsReconciled = false;
  /** Set once both "reset" and "not_reset" have been seen: the hints contradict each other. */
  resetCollision = false;

  private schema = 0;
  private hint: CounterResetHint = "unknown";
  private hasReset = false;
  private hasNotReset = false;
  private zeroThreshold = 0;
  private customValues: readonly number[] = [];
  // Zero count, count and sum in one array, so that one line of arithmetic serves all three.
  private readonly totals = new Float64Array(3);
  private readonly totalErrors = new Float64Array(3);
  private positive = new BucketRun();
  private negative = new BucketRun();

  constructor(first: Histogram) {
    this.start(first);
  }

  /** Forgets everything and takes `first` as the sum so far. */
  start(first: Histogram): void {
    this.boundsReconciled = false;
    this.resetCollision = false;
    this.hasReset = false;
    this.hasNotReset = false;
    this.hint = first.counterResetHint;
    this.noteHint(first.counterResetHint);
    this.load(first);
  }

  private load(histogram: Histogram): void {
    this.schema = histogram.schema;
    this.zeroThreshold = histogram.zeroThreshold;
    this.customValues = histogram.customValues;
    this.totals.fill(0);
    this.totalErrors.fill(0);
    this.positive.size = 0;
    this.negative.size = 0;
    this.addTotals(histogram, 1);
    this.positive.addSpans(histogram.positiveSpans, histogram.positiveBuckets, 1);
    this.negative.addSpans(histogram.negativeSpans, histogram.negativeBuckets, 1);
  }

  add(other: Histogram): AddOutcome {
    return this.addTimes(other, 1);
  }

  subtract(other: Histogram): AddOutcome {
    return this.addTimes(other, -1);
  }

  private addTimes(other: Histogram, factor: number): AddOutcome {
    if (hasCustomBuckets(other) !== (this.schema === customBucketsSchema)) return "incompatible";
    this.noteHint(other.counterResetHint);
    this.hint = combineHints(this.hint, other.counterResetHint);
    if (this.schema === customBucketsSchema) this.addCustom(other, factor);
    else this.addExponential(other, factor);
    return "added";
  }

  private noteHint(hint: CounterResetHint): void {
    if (hint === "reset") this.hasReset = true;
    if (hint === "not_reset") this.hasNotReset = true;
    this.resetCollision = this.hasReset && this.hasNotReset;
  }

  private addTotals(other: Histogram, factor: number): void {
    this.increase(0, other.zeroCount * factor);
    this.increase(1, other.count * factor);
    this.increase(2, other.sum * factor);
  }

  private increase(i: number, increment: number): void {
    const total = this.totals[i] as number;
    this.totalErrors[i] = (this.totalErrors[i] as number) + additionError(total, increment);
    this.totals[i] = total + increment;
  }

  private addExponential(other: Histogram, factor: number): void {
    const aligned = this.alignZeroBuckets(other);
    if (aligned.schema < this.schema) this.reduceTo(aligned.schema);
    this.addTotals(aligned, factor);
    if (aligned.schema === this.schema) {
      this.positive.addSpans(aligned.positiveSpans, aligned.positiveBuckets, factor);
      this.negative.addSpans(aligned.negativeSpans, aligned.negativeBuckets, factor);
      return;
    }
    const map = indexMapping(aligned.schema, this.schema);
    this.positive.addSpansMapped({ spans: aligned.positiveSpans, counts: aligned.positiveBuckets, factor }, map);
    this.negative.addSpansMapped({ spans: aligned.negativeSpans, counts: aligned.negativeBuckets, factor }, map);
  }

  // Widening may overshoot the other side's threshold, in turn, until both agree.
  private alignZeroBuckets(other: Histogram): Histogram {
    let aligned = other;
    while (aligned.zeroThreshold !== this.zeroThreshold) {
      if (aligned.zeroThreshold < this.zeroThreshold) aligned = widenZeroBucket(aligned, this.zeroThreshold);
      // Rare, so the rounding errors may be folded in.
      else this.load(widenZeroBucket(this.histogram(), aligned.zeroThreshold));
    }
    return aligned;
  }

  private reduceTo(schema: number): void {
    const map = indexMapping(this.schema, schema);
    this.positive.remap(map);
    this.negative.remap(map);
    this.schema = schema;
  }

  private addCustom(other: Histogram, factor: number): void {
    this.addTotals(other, factor);
    if (customBoundsEqual(this.customValues, other.customValues)) {
      this.positive.addSpans(other.positiveSpans, other.positiveBuckets, factor);
      return;
    }
    this.boundsReconciled = true;
    const bounds = intersectCustomBounds(this.customValues, other.customValues);
    const own = customBucketMapping(this.customValues, bounds);
    const others = customBucketMapping(other.customValues, bounds);
    this.positive.remap((index) => own[index] as number);
    this.positive.addSpansMapped(
      { spans: other.positiveSpans, counts: other.positiveBuckets, factor },
      (index) => others[index] as number,
    );
    this.customValues = bounds;
  }

  /** Scales the sum so far, rounding errors included. */
  multiply(factor: number): void {
    for (let i = 0; i < 3; i++) {
      this.totals[i] = (this.totals[i] as number) * factor;
      this.totalErrors[i] = (this.totalErrors[i] as number) * factor;
    }
    this.positive.multiply(factor);
    this.negative.multiply(factor);
  }

  /** Whether any number of the sum is beyond ±`limit`. */
  exceeds(limit: number): boolean {
    const isBeyond = (total: number): boolean => Math.abs(total) > limit;
    return this.totals.some(isBeyond) || this.positive.exceeds(limit) || this.negative.exceeds(limit);
  }

  copy(): HistogramAccumulator {
    const copied = new HistogramAccumulator(emptyHistogram);
    copied.boundsReconciled = this.boundsReconciled;
    copied.resetCollision = this.resetCollision;
    copied.schema = this.schema;
    copied.hint = this.hint;
    copied.hasReset = this.hasReset;
    copied.hasNotReset = this.hasNotReset;
    copied.zeroThreshold = this.zeroThreshold;
    copied.customValues = this.customValues;
    copied.totals.set(this.totals);
    copied.totalErrors.set(this.totalErrors);
    copied.positive = this.positive.copy();
    copied.negative = this.negative.copy();
    return copied;
  }

  /** The sum as a histogram of its own, compact. */
  histogram(): Histogram {
    const positive = this.positive.spans();
    const negative = this.negative.spans();
    return {
      schema: this.schema,
      counterResetHint: this.hint,
      zeroThreshold: this.zeroThreshold,
      zeroCount: this.total(0),
      count: this.total(1),
      sum: this.total(2),
      positiveSpans: positive.spans,
      positiveBuckets: positive.counts,
      negativeSpans: negative.spans,
      negativeBuckets: negative.counts,
      customValues: this.customValues,
    };
  }

  private total(i: number): number {
    return compensated(this.totals[i] as number, this.totalErrors[i] as number);
  }
}

/** No observations; schema 0. */
export const emptyHistogram: Histogram = Object.freeze({
  schema: 0,
  counterResetHint: "unknown",
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positiveSpans: [],
  positiveBuckets: [],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
});
