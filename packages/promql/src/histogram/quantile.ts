// histogram_quantile for native histograms.
import type { Histogram } from "@narthex/model";
import { hasCustomBuckets } from "./bounds.js";
import { type BucketColumns, bucketColumns, bucketExtent, type Extent, isLinearBucket } from "./bucket-columns.js";

/** What NaN observations did to a quantile: they count as above +Inf. */
export type NanEffect = "none" | "result" | "skew";

export type QuantileResult = { readonly value: number; readonly nanEffect: NanEffect };

/**
 * The value below which a share `q` of the observations lies; -Inf for q < 0, +Inf for q > 1, NaN without observations.
 *
 * Interpolates exponentially in exponential buckets and linearly in the zero bucket and in custom buckets. In the
 * highest custom bucket, which has no end, the result is that bucket's lower bound.
 */
export function histogramQuantile(q: number, histogram: Histogram): QuantileResult {
  if (q < 0) return plain(-Infinity);
  if (q > 1) return plain(Infinity);
  if (histogram.count === 0 || Number.isNaN(q)) return plain(NaN);
  const columns = bucketColumns(histogram);
  if (Number.isNaN(histogram.sum)) return quantileWithNans(q, histogram, columns);
  // From the nearer end, so that counts too large for exact sums do no harm.
  return plain(q < 0.5 ? fromBelow(q, histogram, columns) : fromAbove(q, histogram, columns));
}

function plain(value: number): QuantileResult {
  return { value, nanEffect: "none" };
}

// NaN observations are in the count but in no bucket, so that only counting from below finds the rank.
function quantileWithNans(q: number, histogram: Histogram, columns: BucketColumns): QuantileResult {
  const inBuckets = columns.counts.reduce((sum, count) => sum + count, 0);
  if (inBuckets < q * histogram.count) return { value: NaN, nanEffect: "result" };
  return {
    value: fromBelow(q, histogram, columns),
    nanEffect: inBuckets < histogram.count ? "skew" : "none",
  };
}

function fromBelow(q: number, histogram: Histogram, columns: BucketColumns): number {
  const rank = q * histogram.count;
  let seen = 0;
  let last = -1;
  for (let i = 0; i < columns.length; i++) {
    const count = columns.counts[i] as number;
    if (count === 0) continue;
    seen += count;
    last = i;
    if (seen >= rank) break;
  }
  if (last < 0) return NaN;
  const count = columns.counts[last] as number;
  return valueWithin(histogram, bucketExtent(histogram, columns, last), fractionAbove(rank, seen, count, histogram));
}

function fractionAbove(rank: number, seen: number, count: number, histogram: Histogram): number {
  const bounded = Math.min(seen, histogram.count);
  if (bounded < rank) return 1;
  return (rank - (bounded - count)) / count;
}

function fromAbove(q: number, histogram: Histogram, columns: BucketColumns): number {
  const rank = (1 - q) * histogram.count;
  let seen = 0;
  let last = -1;
  for (let i = columns.length - 1; i >= 0; i--) {
    const count = columns.counts[i] as number;
    if (count === 0) continue;
    seen += count;
    last = i;
    if (seen >= rank) break;
  }
  if (last < 0) return NaN;
  const bounded = Math.min(seen, histogram.count);
  const fraction = bounded < rank ? 0 : (bounded - rank) / (columns.counts[last] as number);
  return valueWithin(histogram, bucketExtent(histogram, columns, last), fraction);
}

function valueWithin(histogram: Histogram, extent: Extent, fraction: number): number {
  const { lower, upper } = extent;
  if (hasCustomBuckets(histogram)) {
    if (upper === Infinity) return lower;
    if (lower === -Infinity) return upper;
  }
  if (isLinearBucket(histogram, extent)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}
