// min_over_time and max_over_time with a monotonic queue: every sample enters and leaves it once.
import { type Column, isFloat } from "../../column.js";
import type { ColumnKernel, KernelInput } from "./kernel.js";

/** `sign` 1 for the largest, -1 for the smallest value. */
export function extremeKernel(sign: 1 | -1): ColumnKernel {
  return (input, column) => {
    slideExtreme(input, column, sign);
    return true;
  };
}

// The queue holds rows whose values descend (times sign), so that its head is the extreme. NaN never enters.
function slideExtreme(input: KernelInput, column: Column, sign: number): void {
  const { t, v, count, first, step, windowMs, rows: queue } = input;
  const { v: out, present } = column;
  let head = 0;
  let tail = 0;
  let from = 0;
  let to = 0;
  for (let i = 0; i < out.length; i++) {
    const end = first + i * step;
    const start = end - windowMs;
    for (; to < count && (t[to] as number) <= end; to++) {
      const value = sign * (v[to] as number);
      if (Number.isNaN(value)) continue;
      while (tail > head && sign * (v[queue[tail - 1] as number] as number) < value) tail--;
      queue[tail++] = to;
    }
    while (from < to && (t[from] as number) <= start) from++;
    if (from === to) continue;
    while (head < tail && (queue[head] as number) < from) head++;
    out[i] = head < tail ? (v[queue[head] as number] as number) : NaN;
    present[i] = isFloat;
  }
}
