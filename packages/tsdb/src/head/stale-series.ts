// How many series of the head ended with a stale marker. Comes from: the series table. Goes to: stats.
import { isStale, isStaleBits } from "@narthex/model";
import { chunkEncoding } from "../chunk/encoding.js";
import type { Head } from "./head.js";

/** Series whose last sample in order is a stale marker. Looks at each, some nanoseconds long. */
export function countStaleSeries(head: Head): number {
  const { ref, openEncoding, xor, slotEnd } = head.series;
  const { high, low } = xor;
  let count = 0;
  for (let slot = 1; slot < slotEnd; slot++) {
    if (ref[slot] === 0) continue;
    const isMarked =
      openEncoding[slot]! > chunkEncoding.xor
        ? isStale(head.lastHistogram(slot)?.sum ?? 0)
        : isStaleBits(high[slot]!, low[slot]!);
    if (isMarked) count++;
  }
  return count;
}
