// Buckets of a native histogram, ready to be drawn. Comes from: the API's histograms. Goes to: histogram.tsx.
import type { RawBucket, RawHistogram } from "../api/prometheus.js";
import { parseValue } from "../format/value.js";

export interface Bucket {
  /** "(0.5, 1]": round brackets leave the bound out, square ones hold it. */
  range: string;
  count: number;
  /** Of the fullest bucket, 0 to 1. */
  share: number;
}

const brackets = ["(]", "[)", "()", "[]"];

export function printBucketRange([rule, lower, upper]: RawBucket): string {
  const [open, close] = brackets[rule] ?? "()";
  return `${open}${lower}, ${upper}${close}`;
}

export function bucketsFrom({ buckets = [] }: RawHistogram): Bucket[] {
  const counts = buckets.map(([, , , count]) => parseValue(count));
  const largest = Math.max(0, ...counts);
  return buckets.map((bucket, i) => ({
    range: printBucketRange(bucket),
    count: counts[i]!,
    share: largest > 0 ? counts[i]! / largest : 0,
  }));
}

/** The mean observation; NaN without observations. */
export function histogramMean({ count, sum }: RawHistogram): number {
  return parseValue(sum) / parseValue(count);
}
