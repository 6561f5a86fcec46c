// min_over_time and max_over_time, by a queue.
import { at, count, emit, first, rowsAt, step, steps, times, values, windowMs } from "./request";

/** max_over_time with `sign` 1, min_over_time with -1: a queue at `rowsAt` of rows whose values descend, times sign. */
export function extremes(sign: f64): void {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  let head: i32 = rowsAt;
  let tail: i32 = rowsAt;
  let from: i32 = 0;
  let to: i32 = 0;
  for (let i: i32 = 0; i < steps(); i++) {
    const end: f64 = first() + <f64>i * step();
    const start: f64 = end - windowMs();
    for (; to < n && at(t, to) <= end; to++) {
      const value: f64 = sign * at(v, to);
      if (value != value) continue;
      while (tail > head && sign * at(v, load<i32>(tail - 4)) < value) tail -= 4;
      store<i32>(tail, to);
      tail += 4;
    }
    while (from < to && at(t, from) <= start) from++;
    if (from == to) continue;
    while (head < tail && load<i32>(head) < from) head += 4;
    emit(i, head < tail ? at(v, load<i32>(head)) : NaN);
  }
}
