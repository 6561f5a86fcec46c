// count_over_time and last_over_time.
import { type Column, isFloat } from "../../column.js";
import type { KernelInput } from "./kernel.js";

export function countKernel({ t, count, first, step, windowMs }: KernelInput, { v: out, present }: Column): boolean {
  let from = 0;
  let to = 0;
  for (let i = 0; i < out.length; i++) {
    const end = first + i * step;
    while (to < count && (t[to] as number) <= end) to++;
    while (from < to && (t[from] as number) <= end - windowMs) from++;
    if (from === to) continue;
    out[i] = to - from;
    present[i] = isFloat;
  }
  return true;
}

export function lastKernel({ t, v, count, first, step, windowMs }: KernelInput, { v: out, present }: Column): boolean {
  let to = 0;
  for (let i = 0; i < out.length; i++) {
    const end = first + i * step;
    while (to < count && (t[to] as number) <= end) to++;
    if (to === 0 || (t[to - 1] as number) <= end - windowMs) continue;
    out[i] = v[to - 1] as number;
    present[i] = isFloat;
  }
  return true;
}
