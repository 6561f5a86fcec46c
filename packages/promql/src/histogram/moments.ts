// Mean and variance as far as buckets tell.
import type { Histogram } from "@narthex/model";
import { hasCustomBuckets } from "./bounds.js";
import { bucketColumns } from "./bucket-columns.js";
import { additionError, compensated } from "./bucket-run.js";

export function histogramAverage(histogram: Histogram): number {
  return histogram.sum / histogram.count;
}

export function histogramStandardDeviation(histogram: Histogram): number {
  return Math.sqrt(histogramVariance(histogram));
}

/**
 * Σ count × (value - mean)² / total count, each bucket's observations taken to have one value.
 *
 * That value is the geometric mean of an exponential bucket's bounds, 0 in the zero bucket and the arithmetic mean of a
 * custom bucket's bounds; the last custom bucket makes it infinite.
 */
export function histogramVariance(histogram: Histogram): number {
  const mean = histogramAverage(histogram);
  const isCustom = hasCustomBuckets(histogram);
  const { length, lower, upper, counts } = bucketColumns(histogram);
  let sum = 0;
  let errors = 0;
  for (let i = 0; i < length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    const value = isCustom
      ? ((lower[i] as number) + (upper[i] as number)) / 2
      : geometricMean(lower[i] as number, upper[i] as number);
    const term = count * (value - mean) ** 2;
    errors += additionError(sum, term);
    sum += term;
  }
  return compensated(sum, errors) / histogram.count;
}

function geometricMean(lower: number, upper: number): number {
  if (lower <= 0 && upper >= 0) return 0;
  const mean = Math.sqrt(lower * upper);
  return upper < 0 ? -mean : mean;
}
