// Compensated sums (Kahan, with Neumaier's improvement), as Prometheus adds everything.

/** The new compensation of `sum + increment`, given the present one; the new sum is plain `sum + increment`. */
export function compensate(sum: number, increment: number, compensation: number): number {
  const next = sum + increment;
  // An infinite sum has no rounding error, and Inf - Inf would make it NaN.
  if (next === Infinity || next === -Infinity) return 0;
  return Math.abs(sum) >= Math.abs(increment)
    ? compensation + (sum - next + increment)
    : compensation + (increment - next + sum);
}
