// rate, increase and delta; for the formula see ../rate.ts.
import { type Column, isFloat } from "../../column.js";
import type { ColumnKernel, KernelInput } from "../column-kernel.js";

export function rateKernel(options: { readonly isCounter: boolean; readonly isRate: boolean }): ColumnKernel {
  const { isCounter, isRate } = options;
  return (input, column) => {
    const resets = isCounter ? resetRows(input.v, input.count) : noResets;
    slideRate(input, column, { resets, isCounter, divisor: isRate ? input.windowMs / 1000 : 1 });
    return true;
  };
}

const noResets = new Int32Array(0);

// Rows whose value is below the one before; few, so that a window need only look at those in it.
function resetRows(v: Float64Array, count: number): Int32Array {
  let resets = 0;
  for (let i = 1; i < count; i++) if ((v[i] as number) < (v[i - 1] as number)) resets++;
  if (resets === 0) return noResets;
  const rows = new Int32Array(resets);
  let k = 0;
  for (let i = 1; i < count; i++) if ((v[i] as number) < (v[i - 1] as number)) rows[k++] = i;
  return rows;
}

type RateLoop = { readonly resets: Int32Array; readonly isCounter: boolean; readonly divisor: number };

// Longer than most functions: everything a step needs stays in registers.
function slideRate(input: KernelInput, column: Column, { resets, isCounter, divisor }: RateLoop): void {
  const { t, v, count, first, step, windowMs } = input;
  const { v: out, present } = column;
  let from = 0;
  let to = 0;
  let reset = 0;
  for (let i = 0; i < out.length; i++) {
    const end = first + i * step;
    const start = end - windowMs;
    while (to < count && (t[to] as number) <= end) to++;
    while (from < to && (t[from] as number) <= start) from++;
    const samples = to - from;
    if (samples < 2) continue;
    const firstValue = v[from] as number;
    let change = (v[to - 1] as number) - firstValue;
    while (reset < resets.length && (resets[reset] as number) <= from) reset++;
    for (let k = reset; k < resets.length; k++) {
      const row = resets[k] as number;
      if (row >= to) break;
      change += v[row - 1] as number;
    }
    const firstTime = t[from] as number;
    const lastTime = t[to - 1] as number;
    const sampled = (lastTime - firstTime) / 1000;
    const average = sampled / (samples - 1);
    let toStart = (firstTime - start) / 1000;
    let toEnd = (end - lastTime) / 1000;
    if (toStart >= average * 1.1) toStart = average / 2;
    if (toEnd >= average * 1.1) toEnd = average / 2;
    if (isCounter && change > 0 && firstValue >= 0) {
      const toZero = sampled * (firstValue / change);
      if (toZero < toStart) toStart = toZero;
    }
    out[i] = change * ((sampled + toStart + toEnd) / sampled / divisor);
    present[i] = isFloat;
  }
}
