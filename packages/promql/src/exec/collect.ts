// From operators' columns to a query's result: names that were to be dropped go, series of the same labels become one.
import { compareLabels, type Histogram, type Labels, labelsEqual, labelsKey } from "@narthex/model";
import { setOperators } from "../parse/matching.js";
import type { MatrixPlan, VectorPlan } from "../plan/node.js";
import type { MatrixSeries, VectorPoint } from "../result.js";
import { absent, type Column, isHistogram } from "./column.js";
import { type Evaluation, evaluateVector } from "./evaluation.js";
import { sameLabelset, withoutName } from "./names.js";
import { timeAt } from "./step-grid.js";
import { eachWindow, type Window } from "./window.js";

/** In the order in which operators gave them: sort() and topk() mean something. */
export function collectVector(plan: VectorPlan, evaluation: Evaluation): VectorPoint[] {
  const points: VectorPoint[] = [];
  const t = evaluation.grid.start;
  evaluateVector(plan, evaluation, (column) => {
    if (column.present[0] === absent) return;
    evaluation.budget.hold(1);
    const point = { labels: resultLabels(column), t, v: column.v[0] as number };
    points.push(column.present[0] === isHistogram ? { ...point, h: column.histogramAt(0) } : point);
  });
  evaluation.budget.release(points.length);
  // In order is also without duplicates, and most results are in order.
  if (
    !isDistinct(plan, evaluation) &&
    !areAscending(points) &&
    new Set(points.map(({ labels }) => labelsKey(labels))).size < points.length
  ) {
    throw sameLabelset();
  }
  return points;
}

/**
 * Whether the plan alone says that no two series of the result have the same labels: those of a storage differ, and what matches series
 * puts equal ones together, or fails.
 */
function isDistinct(plan: VectorPlan, evaluation: Evaluation): boolean {
  switch (plan.kind) {
    case "select":
      return true;
    case "invariant":
      return isDistinct(plan.inner, evaluation);
    case "binary":
      return !setOperators.has(plan.operator) && !evaluation.delayedNameRemoval;
    case "call":
      return plan.fn.startsWith("sort") && isDistinct(plan.arguments[0] as VectorPlan, evaluation);
    default:
      return false;
  }
}

/** Part of the budget, at the most, that is kept before it is known whether the rest fits. */
const uncountedShare = 0.1;

/** Sorted by labels. Series of the same labels become one: they may take turns, but not both have a point at a step. */
export function collectMatrix(plan: VectorPlan, evaluation: Evaluation): MatrixSeries[] {
  const uncountedMax = evaluation.budget.samplesMax * uncountedShare;
  const kept = collectSeries(plan, evaluation, uncountedMax);
  if (kept) return kept;
  // Large, but within the budget as it has been counted: once more, and all is kept.
  evaluation.budget.forgetReads();
  evaluation.counts?.clear();
  return collectSeries(plan, evaluation, Number.POSITIVE_INFINITY) as MatrixSeries[];
}

// Beyond `keptMax` points nothing is kept, only counted, so that a query over its budget ends before it takes the memory;
// undefined when there were more, all within the budget.
function collectSeries(plan: VectorPlan, evaluation: Evaluation, keptMax: number): MatrixSeries[] | undefined {
  const { grid, budget } = evaluation;
  const times = Float64Array.from({ length: grid.count }, (_, i) => timeAt(grid, i));
  const series: MatrixSeries[] = [];
  let held = 0;
  evaluateVector(plan, evaluation, (column) => {
    const count = column.pointCount();
    if (count === 0) return;
    held += count;
    budget.hold(count);
    if (held <= keptMax) series.push(seriesFrom(column, times, count));
    else series.length = 0;
  });
  budget.release(held);
  if (held > keptMax) return undefined;
  if (areAscending(series)) return series;
  return mergeEquals(series.sort((a, b) => compareLabels(a.labels, b.labels)));
}

function resultLabels(column: Column): Labels {
  return column.dropsName ? withoutName(column.labels) : column.labels;
}

