// Histograms of OTLP → native ones: exponential buckets under a schema, explicit bounds as custom buckets.
import type { OtlpBuckets, OtlpExponentialPoint, OtlpHistogramPoint } from "@narthex/formats";
import {
  type CounterResetHint,
  countMismatch,
  customBucketsSchema,
  exponentialSchemaMax,
  exponentialSchemaMin,
  type Histogram,
  isStale,
  type Span,
  staleNumber,
} from "@narthex/model";
import { TranslationError } from "./error.js";

/** Where the sender tells none. Prometheus has this one always; see docs/compatibility.md#otlp. */
const defaultZeroThreshold = 1e-128;

/** Throws TranslationError for buckets that are too wide, or a count that is not theirs. */
export function exponentialHistogram(point: OtlpExponentialPoint, counterResetHint: CounterResetHint): Histogram {
  const { scale } = point;
  if (scale < exponentialSchemaMin) {
    throw new TranslationError(
      `cannot convert exponential to native histogram. Scale must be >= ${exponentialSchemaMin}, was ${scale}`,
    );
  }
  const schema = Math.min(scale, exponentialSchemaMax);
  // Bucket 0 of OTLP begins at 1, bucket 0 of a native histogram ends there.
  const positive = sparse(merged(point.positive, scale - schema), 1);
  const negative = sparse(merged(point.negative, scale - schema), 1);
  return checked({
    schema,
    counterResetHint,
    zeroThreshold: point.zeroThreshold > 0 ? point.zeroThreshold : defaultZeroThreshold,
    zeroCount: point.zeroCount,
    count: point.count,
    sum: sumOf(point),
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
    customValues: [],
  });
}

/** Without buckets there is one, which has all observations. Throws TranslationError. */
export function customHistogram(point: OtlpHistogramPoint, counterResetHint: CounterResetHint): Histogram {
  const dense = point.bucketCounts.length > 0 ? point.bucketCounts : [point.count];
  const { spans, counts } = sparse({ offset: 0, counts: dense }, 0);
  return checked({
    schema: customBucketsSchema,
    counterResetHint,
    zeroThreshold: 0,
    zeroCount: 0,
    count: point.count,
    sum: sumOf(point),
    positiveSpans: spans,
    positiveBuckets: counts,
    negativeSpans: [],
    negativeBuckets: [],
    customValues: point.bounds,
  });
}

/** Throws TranslationError where count and buckets disagree. */
function checked(histogram: Histogram): Histogram {
  const problem = isStale(histogram.sum) ? undefined : countMismatch(histogram);
  if (problem !== undefined) throw new TranslationError(problem);
  return histogram;
}

function sumOf({ isRecorded, sum }: OtlpExponentialPoint | OtlpHistogramPoint): number {
  return isRecorded ? (sum ?? 0) : staleNumber();
}

/** 2^shift neighbouring buckets become one. */
function merged(buckets: OtlpBuckets, shift: number): OtlpBuckets {
  if (shift === 0 || buckets.counts.length === 0) return buckets;
  // Indexes have 32 bits: a wider bucket holds no more.
  const width = 2 ** Math.min(shift, 40);
  const offset = Math.floor(buckets.offset / width);
  const counts: number[] = [];
  for (const [i, count] of buckets.counts.entries()) {
    const index = Math.floor((buckets.offset + i) / width) - offset;
    counts[index] = (counts[index] ?? 0) + count;
  }
  return { offset, counts };
}

/** Longer runs of empty buckets end a span, as in what Prometheus' own clients expose. */
const gapMax = 2;

function sparse(
  { offset, counts }: OtlpBuckets,
  base: number,
): { readonly spans: readonly Span[]; readonly counts: readonly number[] } {
  const spans: Span[] = [];
  const kept: number[] = [];
  let length = 0;
  let start = 0;
  let spanEnd = 0;
  const closeSpan = (): void => {
    if (length > 0) spans.push({ offset: start - spanEnd, length });
    spanEnd = start + length;
    length = 0;
  };
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue;
    const index = offset + base + i;
    const gap = index - (start + length);
    if (length === 0 || gap > gapMax) {
      closeSpan();
      start = index;
    } else for (let j = 0; j < gap; j++) kept.push(0);
    kept.push(count);
    length = index + 1 - start;
  }
  closeSpan();
  return { spans, counts: kept };
}
