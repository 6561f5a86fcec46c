// stddev_over_time and stdvar_over_time.
import { at, count, emit, first, step, steps, times, values, windowMs } from "./request";
import { compensate } from "./compensation";

/** stddev_over_time, or stdvar_over_time: Welford's running variance of each window, two windows of equally many samples at a time. */
export function variances(isDeviation: i32): void {
  const t: i32 = times();
  const n: i32 = count();
  const end: i32 = steps();
  let from: i32 = 0;
  let to: i32 = 0;
  for (let i: i32 = 0; i < end; i++) {
    const time: f64 = first() + <f64>i * step();
    while (to < n && at(t, to) <= time) to++;
    while (from < to && at(t, from) <= time - windowMs()) from++;
    if (from == to) continue;
    let nextTo: i32 = to;
    let nextFrom: i32 = from;
    while (nextTo < n && at(t, nextTo) <= time + step()) nextTo++;
    while (nextFrom < nextTo && at(t, nextFrom) <= time + step() - windowMs()) nextFrom++;
    const isPair: bool = i + 1 < end && nextTo - nextFrom == to - from;
    const both: v128 = variance(from, isPair ? nextFrom : from, to - from);
    const result: v128 = isDeviation ? f64x2.sqrt(both) : both;
    emit(i, f64x2.extract_lane(result, 0));
    if (isPair) emit(++i, f64x2.extract_lane(result, 1));
  }
}

/** Of the `samples` values from two rows on. */
function variance(row1: i32, row2: i32, samples: i32): v128 {
  const v: i32 = values();
  let mean: v128 = f64x2.splat(0);
  let meanRest: v128 = f64x2.splat(0);
  let squares: v128 = f64x2.splat(0);
  let squaresRest: v128 = f64x2.splat(0);
  for (let i: i32 = 0; i < samples; i++) {
    const value: v128 = f64x2.replace_lane(f64x2.splat(at(v, row1 + i)), 1, at(v, row2 + i));
    const delta: v128 = f64x2.sub(value, f64x2.add(mean, meanRest));
    const share: v128 = f64x2.div(delta, f64x2.splat(<f64>(i + 1)));
    meanRest = compensate(mean, share, meanRest);
    mean = f64x2.add(mean, share);
    const square: v128 = f64x2.mul(delta, f64x2.sub(value, f64x2.add(mean, meanRest)));
    squaresRest = compensate(squares, square, squaresRest);
    squares = f64x2.add(squares, square);
  }
  return f64x2.div(f64x2.add(squares, squaresRest), f64x2.splat(<f64>samples));
}
