// Compares a query's result with the rows a test expects. Each function gives what is wrong, or undefined.
import { compareLabels, type Histogram, type Labels, labelsKey, printLabels } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import { customBoundsEqual } from "../histogram/bounds.js";
import { printHistogramDescriptor } from "../histogram/descriptor.js";
import { nearlyEqual } from "../histogram/nearly-equal.js";
import { compact } from "../histogram/spans.js";
import type { MatrixSeries, QueryValue, VectorPoint } from "../result.js";
import type { Expectations, ExpectedRow } from "./expectation.js";
import type { SequenceValue } from "./series-description.js";

/** Relative tolerance for floats. */
export const floatTolerance = 1e-6;

/** Times of a matrix' values, in ms. */
export type Grid = { readonly start: number; readonly end: number; readonly step: number };

/** `grid`: for values that are matrices. */
export function compareResult(value: QueryValue, expectations: Expectations, grid?: Grid): string | undefined {
  switch (value.type) {
    case "scalar":
      return compareScalar(value.v, expectations.rows);
    case "string":
      return compareString(value.value, expectations.string);
    case "vector":
      return expectations.string === undefined
        ? compareVector(value.points, expectations)
        : `expected string ${JSON.stringify(expectations.string)}, got a vector`;
    case "matrix":
      return grid ? compareMatrix(value.series, expectations, grid) : "unexpected range vector";
  }
}

function compareScalar(v: number, rows: readonly ExpectedRow[]): string | undefined {
  const [row, ...others] = rows;
  const expected = row?.values[0];
  if (!row || others.length > 0 || row.values.length !== 1 || expected?.kind !== "float") {
    return `expected ${printRows(rows)}\n  actual scalar ${printFloatG(v)}`;
  }
  if (nearlyEqual(expected.v, v, floatTolerance)) return undefined;
  return `expected scalar ${printFloatG(expected.v)}\n  actual scalar ${printFloatG(v)}`;
}

function compareString(actual: string, expected: string | undefined): string | undefined {
  if (expected === actual) return undefined;
  const wanted = expected === undefined ? "no string" : `string ${JSON.stringify(expected)}`;
  return `expected ${wanted}\n  actual string ${JSON.stringify(actual)}`;
}

function compareVector(points: readonly VectorPoint[], { rows, ordered }: Expectations): string | undefined {
  const problem = vectorProblem(points, rows, ordered);
  return problem === undefined
    ? undefined
    : `${problem}\n  expected ${printRows(rows)}\n  actual   ${printVector(points)}`;
}

function vectorProblem(
  points: readonly VectorPoint[],
  rows: readonly ExpectedRow[],
  ordered: boolean,
): string | undefined {
  const positions = new Map(rows.map((row, i) => [labelsKey(row.labels), i]));
  const seen = new Set<string>();
  for (const [i, point] of points.entries()) {
    const key = labelsKey(point.labels);
    const name = printLabels(point.labels);
    if (seen.has(key)) return `duplicate series ${name}`;
    seen.add(key);
    const position = positions.get(key);
    if (position === undefined) return `unexpected series ${name}`;
    if (ordered && position !== i) return `series ${name} expected at position ${position + 1}, is at ${i + 1}`;
    const { values } = rows[position] as ExpectedRow;
    if (values.length !== 1) return "an instant evaluation takes one value per series";
    const wrong = valueProblem(values[0] as SequenceValue, point);
    if (wrong !== undefined) return `${name}: ${wrong}`;
  }
  const missing = rows.find((row) => !seen.has(labelsKey(row.labels)));
  return missing && `missing series ${printLabels(missing.labels)}`;
}

function compareMatrix(
  series: readonly MatrixSeries[],
  { rows, ordered }: Expectations,
  grid: Grid,
): string | undefined {
  const problem = ordered ? "a matrix has no order to expect" : matrixProblem(series, rows, grid);
  return problem === undefined
    ? undefined
    : `${problem}\n  expected ${printRows(rows)}\n  actual   ${printMatrix(series)}`;
}

function matrixProblem(series: readonly MatrixSeries[], rows: readonly ExpectedRow[], grid: Grid): string | undefined {
  const unsorted = unsortedProblem(series);
  if (unsorted !== undefined) return unsorted;
  const byKey = new Map(rows.map((row) => [labelsKey(row.labels), row]));
  for (const one of series) {
    const key = labelsKey(one.labels);
    const name = printLabels(one.labels);
    const row = byKey.get(key);
    if (!row) return `unexpected series ${name}`;
    byKey.delete(key);
    const wrong = rowProblem(one, row, grid);
    if (wrong !== undefined) return `${name}: ${wrong}`;
  }
  const [missing] = byKey.values();
  return missing && `missing series ${printLabels(missing.labels)}`;
}

