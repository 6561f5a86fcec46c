// Instant selectors: for each step the latest sample within the lookback delta, unless a stale marker came after it.
// Comes from: the storage's Querier. Goes to: any operator that takes a vector.
// Series are decoded one at a time, into the same columns.
import { emptyLabels, isStaleAt, type Labels, type LatestSamples, rowNotes, type SampleColumns } from "@narthex/model";
import type { SelectPlan } from "../plan/node.js";
import { Column, type ColumnSink, isFloat } from "./column.js";
import type { Evaluation, SeriesVisit } from "./evaluation.js";
import { ManySeries } from "./many.js";
import { lookUpCall } from "./range/compiled-kernel.js";
import { detectHints } from "./samples.js";
import { eachLatest, eachSeries, lookTimes } from "./series.js";
import type { ManyRequest, SeriesKernel } from "./series-kernel.js";
import { smoothedSelect } from "./smoothed-select.js";

/** Which value of the found sample a column gets. */
export type SampleField = "value" | "timestamp" | "start-timestamp";

export function evaluateSelect(
  plan: SelectPlan,
  evaluation: Evaluation,
  sink: ColumnSink,
  field: SampleField = "value",
): void {
  if (plan.extension === "smoothed") {
    smoothedSelect(plan, evaluation, sink);
    return;
  }
  const { grid, lookbackDeltaMs } = evaluation;
  const { first, last, step } = lookTimes(plan, evaluation);
  const column = evaluation.kernel?.column(grid.count) ?? new Column(emptyLabels, grid.count);
  const selection = { matchers: plan.matchers, start: first - lookbackDeltaMs + 1, end: last };
  const overlap = field === "value" ? evaluation.overlaps?.of(plan, grid) : undefined;
  const taken = (): void => sink(column);
  const many =
    field === "value" && !overlap
      ? manyLookUps(evaluation, { ...lookUpCall, first, step, windowMs: lookbackDeltaMs }, sink)
      : undefined;
  const visit: SeriesVisit = {
    each: (source, samples) => {
      if (plan.statisticsOnly) detectHints(samples);
      column.restart(source.labels);
      const found = lookUp({ samples, column, first, step, lookbackDeltaMs, field, kernel: evaluation.kernel });
      evaluation.budget.totalQueryableSamples += found;
      if (found === 0) return;
      evaluation.counts?.addPoints(column);
      if (!column.h) overlap?.put(source.labels, column, { read: samples.count, looked: found });
      sink(column);
    },
    known: overlap?.knownTo({ column, budget: evaluation.budget, taken }),
    many,
    leaf: field === "value" ? { plan, column, taken } : undefined,
  };
  if (grid.count > 1 || field === "start-timestamp") {
    eachSeries(evaluation, selection, visit);
    return;
  }
  const latest = ({ labels, t, v, words }: LatestSamples, i: number): void => {
    const value = v[i] as number;
    if (Number.isNaN(value) && isStaleAt(words, i)) return;
    column.restart(labels[i] as Labels);
    column.setFloat(0, field === "value" ? value : (t[i] as number) / 1000);
    evaluation.budget.totalQueryableSamples++;
    evaluation.counts?.addPoints(column);
    sink(column);
  };
  eachLatest(evaluation, selection, { visit, latest });
}

function manyLookUps(evaluation: Evaluation, request: ManyRequest, sink: ColumnSink): ManySeries | undefined {
  return ManySeries.of(evaluation, request, (column, _samples, found) => {
    evaluation.budget.totalQueryableSamples += found;
    if (found > 0) sink(column);
  });
}

type LookUp = {
  readonly samples: SampleColumns;
  readonly column: Column;
  readonly first: number;
  readonly step: number;
  readonly lookbackDeltaMs: number;
  readonly field: SampleField;
  readonly kernel: SeriesKernel | undefined;
};

// Fills the column, one pass over samples and steps; returns how many points it set.
function lookUp(of: LookUp): number {
  const { samples, column, first, step, lookbackDeltaMs, field } = of;
  const { count, t, v, h } = samples;
  if (field === "value" && !h && !samples.may(rowNotes.hasNaN)) return lookUpFloats(of);
  const steps = column.v.length;
  let next = 0;
  let found = 0;
  for (let i = 0; i < steps; i++) {
    const time = first + i * step;
    while (next < count && (t[next] as number) <= time) next++;
    const at = next - 1;
    // Left-open: a sample exactly one lookback delta old is out.
    if (at < 0 || (t[at] as number) <= time - lookbackDeltaMs) continue;
    const value = v[at] as number;
    if (Number.isNaN(value) && samples.isStaleAt(at)) continue;
    found++;
    const histogram = h?.[at];
    if (field !== "value") column.setFloat(i, fieldAt(samples, at, field));
    else if (histogram) column.setHistogram(i, histogram);
    else column.setFloat(i, value);
  }
  return found;
}

// No marker and no histogram: the common case.
function lookUpFloats({ samples, column, first, step, lookbackDeltaMs, kernel }: LookUp): number {
  const { count, t, v } = samples;
  const request = { t, v, count, first, step, windowMs: lookbackDeltaMs, mayFall: true, isRegular: false };
  if (kernel?.request(request, column)) return kernel.functions.latest();
  const { v: out, present } = column;
  const steps = out.length;
  let next = 0;
  let found = 0;
  for (let i = 0; i < steps; i++) {
    const time = first + i * step;
    while (next < count && (t[next] as number) <= time) next++;
    if (next === 0 || (t[next - 1] as number) <= time - lookbackDeltaMs) continue;
    out[i] = v[next - 1] as number;
    present[i] = isFloat;
    found++;
  }
  return found;
}

function fieldAt(samples: SampleColumns, at: number, field: SampleField): number {
  const ms = field === "timestamp" ? samples.t[at] : samples.startTimes?.[at];
  return (ms ?? 0) / 1000;
}
