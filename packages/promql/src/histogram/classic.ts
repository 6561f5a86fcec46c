// histogram_quantile and histogram_fraction for classic histograms: cumulative counts by upper bound ("le").
import { nearlyEqual } from "./nearly-equal.js";

/** Where cumulative counts went down and by how much at most; material of the monotonicity annotation. */
export type MonotonicityFix = { readonly from: number; readonly to: number; readonly maxDifference: number };

/** Relative differences up to here are floating point noise and are levelled without a word. */
export const smallDeltaTolerance = 1e-12;

/**
 * The buckets of one classic histogram after another, in the same arrays: the first `length` of bounds and counts are valid. After
 * `finish` they are one per bound, never descending, and end at +Inf.
 */
export class ClassicBuckets {
  length = 0;
  readonly bounds: Float64Array;
  readonly counts: Float64Array;
  /** What `finish` has levelled. */
  fix: MonotonicityFix | undefined;

  constructor(bucketsMax: number) {
    this.bounds = new Float64Array(bucketsMax);
    this.counts = new Float64Array(bucketsMax);
  }

  /** Begins the next histogram. */
  restart(): void {
    this.length = 0;
    this.fix = undefined;
  }

  /** Buckets of equal bounds become one. REQUIRES: bounds in order. */
  add(bound: number, count: number): void {
    const last = this.length - 1;
    if (last >= 0 && this.bounds[last] === bound) this.counts[last] = (this.counts[last] as number) + count;
    else {
      this.bounds[this.length] = bound;
      this.counts[this.length] = count;
      this.length++;
    }
  }

  /**
   * Levels decreases; false without a +Inf bucket.
   *
   * Prometheus: promql/quantile.go ensureMonotonicAndIgnoreSmallDeltas; scrapes and rates of the buckets of one histogram
   * are not atomic, so counts that should never descend may.
   */
  finish(): boolean {
    const { bounds, counts, length } = this;
    if (bounds[length - 1] !== Infinity || length === 0) return false;
    let previous = counts[0] as number;
    for (let i = 1; i < length; i++) {
      const count = counts[i] as number;
      if (count === previous) continue;
      if (nearlyEqual(previous, count, smallDeltaTolerance)) {
        counts[i] = previous;
      } else if (count < previous) {
        counts[i] = previous;
        this.#noteFix(bounds[i] as number, previous - count);
      } else {
        previous = count;
      }
    }
    return true;
  }

  #noteFix(bound: number, difference: number): void {
    const { fix } = this;
    this.fix = { from: fix?.from ?? bound, to: bound, maxDifference: Math.max(fix?.maxDifference ?? 0, difference) };
  }
}

/** The value below which a share `q` of the observations lies, linear within a bucket. */
export function classicQuantile(q: number, { bounds, counts, length }: ClassicBuckets): number {
  if (Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const last = length - 1;
  const observations = counts[last] as number;
  if (last < 1 || observations === 0 || Number.isNaN(observations)) return NaN;
  const rank = q * observations;
  let at = 0;
  while (at < last && !((counts[at] as number) >= rank)) at++;
  if (at === last) return bounds[last - 1] as number;
  const end = bounds[at] as number;
  if (at === 0 && end <= 0) return end;
  const start = at === 0 ? 0 : (bounds[at - 1] as number);
  const below = at === 0 ? 0 : (counts[at - 1] as number);
  return start + (end - start) * ((rank - below) / ((counts[at] as number) - below));
}

/** The share of observations in (lower, upper]. */
export function classicFraction(limits: { lower: number; upper: number }, buckets: ClassicBuckets): number {
  const { lower, upper } = limits;
  const count = buckets.counts[buckets.length - 1] as number;
  if (count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  const lowerRank = Math.min(rankOf(lower, buckets), count);
  const upperRank = Math.min(rankOf(upper, buckets), count);
  return (upperRank - lowerRank) / count;
}

function rankOf(v: number, { bounds, counts, length }: ClassicBuckets): number {
  let below = 0;
  let start = (bounds[0] as number) > 0 ? 0 : -Infinity;
  for (let i = 0; i < length; i++) {
    const end = bounds[i] as number;
    const count = counts[i] as number;
    if (start >= v) return below;
    if (end > v) {
      // No interpolation in a bucket without end: below is all of the first, and nothing of the last.
      if (end === Infinity) return below;
      if (start === -Infinity) return count;
      return below + ((count - below) * (v - start)) / (end - start);
    }
    below = count;
    start = end;
  }
  return Infinity;
}
