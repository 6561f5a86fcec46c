// The zero bucket holds observations in [-zeroThreshold, zeroThreshold]. Two histograms can only be compared or added
// under one threshold, so the narrower one is widened and swallows the buckets that it then covers.
import type { Histogram } from "@narthex/model";
import { exponentialBound } from "./bounds.js";
import { filterSide, negativeSide, positiveSide, type Side } from "./spans.js";

/**
 * The histogram with a zero threshold of at least `threshold`.
 *
 * A populated bucket cannot be cut, so the threshold moves on to that bucket's far bound: check `zeroThreshold` of the
 * result. REQUIRES: exponential buckets, `threshold` ≥ the present one.
 */
export function widenZeroBucket(histogram: Histogram, threshold: number): Histogram {
  if (threshold === histogram.zeroThreshold) return histogram;
  const positive = positiveSide(histogram);
  const negative = negativeSide(histogram);
  const widened = reachableThreshold([positive, negative], histogram.schema, threshold);
  const isCovered = (index: number): boolean => exponentialBound(index - 1, histogram.schema) < widened;
  const keptPositive = filterSide(positive, (index, count) => count !== 0 && !isCovered(index));
  const keptNegative = filterSide(negative, (index, count) => count !== 0 && !isCovered(index));
  return {
    ...histogram,
    zeroThreshold: widened,
    zeroCount: histogram.zeroCount + coveredCount(positive, isCovered) + coveredCount(negative, isCovered),
    positiveSpans: keptPositive.spans,
    positiveBuckets: keptPositive.counts,
    negativeSpans: keptNegative.spans,
    negativeBuckets: keptNegative.counts,
  };
}

// Each side may push the threshold further, which may cut a bucket of the other side: again until it rests.
function reachableThreshold(sides: readonly Side[], schema: number, threshold: number): number {
  let reached = threshold;
  for (;;) {
    const before = reached;
    for (const side of sides) reached = pushThreshold(side, schema, reached);
    if (reached === before) return reached;
  }
}

function pushThreshold(side: Side, schema: number, threshold: number): number {
  for (let i = 0; i < side.indexes.length; i++) {
    const index = side.indexes[i] as number;
    const upper = exponentialBound(index, schema);
    if (upper <= threshold) continue;
    const isCut = exponentialBound(index - 1, schema) < threshold && side.counts[i] !== 0;
    return isCut ? upper : threshold;
  }
  return threshold;
}

function coveredCount(side: Side, isCovered: (index: number) => boolean): number {
  let count = 0;
  side.counts.forEach((bucketCount, i) => {
    if (isCovered(side.indexes[i] as number)) count += bucketCount;
  });
  return count;
}