/** What is wrong with the order of a matrix, which is always that of its labels. */
export function unsortedProblem(series: readonly MatrixSeries[]): string | undefined {
  for (let i = 1; i < series.length; i++) {
    const [previous, next] = [series[i - 1]?.labels as Labels, series[i]?.labels as Labels];
    const order = compareLabels(previous, next);
    if (order === 0) return `duplicate series ${printLabels(next)}`;
    if (order > 0) return `${printLabels(next)} stands behind ${printLabels(previous)}`;
  }
  return undefined;
}

function rowProblem(series: MatrixSeries, row: ExpectedRow, grid: Grid): string | undefined {
  let at = 0;
  for (const [i, expected] of row.values.entries()) {
    if (expected.kind === "omitted") continue;
    const t = grid.start + i * grid.step;
    if (t > grid.end) return `${row.values.length} values expected, more than the query has steps`;
    if (at >= series.count || series.t[at] !== t) return `no value at ${t}`;
    const wrong = valueProblem(expected, pointAt(series, at));
    if (wrong !== undefined) return `at ${t}: ${wrong}`;
    at++;
  }
  return at < series.count ? `unexpected value at ${String(series.t[at])}` : undefined;
}

function pointAt(series: MatrixSeries, i: number): VectorPoint {
  const h = series.h?.[i];
  const point = { labels: series.labels, t: series.t[i] as number, v: series.v[i] as number };
  return h ? { ...point, h } : point;
}

function valueProblem(expected: SequenceValue, { v, h }: { v: number; h?: Histogram }): string | undefined {
  if (expected.kind === "histogram") {
    if (!h) return `expected histogram ${printValue(expected)}, got float ${printFloatG(v)}`;
    return histogramsMatch(expected, h)
      ? undefined
      : `expected ${printValue(expected)}, got ${printHistogramDescriptor(h)}`;
  }
  if (h) return `expected float ${printValue(expected)}, got histogram ${printHistogramDescriptor(h)}`;
  const wanted = expected.kind === "float" ? expected.v : NaN;
  if (expected.kind === "float" && nearlyEqual(wanted, v, floatTolerance)) return undefined;
  return `expected ${printValue(expected)}, got ${printFloatG(v)}`;
}

function histogramsMatch(expected: Extract<SequenceValue, { kind: "histogram" }>, actual: Histogram): boolean {
  const a = compact(expected.h);
  const b = compact(actual);
  const isNear = (x: number, y: number): boolean => nearlyEqual(x, y, floatTolerance);
  const allNear = (x: readonly number[], y: readonly number[]): boolean =>
    x.length === y.length && x.every((count, i) => isNear(count, y[i] as number));
  const spans = (x: Histogram): string => JSON.stringify([x.positiveSpans, x.negativeSpans]);
  return (
    a.schema === b.schema &&
    isNear(a.count, b.count) &&
    isNear(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    isNear(a.zeroCount, b.zeroCount) &&
    customBoundsEqual(a.customValues, b.customValues) &&
    spans(a) === spans(b) &&
    allNear(a.positiveBuckets, b.positiveBuckets) &&
    allNear(a.negativeBuckets, b.negativeBuckets) &&
    (!expected.hasHint || a.counterResetHint === b.counterResetHint)
  );
}

function printRows(rows: readonly ExpectedRow[]): string {
  if (rows.length === 0) return "nothing";
  return rows.map(({ labels, values }) => `${printName(labels)} ${values.map(printValue).join(" ")}`).join("; ");
}

function printVector(points: readonly VectorPoint[]): string {
  return points.length === 0
    ? "nothing"
    : points.map((point) => `${printName(point.labels)} ${printPoint(point)}`).join("; ");
}

function printMatrix(series: readonly MatrixSeries[]): string {
  if (series.length === 0) return "nothing";
  return series.map((one) => `${printName(one.labels)} ${printPoints(one)}`).join("; ");
}

function printPoints(series: MatrixSeries): string {
  return Array.from({ length: series.count }, (_, i) => {
    const point = pointAt(series, i);
    return `${printPoint(point)}@${point.t}`;
  }).join(" ");
}

function printPoint({ v, h }: VectorPoint): string {
  return h ? printHistogramDescriptor(h) : printFloatG(v);
}

function printName(labels: Labels): string {
  return labels.length === 0 ? "{}" : printLabels(labels);
}

function printValue(value: SequenceValue): string {
  switch (value.kind) {
    case "omitted":
      return "_";
    case "stale":
      return "stale";
    case "float":
      return printFloatG(value.v);
    case "histogram":
      return printHistogramDescriptor(value.h);
  }
}
