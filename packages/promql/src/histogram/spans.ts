// Spans as index lists and back: the sparse layout of one side of a histogram.
import type { Histogram, Span } from "@narthex/model";
import { spansFrom } from "./bucket-run.js";

/** One side of a histogram: the bucket at `indexes[i]` holds `counts[i]`. */
export type Side = { readonly indexes: Int32Array; readonly counts: readonly number[] };

export function positiveSide(histogram: Histogram): Side {
  return { indexes: spanIndexes(histogram.positiveSpans), counts: histogram.positiveBuckets };
}

export function negativeSide(histogram: Histogram): Side {
  return { indexes: spanIndexes(histogram.negativeSpans), counts: histogram.negativeBuckets };
}

export function spanIndexes(spans: readonly Span[]): Int32Array {
  let size = 0;
  for (const span of spans) size += span.length;
  const indexes = new Int32Array(size);
  let index = 0;
  let at = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) indexes[at++] = index++;
  }
  return indexes;
}

/** Spans and counts of the buckets that `isKept`, each count as it is. */
export function filterSide(
  side: Side,
  isKept: (index: number, count: number) => boolean,
): {
  spans: Span[];
  counts: number[];
} {
  const indexes: number[] = [];
  const counts: number[] = [];
  side.counts.forEach((count, i) => {
    const index = side.indexes[i] as number;
    if (!isKept(index, count)) return;
    indexes.push(index);
    counts.push(count);
  });
  return { spans: spansFrom(indexes), counts };
}

/** Without empty buckets, and so without empty spans: equal histograms look the same. */
export function compact(histogram: Histogram): Histogram {
  const positive = filterSide(positiveSide(histogram), (_, count) => count !== 0);
  const negative = filterSide(negativeSide(histogram), (_, count) => count !== 0);
  return {
    ...histogram,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}
