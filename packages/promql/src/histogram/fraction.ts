// histogram_fraction for native histograms.
import type { Histogram } from "@narthex/model";
import { type BucketColumns, bucketColumns, bucketExtent, isLinearBucket, shareBelow } from "./bucket-columns.js";

export type FractionResult = {
  readonly value: number;
  /** NaN observations are in no bucket and so in no fraction. */
  readonly hasNans: boolean;
};

/** The share of observations in (lower, upper]; NaN without observations, 0 where lower ≥ upper. */
export function histogramFraction(bounds: { lower: number; upper: number }, histogram: Histogram): FractionResult {
  const { lower, upper } = bounds;
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: NaN, hasNans: false };
  if (lower >= upper) return { value: 0, hasNans: false };
  const columns = bucketColumns(histogram);
  const inBuckets = Number.isNaN(histogram.sum)
    ? columns.counts.reduce((sum, count) => sum + count, 0)
    : histogram.count;
  const lowerRank = Math.min(rankOf(lower, histogram, columns), inBuckets);
  const upperRank = Math.min(rankOf(upper, histogram, columns), inBuckets);
  return { value: (upperRank - lowerRank) / histogram.count, hasNans: inBuckets < histogram.count };
}

/** How many observations lie below `v`; Infinity above all buckets. */
function rankOf(v: number, histogram: Histogram, columns: BucketColumns): number {
  let rank = 0;
  for (let i = 0; i < columns.length; i++) {
    const extent = bucketExtent(histogram, columns, i);
    const count = columns.counts[i] as number;
    if (extent.lower >= v) return rank;
    if (extent.upper > v) {
      // A bucket without end cannot be divided: below is all of the first, and nothing of the last. One that is both is the first.
      if (extent.lower === -Infinity) return rank + count;
      if (extent.upper === Infinity) return rank;
      return rank + count * shareBelow(v, extent, isLinearBucket(histogram, extent));
    }
    rank += count;
  }
  return Infinity;
}
