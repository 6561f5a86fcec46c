// rate, increase and delta; for the formula see ../rate.ts.
import { type Column, isFloat } from "../../column.js";
import type { RegularRun } from "../../series-kernel.js";
import type { ColumnKernel, KernelInput } from "./kernel.js";
import { regularRun } from "./regular.js";

export function rateKernel(options: { readonly isCounter: boolean; readonly isRate: boolean }): ColumnKernel {
  const { isCounter, isRate } = options;
  return (input, column) => {
    const resets = isCounter && input.mayFall ? resetRows(input.v, input.count) : noResets;
    const divisor = isRate ? input.windowMs / 1000 : 1;
    const steps = column.v.length;
    const run = regularRun(input, steps);
    if (run) slideRegularly(input, column, { resets, isCounter, divisor, run });
    const begin = run ? run.begin : steps;
    if (begin > 0) slideRate(input, column, { resets, isCounter, divisor, begin: 0, end: begin });
    if (run && run.end < steps) slideRate(input, column, { resets, isCounter, divisor, begin: run.end, end: steps });
    return true;
  };
}

const noResets = new Int32Array(0);

// Rows whose value is below the one before; few, so that a window need only look at those in it.
function resetRows(v: Float64Array, count: number): Int32Array {
  const first = firstReset(v, 1, count);
  if (first === count) return noResets;
  const rows: number[] = [];
  for (let i = first; i < count; i = firstReset(v, i + 1, count)) rows.push(i);
  return Int32Array.from(rows);
}

/** The first row from `from` on that is a reset; `count` without any. */
function firstReset(v: Float64Array, from: number, count: number): number {
  let previous = v[from - 1] as number;
  for (let i = from; i < count; i++) {
    const value = v[i] as number;
    if (value < previous) return i;
    previous = value;
  }
  return count;
}

type RateLoop = {
  readonly resets: Int32Array;
  readonly isCounter: boolean;
  readonly divisor: number;
};

// All windows of the run have one factor, and rows of their own only at their two ends.
function slideRegularly(input: KernelInput, column: Column, loop: RateLoop & { readonly run: RegularRun }): void {
  const { t, v, first, step, windowMs } = input;
  const { resets, isCounter, divisor } = loop;
  const { begin, end, samples, shift } = loop.run;
  if (samples < 2) return;
  const { v: out, present } = column;
  let { from } = loop.run;
  const last = samples - 1;
  const windowEnd = first + begin * step;
  const sampled = ((t[from + last] as number) - (t[from] as number)) / 1000;
  const average = sampled / last;
  let toStart = ((t[from] as number) - (windowEnd - windowMs)) / 1000;
  let toEnd = (windowEnd - (t[from + last] as number)) / 1000;
  if (toStart >= average * 1.1) toStart = average / 2;
  if (toEnd >= average * 1.1) toEnd = average / 2;
  const factor = (sampled + toStart + toEnd) / sampled / divisor;
  let next = 0;
  for (let i = begin; i < end; i++) {
    const firstValue = v[from] as number;
    let change = (v[from + last] as number) - firstValue;
    if (resets.length > 0) {
      const to = from + samples;
      while (next < resets.length && (resets[next] as number) <= from) next++;
      if (next < resets.length && (resets[next] as number) < to) change = withResets(change, v, { resets, next, to });
    }
    out[i] = change * factor;
    // As in slideRate.
    if (isCounter && change > 0 && firstValue >= 0 && firstValue < 2 * change) {
      const toZero = sampled * (firstValue / change);
      if (toZero < toStart) out[i] = change * ((sampled + toZero + toEnd) / sampled / divisor);
    }
    from += shift;
  }
  present.fill(isFloat, begin, end);
}

type ResetRows = { readonly resets: Int32Array; readonly next: number; readonly to: number };

/** The change with the values before resets, from the one at `next` on, added one by one. */
function withResets(change: number, v: Float64Array, { resets, next, to }: ResetRows): number {
  let corrected = change;
  for (let k = next; k < resets.length; k++) {
    const row = resets[k] as number;
    if (row >= to) break;
    corrected += v[row - 1] as number;
  }
  return corrected;
}

// Longer than most functions: everything a step needs stays in registers. Two things make steps alike in series that are
// scraped regularly: both ends of the window move by as many rows as they did before (`shift`), and the samples lie in
// the window as they did before, so that the factor of the extrapolation is the same.
function slideRate(
  input: KernelInput,
  column: Column,
  loop: RateLoop & { readonly begin: number; readonly end: number },
): void {
  const { t, v, count, first, step, windowMs } = input;
  const { resets, isCounter, divisor, begin, end: endStep } = loop;
  const { v: out, present } = column;
  let from = 0;
  let to = 0;
  let shift = 0;
  let next = 0;
  let lead = NaN;
  let tail = NaN;
  let alike = 0;
  let sampled = 0;
  let toStart = 0;
  let toEnd = 0;
  let factor = 0;
  for (let i = begin; i < endStep; i++) {
    const end = first + i * step;
    const start = end - windowMs;
    const nextTo = to + shift;
    if (nextTo > 0 && nextTo < count && (t[nextTo - 1] as number) <= end && (t[nextTo] as number) > end) to = nextTo;
    else {
      const before = to;
      while (to < count && (t[to] as number) <= end) to++;
      shift = to - before;
    }
    const nextFrom = from + shift;
    const isShifted = nextFrom > 0 && nextFrom < to;
    if (isShifted && (t[nextFrom - 1] as number) <= start && (t[nextFrom] as number) > start) from = nextFrom;
    else while (from < to && (t[from] as number) <= start) from++;
    const samples = to - from;
    if (samples < 2) continue;
    const firstValue = v[from] as number;
    let change = (v[to - 1] as number) - firstValue;
    if (resets.length > 0) {
      while (next < resets.length && (resets[next] as number) <= from) next++;
      if (next < resets.length && (resets[next] as number) < to) change = withResets(change, v, { resets, next, to });
    }
    const firstTime = t[from] as number;
    const lastTime = t[to - 1] as number;
    if (firstTime - start !== lead || end - lastTime !== tail || samples !== alike) {
      lead = firstTime - start;
      tail = end - lastTime;
      alike = samples;
      sampled = (lastTime - firstTime) / 1000;
      const average = sampled / (samples - 1);
      toStart = lead / 1000;
      toEnd = tail / 1000;
      if (toStart >= average * 1.1) toStart = average / 2;
      if (toEnd >= average * 1.1) toEnd = average / 2;
      factor = (sampled + toStart + toEnd) / sampled / divisor;
    }
    present[i] = isFloat;
    out[i] = change * factor;
    // toStart is below 1.1 × sampled, so that zero can only be nearer where the change is more than half of the first value.
    if (!isCounter || !(change > 0) || firstValue < 0 || firstValue >= 2 * change) continue;
    const toZero = sampled * (firstValue / change);
    if (toZero < toStart) out[i] = change * ((sampled + toZero + toEnd) / sampled / divisor);
  }
}
