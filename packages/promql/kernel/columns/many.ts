// A function over many series in one call: their rows stand one behind the other, and so do their columns.
import { rate } from "./rate";
import { countOverTime, lastChange, latest } from "./latest";
import { transitions } from "./transitions";
import { extremes } from "./extremes";
import { trends } from "./lines";
import { sameQuantiles } from "./quantiles";
import { sums } from "./sums";
import { variances } from "./variances";
import { endsAt, foundAt, notesAt, out, requestAt, steps, times, values } from "./request";

// As model's `rowNotes`.
const hasNaN: i32 = 1;
const hasFall: i32 = 2;
const hasJitter: i32 = 4;

/**
 * Of each series, at `endsAt` stands the row behind its last, at `notesAt` what may be of its rows; at `foundAt` comes at how many
 * steps there is something, or -1 where it must be evaluated otherwise. `call` says which function, `number` and `factor` are what it takes.
 */
export function many(series: i32, call: i32, number: i32, factor: f64): void {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = steps();
  const stride: i32 = (9 * n + 7) & ~7;
  let column: i32 = out();
  let first: i32 = 0;
  for (let i: i32 = 0; i < series; i++) {
    const end: i32 = load<i32>(endsAt + (i << 2));
    const notes: i32 = load<u8>(notesAt + i);
    const present: i32 = column + (n << 3);
    store<i32>(requestAt, t + (first << 3));
    store<i32>(requestAt, v + (first << 3), 4);
    store<i32>(requestAt, end - first, 8);
    store<i32>(requestAt, column, 12);
    store<i32>(requestAt, present, 16);
    store<i32>(requestAt, notes & hasFall, 24);
    store<i32>(requestAt, notes & hasJitter ? 0 : 1, 28);
    memory.fill(present, 0, n);
    const isDone: bool = (notes & hasNaN) == 0 && run(call, number, factor);
    store<i32>(foundAt + (i << 2), isDone ? presentIn(present, n) : -1);
    column += stride;
    first = end;
  }
}

/** The numbers of src/exec/range/compiled-kernel.ts. False where the function does not do it. */
function run(call: i32, number: i32, factor: f64): bool {
  switch (call) {
    case 0:
      rate(number, factor);
      return true;
    case 1:
      lastChange(number);
      return true;
    case 2:
      transitions(number);
      return true;
    case 3:
      return sums(number) != 0;
    case 4:
      variances(number);
      return true;
    case 5:
      countOverTime();
      return true;
    case 6:
      latest();
      return true;
    case 7:
      trends(number != 0, factor);
      return true;
    case 8:
      return sameQuantiles(factor);
    default:
      extremes(factor);
      return true;
  }
}

/** What stands at a step is 0 or 1. */
function presentIn(present: i32, n: i32): i32 {
  let found: i64 = 0;
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) found += popcnt(load<u64>(present + i));
  for (; i < n; i++) found += load<u8>(present + i);
  return <i32>found;
}
