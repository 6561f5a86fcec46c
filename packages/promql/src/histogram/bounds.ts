// Where buckets lie. Exponential: bucket i covers (base^(i-1), base^i] with base = 2^(2^-schema), mirrored for the
// negative side. Custom (schema -53): bucket i covers (customValues[i-1], customValues[i]], the last one ends at +Inf.
import { customBucketsSchema, type Histogram } from "@narthex/model";

export const schemaMin = -4;
export const schemaMax = 8;

export function hasCustomBuckets(histogram: Histogram): boolean {
  return histogram.schema === customBucketsSchema;
}

/**
 * Upper bound base^index of an exponential bucket, +Inf beyond float64's range.
 *
 * The last bucket before overflow ends at the largest float64 and not at +Inf, since +Inf is a value that is observed.
 */
export function exponentialBound(index: number, schema: number): number {
  if (schema <= 0) return powerOfTwo(index * 2 ** -schema);
  const steps = 2 ** schema;
  const whole = Math.floor(index / steps);
  const part = index - whole * steps;
  if (part === 0) return powerOfTwo(whole);
  return 2 ** (part / steps) * 2 ** whole;
}

function powerOfTwo(exponent: number): number {
  return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
}

/** Upper bound of custom bucket `index`; -Inf for index -1. */
export function customBound(index: number, customValues: readonly number[]): number {
  if (index < 0) return -Infinity;
  return index < customValues.length ? (customValues[index] as number) : Infinity;
}

/** Upper bound of positive bucket `index` of the histogram; that of `index - 1` is its lower bound. */
export function upperBound(index: number, histogram: Histogram): number {
  return hasCustomBuckets(histogram)
    ? customBound(index, histogram.customValues)
    : exponentialBound(index, histogram.schema);
}

export function customBoundsEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

/** Bounds that both have, ascending. */
export function intersectCustomBounds(a: readonly number[], b: readonly number[]): number[] {
  const other = new Set(b);
  return a.filter((bound) => other.has(bound));
}

/** For each custom bucket under `from` the bucket under `to` that holds it. REQUIRES: `to` is a subset of `from`. */
export function customBucketMapping(from: readonly number[], to: readonly number[]): Int32Array {
  const mapping = new Int32Array(from.length + 1);
  let target = 0;
  from.forEach((bound, i) => {
    while (target < to.length && (to[target] as number) < bound) target++;
    mapping[i] = target;
  });
  mapping[from.length] = to.length;
  return mapping;
}
