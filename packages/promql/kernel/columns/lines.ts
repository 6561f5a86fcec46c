// Least squares: in windows of any samples, and faster in many that lie alike.
import { at, count, emit, first, interceptsAt, isFloat, out, present, rangeAt, step, steps, times, values, windowMs, xAt } from "./request";
import { compensate, errorOf2, pairOf, zeros } from "./compensation";

/**
 * deriv and predict_linear: lines through the windows of the steps begin … end - 1, which stand at `rangeAt`. x is from a window's first
 * sample on, or from zero + i × zeroStep. Slopes go to the request's column, intercepts to `interceptsAt`.
 */
export function linesOfAny(isFromFirst: bool, zero: f64, zeroStep: f64): void {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  const lastStep: i32 = load<i32>(rangeAt, 4);
  let from: i32 = 0;
  let to: i32 = 0;
  for (let i: i32 = load<i32>(rangeAt); i < lastStep; i++) {
    const end: f64 = first() + <f64>i * step();
    while (to < n && at(t, to) <= end) to++;
    while (from < to && at(t, from) <= end - windowMs()) from++;
    if (to - from >= 2) line(i, from, to, isFromFirst ? at(t, from) : zero + <f64>i * zeroStep);
  }
}

/** deriv, or predict_linear over so many seconds from where windows end on, in few steps. */
export function trends(predicts: bool, seconds: f64): void {
  const n: i32 = steps();
  store<i32>(rangeAt, 0);
  store<i32>(rangeAt, n, 4);
  linesOfAny(!predicts, first(), step());
  if (!predicts) return;
  for (let i: i32 = 0; i < n; i++) {
    if (load<u8>(present() + i) == isFloat) emit(i, at(out(), i) * seconds + at(interceptsAt, i));
  }
}

function line(i: i32, from: i32, to: i32, zero: f64): void {
  const t: i32 = times();
  const v: i32 = values();
  const firstY: f64 = at(v, from);
  let isConstant: bool = true;
  // Of x and y, and of xy and the square of x.
  let plain: v128 = zeros();
  let products: v128 = zeros();
  let plainRest: v128 = zeros();
  let productsRest: v128 = zeros();
  for (let k: i32 = from; k < to; k++) {
    const x: f64 = (at(t, k) - zero) / 1000;
    const y: f64 = at(v, k);
    if (y != firstY) isConstant = false;
    const pair: v128 = f64x2.replace_lane(f64x2.splat(x), 1, y);
    const product: v128 = f64x2.mul(f64x2.splat(x), f64x2.replace_lane(f64x2.splat(y), 1, x));
    plainRest = compensate(plain, pair, plainRest);
    plain = f64x2.add(plain, pair);
    productsRest = compensate(products, product, productsRest);
    products = f64x2.add(products, product);
  }
  if (isConstant) {
    const isFinite: bool = firstY - firstY == 0;
    emit(i, isFinite ? 0 : NaN);
    store<f64>(interceptsAt + (i << 3), isFinite ? firstY : NaN);
    return;
  }
  plain = f64x2.add(plain, plainRest);
  products = f64x2.add(products, productsRest);
  const n: f64 = <f64>(to - from);
  const sumX: f64 = f64x2.extract_lane(plain, 0);
  const sumY: f64 = f64x2.extract_lane(plain, 1);
  const covariance: f64 = f64x2.extract_lane(products, 0) - (sumX * sumY) / n;
  const variance: f64 = f64x2.extract_lane(products, 1) - (sumX * sumX) / n;
  const slope: f64 = covariance / variance;
  emit(i, slope);
  store<f64>(interceptsAt + (i << 3), sumY / n - (slope * sumX) / n);
}

/**
 * deriv and predict_linear, where windows lie alike in samples that are all the same time apart: lines through the windows of the
 * steps begin … end - 1, which hold `samples` rows, the first from `from` on. Slopes go to the request's column, intercepts to
 * `interceptsAt`; x of the rows of a window stand at `xAt`, their sum and that of their squares behind. 0 where a sum is not finite.
 * At `rangeAt` stand begin, end, from, and how many rows later a step's window begins than that of the step before.
 */
export function lines(samples: i32): i32 {
  const v: i32 = values();
  const n: v128 = f64x2.splat(<f64>samples);
  const sumX: v128 = f64x2.splat(at(xAt, samples));
  const sumX2: v128 = f64x2.splat(at(xAt, samples + 1));
  const meanX2: v128 = f64x2.div(f64x2.mul(sumX, sumX), n);
  const variance: v128 = f64x2.sub(sumX2, meanX2);
  const end: i32 = load<i32>(rangeAt, 4);
  const shift: i32 = load<i32>(rangeAt, 12);
  let from: i32 = load<i32>(rangeAt, 8);
  for (let i: i32 = load<i32>(rangeAt); i < end; i += 2) {
    const last: bool = i + 1 == end;
    const row1: i32 = v + (from << 3);
    const row2: i32 = last ? row1 : row1 + (shift << 3);
    const firstY: v128 = pairOf(row1, row2);
    let differs: v128 = i64x2.splat(0);
    let sumY: v128 = f64x2.splat(0);
    let restY: v128 = f64x2.splat(0);
    let sumXY: v128 = f64x2.splat(0);
    let restXY: v128 = f64x2.splat(0);
    for (let k: i32 = 0; k < samples; k++) {
      const y: v128 = pairOf(row1 + (k << 3), row2 + (k << 3));
      const xy: v128 = f64x2.mul(v128.load64_splat(xAt + (k << 3)), y);
      differs = v128.or(differs, f64x2.ne(y, firstY));
      const nextY: v128 = f64x2.add(sumY, y);
      restY = f64x2.add(restY, errorOf2(sumY, y, nextY));
      sumY = nextY;
      const nextXY: v128 = f64x2.add(sumXY, xy);
      restXY = f64x2.add(restXY, errorOf2(sumXY, xy, nextXY));
      sumXY = nextXY;
    }
    sumY = f64x2.add(sumY, restY);
    sumXY = f64x2.add(sumXY, restXY);
    const unsure: v128 = v128.or(f64x2.ne(f64x2.sub(sumY, sumY), zeros()), f64x2.ne(f64x2.sub(sumXY, sumXY), zeros()));
    if (v128.any_true(unsure)) return 0;
    const covariance: v128 = f64x2.sub(sumXY, f64x2.div(f64x2.mul(sumX, sumY), n));
    const slope: v128 = f64x2.div(covariance, variance);
    const intercept: v128 = f64x2.sub(f64x2.div(sumY, n), f64x2.div(f64x2.mul(slope, sumX), n));
    const slopes: v128 = v128.and(slope, differs);
    const intercepts: v128 = v128.bitselect(intercept, firstY, differs);
    store<f64>(out() + (i << 3), f64x2.extract_lane(slopes, 0));
    store<f64>(interceptsAt + (i << 3), f64x2.extract_lane(intercepts, 0));
    if (last) break;
    store<f64>(out() + (i << 3), f64x2.extract_lane(slopes, 1), 8);
    store<f64>(interceptsAt + (i << 3), f64x2.extract_lane(intercepts, 1), 8);
    from += 2 * shift;
  }
  return 1;
}
