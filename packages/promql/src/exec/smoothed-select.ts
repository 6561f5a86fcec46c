// `metric smoothed`: at each step the value on the line between the samples around it.
import type { Histogram } from "@narthex/model";
import { hasCustomBuckets } from "../histogram/bounds.js";
import { isCounterReset } from "../histogram/reset-detection.js";
import type { SelectPlan } from "../plan/node.js";
import { texts } from "./annotations.js";
import { Column, type ColumnSink } from "./column.js";
import type { Evaluation } from "./evaluation.js";
import { metricName } from "./names.js";
import { interpolate, interpolateHistograms } from "./range/interpolate.js";
import { SeriesSamples } from "./samples.js";
import { eachSeries, lookTimes } from "./series.js";

export function smoothedSelect(plan: SelectPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const { grid, lookbackDeltaMs } = evaluation;
  const { first, last, step } = lookTimes(plan, evaluation);
  const column = new Column([] as never, grid.count);
  const samples = new SeriesSamples();
  const selection = { matchers: plan.matchers, start: first - lookbackDeltaMs + 1, end: last + lookbackDeltaMs };
  eachSeries(evaluation, selection, {
    each: (source, columns) => {
      samples.takeColumns(source.labels, columns);
      evaluation.counts?.addWindows(samples, { first, step, before: lookbackDeltaMs, after: lookbackDeltaMs });
      column.restart(source.labels);
      for (let i = 0; i < grid.count; i++) smoothAt({ plan, evaluation, samples, column, i, t: first + i * step });
      if (!column.isEmpty()) sink(column);
    },
  });
}

type Smoothing = {
  readonly plan: SelectPlan;
  readonly evaluation: Evaluation;
  readonly samples: SeriesSamples;
  readonly column: Column;
  readonly i: number;
  readonly t: number;
};

function smoothAt(at: Smoothing): void {
  const { samples, evaluation, t } = at;
  const floats = neighbours(samples.floatTimes, {
    count: samples.floatCount,
    t,
    lookbackDeltaMs: evaluation.lookbackDeltaMs,
  });
  const histograms = neighbours(samples.histogramTimes, {
    count: samples.histogramCount,
    t,
    lookbackDeltaMs: evaluation.lookbackDeltaMs,
  });
  if (floats.hasAny && histograms.hasAny) {
    evaluation.annotations.warn(at.plan.range, texts.mixedFloatsHistograms(metricName(samples.labels)));
  } else if (floats.before >= 0) smoothFloat(at, floats);
  else if (histograms.before >= 0) smoothHistogram(at, histograms);
}

type Neighbours = { readonly before: number; readonly after: number; readonly hasAny: boolean };

// Rows around t, -1 where there is none within the lookback delta; both are the same where a sample is at t.
function neighbours(times: Float64Array, of: { count: number; t: number; lookbackDeltaMs: number }): Neighbours {
  const { count, t, lookbackDeltaMs } = of;
  let after = 0;
  while (after < count && (times[after] as number) < t) after++;
  const hasAfter = after < count && (times[after] as number) <= t + lookbackDeltaMs;
  const isExact = hasAfter && times[after] === t;
  const hasBefore = after > 0 && (times[after - 1] as number) > t - lookbackDeltaMs;
  return {
    before: isExact ? after : hasBefore ? after - 1 : -1,
    after: hasAfter ? after : -1,
    hasAny: hasAfter || hasBefore,
  };
}

function smoothFloat({ samples, column, i, t }: Smoothing, { before, after }: Neighbours): void {
  const { floats, floatTimes } = samples;
  const value = floats[before] as number;
  if (after < 0 || after === before) {
    column.setFloat(i, value);
    return;
  }
  const from = floatTimes[before] as number;
  const share = (t - from) / ((floatTimes[after] as number) - from);
  column.setFloat(i, interpolate(value, floats[after] as number, share, false));
}

function smoothHistogram({ samples, column, i, t, plan, evaluation }: Smoothing, { before, after }: Neighbours): void {
  const { histograms, histogramTimes } = samples;
  const earlier = histograms[before] as Histogram;
  if (after < 0 || after === before) {
    column.setHistogram(i, earlier);
    return;
  }
  const later = histograms[after] as Histogram;
  if (hasCustomBuckets(earlier) !== hasCustomBuckets(later)) {
    evaluation.annotations.warn(plan.range, texts.mixedExponentialCustom(metricName(samples.labels)));
    return;
  }
  const from = histogramTimes[before] as number;
  const share = (t - from) / ((histogramTimes[after] as number) - from);
  const isReset = later.counterResetHint !== "gauge" && isCounterReset(later, earlier);
  const value = interpolateHistograms(earlier, later, { share, isReset });
  if (value) column.setHistogram(i, value);
}