function areAscending(list: readonly { readonly labels: Labels }[]): boolean {
  for (let i = 1; i < list.length; i++) {
    if (compareLabels((list[i - 1] as MatrixSeries).labels, (list[i] as MatrixSeries).labels) >= 0) return false;
  }
  return true;
}

// Copies, since the operator goes on with its column. A series with a point at every step shares the times.
function seriesFrom(column: Column, times: Float64Array, count: number): MatrixSeries {
  const labels = resultLabels(column);
  if (count === times.length && !column.h) return { labels, count, t: times, v: column.v.slice() };
  const t = new Float64Array(count);
  const v = new Float64Array(count);
  const h: (Histogram | undefined)[] | undefined = column.h && [];
  let row = 0;
  for (let i = 0; i < column.present.length; i++) {
    if (column.present[i] === absent) continue;
    t[row] = times[i] as number;
    v[row] = column.v[i] as number;
    if (h) h[row] = column.present[i] === isHistogram ? column.histogramAt(i) : undefined;
    row++;
  }
  return seriesOf(labels, { count, t, v, h });
}

/** REQUIRES: sorted by labels. */
function mergeEquals(series: readonly MatrixSeries[]): MatrixSeries[] {
  const out: MatrixSeries[] = [];
  for (const next of series) {
    const last = out.at(-1);
    if (last && labelsEqual(last.labels, next.labels)) out[out.length - 1] = mergeSeries(last, next);
    else out.push(next);
  }
  return out;
}

function mergeSeries(a: MatrixSeries, b: MatrixSeries): MatrixSeries {
  const rows = [...rowList(a), ...rowList(b)].sort((x, y) => x.t - y.t);
  if (rows.some(({ t }, i) => t === rows[i - 1]?.t)) throw sameLabelset();
  return seriesOf(a.labels, rowsFrom(rows));
}

type Row = { readonly t: number; readonly v: number; readonly h: Histogram | undefined };

function rowList({ count, t, v, h }: MatrixSeries): Row[] {
  return Array.from({ length: count }, (_, i) => ({ t: t[i] as number, v: v[i] as number, h: h?.[i] }));
}

function rowsFrom(rows: readonly Row[]): Rows {
  return {
    count: rows.length,
    t: Float64Array.from(rows, ({ t }) => t),
    v: Float64Array.from(rows, ({ v }) => v),
    h: rows.some(({ h }) => h) ? rows.map(({ h }) => h) : undefined,
  };
}

type Rows = { count: number; t: Float64Array; v: Float64Array; h: (Histogram | undefined)[] | undefined };

function seriesOf(labels: Labels, { count, t, v, h }: Rows): MatrixSeries {
  return h ? { labels, count, t, v, h } : { labels, count, t, v };
}

/** The samples of a range vector as they are, for an instant query of one. */
export function collectWindows(plan: MatrixPlan, evaluation: Evaluation): MatrixSeries[] {
  const series: MatrixSeries[] = [];
  eachWindow(plan, evaluation, {
    each: (window) => {
      const rows = rowsOf(window);
      if (rows.count === 0) return;
      evaluation.budget.hold(rows.count);
      const { labels, dropsName } = window.samples;
      series.push(seriesOf(dropsName ? withoutName(labels) : labels, rows));
    },
    finish: () => {},
    areResult: true,
  });
  return series.sort((a, b) => compareLabels(a.labels, b.labels));
}

function rowsOf(window: Window): Rows {
  const { samples, floatFirst, floatEnd, histogramFirst, histogramEnd } = window;
  if (window.histogramCount === 0) {
    const t = samples.floatTimes.slice(floatFirst, floatEnd);
    return { count: t.length, t, v: samples.floats.slice(floatFirst, floatEnd), h: undefined };
  }
  const rows: Row[] = [];
  for (let i = floatFirst; i < floatEnd; i++) {
    rows.push({ t: samples.floatTimes[i] as number, v: samples.floats[i] as number, h: undefined });
  }
  for (let i = histogramFirst; i < histogramEnd; i++) {
    const h = samples.histograms[i] as Histogram;
    rows.push({ t: samples.histogramTimes[i] as number, v: h.sum, h });
  }
  return rowsFrom(rows.sort((a, b) => a.t - b.t));
}
