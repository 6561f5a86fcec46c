// The operators `</` and `>/`: a histogram of only those observations that lie below or above a value.
// Bucket counts are cut by interpolation; count and sum are estimated anew from what is left.
import type { Histogram } from "@narthex/model";
import {
  type BucketColumns,
  bucketColumns,
  bucketExtent,
  type Extent,
  isLinearBucket,
  shareBelow,
} from "./bucket-columns.js";
import { spansFrom } from "./bucket-run.js";
import { negativeSide, positiveSide, type Side } from "./spans.js";

/** `upper`, for `</`: observations ≤ the cutoff stay. `lower`, for `>/`: observations > the cutoff stay. */
export type TrimSide = "upper" | "lower";

/** The histogram itself where nothing lies beyond the cutoff. */
export function trimHistogram(histogram: Histogram, side: TrimSide, cutoff: number): Histogram {
  const columns = bucketColumns(histogram);
  const kept = new Float64Array(columns.length);
  let isTrimmed = false;
  let count = 0;
  let sum = 0;
  for (let i = 0; i < columns.length; i++) {
    const present = columns.counts[i] as number;
    if (present === 0) continue;
    const extent = bucketExtent(histogram, columns, i);
    const rest = remainder(extent, side, cutoff);
    const share = rest === undefined ? 0 : keptShare(histogram, { extent, side, cutoff });
    kept[i] = present * share;
    if (share < 1 || (rest !== undefined && isCut(extent, rest))) isTrimmed = true;
    count += kept[i] as number;
    if (rest !== undefined && kept[i] !== 0) {
      sum += (kept[i] as number) * midpoint(rest, isLinearBucket(histogram, extent));
    }
  }
  return isTrimmed ? withCounts(histogram, columns, { kept, count, sum }) : histogram;
}

function isCut(extent: Extent, rest: Extent): boolean {
  return rest.lower !== extent.lower || rest.upper !== extent.upper;
}

/** The part of a bucket that is on the kept side, undefined when there is none. */
function remainder(extent: Extent, side: TrimSide, cutoff: number): Extent | undefined {
  const { lower, upper } = extent;
  if (Number.isNaN(cutoff)) return undefined;
  if (lower === -Infinity && upper === Infinity) {
    // One bucket for everything tells nothing about where in it observations lie.
    return cutoff === (side === "upper" ? Infinity : -Infinity) ? extent : undefined;
  }
  if (side === "upper") return upperRemainder(extent, cutoff);
  if (cutoff >= upper) return undefined;
  // Observations below the first bound may lie anywhere: none of them is known to be above the cutoff.
  if (lower === -Infinity) return cutoff === -Infinity ? extent : undefined;
  return { lower: Math.max(lower, cutoff), upper };
}

function upperRemainder({ lower, upper }: Extent, cutoff: number): Extent | undefined {
  if (cutoff <= lower) return undefined;
  if (upper === Infinity) return cutoff === Infinity ? { lower, upper } : undefined;
  return { lower, upper: Math.min(upper, cutoff) };
}

type Cut = { readonly extent: Extent; readonly side: TrimSide; readonly cutoff: number };

function keptShare(histogram: Histogram, { extent, side, cutoff }: Cut): number {
  // A bucket without end is kept whole where it is kept.
  if (extent.lower === -Infinity || extent.upper === Infinity) return 1;
  if (side === "upper" ? cutoff >= extent.upper : cutoff <= extent.lower) return 1;
  const below = shareBelow(cutoff, extent, isLinearBucket(histogram, extent));
  return side === "upper" ? below : 1 - below;
}

/** The value that stands for all observations in an extent: the finite bound where the other is infinite. */
function midpoint({ lower, upper }: Extent, isLinear: boolean): number {
  if (lower === -Infinity) return upper;
  if (upper === Infinity) return lower;
  if (isLinear) return (lower + upper) / 2;
  const mean = Math.sqrt(lower * upper);
  return upper < 0 ? -mean : mean;
}

type Trimmed = { readonly kept: Float64Array; readonly count: number; readonly sum: number };

function withCounts(histogram: Histogram, columns: BucketColumns, { kept, count, sum }: Trimmed): Histogram {
  const negativeLength = histogram.negativeBuckets.length;
  const positiveStart = columns.length - histogram.positiveBuckets.length;
  const negativeCounts = [...kept.subarray(0, negativeLength)].reverse();
  const positive = populated({ indexes: positiveSide(histogram).indexes, counts: [...kept.subarray(positiveStart)] });
  const negative = populated({ indexes: negativeSide(histogram).indexes, counts: negativeCounts });
  return {
    ...histogram,
    count,
    sum,
    zeroCount: positiveStart > negativeLength ? (kept[negativeLength] as number) : 0,
    positiveSpans: spansFrom(positive.indexes),
    positiveBuckets: positive.counts,
    negativeSpans: spansFrom(negative.indexes),
    negativeBuckets: negative.counts,
  };
}

function populated(side: Side): { indexes: number[]; counts: number[] } {
  const indexes = [...side.indexes].filter((_, i) => side.counts[i] !== 0);
  return { indexes, counts: side.counts.filter((count) => count !== 0) };
}
