// The tolerance of Prometheus' comparisons: in classic buckets, and between expected and actual results of tests.
import { isStale } from "@narthex/model";

const normalMin = 2.2250738585072014e-308;

/** Whether |a - b| < epsilon × (|a| + |b|); NaN equals NaN, but a stale marker only a stale marker. */
export function nearlyEqual(a: number, b: number, epsilon: number): boolean {
  if (isStale(a) || isStale(b)) return isStale(a) && isStale(b);
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  if (a === b) return true;
  const magnitude = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  // Relative errors mean nothing beside 0 and among subnormal numbers.
  if (a === 0 || b === 0 || magnitude < normalMin) return difference < epsilon * normalMin;
  return difference / Math.min(magnitude, Number.MAX_VALUE) < epsilon;
}
