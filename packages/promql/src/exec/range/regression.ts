// deriv, predict_linear and double_exponential_smoothing: trends of floats.
import { printFloat } from "@narthex/stdx";
import { QueryError } from "../../error.js";
import { compensate } from "../kahan.js";
import { timeAt } from "../step-grid.js";
import type { Window } from "../window.js";
import type { RangeCall } from "./function.js";
import { hasFloats } from "./over-time.js";

export function deriv(window: Window, call: RangeCall): void {
  if (!hasFloats(window, call) || window.floatCount < 2) return;
  // Times are taken from the first sample on: near-equal large numbers would cancel.
  window.emit(regression(rowsOf(window), window.samples.floatTimes[window.floatFirst] as number).slope);
}

export function predictLinear(window: Window, call: RangeCall): void {
  if (!hasFloats(window, call) || window.floatCount < 2) return;
  const { slope, intercept } = regression(rowsOf(window), timeAt(call.evaluation.grid, window.i));
  window.emit(slope * (call.parameters[0]?.[window.i] as number) + intercept);
}

function rowsOf({ samples, floatFirst, floatEnd }: Window): Rows {
  return { t: samples.floatTimes, v: samples.floats, from: floatFirst, to: floatEnd };
}

/** Rows from … to - 1. */
export type Rows = { readonly t: Float64Array; readonly v: Float64Array; readonly from: number; readonly to: number };

export type Line = { readonly slope: number; readonly intercept: number };

/** Least squares, x in seconds from `zero` (ms), all sums compensated. */
// Sums and their rests stand apart so that they stay in registers.
export function regression({ t, v, from, to }: Rows, zero: number): Line {
  const first = v[from] as number;
  let isConstant = true;
  let sumX = 0;
  let sumY = 0;
  let sumXY = 0;
  let sumX2 = 0;
  let restX = 0;
  let restY = 0;
  let restXY = 0;
  let restX2 = 0;
  for (let i = from; i < to; i++) {
    const y = v[i] as number;
    const x = ((t[i] as number) - zero) / 1000;
    if (y !== first) isConstant = false;
    restX = compensate(sumX, x, restX);
    sumX += x;
    restY = compensate(sumY, y, restY);
    sumY += y;
    restXY = compensate(sumXY, x * y, restXY);
    sumXY += x * y;
    restX2 = compensate(sumX2, x * x, restX2);
    sumX2 += x * x;
  }
  if (isConstant) return constantLine(first);
  const sums = { sumX: sumX + restX, sumY: sumY + restY, sumXY: sumXY + restXY, sumX2: sumX2 + restX2 };
  return lineThrough(to - from, sums);
}

export function constantLine(value: number): Line {
  return Number.isFinite(value) ? { slope: 0, intercept: value } : { slope: NaN, intercept: NaN };
}

export type RegressionSums = {
  readonly sumX: number;
  readonly sumY: number;
  readonly sumXY: number;
  readonly sumX2: number;
};

export function lineThrough(n: number, { sumX, sumY, sumXY, sumX2 }: RegressionSums): Line {
  const covariance = sumXY - (sumX * sumY) / n;
  const variance = sumX2 - (sumX * sumX) / n;
  const slope = covariance / variance;
  return { slope, intercept: sumY / n - (slope * sumX) / n };
}

/** Holt's linear smoothing: a level and a trend, each with its factor. */
export function doubleExponentialSmoothing(window: Window, call: RangeCall): void {
  const smoothing = call.parameters[0]?.[window.i] as number;
  const trendFactor = call.parameters[1]?.[window.i] as number;
  if (window.floatCount + window.histogramCount === 0) return;
  checkFactor("smoothing", smoothing);
  checkFactor("trend", trendFactor);
  if (!hasFloats(window, call) || window.floatCount < 2) return;
  const { floats } = window.samples;
  let before = 0;
  let level = floats[window.floatFirst] as number;
  let trend = (floats[window.floatFirst + 1] as number) - level;
  for (let i = window.floatFirst + 1; i < window.floatEnd; i++) {
    if (i > window.floatFirst + 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
    before = level;
    level = smoothing * (floats[i] as number) + (1 - smoothing) * (level + trend);
  }
  window.emit(level);
}

function checkFactor(name: "smoothing" | "trend", factor: number): void {
  // Prometheus reckons with NaN.
  if (!(factor <= 0 || factor >= 1)) return;
  const short = name === "smoothing" ? "sf" : "tf";
  const got = Number.isFinite(factor) ? factor.toFixed(6) : printFloat(factor);
  throw new QueryError("execution", `invalid ${name} factor. Expected: 0 < ${short} < 1, got: ${got}`);
}
