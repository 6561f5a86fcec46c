// What aggregations add to a group: the request's column.
import { at, isFloat, out, present, step, steps } from "./request";
import { compensate } from "./compensation";

/** Compensated sums (src/exec/kahan.ts), their rests, and where there is any. */
export function addToSums(sumsAt: i32, restsAt: i32, hasFloatAt: i32): void {
  const v: i32 = out();
  const p: i32 = present();
  const n: i32 = steps();
  const zero: v128 = f64x2.splat(0);
  for (let i: i32 = 0; i < n; i++) {
    if (i + 1 < n && load<u16>(p + i) == 0x0101) {
      const value: v128 = v128.load(v + (i << 3));
      const sum: v128 = v128.load(sumsAt + (i << 3));
      const next: v128 = f64x2.add(sum, value);
      const isLarger: v128 = f64x2.ge(f64x2.abs(sum), f64x2.abs(value));
      const larger: v128 = v128.bitselect(sum, value, isLarger);
      const smaller: v128 = v128.bitselect(value, sum, isLarger);
      const lost: v128 = f64x2.add(f64x2.sub(larger, next), smaller);
      // An infinite or NaN sum has no rest.
      const isFinite2: v128 = f64x2.eq(f64x2.sub(next, next), zero);
      const rest: v128 = v128.load(restsAt + (i << 3));
      v128.store(sumsAt + (i << 3), next);
      v128.store(restsAt + (i << 3), v128.bitselect(f64x2.add(rest, lost), rest, isFinite2));
      store<u16>(hasFloatAt + i, 0x0101);
      i++;
    } else if (load<u8>(p + i) == isFloat) {
      const value: f64 = at(v, i);
      const sum: f64 = at(sumsAt, i);
      const next: f64 = sum + value;
      store<f64>(sumsAt + (i << 3), next);
      store<u8>(hasFloatAt + i, 1);
      if (next - next != 0) continue;
      const lost: f64 = abs(sum) >= abs(value) ? sum - next + value : value - next + sum;
      store<f64>(restsAt + (i << 3), at(restsAt, i) + lost);
    }
  }
}

/**
 * Compensated sums, their rests, and counts. Returns the step at which a sum overflows, from which on nothing is added; that of the end
 * otherwise.
 */
export function addToAverages(sumsAt: i32, restsAt: i32, countsAt: i32): i32 {
  const v: i32 = out();
  const p: i32 = present();
  const n: i32 = steps();
  const infinity: v128 = f64x2.splat(Infinity);
  for (let i: i32 = 0; i < n; i++) {
    const is1: bool = load<u8>(p + i) == isFloat;
    const is2: bool = i + 1 < n && load<u8>(p + i, 1) == isFloat;
    if (!is1 || !is2) {
      if (!is1) continue;
      const next: f64 = at(sumsAt, i) + at(v, i);
      if (abs(next) == Infinity) return i;
      const rest: v128 = compensate(f64x2.splat(at(sumsAt, i)), f64x2.splat(at(v, i)), f64x2.splat(at(restsAt, i)));
      store<f64>(restsAt + (i << 3), f64x2.extract_lane(rest, 0));
      store<f64>(sumsAt + (i << 3), next);
      store<f64>(countsAt + (i << 3), at(countsAt, i) + 1);
      continue;
    }
    const row: i32 = i << 3;
    const sum: v128 = v128.load(sumsAt + row);
    const value: v128 = v128.load(v + row);
    const next: v128 = f64x2.add(sum, value);
    if (v128.any_true(f64x2.eq(f64x2.abs(next), infinity))) return i;
    v128.store(restsAt + row, compensate(sum, value, v128.load(restsAt + row)));
    v128.store(sumsAt + row, next);
    v128.store(countsAt + row, f64x2.add(v128.load(countsAt + row), f64x2.splat(1)));
    i++;
  }
  return n;
}

/** Counts floats and histograms alike. */
export function addToCounts(countsAt: i32): void {
  const p: i32 = present();
  const n: i32 = steps();
  for (let i: i32 = 0; i < n; i++) {
    if (load<u8>(p + i)) store<f64>(countsAt + (i << 3), at(countsAt, i) + 1);
  }
}

/** The largest with `sign` 1, the smallest with -1; NaN only where there is nothing else. */
export function addToExtremes(bestAt: i32, hasFloatAt: i32, sign: f64): void {
  const v: i32 = out();
  const p: i32 = present();
  const n: i32 = steps();
  for (let i: i32 = 0; i < n; i++) {
    if (load<u8>(p + i) != isFloat) continue;
    const value: f64 = at(v, i);
    const best: f64 = at(bestAt, i);
    if (load<u8>(hasFloatAt + i) && !(sign * value > sign * best || best != best)) continue;
    store<f64>(bestAt + (i << 3), value);
    store<u8>(hasFloatAt + i, isFloat);
  }
}
