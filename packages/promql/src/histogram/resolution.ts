// Lower resolution: at one schema less, two neighbouring buckets become one.

import type { Histogram } from "@narthex/model";
import { assert } from "@narthex/stdx";
import { hasCustomBuckets } from "./bounds.js";
import { BucketRun, type IndexMapping } from "./bucket-run.js";

/** Index of the bucket at `to` that holds bucket `index` of the finer schema `from`. */
export function indexMapping(from: number, to: number): IndexMapping {
  const shift = from - to;
  return (index) => ((index - 1) >> shift) + 1;
}

/** The same observations under a lower schema. REQUIRES: exponential buckets, `schema` ≤ the present one. */
export function reduceResolution(histogram: Histogram, schema: number): Histogram {
  assert(!hasCustomBuckets(histogram), "custom buckets have no resolution to reduce");
  assert(schema <= histogram.schema, "resolution is reduced, not raised");
  if (schema === histogram.schema) return histogram;
  const map = indexMapping(histogram.schema, schema);
  const positive = mappedSide({ spans: histogram.positiveSpans, counts: histogram.positiveBuckets, factor: 1 }, map);
  const negative = mappedSide({ spans: histogram.negativeSpans, counts: histogram.negativeBuckets, factor: 1 }, map);
  return {
    ...histogram,
    schema,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}

function mappedSide(
  side: Parameters<BucketRun["addSpansMapped"]>[0],
  map: IndexMapping,
): ReturnType<BucketRun["spans"]> {
  const run = new BucketRun();
  run.addSpansMapped(side, map);
  return run.spans();
}
