// Series of the head that ended with a stale marker. Comes from: the series table. Goes to: stats, compact/stale.
import { isStale, isStaleBits, type SeriesRef } from "@narthex/model";
import { chunkEncoding } from "../chunk/encoding.js";
import type { Head } from "./head.js";

/** Series whose last sample in order is a stale marker. Looks at each, some nanoseconds long. */
export function countStaleSeries(head: Head): number {
  const { ref, slotEnd } = head.series;
  let count = 0;
  for (let slot = 1; slot < slotEnd; slot++) if (ref[slot] !== 0 && hasEnded(head, slot)) count++;
  return count;
}

function hasEnded(head: Head, slot: number): boolean {
  const { openEncoding, xor } = head.series;
  return openEncoding[slot]! > chunkEncoding.xor
    ? isStale(head.lastHistogram(slot)?.sum ?? 0)
    : isStaleBits(xor.high[slot]!, xor.low[slot]!);
}

/** Series that may leave the head before their time. */
export interface EndedSeries {
  readonly refs: readonly SeriesRef[];
  /** When their last samples were, in ms. */
  readonly lastTimes: readonly number[];
}

/** Those that are stale, that no batch is at, and of which nothing but chunks in order is in memory. */
export function endedSeries(head: Head, isWanted: (ref: SeriesRef) => boolean): EndedSeries {
  const refs: SeriesRef[] = [];
  const lastTimes: number[] = [];
  for (let slot = 1; slot < head.series.slotEnd; slot++) {
    const ref = head.series.ref[slot]!;
    if (ref === 0 || !isEnded(head, slot) || !isWanted(ref)) continue;
    refs.push(ref);
    lastTimes.push(head.lastTime(slot));
  }
  return { refs, lastTimes };
}

/** Slots of those among rows [from, to) to which nothing has come since they were listed. */
export function stillEnded(
  head: Head,
  { refs, lastTimes }: EndedSeries,
  { from, to }: { readonly from: number; readonly to: number },
): number[] {
  const slots: number[] = [];
  for (let i = from; i < Math.min(to, refs.length); i++) {
    const slot = head.series.slotOf(refs[i]!);
    if (slot !== 0 && head.lastTime(slot) === lastTimes[i] && isEnded(head, slot)) slots.push(slot);
  }
  return slots;
}

function isEnded(head: Head, slot: number): boolean {
  const { series, outOfOrder, minTime } = head;
  return series.isPending[slot] === 0 && hasEnded(head, slot) && !outOfOrder.knows(series.ref[slot]!, minTime);
}
