// rate, increase and delta: the change over a window, extrapolated to its edges.
// Prometheus: promql/functions.go extrapolatedRate. The edge is taken as reached when it is less than 1.1 average
// intervals away; else half an interval is added. A counter is not extrapolated below zero.
import { multiply } from "../../histogram/arithmetic.js";
import { compact } from "../../histogram/spans.js";
import { texts } from "../annotations.js";
import type { Window } from "../window.js";
import { extendedRate } from "./extended-rate.js";
import type { RangeCall, RangeFunction, RateOptions } from "./function.js";
import { histogramChange } from "./histogram-change.js";
import { overlapsPrevious, startsAnew } from "./reset.js";

export function extrapolatedRate(options: RateOptions): RangeFunction {
  const extended = extendedRate(options);
  return (window, call) => {
    const { matrix } = call.plan;
    if (matrix.kind === "window" && matrix.selector.extension) {
      extended(window, call);
      return;
    }
    if (window.histogramCount === 0) {
      floatRate(window, call, options);
      return;
    }
    if (window.floatCount > 0) {
      call.evaluation.annotations.warn(matrix.range, texts.mixedFloatsHistograms(window.metric));
      return;
    }
    histogramRate(window, call, options);
  };
}

function floatRate(window: Window, call: RangeCall, options: RateOptions): void {
  const { samples, floatFirst, floatEnd } = window;
  const { floats, floatTimes } = samples;
  const count = floatEnd - floatFirst;
  if (count === 0) return;
  const starts = call.evaluation.useStartTimestamps && options.isCounter ? samples.floatStarts : undefined;
  const start = usableStart(window, starts?.[floatFirst], floatTimes[floatFirst] as number);
  if (count < 2 && start === undefined) return;
  const first = floats[floatFirst] as number;
  let change = (floats[floatEnd - 1] as number) - first;
  if (options.isCounter) change = withResets(change, { window, call, starts });
  if (start !== undefined) change += first;
  const span = {
    count,
    firstTime: floatTimes[floatFirst] as number,
    lastTime: floatTimes[floatEnd - 1] as number,
    start,
    // The counter's share of the change that the first sample already is, where that can be told.
    zeroShare: options.isCounter && change > 0 && first >= 0 ? first / change : undefined,
  };
  window.emit(change * extrapolation(window, span, options));
}

// Adds what was lost at resets: the last value before each. Looks only at resets, which are found once per series.
function withResets(
  change: number,
  { window, call, starts }: { window: Window; call: RangeCall; starts: Float64Array | undefined },
): number {
  const { samples, floatFirst, floatEnd } = window;
  let whole = change;
  for (const i of window.resets(starts !== undefined)) {
    if (i >= floatEnd) break;
    if (i > floatFirst) whole += samples.floats[i - 1] as number;
  }
  if (starts) warnOfOverlap(window, call, { starts, times: samples.floatTimes, first: floatFirst, end: floatEnd });
  return whole;
}

function warnOfOverlap(
  window: Window,
  call: RangeCall,
  rows: { starts: Float64Array; times: Float64Array; first: number; end: number },
): void {
  for (let i = rows.first + 1; i < rows.end; i++) {
    if (!overlapsPrevious(rows.starts, rows.times, i) || startsAnew(rows.starts, rows.times, i)) continue;
    call.evaluation.annotations.warn(call.plan.matrix.range, texts.startTimeOverlap(window.metric));
    return;
  }
}

function histogramRate(window: Window, call: RangeCall, options: RateOptions): void {
  const { samples, histogramFirst, histogramEnd } = window;
  const { histograms, histogramTimes } = samples;
  const starts = call.evaluation.useStartTimestamps && options.isCounter ? samples.histogramStarts : undefined;
  const firstTime = histogramTimes[histogramFirst] as number;
  const start = usableStart(window, starts?.[histogramFirst], firstTime);
  const count = histogramEnd - histogramFirst;
  if (count < 2 && start === undefined) return;
  if (starts) warnOfOverlap(window, call, { starts, times: histogramTimes, first: histogramFirst, end: histogramEnd });
  const rows = { first: histogramFirst, end: histogramEnd };
  const change = histogramChange(window, call, {
    ...rows,
    isCounter: options.isCounter,
    countsFirst: start !== undefined,
  });
  if (!change) return;
  const firstCount = histograms[histogramFirst]?.count ?? 0;
  const zeroShare = options.isCounter && change.count > 0 && firstCount >= 0 ? firstCount / change.count : undefined;
  const span = { count, firstTime, lastTime: histogramTimes[histogramEnd - 1] as number, start, zeroShare };
  window.column.setHistogram(window.i, compact(multiply(change, extrapolation(window, span, options))));
}

// A start timestamp within the window is a sample of value zero there.
function usableStart(window: Window, start: number | undefined, firstTime: number): number | undefined {
  return start !== undefined && start > window.start && start < firstTime ? start : undefined;
}

type Span = {
  readonly count: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly start: number | undefined;
  readonly zeroShare: number | undefined;
};

function extrapolation(window: Window, span: Span, { isRate }: RateOptions): number {
  const sampled = (span.lastTime - span.firstTime) / 1000;
  const average = span.count > 1 ? sampled / (span.count - 1) : 0;
  const threshold = average * 1.1;
  let covered = sampled;
  let toStart = 0;
  if (span.start === undefined) {
    toStart = (span.firstTime - window.start) / 1000;
    if (toStart >= threshold) toStart = average / 2;
    if (span.zeroShare !== undefined) toStart = Math.min(toStart, sampled * span.zeroShare);
  } else {
    covered = (span.lastTime - span.start) / 1000;
  }
  let toEnd = (window.end - span.lastTime) / 1000;
  if (toEnd >= threshold) toEnd = average / 2;
  const factor = (covered + toStart + toEnd) / covered;
  return isRate ? factor / (window.windowMs / 1000) : factor;
}
