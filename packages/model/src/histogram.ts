// Native histograms as data. Arithmetic stands in promql, encoding in tsdb and formats.
// Schemas -4…8 are exponential (growth 2^(2^-schema)); -53 has custom upper bounds, no zero bucket, no negative buckets.

export const customBucketsSchema = -53;
export const exponentialSchemaMin = -4;
export const exponentialSchemaMax = 8;

/** `offset`: gap to the end of the previous span, or the first bucket's index. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

export type CounterResetHint = "unknown" | "reset" | "not_reset" | "gauge";

/**
 * Counts are absolute (not deltas). Integer histograms from a scrape use the same shape with whole counts;
 * counts beyond 2^53 lose precision. A stale marker is a histogram whose sum is stale (staleness.ts).
 */
export interface Histogram {
  readonly schema: number;
  readonly counterResetHint: CounterResetHint;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly Span[];
  readonly positiveBuckets: readonly number[];
  readonly negativeSpans: readonly Span[];
  readonly negativeBuckets: readonly number[];
  /** Upper bounds without +Inf, ascending; only with `customBucketsSchema`. */
  readonly customValues: readonly number[];
}

/**
 * Why one whose counts were sent as integers cannot be: its count is not that of its buckets; undefined where they agree.
 * An observed NaN is counted, and in no bucket. Float histograms are not judged so: their counts may have been rounded.
 * Texts: Prometheus, model/histogram.
 */
export function countMismatch({
  count,
  sum,
  zeroCount,
  positiveBuckets,
  negativeBuckets,
}: Histogram): string | undefined {
  // Beyond 2^53 numbers are rounded.
  if (count > Number.MAX_SAFE_INTEGER) return undefined;
  let found = zeroCount;
  for (const inBucket of positiveBuckets) found += inBucket;
  for (const inBucket of negativeBuckets) found += inBucket;
  const isObservedNaN = Number.isNaN(sum);
  if (isObservedNaN ? found <= count : found === count) return undefined;
  const rule = isObservedNaN
    ? "histogram's observation count should be at least the number of observations found in the buckets"
    : "histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)";
  return `${found} observations found in buckets, but the Count field is ${count}: ${rule}`;
}
