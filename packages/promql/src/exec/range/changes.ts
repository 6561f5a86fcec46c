// changes and resets: how often a series took another value, or a counter started anew.

import type { Histogram } from "@narthex/model";
import { histogramsEqual } from "../../histogram/equality.js";
import type { SeriesSamples } from "../samples.js";
import type { Window } from "../window.js";
import type { RangeCall } from "./function.js";
import { isFloatReset, isHistogramReset } from "./reset.js";

type Tests = {
  /** Whether float row i differs from row i - 1; the same for histograms. */
  readonly float: (samples: SeriesSamples, i: number, useStarts: boolean) => boolean;
  readonly histogram: (samples: SeriesSamples, i: number, useStarts: boolean) => boolean;
};

export function changes(window: Window, call: RangeCall): void {
  countTransitions(window, call, { float: hasFloatChanged, histogram: hasHistogramChanged });
}

export function resets(window: Window, call: RangeCall): void {
  countTransitions(window, call, { float: isFloatReset, histogram: isHistogramReset });
}

function hasFloatChanged({ floats }: SeriesSamples, i: number): boolean {
  const a = floats[i - 1] as number;
  const b = floats[i] as number;
  return a !== b && !(Number.isNaN(a) && Number.isNaN(b));
}

function hasHistogramChanged({ histograms }: SeriesSamples, i: number): boolean {
  return !histogramsEqual(histograms[i - 1] as Histogram, histograms[i] as Histogram);
}

// Both kinds in order of time; a float after a histogram, or the other way round, is a transition by itself.
function countTransitions(window: Window, call: RangeCall, tests: Tests): void {
  if (window.floatCount + window.histogramCount === 0) return;
  const { samples, floatEnd, histogramEnd } = window;
  const { matrix } = call.plan;
  const isAnchored = matrix.kind === "window" && matrix.selector.extension === "anchored";
  const anchor = isAnchored ? anchorRow(window, call.evaluation.lookbackDeltaMs) : undefined;
  let f = anchor?.kind === "float" ? window.floatFirst - 1 : window.floatFirst;
  let h = anchor?.kind === "histogram" ? window.histogramFirst - 1 : window.histogramFirst;
  let count = 0;
  let previous: "none" | "float" | "histogram" = "none";
  const useStarts = call.evaluation.useStartTimestamps;
  while (f < floatEnd || h < histogramEnd) {
    const takesFloat =
      h >= histogramEnd || (f < floatEnd && (samples.floatTimes[f] as number) < (samples.histogramTimes[h] as number));
    if (takesFloat) {
      if (previous === "histogram" || (previous === "float" && tests.float(samples, f, useStarts))) count++;
      previous = "float";
      f++;
    } else {
      if (previous === "float" || (previous === "histogram" && tests.histogram(samples, h, useStarts))) count++;
      previous = "histogram";
      h++;
    }
  }
  window.emit(count);
}

// The last sample at or before the window's start, within the lookback delta.
function anchorRow(window: Window, lookbackDeltaMs: number): { kind: "float" | "histogram" } | undefined {
  const { floatTimes, histogramTimes } = window.samples;
  const float = window.floatFirst > 0 ? (floatTimes[window.floatFirst - 1] as number) : -Infinity;
  const histogram = window.histogramFirst > 0 ? (histogramTimes[window.histogramFirst - 1] as number) : -Infinity;
  if (Math.max(float, histogram) <= window.start - lookbackDeltaMs) return undefined;
  return { kind: float > histogram ? "float" : "histogram" };
}
