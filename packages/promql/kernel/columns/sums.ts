// sum_over_time and avg_over_time, as differences of running sums.
import { at, count, emit, first, step, steps, times, values, windowMs } from "./request";
import { errorOf } from "./compensation";

// 2^-106 × 2^40 × samples is below a double's own precision; see src/exec/range/kernel/sum.ts.
const spreadMax: f64 = 1099511627776;
const sumMax: f64 = 1e300;

function hasComparableValues(): bool {
  const v: i32 = values();
  const n: i32 = count();
  let largest: f64 = 0;
  let smallest: f64 = Infinity;
  for (let i: i32 = 0; i < n; i++) {
    const size: f64 = abs(at(v, i));
    if (!(size <= f64.MAX_VALUE)) return false;
    if (size > largest) largest = size;
    if (size != 0 && size < smallest) smallest = size;
  }
  return largest == 0 || (largest / smallest < spreadMax && largest * <f64>n < sumMax);
}

/** sum_over_time, or avg_over_time; 0 where running sums are not exact enough. */
export function sums(isAverage: i32): i32 {
  if (!hasComparableValues()) return 0;
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  let from: i32 = 0;
  let to: i32 = 0;
  let added: f64 = 0;
  let addedError: f64 = 0;
  let removed: f64 = 0;
  let removedError: f64 = 0;
  for (let i: i32 = 0; i < steps(); i++) {
    const end: f64 = first() + <f64>i * step();
    for (; to < n && at(t, to) <= end; to++) {
      const next: f64 = added + at(v, to);
      addedError += errorOf(added, at(v, to), next);
      added = next;
    }
    for (; from < to && at(t, from) <= end - windowMs(); from++) {
      const next: f64 = removed + at(v, from);
      removedError += errorOf(removed, at(v, from), next);
      removed = next;
    }
    if (from == to) continue;
    const difference: f64 = added - removed;
    const part: f64 = difference - added;
    const error: f64 = added - (difference - part) - (removed + part);
    const sum: f64 = difference + (error + (addedError - removedError));
    emit(i, isAverage ? sum / <f64>(to - from) : sum);
  }
  return 1;
}
