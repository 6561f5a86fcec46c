// When two histograms are the same: exactly, bit by bit of their floats.
import type { Histogram, Span } from "@narthex/model";
import { customBoundsEqual, hasCustomBuckets } from "./bounds.js";

/**
 * Whether both hold the same observations; hints do not count, and empty buckets must stand in the same spans.
 *
 * NaN equals NaN: a histogram with NaN observations, whose sum is NaN, equals itself.
 */
export function histogramsEqual(a: Histogram, b: Histogram): boolean {
  if (a === b) return true;
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    (!hasCustomBuckets(a) || customBoundsEqual(a.customValues, b.customValues)) &&
    spansEqual(a.negativeSpans, b.negativeSpans) &&
    countsEqual(a.negativeBuckets, b.negativeBuckets) &&
    spansEqual(a.positiveSpans, b.positiveSpans) &&
    countsEqual(a.positiveBuckets, b.positiveBuckets)
  );
}

function countsEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((count, i) => Object.is(count, b[i]));
}

// Spans of length 0 only carry their offset on.
function spansEqual(a: readonly Span[], b: readonly Span[]): boolean {
  const left = normalSpans(a);
  const right = normalSpans(b);
  return (
    left.length === right.length &&
    left.every((span, i) => span.offset === right[i]?.offset && span.length === right[i]?.length)
  );
}

function normalSpans(spans: readonly Span[]): readonly Span[] {
  if (spans.every((span, i) => span.length > 0 && (i === 0 || span.offset > 0))) return spans;
  const normal: { offset: number; length: number }[] = [];
  let carried = 0;
  for (const { offset, length } of spans) {
    const gap = carried + offset;
    carried = length === 0 ? gap : 0;
    if (length === 0) continue;
    const last = normal.at(-1);
    if (last && gap === 0) last.length += length;
    else normal.push({ offset: gap, length });
  }
  return normal;
}
