// sum_over_time and avg_over_time as differences of running sums, each kept as a number and its rounding error.
// The error of a difference is about 2^-106 of the largest running sum, so that values must be of comparable size:
// a series where they are not, or where one is not finite, is left to the compensated sums of each window.
import { type Column, isFloat } from "../../column.js";
import type { KernelInput } from "./kernel.js";

// 2^-106 × 2^40 × samples is still below float64's own precision for any series that fits in memory.
const spreadMax = 2 ** 40;
const sumMax = 1e300;

export function sumKernel(input: KernelInput, column: Column): boolean {
  return slideSums(input, column, false);
}

export function averageKernel(input: KernelInput, column: Column): boolean {
  return slideSums(input, column, true);
}

function hasComparableValues(v: Float64Array, count: number): boolean {
  let largest = 0;
  let smallest = Infinity;
  for (let i = 0; i < count; i++) {
    const size = Math.abs(v[i] as number);
    if (!(size <= Number.MAX_VALUE)) return false;
    if (size > largest) largest = size;
    if (size !== 0 && size < smallest) smallest = size;
  }
  return largest === 0 || (largest / smallest < spreadMax && largest * count < sumMax);
}

// The running sum moves with both ends of the window: added at `to`, taken away at `from`.
function slideSums(input: KernelInput, column: Column, isAverage: boolean): boolean {
  const { t, v, count, first, step, windowMs } = input;
  if (!hasComparableValues(v, count)) return false;
  const { v: out, present } = column;
  let from = 0;
  let to = 0;
  let added = 0;
  let addedError = 0;
  let removed = 0;
  let removedError = 0;
  for (let i = 0; i < out.length; i++) {
    const end = first + i * step;
    for (; to < count && (t[to] as number) <= end; to++) {
      const value = v[to] as number;
      const next = added + value;
      const part = next - added;
      addedError += added - (next - part) + (value - part);
      added = next;
    }
    for (; from < to && (t[from] as number) <= end - windowMs; from++) {
      const value = v[from] as number;
      const next = removed + value;
      const part = next - removed;
      removedError += removed - (next - part) + (value - part);
      removed = next;
    }
    if (from === to) continue;
    const difference = added - removed;
    const part = difference - added;
    const error = added - (difference - part) - (removed + part);
    const sum = difference + (error + (addedError - removedError));
    out[i] = isAverage ? sum / (to - from) : sum;
    present[i] = isFloat;
  }
  return true;
}
