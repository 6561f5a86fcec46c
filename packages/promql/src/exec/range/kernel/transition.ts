// changes and resets as differences of a running count; irate and idelta from a window's last two rows.
import { type Column, isFloat } from "../../column.js";
import type { ColumnKernel, KernelInput } from "./kernel.js";

export const changesKernel: ColumnKernel = (input, column) => {
  const { v, count, rows: counts } = input;
  counts[0] = 0;
  for (let i = 1; i < count; i++) {
    const before = v[i - 1] as number;
    const value = v[i] as number;
    // Two NaNs are no change.
    const isChanged = before !== value && !(Number.isNaN(before) && Number.isNaN(value));
    counts[i] = (counts[i - 1] as number) + (isChanged ? 1 : 0);
  }
  return slideCounts(input, column, counts);
};

export const resetsKernel: ColumnKernel = (input, column) => {
  const { v, count, rows: counts } = input;
  counts[0] = 0;
  for (let i = 1; i < count; i++) {
    counts[i] = (counts[i - 1] as number) + ((v[i] as number) < (v[i - 1] as number) ? 1 : 0);
  }
  return slideCounts(input, column, counts);
};

/** `counts[i]`: transitions in rows 1 … i. The one into a window's first row is not the window's. */
function slideCounts(input: KernelInput, { v: out, present }: Column, counts: Int32Array): boolean {
  const { t, count, first, step, windowMs } = input;
  let from = 0;
  let to = 0;
  for (let i = 0; i < out.length; i++) {
    const end = first + i * step;
    while (to < count && (t[to] as number) <= end) to++;
    while (from < to && (t[from] as number) <= end - windowMs) from++;
    if (from === to) continue;
    out[i] = (counts[to - 1] as number) - (counts[from] as number);
    present[i] = isFloat;
  }
  return true;
}

export function lastChangeKernel({ isRate }: { readonly isRate: boolean }): ColumnKernel {
  return ({ t, v, count, first, step, windowMs }, { v: out, present }) => {
    let to = 0;
    for (let i = 0; i < out.length; i++) {
      const end = first + i * step;
      while (to < count && (t[to] as number) <= end) to++;
      if (to < 2 || (t[to - 2] as number) <= end - windowMs) continue;
      const intervalMs = (t[to - 1] as number) - (t[to - 2] as number);
      if (intervalMs === 0) continue;
      const value = v[to - 1] as number;
      const before = v[to - 2] as number;
      const change = isRate && value < before ? value : value - before;
      out[i] = isRate ? change / (intervalMs / 1000) : change;
      present[i] = isFloat;
    }
    return true;
  };
}
