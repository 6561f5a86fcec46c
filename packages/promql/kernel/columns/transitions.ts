// changes and resets, as differences of a running count.
import { at, count, emit, first, rowsAt, step, steps, times, values, windowMs } from "./request";

/** changes, or resets: rows that differ from the one before, or are below it, by a running count at `rowsAt`. */
export function transitions(ofResets: i32): void {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  let transitions: i32 = 0;
  store<i32>(rowsAt, 0);
  for (let i: i32 = 1; i < n; i++) {
    const before: f64 = at(v, i - 1);
    const value: f64 = at(v, i);
    // Two NaNs are no change.
    const isChanged: bool = before != value && (before == before || value == value);
    transitions += <i32>(ofResets ? value < before : isChanged);
    store<i32>(rowsAt + (i << 2), transitions);
  }
  let from: i32 = 0;
  let to: i32 = 0;
  for (let i: i32 = 0; i < steps(); i++) {
    const end: f64 = first() + <f64>i * step();
    while (to < n && at(t, to) <= end) to++;
    while (from < to && at(t, from) <= end - windowMs()) from++;
    if (from < to) emit(i, <f64>(load<i32>(rowsAt + ((to - 1) << 2)) - load<i32>(rowsAt + (from << 2))));
  }
}
