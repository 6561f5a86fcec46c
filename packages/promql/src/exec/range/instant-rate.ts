// irate and idelta: the change between the last two samples of a window.
import type { Histogram } from "@narthex/model";
import { divide, subtract } from "../../histogram/arithmetic.js";
import { withHint } from "../../histogram/reset-hint.js";
import { compact } from "../../histogram/spans.js";
import { texts } from "../annotations.js";
import type { Window } from "../window.js";
import type { RangeCall, RangeFunction } from "./function.js";
import { isFloatReset, isHistogramReset } from "./reset.js";

type InstantRateOptions = { readonly isRate: boolean };

export function instantRate(options: InstantRateOptions): RangeFunction {
  return (window, call) => {
    if (window.floatCount + window.histogramCount < 2) return;
    const histograms = histogramsAmongLastTwo(window);
    if (histograms === 0) floatChange(window, call, options);
    else if (histograms === 2) histogramChange(window, call, options);
    else call.evaluation.annotations.warn(call.plan.matrix.range, texts.mixedFloatsHistograms(window.metric));
  };
}

function histogramsAmongLastTwo(window: Window): number {
  if (window.histogramCount === 0) return 0;
  if (window.floatCount === 0) return 2;
  const { floatTimes, histogramTimes } = window.samples;
  const lastFloat = floatTimes[window.floatEnd - 1] as number;
  const lastHistogram = histogramTimes[window.histogramEnd - 1] as number;
  if (lastHistogram > lastFloat) {
    return window.histogramCount > 1 && (histogramTimes[window.histogramEnd - 2] as number) > lastFloat ? 2 : 1;
  }
  return window.floatCount > 1 && (floatTimes[window.floatEnd - 2] as number) > lastHistogram ? 0 : 1;
}

function floatChange(window: Window, call: RangeCall, { isRate }: InstantRateOptions): void {
  const { samples, floatEnd } = window;
  const i = floatEnd - 1;
  const intervalMs = (samples.floatTimes[i] as number) - (samples.floatTimes[i - 1] as number);
  if (intervalMs === 0) return;
  const isReset = isRate && isFloatReset(samples, i, call.evaluation.useStartTimestamps);
  const change = (samples.floats[i] as number) - (isReset ? 0 : (samples.floats[i - 1] as number));
  window.emit(isRate ? change / (intervalMs / 1000) : change);
}

function histogramChange(window: Window, call: RangeCall, { isRate }: InstantRateOptions): void {
  const { samples, histogramEnd } = window;
  const i = histogramEnd - 1;
  const intervalMs = (samples.histogramTimes[i] as number) - (samples.histogramTimes[i - 1] as number);
  if (intervalMs === 0) return;
  const [before, after] = [samples.histograms[i - 1] as Histogram, samples.histograms[i] as Histogram];
  warnOfHints(window, call, { before, after, isRate });
  let change = after;
  if (!isRate || !isHistogramReset(samples, i, call.evaluation.useStartTimestamps)) {
    const difference = subtract(after, before);
    if (!difference) {
      call.evaluation.annotations.warn(call.plan.matrix.range, texts.mixedExponentialCustom(window.metric));
      return;
    }
    if (difference.boundsReconciled) {
      call.evaluation.annotations.inform(call.plan.matrix.range, texts.boundsReconciled("subtraction"));
    }
    change = difference.histogram;
  }
  const result = isRate ? divide(change, intervalMs / 1000) : change;
  window.column.setHistogram(window.i, withHint(compact(result), "gauge"));
}

function warnOfHints(
  window: Window,
  call: RangeCall,
  { before, after, isRate }: { before: Histogram; after: Histogram; isRate: boolean },
): void {
  const { annotations } = call.evaluation;
  const { range } = call.plan.matrix;
  const gauges = [before, after].filter((histogram) => histogram.counterResetHint === "gauge").length;
  if (isRate && gauges > 0) annotations.warn(range, texts.histogramNotCounter(window.metric));
  if (!isRate && gauges < 2) annotations.warn(range, texts.histogramNotGauge(window.metric));
}
