// Whether a counter histogram started anew between two samples.
import type { Histogram } from "@narthex/model";
import { customBoundsEqual, customBucketMapping, hasCustomBuckets, intersectCustomBounds } from "./bounds.js";
import type { IndexMapping } from "./bucket-run.js";
import { indexMapping } from "./resolution.js";
import { negativeSide, positiveSide, type Side } from "./spans.js";
import { widenZeroBucket } from "./zero-bucket.js";

/**
 * Whether `current` cannot continue `previous`: it says so by its hint, or some count went down.
 *
 * A finer schema or a narrower zero bucket are resets too: they cannot come from more observations. Other custom
 * bounds are compared by what both have.
 */
export function isCounterReset(current: Histogram, previous: Histogram): boolean {
  if (current.counterResetHint === "reset") return true;
  if (current.counterResetHint === "not_reset") return false;
  if (current.count < previous.count) return true;
  if (hasCustomBuckets(current) !== hasCustomBuckets(previous)) return true;
  return hasCustomBuckets(current) ? isCustomReset(current, previous) : isExponentialReset(current, previous);
}

function isCustomReset(current: Histogram, previous: Histogram): boolean {
  if (customBoundsEqual(current.customValues, previous.customValues)) {
    return hasDecrease(positiveSide(current), positiveSide(previous));
  }
  const bounds = intersectCustomBounds(current.customValues, previous.customValues);
  const own = customBucketMapping(current.customValues, bounds);
  const others = customBucketMapping(previous.customValues, bounds);
  return hasDecrease(
    mappedSide(positiveSide(current), (index) => own[index] as number),
    mappedSide(positiveSide(previous), (index) => others[index] as number),
  );
}

function isExponentialReset(current: Histogram, previous: Histogram): boolean {
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  const widened = widenZeroBucket(previous, current.zeroThreshold);
  if (widened.zeroThreshold !== current.zeroThreshold || current.zeroCount < widened.zeroCount) return true;
  const map = indexMapping(previous.schema, current.schema);
  return (
    hasDecrease(positiveSide(current), mappedSide(positiveSide(widened), map)) ||
    hasDecrease(negativeSide(current), mappedSide(negativeSide(widened), map))
  );
}

function mappedSide(side: Side, map: IndexMapping): Side {
  const indexes: number[] = [];
  const counts: number[] = [];
  side.counts.forEach((count, i) => {
    const index = map(side.indexes[i] as number);
    if (indexes.at(-1) === index) counts[counts.length - 1] = (counts.at(-1) as number) + count;
    else {
      indexes.push(index);
      counts.push(count);
    }
  });
  return { indexes: Int32Array.from(indexes), counts };
}

function hasDecrease(current: Side, previous: Side): boolean {
  let at = 0;
  for (let i = 0; i < previous.indexes.length; i++) {
    const index = previous.indexes[i] as number;
    while (at < current.indexes.length && (current.indexes[at] as number) < index) at++;
    const count = current.indexes[at] === index ? (current.counts[at] as number) : 0;
    if (count < (previous.counts[i] as number)) return true;
  }
  return false;
}
