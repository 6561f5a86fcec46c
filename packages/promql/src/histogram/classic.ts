// histogram_quantile and histogram_fraction for classic histograms: cumulative counts by upper bound ("le").
import type { ClassicBucket } from "@narthex/model";
import { nearlyEqual } from "./nearly-equal.js";

/** Where cumulative counts went down and by how much at most; material of the monotonicity annotation. */
export type MonotonicityFix = { readonly from: number; readonly to: number; readonly maxDifference: number };

/** Sorted, one per bound, never descending, ending at +Inf. */
export type ClassicBuckets = {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly fix: MonotonicityFix | undefined;
};

/** Relative differences up to here are floating point noise and are levelled without a word. */
export const smallDeltaTolerance = 1e-12;

/**
 * Sorts, adds buckets of equal bounds and levels decreases; undefined without a +Inf bucket.
 *
 * Prometheus: promql/quantile.go ensureMonotonicAndIgnoreSmallDeltas; scrapes and rates of the buckets of one histogram
 * are not atomic, so counts that should never descend may.
 */
export function classicBuckets(buckets: readonly ClassicBucket[]): ClassicBuckets | undefined {
  const sorted = [...buckets].sort((a, b) => a.upperBound - b.upperBound);
  return ascendingBuckets(
    sorted.map(({ upperBound }) => upperBound),
    sorted.map(({ count }) => count),
  );
}

/** As `classicBuckets`; takes the arrays over. REQUIRES: bounds in order. */
export function ascendingBuckets(bounds: number[], counts: number[]): ClassicBuckets | undefined {
  if (bounds.at(-1) !== Infinity) return undefined;
  let last = 0;
  for (let i = 1; i < bounds.length; i++) {
    if (bounds[i] === bounds[last]) counts[last] = (counts[last] as number) + (counts[i] as number);
    else {
      last++;
      bounds[last] = bounds[i] as number;
      counts[last] = counts[i] as number;
    }
  }
  bounds.length = last + 1;
  counts.length = last + 1;
  return { bounds, counts, fix: levelDecreases(bounds, counts) };
}

function levelDecreases(bounds: readonly number[], counts: number[]): MonotonicityFix | undefined {
  let previous = counts[0] as number;
  let fix: MonotonicityFix | undefined;
  for (let i = 1; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count === previous) continue;
    if (nearlyEqual(previous, count, smallDeltaTolerance)) {
      counts[i] = previous;
    } else if (count < previous) {
      counts[i] = previous;
      const bound = bounds[i] as number;
      fix = { from: fix?.from ?? bound, to: bound, maxDifference: Math.max(fix?.maxDifference ?? 0, previous - count) };
    } else {
      previous = count;
    }
  }
  return fix;
}

/** The value below which a share `q` of the observations lies, linear within a bucket; buckets from `classicBuckets`. */
export function classicQuantile(q: number, { bounds, counts }: ClassicBuckets): number {
  if (Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const last = counts.length - 1;
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
  const count = buckets.counts.at(-1) as number;
  if (count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  const lowerRank = Math.min(rankOf(lower, buckets), count);
  const upperRank = Math.min(rankOf(upper, buckets), count);
  return (upperRank - lowerRank) / count;
}

function rankOf(v: number, { bounds, counts }: ClassicBuckets): number {
  let below = 0;
  let start = (bounds[0] as number) > 0 ? 0 : -Infinity;
  for (let i = 0; i < bounds.length; i++) {
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
