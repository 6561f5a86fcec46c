// Compensated sums, two at a time, and what a sum of two loses.

/** As src/exec/kahan.ts, of two sums. */
@inline
export function compensate(sum: v128, increment: v128, rest: v128): v128 {
  const next: v128 = f64x2.add(sum, increment);
  const isLarger: v128 = f64x2.ge(f64x2.abs(sum), f64x2.abs(increment));
  const larger: v128 = v128.bitselect(sum, increment, isLarger);
  const smaller: v128 = v128.bitselect(increment, sum, isLarger);
  const lost: v128 = f64x2.add(f64x2.sub(larger, next), smaller);
  return v128.andnot(f64x2.add(rest, lost), f64x2.eq(f64x2.abs(next), f64x2.splat(Infinity)));
}

/** What a + b lost when it became `sum`. */
@inline
export function errorOf(a: f64, b: f64, sum: f64): f64 {
  const part: f64 = sum - a;
  return a - (sum - part) + (b - part);
}

@inline
export function zeros(): v128 {
  return f64x2.splat(0);
}

@inline
export function pairOf(address1: i32, address2: i32): v128 {
  return f64x2.replace_lane(v128.load64_splat(address1), 1, load<f64>(address2));
}

/** What sums lost, as `errorOf`. */
@inline
export function errorOf2(a: v128, b: v128, sum: v128): v128 {
  const part: v128 = f64x2.sub(sum, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, part)), f64x2.sub(b, part));
}
