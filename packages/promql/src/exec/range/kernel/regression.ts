// deriv and predict_linear. In samples that are all the same time apart, x is the same in all windows, and so are its sums.
import { type Column, isFloat } from "../../column.js";
import { compensate } from "../../kahan.js";
import type { Abscissas, RegularRun, StepRange } from "../../series-kernel.js";
import { constantLine, type Line, lineThrough, regression } from "../regression.js";
import type { ColumnKernel, KernelInput } from "./kernel.js";
import { regularRun } from "./regular.js";

/** Makes a result of the line of step `i`, whose x is from the window's first sample or from the time of evaluation on. */
type LineUse = {
  readonly isFromFirst: boolean;
  readonly value: (line: Line, i: number, parameters: readonly Float64Array[]) => number;
};

export const derivKernel: ColumnKernel = regressionKernel({ isFromFirst: true, value: ({ slope }) => slope });

export const predictLinearKernel: ColumnKernel = regressionKernel({
  isFromFirst: false,
  value: ({ slope, intercept }, i, parameters) => slope * (parameters[0]?.[i] as number) + intercept,
});

/** In fewer windows that lie alike it does not pay to reckon with x once for all of them. */
export const regularStepsMin = 8;

function regressionKernel(use: LineUse): ColumnKernel {
  return (input, column) => {
    // With @ the times of evaluation go on while the windows stay.
    if (!use.isFromFirst && input.grid.step !== input.step) return false;
    const steps = column.v.length;
    const run = steps < regularStepsMin ? undefined : regularRun(input, steps);
    if (run) slideRegularly(input, column, { use, run });
    slide(input, column, { use, begin: 0, end: run ? run.begin : steps });
    if (run) slide(input, column, { use, begin: run.end, end: steps });
    return true;
  };
}

type Slide = StepRange & { readonly use: LineUse };

function slide(input: KernelInput, column: Column, { use, begin, end }: Slide): void {
  if (begin === end) return;
  const { t, v, count, first, step, windowMs, grid, parameters } = input;
  const intercepts = input.kernel?.linesOfAny({ begin, end }, use.isFromFirst ? "first" : grid);
  if (intercepts) {
    takeLines(column, intercepts, { use, begin, end, parameters });
    return;
  }
  let from = 0;
  let to = 0;
  for (let i = begin; i < end; i++) {
    const windowEnd = first + i * step;
    while (to < count && (t[to] as number) <= windowEnd) to++;
    while (from < to && (t[from] as number) <= windowEnd - windowMs) from++;
    if (to - from < 2) continue;
    const zero = use.isFromFirst ? (t[from] as number) : grid.start + i * grid.step;
    column.setFloat(i, use.value(regression({ t, v, from, to }, zero), i, parameters));
  }
}

// Slopes stand in the column.
function takeLines(
  column: Column,
  intercepts: Float64Array,
  { use, begin, end, parameters }: Slide & Pick<KernelInput, "parameters">,
): void {
  for (let i = begin; i < end; i++) {
    if (column.present[i] !== isFloat) continue;
    column.v[i] = use.value({ slope: column.v[i] as number, intercept: intercepts[i] as number }, i, parameters);
  }
}

function slideRegularly(
  input: KernelInput,
  column: Column,
  { use, run }: { readonly use: LineUse; readonly run: RegularRun },
): void {
  const { t, v, grid, parameters, kernel } = input;
  const { begin, end, samples, shift } = run;
  if (samples < 2) return;
  const zeroOf = (i: number, from: number): number =>
    use.isFromFirst ? (t[from] as number) : grid.start + i * grid.step;
  const x = new Float64Array(samples);
  const zero = zeroOf(begin, run.from);
  for (let k = 0; k < samples; k++) x[k] = ((t[run.from + k] as number) - zero) / 1000;
  const sumX = compensatedSum(x);
  const sumX2 = compensatedSum(x.map((value) => value * value));
  const intercepts = kernel?.lines(run, { x, sumX, sumX2 });
  if (intercepts) {
    column.present.fill(isFloat, begin, end);
    takeLines(column, intercepts, { use, begin, end, parameters });
    return;
  }
  for (let i = begin, from = run.from; i < end; i++, from += shift) {
    const line = fit(v, from, { x, sumX, sumX2 }) ?? regression({ t, v, from, to: from + samples }, zeroOf(i, from));
    column.v[i] = use.value(line, i, parameters);
    column.present[i] = isFloat;
  }
}

function compensatedSum(values: Float64Array): number {
  let sum = 0;
  let rest = 0;
  for (const value of values) {
    rest = compensate(sum, value, rest);
    sum += value;
  }
  return sum + rest;
}

// Undefined where a sum is not finite. The rest of a sum of two is computed without a branch, and is the same.
function fit(v: Float64Array, from: number, { x, sumX, sumX2 }: Abscissas): Line | undefined {
  const first = v[from] as number;
  const n = x.length;
  let isConstant = true;
  let sumY = 0;
  let sumXY = 0;
  let restY = 0;
  let restXY = 0;
  for (let k = 0; k < n; k++) {
    const y = v[from + k] as number;
    if (y !== first) isConstant = false;
    const nextY = sumY + y;
    const partY = nextY - sumY;
    restY += sumY - (nextY - partY) + (y - partY);
    sumY = nextY;
    const xy = (x[k] as number) * y;
    const nextXY = sumXY + xy;
    const partXY = nextXY - sumXY;
    restXY += sumXY - (nextXY - partXY) + (xy - partXY);
    sumXY = nextXY;
  }
  if (isConstant) return constantLine(first);
  sumY += restY;
  sumXY += restXY;
  if (!(sumY - sumY === 0 && sumXY - sumXY === 0)) return undefined;
  return lineThrough(n, { sumX, sumY, sumXY, sumX2 });
}
