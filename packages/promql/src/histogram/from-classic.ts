// Classic buckets of one moment into a native histogram with custom buckets.
import { customBucketsSchema, type Histogram } from "@narthex/model";
import { spansFrom } from "./bucket-run.js";
import type { ClassicBucket } from "./classic.js";

/** What the `_bucket`, `_count` and `_sum` series say at one time. */
export type ClassicHistogram = {
  readonly buckets: readonly ClassicBucket[];
  /** Without a `_count` series, the highest bucket's count. */
  readonly count: number | undefined;
  readonly sum: number | undefined;
};

/** Throws where cumulative counts descend or the +Inf bucket is not the count. */
export function customHistogramFrom(classic: ClassicHistogram): Histogram {
  const buckets = uniqueBuckets(classic.buckets);
  const count = classic.count ?? buckets.at(-1)?.count ?? 0;
  if (buckets.at(-1)?.upperBound !== Infinity) buckets.push({ upperBound: Infinity, count });
  const last = buckets.at(-1) as ClassicBucket;
  if (last.count !== count) throw new Error(`count mismatch: count ${count}, +Inf bucket ${last.count}`);
  const indexes: number[] = [];
  const counts: number[] = [];
  buckets.forEach((bucket, i) => {
    const own = bucket.count - (buckets[i - 1]?.count ?? 0);
    if (own < 0) throw new Error(`bucket counts are not cumulative at le=${bucket.upperBound}`);
    if (own === 0) return;
    indexes.push(i);
    counts.push(own);
  });
  return {
    schema: customBucketsSchema,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum: classic.sum ?? 0,
    positiveSpans: spansFrom(indexes),
    positiveBuckets: counts,
    negativeSpans: [],
    negativeBuckets: [],
    customValues: buckets.slice(0, -1).map((bucket) => bucket.upperBound),
  };
}

// "0.2" and "2e-1" name one bound; whichever comes later counts.
function uniqueBuckets(buckets: readonly ClassicBucket[]): ClassicBucket[] {
  const byBound = new Map(buckets.map((bucket) => [bucket.upperBound, bucket]));
  return [...byBound.values()].sort((a, b) => a.upperBound - b.upperBound);
}
