// Turns a matrix into uPlot's columns: one shared time axis with every step of the window, one column per series.
// Comes from: api/prometheus.ts. Goes to: graph.tsx. A step without a point is null, which uPlot draws as a gap.
import type { LabelRecord, MatrixSeries } from "../api/prometheus.js";
import { parseValue } from "../format/value.js";
import type { Window } from "./step.js";

export type Column = (number | null)[];

export interface Columns {
  /** Seconds since 1970, as uPlot wants them. */
  times: number[];
  /** One per series, each as long as `times`. */
  values: Column[];
  labels: LabelRecord[];
  /** Series that hold native histograms only, which a line cannot show. */
  histogramCount: number;
  /** Whether NaN or infinite values were left out. */
  hasUndrawable: boolean;
}

export function columnsFrom(series: readonly MatrixSeries[], window: Window): Columns {
  const pointCount = Math.floor((window.end - window.start) / window.step) + 1;
  const times = Array.from({ length: pointCount }, (_, i) => (window.start + i * window.step) / 1000);
  const columns: Columns = { times, values: [], labels: [], histogramCount: 0, hasUndrawable: false };
  for (const { metric, values = [], histograms = [] } of series) {
    if (values.length === 0 && histograms.length > 0) {
      columns.histogramCount++;
      continue;
    }
    const column = times.map((): number | null => null);
    for (const [seconds, text] of values) {
      const index = Math.round((seconds * 1000 - window.start) / window.step);
      const value = parseValue(text);
      if (Number.isFinite(value)) column[index] = value;
      else columns.hasUndrawable = true;
    }
    columns.values.push(column);
    columns.labels.push(metric);
  }
  return columns;
}

/** Each column with the ones before it added, so that the last is the sum. A gap stays a gap and adds nothing. */
export function stackColumns(columns: readonly Column[]): Column[] {
  const sums = Array.from(columns[0] ?? [], () => 0);
  return columns.map((column) =>
    column.map((value, i) => {
      if (value === null) return null;
      sums[i] = sums[i]! + value;
      return sums[i]!;
    }),
  );
}

/** Indexes of points with a gap on both sides: no line touches them, so they need a dot to be seen. */
export function isolatedPoints(column: ArrayLike<number | null | undefined>): number[] {
  const isolated: number[] = [];
  for (let i = 0; i < column.length; i++) {
    if (column[i] != null && column[i - 1] == null && column[i + 1] == null) isolated.push(i);
  }
  return isolated;
}

export interface ColumnSummary {
  minimum: number;
  maximum: number;
  mean: number;
  last: number;
}

/** `undefined` for a column without points. */
export function summarizeColumn(column: Column): ColumnSummary | undefined {
  let [minimum, maximum, sum, count, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, Number.NaN];
  for (const value of column) {
    if (value === null) continue;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    sum += value;
    last = value;
    count++;
  }
  return count === 0 ? undefined : { minimum, maximum, mean: sum / count, last };
}

/** Index of the column nearest to `value` at `index`, or -1 when none has a point there. `isShown` leaves series out. */
export function nearestColumn(
  columns: readonly Column[],
  at: { index: number; value: number; isShown: (series: number) => boolean },
): number {
  let [nearest, distance] = [-1, Number.POSITIVE_INFINITY];
  for (let i = 0; i < columns.length; i++) {
    const candidate = columns[i]![at.index];
    if (candidate == null || !at.isShown(i)) continue;
    const candidateDistance = Math.abs(candidate - at.value);
    if (candidateDistance < distance) [nearest, distance] = [i, candidateDistance];
  }
  return nearest;
}
