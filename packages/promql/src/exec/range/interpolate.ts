// Values between two samples, for the smoothed modifier.
import type { Histogram } from "@narthex/model";
import { add, multiply, subtract } from "../../histogram/arithmetic.js";

/** A counter that fell is taken to have started anew from zero at the earlier sample. */
export function interpolate(before: number, after: number, share: number, isCounter: boolean): number {
  const from = isCounter && after < before ? 0 : before;
  return from + (after - from) * share;
}

/** Undefined where the buckets do not fit. `isReset`: the counter started anew between the two. */
export function interpolateHistograms(
  before: Histogram,
  after: Histogram,
  at: { share: number; isReset: boolean },
): Histogram | undefined {
  if (at.isReset) return multiply(after, at.share);
  const difference = subtract(after, before);
  return difference && add(before, multiply(difference.histogram, at.share))?.histogram;
}
