// rate, increase and delta; the formula is in src/exec/range/rate.ts.
import { at, count, emit, first, isFloat, isRegular, mayFall, out, present, rowsAt, step, steps, times, values, windowMs } from "./request";

let resetCount: i32 = 0;
/** Steps begin … end - 1 have windows of `runSamples` rows, the first from `runFrom` on, `runShift` rows later with each step. */
let runBegin: i32 = 0;
let runEnd: i32 = 0;
let runFrom: i32 = 0;
let runSamples: i32 = 0;
let runShift: i32 = 0;

/** `divisor`: what the change is divided by. Of a gauge `isCounter` is 0. */
export function rate(isCounter: i32, divisor: f64): void {
  resetCount = isCounter && mayFall() ? findResets() : 0;
  if (!findRun()) {
    slideRate(0, steps(), isCounter, divisor);
    return;
  }
  if (runSamples > 1) slideRateRun(isCounter, divisor);
  if (runBegin > 0) slideRate(0, runBegin, isCounter, divisor);
  if (runEnd < steps()) slideRate(runEnd, steps(), isCounter, divisor);
}

/** Puts rows whose value is below the one before at `rowsAt`; returns how many. */
function findResets(): i32 {
  const v: i32 = values();
  const n: i32 = count();
  let found: i32 = 0;
  let i: i32 = 1;
  for (; i + 1 < n; i += 2) {
    const here: i32 = v + (i << 3);
    if (!v128.any_true(f64x2.lt(v128.load(here), v128.load(here - 8)))) continue;
    if (at(v, i) < at(v, i - 1)) store<i32>(rowsAt + (found++ << 2), i);
    if (at(v, i + 1) < at(v, i)) store<i32>(rowsAt + (found++ << 2), i + 1);
  }
  if (i < n && at(v, i) < at(v, i - 1)) store<i32>(rowsAt + (found++ << 2), i);
  return found;
}

@inline
function resetAt(k: i32): i32 {
  return load<i32>(rowsAt + (k << 2));
}

/** As src/exec/range/kernel/regular.ts; false without a run. */
function findRun(): bool {
  const n: i32 = count();
  if (!isRegular() || n < 2) return false;
  const t: i32 = times();
  const start: f64 = at(t, 0);
  const interval: f64 = at(t, 1) - start;
  const shift: f64 = step() / interval;
  // Infinite where two times are the same.
  if (Math.floor(shift) != shift || shift - shift != 0) return false;
  const to: f64 = Math.floor((first() - start) / interval) + 1;
  const from: f64 = Math.floor((first() - windowMs() - start) / interval) + 1;
  const begin: f64 = shift == 0 ? 0 : max(0, Math.ceil(-from / shift));
  const end: f64 = shift == 0 ? <f64>steps() : min(<f64>steps(), Math.floor((<f64>n - to) / shift) + 1);
  if (shift == 0 && (from < 0 || to > <f64>n)) return false;
  if (!(begin < end)) return false;
  runBegin = <i32>begin;
  runEnd = <i32>end;
  runFrom = <i32>(from + begin * shift);
  runSamples = <i32>(to - from);
  runShift = <i32>shift;
  return true;
}

/** The change with the values before resets, from the one at `next` on and in front of row `to`, added one by one. */
function withResets(change: f64, next: i32, to: i32): f64 {
  const v: i32 = values();
  for (let k: i32 = next; k < resetCount && resetAt(k) < to; k++) change += at(v, resetAt(k) - 1);
  return change;
}

function slideRateRun(isCounter: i32, divisor: f64): void {
  const t: i32 = times();
  const v: i32 = values();
  const last: i32 = runSamples - 1;
  const windowEnd: f64 = first() + <f64>runBegin * step();
  const sampled: f64 = (at(t, runFrom + last) - at(t, runFrom)) / 1000;
  const average: f64 = sampled / <f64>last;
  let toStart: f64 = (at(t, runFrom) - (windowEnd - windowMs())) / 1000;
  let toEnd: f64 = (windowEnd - at(t, runFrom + last)) / 1000;
  if (toStart >= average * 1.1) toStart = average / 2;
  if (toEnd >= average * 1.1) toEnd = average / 2;
  const factor: f64 = (sampled + toStart + toEnd) / sampled / divisor;
  const resets: i32 = resetCount;
  const shift: i32 = runShift;
  const end: i32 = runEnd;
  const target: i32 = out();
  let from: i32 = runFrom;
  let next: i32 = 0;
  for (let i: i32 = runBegin; i < end; i++) {
    const firstValue: f64 = at(v, from);
    let change: f64 = at(v, from + last) - firstValue;
    while (next < resets && resetAt(next) <= from) next++;
    if (next < resets && resetAt(next) <= from + last) change = withResets(change, next, from + runSamples);
    let result: f64 = change * factor;
    if (isCounter && change > 0 && firstValue < 2 * change && firstValue >= 0) {
      const toZero: f64 = sampled * (firstValue / change);
      if (toZero < toStart) result = change * ((sampled + toZero + toEnd) / sampled / divisor);
    }
    store<f64>(target + (i << 3), result);
    from += shift;
  }
  memory.fill(present() + runBegin, <u8>isFloat, end - runBegin);
}

function slideRate(begin: i32, endStep: i32, isCounter: i32, divisor: f64): void {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  const resets: i32 = resetCount;
  let from: i32 = 0;
  let to: i32 = 0;
  let next: i32 = 0;
  let lead: f64 = NaN;
  let tail: f64 = NaN;
  let alike: i32 = 0;
  let sampled: f64 = 0;
  let toStart: f64 = 0;
  let toEnd: f64 = 0;
  let factor: f64 = 0;
  for (let i: i32 = begin; i < endStep; i++) {
    const end: f64 = first() + <f64>i * step();
    const start: f64 = end - windowMs();
    while (to < n && at(t, to) <= end) to++;
    while (from < to && at(t, from) <= start) from++;
    const samples: i32 = to - from;
    if (samples < 2) continue;
    const firstValue: f64 = at(v, from);
    let change: f64 = at(v, to - 1) - firstValue;
    while (next < resets && resetAt(next) <= from) next++;
    if (next < resets && resetAt(next) < to) change = withResets(change, next, to);
    const firstTime: f64 = at(t, from);
    const lastTime: f64 = at(t, to - 1);
    // Samples that lie in the window as they did before make the same factor.
    if (firstTime - start != lead || end - lastTime != tail || samples != alike) {
      lead = firstTime - start;
      tail = end - lastTime;
      alike = samples;
      sampled = (lastTime - firstTime) / 1000;
      const average: f64 = sampled / <f64>(samples - 1);
      toStart = lead / 1000;
      toEnd = tail / 1000;
      if (toStart >= average * 1.1) toStart = average / 2;
      if (toEnd >= average * 1.1) toEnd = average / 2;
      factor = (sampled + toStart + toEnd) / sampled / divisor;
    }
    let result: f64 = change * factor;
    if (isCounter && change > 0 && firstValue < 2 * change && firstValue >= 0) {
      const toZero: f64 = sampled * (firstValue / change);
      if (toZero < toStart) result = change * ((sampled + toZero + toEnd) / sampled / divisor);
    }
    emit(i, result);
  }
}
