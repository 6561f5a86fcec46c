// The _over_time functions that count, pick or rank the samples of a window.
import { texts } from "../annotations.js";
import { compensate } from "../kahan.js";
import { quantile } from "../quantile.js";
import type { Window } from "../window.js";
import type { RangeCall } from "./function.js";

/** For functions of floats: true, with an info where histograms stand beside them, unless there is no float at all. */
export function hasFloats(window: Window, call: RangeCall): boolean {
  if (window.floatCount === 0) return false;
  if (window.histogramCount > 0) {
    call.evaluation.annotations.inform(call.plan.matrix.range, texts.ignoredInMixedRange(window.metric));
  }
  return true;
}

export function count(window: Window): void {
  const samples = window.floatCount + window.histogramCount;
  if (samples > 0) window.emit(samples);
}

export function present(window: Window): void {
  if (window.floatCount + window.histogramCount > 0) window.emit(1);
}

export function last(window: Window): void {
  const { samples, floatEnd, histogramEnd } = window;
  const float = window.floatCount > 0 ? (samples.floatTimes[floatEnd - 1] as number) : -Infinity;
  const histogram = window.histogramCount > 0 ? (samples.histogramTimes[histogramEnd - 1] as number) : -Infinity;
  emitLater(window, { float, histogram, floatRow: floatEnd - 1, histogramRow: histogramEnd - 1 });
}

export function first(window: Window): void {
  const { samples, floatFirst, histogramFirst } = window;
  const float = window.floatCount > 0 ? -(samples.floatTimes[floatFirst] as number) : -Infinity;
  const histogram = window.histogramCount > 0 ? -(samples.histogramTimes[histogramFirst] as number) : -Infinity;
  emitLater(window, { float, histogram, floatRow: floatFirst, histogramRow: histogramFirst });
}

function emitLater(
  window: Window,
  of: { float: number; histogram: number; floatRow: number; histogramRow: number },
): void {
  const { float, histogram, floatRow, histogramRow } = of;
  if (float === -Infinity && histogram === -Infinity) return;
  if (float > histogram) window.emit(window.samples.floats[floatRow] as number);
  else window.column.setHistogram(window.i, window.samples.histograms[histogramRow] as never);
}

export function maximum(window: Window, call: RangeCall): void {
  if (!hasFloats(window, call)) return;
  const { floats } = window.samples;
  let best = floats[window.floatFirst] as number;
  for (let i = window.floatFirst + 1; i < window.floatEnd; i++) {
    const value = floats[i] as number;
    if (value > best || Number.isNaN(best)) best = value;
  }
  window.emit(best);
}

export function minimum(window: Window, call: RangeCall): void {
  if (!hasFloats(window, call)) return;
  const { floats } = window.samples;
  let best = floats[window.floatFirst] as number;
  for (let i = window.floatFirst + 1; i < window.floatEnd; i++) {
    const value = floats[i] as number;
    if (value < best || Number.isNaN(best)) best = value;
  }
  window.emit(best);
}

export function standardDeviation(window: Window, call: RangeCall): void {
  if (hasFloats(window, call)) window.emit(Math.sqrt(variance(window)));
}

export function standardVariance(window: Window, call: RangeCall): void {
  if (hasFloats(window, call)) window.emit(variance(window));
}

// Welford's running variance, both sums compensated.
function variance(window: Window): number {
  const { floats } = window.samples;
  let seen = 0;
  let mean = 0;
  let meanRest = 0;
  let squares = 0;
  let squaresRest = 0;
  for (let i = window.floatFirst; i < window.floatEnd; i++) {
    const value = floats[i] as number;
    seen++;
    const delta = value - (mean + meanRest);
    const share = delta / seen;
    meanRest = compensate(mean, share, meanRest);
    mean += share;
    const square = delta * (value - (mean + meanRest));
    squaresRest = compensate(squares, square, squaresRest);
    squares += square;
  }
  return (squares + squaresRest) / seen;
}

export function quantileOverTime(window: Window, call: RangeCall): void {
  if (!hasFloats(window, call)) return;
  const q = call.parameters[0]?.[window.i] as number;
  if (!(q >= 0 && q <= 1)) {
    call.evaluation.annotations.warn(call.plan.parameters[0]?.range ?? call.plan.range, texts.invalidQuantile(q));
  }
  window.emit(quantile(q, windowFloats(window)));
}

export function medianAbsoluteDeviation(window: Window, call: RangeCall): void {
  if (!hasFloats(window, call)) return;
  const values = windowFloats(window);
  if (values.some(Number.isNaN)) {
    window.emit(NaN);
    return;
  }
  const median = quantile(0.5, values);
  for (let i = 0; i < values.length; i++) values[i] = Math.abs((values[i] as number) - median);
  window.emit(quantile(0.5, values));
}

function windowFloats(window: Window): Float64Array {
  return window.samples.floats.slice(window.floatFirst, window.floatEnd);
}
