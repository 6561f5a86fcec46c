// Rows that wait to be appended, for kernel/append.ts: in order at `slotsAt`, `keptRefsAt`, `timesAt`, `valuesAt`. AssemblyScript.
import { keptRefsAt, slotsAt, timesAt, valuesAt } from "./layout";

/** How many there are. */
export let kept: i32 = 0;

/** REQUIRES: fewer than `rowsMax` rows. */
export function keep(slot: usize, ref: f64, t: f64, value: u64): void {
  const k: usize = kept++;
  store<u32>(slotsAt + (k << 2), <u32>slot);
  store<f64>(keptRefsAt + (k << 3), ref);
  store<f64>(timesAt + (k << 3), t);
  store<u64>(valuesAt + (k << 3), value);
}

/** How many rows there are; begins anew. */
export function takeKept(): i32 {
  const count: i32 = kept;
  kept = 0;
  return count;
}
