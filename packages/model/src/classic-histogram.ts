// A classic histogram of one moment → a native histogram with custom buckets.
// Comes from: exposition (convert_classic_histograms_to_nhcb), PromQL's test language. Goes to: the storage.
import { customBucketsSchema, type Histogram, type Span } from "./histogram.js";

export type ClassicBucket = {
  readonly upperBound: number /** Of all observations at or below the bound. */;
  readonly count: number;
};

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
  return {
    schema: customBucketsSchema,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum: classic.sum ?? 0,
    ...filledBuckets(buckets),
    negativeSpans: [],
    negativeBuckets: [],
    customValues: buckets.slice(0, -1).map((bucket) => bucket.upperBound),
  };
}

function filledBuckets(buckets: readonly ClassicBucket[]): Pick<Histogram, "positiveSpans" | "positiveBuckets"> {
  const positiveSpans: (Span & { length: number })[] = [];
  const positiveBuckets: number[] = [];
  let end = 0;
  let before = 0;
  for (const [i, { upperBound, count }] of buckets.entries()) {
    if (count < before) throw new Error(`bucket counts are not cumulative at le=${upperBound}`);
    if (count > before) {
      const span = positiveSpans.at(-1);
      if (span && i === end) span.length++;
      else positiveSpans.push({ offset: i - end, length: 1 });
      positiveBuckets.push(count - before);
      end = i + 1;
    }
    before = count;
  }
  return { positiveSpans, positiveBuckets };
}

// "0.2" and "2e-1" name one bound; whichever comes later counts.
function uniqueBuckets(buckets: readonly ClassicBucket[]): ClassicBucket[] {
  const isAscending = buckets.every(({ upperBound }, i) => i === 0 || upperBound > buckets[i - 1]!.upperBound);
  if (isAscending) return [...buckets];
  const byBound = new Map(buckets.map((bucket) => [bucket.upperBound, bucket]));
  return [...byBound.values()].sort((a, b) => a.upperBound - b.upperBound);
}
