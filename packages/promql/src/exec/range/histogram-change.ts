// How a histogram series changed between two of its samples, resets of counters made good.
import type { Histogram } from "@narthex/model";
import { add, subtract } from "../../histogram/arithmetic.js";
import { hasCustomBuckets } from "../../histogram/bounds.js";
import { withHint } from "../../histogram/reset-hint.js";
import { compact } from "../../histogram/spans.js";
import { texts } from "../annotations.js";
import type { Window } from "../window.js";
import type { RangeCall } from "./function.js";
import { isHistogramReset } from "./reset.js";

export type ChangeRows = {
  /** Rows first … end - 1 of the window's histograms. */
  readonly first: number;
  readonly end: number;
  readonly isCounter: boolean;
  /** The first sample counts whole: its start timestamp is in the window. */
  readonly countsFirst: boolean;
};

/** Undefined, with a warning, where the samples do not fit together. */
export function histogramChange(window: Window, call: RangeCall, rows: ChangeRows): Histogram | undefined {
  const { first, end, isCounter } = rows;
  const { annotations, useStartTimestamps } = call.evaluation;
  const { range } = call.plan.matrix;
  const { histograms } = window.samples;
  const last = histograms[end - 1] as Histogram;
  let previous: Histogram | undefined = histograms[first] as Histogram;
  warnOfHints(window, call, rows);
  // A first sample that the second does not go on from need not fit the others.
  const skipsFirst = isCounter && end - first > 1 && isHistogramReset(window.samples, first + 1, useStartTimestamps);
  if (skipsFirst) previous = undefined;
  const relevant = histograms.slice(skipsFirst ? first + 1 : first, end);
  const isCustom = hasCustomBuckets(relevant[0] as Histogram);
  const checked = isCounter ? relevant : [relevant[0] as Histogram, last];
  if (checked.some((histogram) => hasCustomBuckets(histogram) !== isCustom)) {
    annotations.warn(range, texts.mixedExponentialCustom(window.metric));
    return undefined;
  }
  let change = last;
  if (previous && !rows.countsFirst) change = combined(call, { a: change, b: previous, isAddition: false });
  if (!isCounter) return withHint(compact(change), "gauge");
  for (let i = skipsFirst ? first + 2 : first + 1; i < end; i++) {
    if (!isHistogramReset(window.samples, i, useStartTimestamps)) continue;
    change = combined(call, { a: change, b: histograms[i - 1] as Histogram, isAddition: true });
  }
  if (skipsFirst && rows.countsFirst) {
    change = combined(call, { a: change, b: histograms[first] as Histogram, isAddition: true });
  }
  return withHint(compact(change), "gauge");
}

// REQUIRES: both have the same kind of buckets.
function combined(call: RangeCall, parts: { a: Histogram; b: Histogram; isAddition: boolean }): Histogram {
  const { a, b, isAddition } = parts;
  const combination = isAddition ? add(a, b) : subtract(a, b);
  if (combination?.boundsReconciled) {
    const text = texts.boundsReconciled(isAddition ? "addition" : "subtraction");
    call.evaluation.annotations.inform(call.plan.matrix.range, text);
  }
  return combination?.histogram ?? a;
}

function warnOfHints(window: Window, call: RangeCall, { first, end, isCounter }: ChangeRows): void {
  const { histograms } = window.samples;
  const { annotations } = call.evaluation;
  const { range } = call.plan.matrix;
  if (isCounter) {
    for (let i = first; i < end; i++) {
      if (histograms[i]?.counterResetHint !== "gauge") continue;
      annotations.warn(range, texts.histogramNotCounter(window.metric));
      return;
    }
  } else if (histograms[first]?.counterResetHint !== "gauge" || histograms[end - 1]?.counterResetHint !== "gauge") {
    annotations.warn(range, texts.histogramNotGauge(window.metric));
  }
}
