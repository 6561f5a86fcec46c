// Which buckets a histogram has. Spans name runs of bucket indexes; here they are plain sorted lists of indexes.
import { customBucketsSchema, type Histogram, type Span } from "@narthex/model";
import { InvalidHistogramError } from "../errors.js";

/** What all samples of one histogram chunk share. Indexes are sorted. */
export interface HistogramLayout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly positive: readonly number[];
  readonly negative: readonly number[];
  readonly customValues: readonly number[];
}

export function layoutOf(histogram: Histogram): HistogramLayout {
  return {
    schema: histogram.schema,
    zeroThreshold: histogram.zeroThreshold,
    positive: bucketIndexes(histogram.positiveSpans),
    negative: bucketIndexes(histogram.negativeSpans),
    customValues: histogram.customValues,
  };
}

export function bucketIndexes(spans: readonly Span[]): number[] {
  const indexes: number[] = [];
  let index = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) indexes.push(index++);
  }
  return indexes;
}

export function spansFrom(indexes: readonly number[]): Span[] {
  const spans: { offset: number; length: number }[] = [];
  let end = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last && index === end) last.length++;
    else spans.push({ offset: index - end, length: 1 });
    end = index + 1;
  }
  return spans;
}

export function joinIndexes(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

/** Counts of `buckets` at `indexes`, 0 where there are none; both index lists sorted. */
export function countsAt(
  buckets: { readonly indexes: readonly number[]; readonly counts: readonly number[] },
  indexes: readonly number[],
): number[] {
  let next = 0;
  return indexes.map((index) => {
    while (next < buckets.indexes.length && buckets.indexes[next]! < index) next++;
    return buckets.indexes[next] === index ? buckets.counts[next]! : 0;
  });
}

/** The same histogram with exactly the layout's buckets. REQUIRES: the layout has all of the histogram's. */
export function alignHistogram(histogram: Histogram, layout: HistogramLayout): Histogram {
  const own = layoutOf(histogram);
  const positive = { indexes: own.positive, counts: histogram.positiveBuckets };
  const negative = { indexes: own.negative, counts: histogram.negativeBuckets };
  return {
    ...histogram,
    positiveSpans: spansFrom(layout.positive),
    positiveBuckets: countsAt(positive, layout.positive),
    negativeSpans: spansFrom(layout.negative),
    negativeBuckets: countsAt(negative, layout.negative),
  };
}

/** Whether all counts are whole numbers, so that the integer encoding holds them. */
export function isIntegerHistogram(histogram: Histogram): boolean {
  return (
    Number.isSafeInteger(histogram.count) &&
    Number.isSafeInteger(histogram.zeroCount) &&
    histogram.positiveBuckets.every(Number.isSafeInteger) &&
    histogram.negativeBuckets.every(Number.isSafeInteger)
  );
}

/** Throws InvalidHistogramError for one that cannot be. */
export function checkHistogram(histogram: Histogram): void {
  const { schema } = histogram;
  const isKnown = schema === customBucketsSchema || (Number.isInteger(schema) && schema >= -4 && schema <= 8);
  if (!isKnown) throw new InvalidHistogramError(`invalid histogram schema ${schema}`);
  checkSide("positive", histogram.positiveSpans, histogram.positiveBuckets);
  checkSide("negative", histogram.negativeSpans, histogram.negativeBuckets);
  if (schema === customBucketsSchema) checkCustomBuckets(histogram);
  else if (histogram.customValues.length > 0) {
    throw new InvalidHistogramError("histogram with exponential schema must not have custom bounds");
  }
  if (histogram.zeroCount < 0) {
    throw new InvalidHistogramError(
      `zero bucket has observation count of ${histogram.zeroCount}: histogram has a bucket whose observation count is negative`,
    );
  }
  if (histogram.count < 0) {
    throw new InvalidHistogramError(
      `observation count is ${histogram.count}: histogram has a bucket whose observation count is negative`,
    );
  }
}

function checkCustomBuckets(histogram: Histogram): void {
  const { customValues, positiveSpans, zeroCount, zeroThreshold, negativeSpans, negativeBuckets } = histogram;
  const at = customValues.findIndex((bound, i) => !(bound > (i === 0 ? -Infinity : customValues[i - 1]!)));
  if (at >= 0) {
    throw new InvalidHistogramError(
      `custom buckets: bound number ${at + 1} is ${customValues[at]}: histogram custom bounds must be in strictly increasing order`,
    );
  }
  if (customValues.at(-1) === Infinity) {
    throw new InvalidHistogramError(
      "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds must be finite",
    );
  }
  const covered = positiveSpans.reduce((sum, { offset, length }) => sum + offset + length, 0);
  if (covered > customValues.length + 1 || (positiveSpans[0]?.offset ?? 0) < 0) {
    throw new InvalidHistogramError(
      `custom buckets: only ${customValues.length} custom bounds defined which is insufficient to cover total span length of ${covered}: histogram custom bounds are too few`,
    );
  }
  if (zeroCount !== 0 || zeroThreshold !== 0) {
    throw new InvalidHistogramError("custom buckets: must have zero count of 0 and zero threshold of 0");
  }
  if (negativeSpans.length > 0 || negativeBuckets.length > 0) {
    throw new InvalidHistogramError("custom buckets: must not have negative spans or negative buckets");
  }
}

function checkSide(side: string, spans: readonly Span[], buckets: readonly number[]): void {
  spans.forEach(({ offset, length }, i) => {
    if (!Number.isInteger(offset) || !Number.isInteger(length) || length < 0 || (i > 0 && offset < 0)) {
      throw new InvalidHistogramError(
        `${side} side: span number ${i + 1} with offset ${offset}: histogram has a span whose offset is negative`,
      );
    }
  });
  const wanted = spans.reduce((sum, { length }) => sum + length, 0);
  if (wanted !== buckets.length) {
    throw new InvalidHistogramError(
      `${side} side: spans need ${wanted} buckets, have ${buckets.length} buckets: histogram spans specify different number of buckets than provided`,
    );
  }
  const at = buckets.findIndex((count) => count < 0);
  if (at >= 0) {
    throw new InvalidHistogramError(
      `${side} side: bucket number ${at + 1} has observation count of ${buckets[at]}: histogram has a bucket whose observation count is negative`,
    );
  }
}
