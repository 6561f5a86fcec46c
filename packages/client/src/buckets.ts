import { MetricError } from "./names.js";

/** `count` bounds from `start` on, each `width` above the one before. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (!(count >= 1)) throw new MetricError("Linear buckets needs a positive count");
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/** `count` bounds from `start` on, each `factor` times the one before. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (!(start > 0)) throw new MetricError("Exponential buckets needs a positive start");
  if (!(count >= 1)) throw new MetricError("Exponential buckets needs a positive count");
  if (!(factor > 1)) throw new MetricError("Exponential buckets needs a factor greater than 1");
  const bounds: number[] = [];
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound);
  return bounds;
}
