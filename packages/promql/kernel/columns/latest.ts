// What looks at the last rows of a window, or only counts them.
import { at, count, emit, first, step, steps, times, values, windowMs } from "./request";

/** irate and idelta, from a window's last two rows. */
export function lastChange(isRate: i32): void {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  let to: i32 = 0;
  for (let i: i32 = 0; i < steps(); i++) {
    const end: f64 = first() + <f64>i * step();
    while (to < n && at(t, to) <= end) to++;
    if (to < 2 || at(t, to - 2) <= end - windowMs()) continue;
    const intervalMs: f64 = at(t, to - 1) - at(t, to - 2);
    if (intervalMs == 0) continue;
    const value: f64 = at(v, to - 1);
    const before: f64 = at(v, to - 2);
    const change: f64 = isRate && value < before ? value : value - before;
    emit(i, isRate ? change / (intervalMs / 1000) : change);
  }
}

/** Of the instants of a selector, and last_over_time. Returns at how many steps there is a sample. */
export function latest(): i32 {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  const end: i32 = steps();
  let next: i32 = 0;
  let found: i32 = 0;
  for (let i: i32 = 0; i < end; i++) {
    const time: f64 = first() + <f64>i * step();
    while (next < n && at(t, next) <= time) next++;
    if (next == 0 || at(t, next - 1) <= time - windowMs()) continue;
    emit(i, at(v, next - 1));
    found++;
  }
  return found;
}

export function countOverTime(): void {
  const t: i32 = times();
  const n: i32 = count();
  let from: i32 = 0;
  let to: i32 = 0;
  for (let i: i32 = 0; i < steps(); i++) {
    const end: f64 = first() + <f64>i * step();
    while (to < n && at(t, to) <= end) to++;
    while (from < to && at(t, from) <= end - windowMs()) from++;
    if (from < to) emit(i, <f64>(to - from));
  }
}
