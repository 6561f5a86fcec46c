// A histogram's populated and empty buckets as parallel columns in ascending order: what quantiles, fractions,
// variances and trims walk along.
import type { Histogram } from "@narthex/model";
import { exponentialBound, hasCustomBuckets, upperBound } from "./bounds.js";
import { negativeSide, positiveSide } from "./spans.js";

/**
 * Bucket i covers (lower[i], upper[i]] and holds counts[i]; negative buckets cover [lower, upper), the zero bucket both ends.
 * A zero bucket that holds nothing is left out.
 */
export type BucketColumns = {
  readonly length: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly counts: Float64Array;
};

export function bucketColumns(histogram: Histogram): BucketColumns {
  const negative = negativeSide(histogram);
  const positive = positiveSide(histogram);
  const hasZero = histogram.zeroCount !== 0 && !hasCustomBuckets(histogram);
  const length = negative.counts.length + positive.counts.length + (hasZero ? 1 : 0);
  const lower = new Float64Array(length);
  const upper = new Float64Array(length);
  const counts = new Float64Array(length);
  let at = 0;
  for (let i = negative.counts.length - 1; i >= 0; i--, at++) {
    const index = negative.indexes[i] as number;
    lower[at] = -exponentialBound(index, histogram.schema);
    upper[at] = -exponentialBound(index - 1, histogram.schema);
    counts[at] = negative.counts[i] as number;
  }
  if (hasZero) {
    lower[at] = -histogram.zeroThreshold;
    upper[at] = histogram.zeroThreshold;
    counts[at++] = histogram.zeroCount;
  }
  for (let i = 0; i < positive.counts.length; i++, at++) {
    const index = positive.indexes[i] as number;
    lower[at] = upperBound(index - 1, histogram);
    upper[at] = upperBound(index, histogram);
    counts[at] = positive.counts[i] as number;
  }
  return { length, lower, upper, counts };
}

/** Where a bucket is taken to lie when observations are placed within it. */
export type Extent = { lower: number; upper: number };

/**
 * Bounds of bucket i to interpolate between.
 *
 * A zero bucket beside buckets of one sign only is taken to hold that sign only. The first custom bucket starts at 0
 * where it ends above 0, as for classic histograms.
 */
export function bucketExtent(histogram: Histogram, columns: BucketColumns, i: number): Extent {
  const lower = columns.lower[i] as number;
  const upper = columns.upper[i] as number;
  if (hasCustomBuckets(histogram)) {
    return lower === -Infinity && upper > 0 && upper < Infinity ? { lower: 0, upper } : { lower, upper };
  }
  if (lower > 0 || upper < 0) return { lower, upper };
  const hasPositive = histogram.positiveBuckets.length > 0;
  const hasNegative = histogram.negativeBuckets.length > 0;
  if (hasPositive && !hasNegative) return { lower: 0, upper };
  if (hasNegative && !hasPositive) return { lower, upper: 0 };
  return { lower, upper };
}

/** The share, 0 to 1, of an extent's observations that lie below `v`. REQUIRES: finite bounds, `v` between them. */
export function shareBelow(v: number, extent: Extent, isLinear: boolean): number {
  const { lower, upper } = extent;
  if (isLinear) return (v - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logV = Math.log2(Math.abs(v));
  return v > 0 ? (logV - logLower) / (logUpper - logLower) : 1 - (logV - logUpper) / (logLower - logUpper);
}

/** Whether observations are taken to be spread evenly, as in custom buckets and the zero bucket, and not by powers. */
export function isLinearBucket(histogram: Histogram, extent: Extent): boolean {
  return hasCustomBuckets(histogram) || (extent.lower <= 0 && extent.upper >= 0);
}
