// From operators' columns to a query's result: names that were to be dropped go, series of the same labels become one.
import { compareLabels, type Histogram, type Labels } from "@narthex/model";
import type { MatrixPlan, VectorPlan } from "../plan/node.js";
import type { MatrixSeries, VectorPoint } from "../result.js";
import { absent, type Column, isHistogram } from "./column.js";
import { type Evaluation, evaluateVector, timeAt } from "./evaluation.js";
import { ColumnMerger, withoutName } from "./names.js";
import { eachWindow, type Window } from "./window.js";

function collectColumns(plan: VectorPlan, evaluation: Evaluation): Column[] {
  const merger = new ColumnMerger(evaluation.budget);
  evaluateVector(plan, evaluation, (column) => {
    if (column.dropsName) column.labels = withoutName(column.labels);
    if (!column.isEmpty()) merger.add(column);
  });
  const columns: Column[] = [];
  merger.finish((column) => columns.push(column));
  return columns;
}

/** In the order in which operators gave them: sort() and topk() mean something. */
export function collectVector(plan: VectorPlan, evaluation: Evaluation): VectorPoint[] {
  const t = evaluation.grid.start;
  return collectColumns(plan, evaluation).map((column) => {
    const point = { labels: column.labels, t, v: column.v[0] as number };
    return column.present[0] === isHistogram ? { ...point, h: column.histogramAt(0) } : point;
  });
}

/** Sorted by labels. */
export function collectMatrix(plan: VectorPlan, evaluation: Evaluation): MatrixSeries[] {
  const columns = collectColumns(plan, evaluation).sort((a, b) => compareLabels(a.labels, b.labels));
  return columns.map((column) => seriesFrom(column, evaluation));
}

function seriesFrom(column: Column, { grid }: Evaluation): MatrixSeries {
  const count = column.pointCount();
  const t = new Float64Array(count);
  const v = new Float64Array(count);
  const h: (Histogram | undefined)[] | undefined = column.h && [];
  let row = 0;
  for (let i = 0; i < column.present.length; i++) {
    if (column.present[i] === absent) continue;
    t[row] = timeAt(grid, i);
    v[row] = column.v[i] as number;
    if (h) h[row] = column.present[i] === isHistogram ? column.histogramAt(i) : undefined;
    row++;
  }
  return seriesOf(column.labels, { count, t, v, h });
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
  });
  return series.sort((a, b) => compareLabels(a.labels, b.labels));
}

function rowsOf(window: Window): Rows {
  const { samples, floatFirst, floatEnd, histogramFirst, histogramEnd } = window;
  if (window.histogramCount === 0) {
    const t = samples.floatTimes.slice(floatFirst, floatEnd);
    return { count: t.length, t, v: samples.floats.slice(floatFirst, floatEnd), h: undefined };
  }
  const rows: { t: number; v: number; h: Histogram | undefined }[] = [];
  for (let i = floatFirst; i < floatEnd; i++) {
    rows.push({ t: samples.floatTimes[i] as number, v: samples.floats[i] as number, h: undefined });
  }
  for (let i = histogramFirst; i < histogramEnd; i++) {
    const h = samples.histograms[i] as Histogram;
    rows.push({ t: samples.histogramTimes[i] as number, v: h.sum, h });
  }
  rows.sort((a, b) => a.t - b.t);
  return {
    count: rows.length,
    t: Float64Array.from(rows, ({ t }) => t),
    v: Float64Array.from(rows, ({ v }) => v),
    h: rows.map(({ h }) => h),
  };
}
