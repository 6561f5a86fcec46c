// rate, increase and delta with `anchored` or `smoothed`: the change between values at the very edges of the window,
// without extrapolation. Anchored takes the samples at or before the edges, smoothed interpolates at them.
import type { Histogram } from "@narthex/model";
import { add, multiply, subtract } from "../../histogram/arithmetic.js";
import { hasCustomBuckets } from "../../histogram/bounds.js";
import { isCounterReset } from "../../histogram/reset-detection.js";
import { withHint } from "../../histogram/reset-hint.js";
import { compact } from "../../histogram/spans.js";
import { texts } from "../annotations.js";
import type { Window } from "../window.js";
import type { RangeCall, RangeFunction, RateOptions } from "./function.js";
import { interpolate, interpolateHistograms } from "./interpolate.js";

export function extendedRate(options: RateOptions): RangeFunction {
  return (window, call) => {
    const { matrix } = call.plan;
    const isSmoothed = matrix.kind === "window" && matrix.selector.extension === "smoothed";
    const { lookbackDeltaMs } = call.evaluation;
    const floats = edgeRows(window, {
      times: window.samples.floatTimes,
      count: window.samples.floatCount,
      isSmoothed,
      lookbackDeltaMs,
    });
    const histograms = edgeRows(window, {
      times: window.samples.histogramTimes,
      count: window.samples.histogramCount,
      isSmoothed,
      lookbackDeltaMs,
    });
    if (floats && histograms) {
      call.evaluation.annotations.warn(matrix.range, texts.mixedFloatsHistograms(window.metric));
      return;
    }
    const factor = options.isRate ? 1000 / window.windowMs : 1;
    if (floats) window.emit(floatChange(window, { ...floats, isSmoothed, isCounter: options.isCounter }) * factor);
    if (!histograms) return;
    const change = histogramChange(window, call, { ...histograms, isSmoothed, isCounter: options.isCounter });
    if (change) window.column.setHistogram(window.i, compact(multiply(change, factor)));
  };
}

type Rows = { readonly first: number; readonly last: number };

/** Rows that bound the window, from the last at or before its start to the last in it (smoothed: the first at or after its end). */
export function edgeRows(
  window: Window,
  of: { times: Float64Array; count: number; isSmoothed: boolean; lookbackDeltaMs: number },
): Rows | undefined {
  const { times, count, isSmoothed, lookbackDeltaMs } = of;
  let first = 0;
  while (first < count && (times[first] as number) <= window.start) first++;
  const inWindow = first;
  if (first > 0 && (times[first - 1] as number) > window.start - lookbackDeltaMs) first--;
  let last = inWindow;
  while (last < count && (times[last] as number) <= window.end) last++;
  last--;
  if (isSmoothed) {
    const next = times[last + 1];
    const hasExact = last >= 0 && times[last] === window.end;
    if (!hasExact && last + 1 < count && (next as number) <= window.end + lookbackDeltaMs) last++;
    // Only before or only after the window: nothing is known of it.
    if (first >= count || (times[first] as number) > window.end) return undefined;
  }
  return last < inWindow ? undefined : { first, last };
}

type Edges = Rows & { readonly isSmoothed: boolean; readonly isCounter: boolean };

function floatChange(window: Window, { first, last, isSmoothed, isCounter }: Edges): number {
  const { floats, floatTimes } = window.samples;
  const isBefore = (floatTimes[first] as number) < window.start;
  const isAfter = (floatTimes[last] as number) > window.end;
  const left =
    isSmoothed && isBefore ? floatAt(window, first, { t: window.start, isCounter }) : (floats[first] as number);
  const right =
    isSmoothed && isAfter ? floatAt(window, last - 1, { t: window.end, isCounter }) : (floats[last] as number);
  if (!isCounter) return right - left;
  // Resets at the edges are in the interpolated values already.
  const from = (floatTimes[first] as number) <= window.start ? first + 1 : first;
  const to = (floatTimes[last] as number) >= window.end ? last - 1 : last;
  let correction = 0;
  let previous = left;
  for (let i = from; i <= to; i++) {
    const value = floats[i] as number;
    if (value < previous) correction += previous;
    previous = value;
  }
  if (right < previous) correction += previous;
  return right - left + correction;
}

