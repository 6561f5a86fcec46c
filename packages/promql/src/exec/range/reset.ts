// Where a counter started anew: its value fell, or its start timestamp says so.
import type { Histogram } from "@narthex/model";
import { isCounterReset } from "../../histogram/reset-detection.js";
import type { SeriesSamples } from "../samples.js";

type Starts = Float64Array | undefined;

/**
 * Whether sample i's start timestamp says that it does not go on from sample i - 1.
 *
 * A start at the very time of the previous sample is a delta sample when that one has a start too; without one it is
 * a counter of unknown start (OpenTelemetry), which goes on.
 */
export function startsAnew(starts: Starts, times: Float64Array, i: number): boolean {
  if (!starts) return false;
  const start = starts[i] as number;
  const previousTime = times[i - 1] as number;
  if (start === 0 || start >= (times[i] as number) || start < previousTime) return false;
  if (start > previousTime) return true;
  const previousStart = starts[i - 1] as number;
  return previousStart !== 0 && previousStart < previousTime;
}

/** Whether sample i claims to have started before the previous sample was taken, and not where that one did. */
export function overlapsPrevious(starts: Starts, times: Float64Array, i: number): boolean {
  if (!starts) return false;
  const start = starts[i] as number;
  return start !== 0 && start < (times[i - 1] as number) && start !== starts[i - 1];
}

export function isFloatReset(samples: SeriesSamples, i: number, useStarts: boolean): boolean {
  const { floats, floatStarts, floatTimes } = samples;
  return (floats[i] as number) < (floats[i - 1] as number) || (useStarts && startsAnew(floatStarts, floatTimes, i));
}

export function isHistogramReset(samples: SeriesSamples, i: number, useStarts: boolean): boolean {
  const { histograms, histogramStarts, histogramTimes } = samples;
  return (
    isCounterReset(histograms[i] as Histogram, histograms[i - 1] as Histogram) ||
    (useStarts && startsAnew(histogramStarts, histogramTimes, i))
  );
}
