// prometheus.Histogram and io.prometheus.write.v2.Histogram, which have the same fields: the counterpart of histogram.ts.
// Goes to: bodies of remote write, answers of remote read.
import { countMismatch, type Histogram, isStale, type Span, staleNumber } from "@narthex/model";
import { MessageWriter } from "../protobuf/writer.js";

const resetHints: Readonly<Record<Histogram["counterResetHint"], number>> = {
  unknown: 0,
  reset: 1,
  not_reset: 2,
  gauge: 3,
};

/** Times in ms. */
export type HistogramTimes = {
  readonly t: number;
  /** 0 where not known. */
  readonly startTime: number;
};

/** Whole counts as integers, others as floats; whole ones that do not add up are floats, which receivers do not judge. */
export function encodeHistogram(h: Histogram, { t, startTime }: HistogramTimes): Uint8Array {
  const { count, zeroCount, positiveBuckets, negativeBuckets } = h;
  const areWhole = [count, zeroCount, ...positiveBuckets, ...negativeBuckets].every(Number.isSafeInteger);
  const isInteger = areWhole && (isStale(h.sum) || countMismatch(h) === undefined);
  const writer = new MessageWriter();
  if (isInteger) writer.enumeration(1, count);
  else writer.double(2, count);
  const sum = isStale(h.sum) ? staleNumber() : h.sum;
  writer.double(3, sum).sint(4, h.schema).double(5, h.zeroThreshold);
  if (isInteger) writer.enumeration(6, zeroCount);
  else writer.double(7, zeroCount);
  writeSide(writer, { field: 8, spans: h.negativeSpans, buckets: negativeBuckets, isInteger });
  writeSide(writer, { field: 11, spans: h.positiveSpans, buckets: positiveBuckets, isInteger });
  writer.uint(14, resetHints[h.counterResetHint]).int(15, t).packedDoubles(16, h.customValues).int(17, startTime);
  return writer.finish();
}

type Side = {
  /** Of the spans; differences and counts follow. */
  readonly field: number;
  readonly spans: readonly Span[];
  readonly buckets: readonly number[];
  readonly isInteger: boolean;
};

function writeSide(writer: MessageWriter, { field, spans, buckets, isInteger }: Side): void {
  for (const { offset, length } of spans) {
    writer.message(field, new MessageWriter().sint(1, offset).uint(2, length).finish());
  }
  if (isInteger)
    writer.packedSints(
      field + 1,
      buckets.map((count, i) => count - (buckets[i - 1] ?? 0)),
    );
  else writer.packedDoubles(field + 2, buckets);
}