// Between rows i and i + 1.
function floatAt(window: Window, i: number, at: { t: number; isCounter: boolean }): number {
  const { floats, floatTimes } = window.samples;
  const before = floatTimes[i] as number;
  const share = (at.t - before) / ((floatTimes[i + 1] as number) - before);
  return interpolate(floats[i] as number, floats[i + 1] as number, share, at.isCounter);
}

function histogramChange(window: Window, call: RangeCall, edges: Edges): Histogram | undefined {
  const { first, last, isCounter } = edges;
  const { histograms } = window.samples;
  const { annotations } = call.evaluation;
  const { range } = call.plan.matrix;
  warnOfHints(window, call, edges);
  const isCustom = hasCustomBuckets(histograms[first] as Histogram);
  for (let i = first; i <= last; i++) {
    if (hasCustomBuckets(histograms[i] as Histogram) === isCustom) continue;
    annotations.warn(range, texts.mixedExponentialCustom(window.metric));
    return undefined;
  }
  const { left, right, correction } = histogramEdges(window, edges);
  const change = subtract(right, left);
  if (!change) return undefined;
  if (change.boundsReconciled) annotations.inform(range, texts.boundsReconciled("subtraction"));
  let result = change.histogram;
  if (isCounter) for (const lost of correction) result = add(result, lost)?.histogram ?? result;
  return withHint(result, "gauge");
}

function histogramEdges(window: Window, edges: Edges): { left: Histogram; right: Histogram; correction: Histogram[] } {
  const { first, last, isSmoothed, isCounter } = edges;
  const { histograms, histogramTimes } = window.samples;
  const isBefore = isSmoothed && (histogramTimes[first] as number) < window.start;
  const isAfter = isSmoothed && (histogramTimes[last] as number) > window.end;
  const left = isBefore ? histogramAt(window, first, { t: window.start, isCounter }) : (histograms[first] as Histogram);
  const right = isAfter ? histogramAt(window, last - 1, { t: window.end, isCounter }) : (histograms[last] as Histogram);
  const correction: Histogram[] = [];
  // A reset between the rows that the left edge was interpolated from is in its value already.
  for (let i = isBefore ? first + 2 : first + 1; i <= last; i++) {
    const previous = histograms[i - 1] as Histogram;
    if (isCounterReset(histograms[i] as Histogram, previous)) correction.push(previous);
  }
  return { left, right, correction };
}

// Between rows i and i + 1. REQUIRES: both have the same kind of buckets.
function histogramAt(window: Window, i: number, at: { t: number; isCounter: boolean }): Histogram {
  const { histograms, histogramTimes } = window.samples;
  const before = histograms[i] as Histogram;
  const after = histograms[i + 1] as Histogram;
  const from = histogramTimes[i] as number;
  const share = (at.t - from) / ((histogramTimes[i + 1] as number) - from);
  const isReset = at.isCounter && isCounterReset(after, before);
  return interpolateHistograms(before, after, { share, isReset }) ?? after;
}

function warnOfHints(window: Window, call: RangeCall, { first, last, isCounter }: Edges): void {
  const { histograms } = window.samples;
  const { annotations } = call.evaluation;
  const { range } = call.plan.matrix;
  const hints = histograms.slice(first, last + 1).map((histogram) => histogram.counterResetHint);
  if (isCounter && hints.includes("gauge")) annotations.warn(range, texts.histogramNotCounter(window.metric));
  if (!isCounter && (hints[0] !== "gauge" || hints.at(-1) !== "gauge")) {
    annotations.warn(range, texts.histogramNotGauge(window.metric));
  }
}
