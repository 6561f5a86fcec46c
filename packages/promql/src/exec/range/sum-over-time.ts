// sum_over_time and avg_over_time, of floats or of histograms.
import type { Histogram } from "@narthex/model";
import { HistogramAccumulator } from "../../histogram/accumulator.js";
import { HistogramAverage } from "../../histogram/average.js";
import { compact } from "../../histogram/spans.js";
import { texts } from "../annotations.js";
import { compensate } from "../kahan.js";
import type { Window } from "../window.js";
import type { RangeCall } from "./function.js";

export function sumOverTime(window: Window, call: RangeCall): void {
  if (isMixed(window, call)) return;
  if (window.histogramCount > 0) {
    accumulate(window, call, new HistogramAccumulator(window.samples.histograms[window.histogramFirst] as Histogram));
  } else if (window.floatCount > 0) window.emit(sumOf(window));
}

export function averageOverTime(window: Window, call: RangeCall): void {
  if (isMixed(window, call)) return;
  if (window.histogramCount > 0) {
    accumulate(window, call, new HistogramAverage(window.samples.histograms[window.histogramFirst] as Histogram));
  } else if (window.floatCount > 0) window.emit(averageOf(window));
}

function isMixed(window: Window, call: RangeCall): boolean {
  if (window.floatCount === 0 || window.histogramCount === 0) return false;
  call.evaluation.annotations.warn(call.plan.matrix.range, texts.mixedFloatsHistograms(window.metric));
  return true;
}

function accumulate(window: Window, call: RangeCall, total: HistogramAccumulator | HistogramAverage): void {
  const { annotations } = call.evaluation;
  const { range } = call.plan.matrix;
  for (let i = window.histogramFirst + 1; i < window.histogramEnd; i++) {
    if (total.add(window.samples.histograms[i] as Histogram) === "added") continue;
    annotations.warn(range, texts.mixedExponentialCustom(window.metric));
    return;
  }
  if (total.resetCollision) annotations.warn(range, texts.resetCollision("aggregation"));
  if (total.boundsReconciled) annotations.inform(range, texts.boundsReconciled("aggregation"));
  window.column.setHistogram(window.i, compact(total.histogram()));
}

function sumOf(window: Window): number {
  const { floats } = window.samples;
  let sum = 0;
  let rest = 0;
  for (let i = window.floatFirst; i < window.floatEnd; i++) {
    const value = floats[i] as number;
    rest = compensate(sum, value, rest);
    sum += value;
  }
  return Number.isFinite(sum) ? sum + rest : sum;
}

// Sum by count while the sum is finite; a running mean from where it overflows.
function averageOf(window: Window): number {
  const { floats } = window.samples;
  let sum = floats[window.floatFirst] as number;
  let rest = 0;
  let count = 1;
  let isIncremental = false;
  for (let i = window.floatFirst + 1; i < window.floatEnd; i++) {
    const value = floats[i] as number;
    count++;
    if (!isIncremental) {
      const next = sum + value;
      if (Number.isFinite(next) || Number.isNaN(next)) {
        rest = compensate(sum, value, rest);
        sum = next;
        continue;
      }
      isIncremental = true;
      sum /= count - 1;
      rest /= count - 1;
    }
    const share = (count - 1) / count;
    rest = compensate(share * sum, value / count, share * rest);
    sum = share * sum + value / count;
  }
  return isIncremental ? sum + rest : sum / count + rest / count;
}
