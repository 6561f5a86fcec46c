// Lets go of what a block holds now: chunks, series that have nothing left, files of chunks_head, segments of the log.
// Comes from: compact, after a head block was written.
import type { Labels } from "@narthex/model";
import { writeCheckpoint } from "../wal/checkpoint.js";
import { dropSegments, listSegments, type WalFolder } from "../wal/folder.js";
import type { WalWriter } from "../wal/writer.js";
import type { Head } from "./head.js";

export interface TruncateTarget {
  readonly head: Head;
  readonly wal: WalWriter;
  readonly walFolder: WalFolder;
  /** Refs that are gone, or stand for another, and the last segment whose records may still name them. */
  readonly retired: Map<number, number>;
  /** Whether the head came from a snapshot: nobody has read which refs the log before it has for the same series. */
  readonly hasUnreadLog: boolean;
}

/** Drops samples before `minTime` from memory and chunks_head, and series without samples. */
export function truncateHead(target: TruncateTarget, minTime: number): void {
  const { head } = target;
  head.minValidTime = Math.max(head.minValidTime, minTime);
  const empty: number[] = [];
  let oldest = Number.POSITIVE_INFINITY;
  for (let slot = 1; slot < head.series.slotEnd; slot++) {
    if (head.series.ref[slot] === 0) continue;
    const seriesMinTime = head.dropChunksBefore(slot, minTime);
    if (Number.isFinite(seriesMinTime)) oldest = Math.min(oldest, seriesMinTime);
    else if (head.series.isPending[slot] === 0) empty.push(slot);
  }
  for (const slot of empty) target.retired.set(head.series.ref[slot]!, target.wal.segment);
  head.removeSeries(empty);
  head.deleted.truncate(minTime);
  head.minTime = oldest;
  head.pins.afterViews(() => head.chunkFiles.truncate(minTime));
}

/** Puts a checkpoint in the place of the older two thirds of the log, when there are enough segments. */
export async function truncateWal(
  target: TruncateTarget,
  options: { readonly minTime: number; readonly pause: () => Promise<void> },
): Promise<void> {
  const { head, wal, walFolder, retired } = target;
  const first = listSegments(walFolder)[0];
  if (first === undefined) return;
  wal.nextSegment();
  // The segment just begun is empty and the one before holds the newest records; Prometheus leaves both.
  const last = wal.segment - 1;
  const segment = first + Math.floor(((last - first) * 2) / 3);
  if (last < 1 || segment <= first) return;
  await writeCheckpoint(walFolder, {
    segment,
    minTime: options.minTime,
    isKept: (ref) => head.series.slotOf(ref) !== 0 || (retired.get(ref) ?? -1) > segment,
    ...(target.hasUnreadLog ? { isAlias: (labels: Labels) => head.find(labels) !== 0 } : {}),
    pause: options.pause,
  });
  dropSegments(walFolder, segment);
  for (const [ref, lastSegment] of retired) if (lastSegment <= segment) retired.delete(ref);
}
