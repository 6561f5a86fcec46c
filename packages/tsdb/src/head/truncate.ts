// Lets go of what a block holds now: chunks, series that have nothing left, files of chunks_head, segments of the log.
// Comes from: compact, after a head block was written.
import type { CheckpointTask, FindAliases } from "../wal/checkpoint.js";
import { dropSegments, listSegments, type WalFolder } from "../wal/folder.js";
import { encoded, encodeTombstones } from "../wal/records.js";
import type { SegmentTimes } from "../wal/segment-times.js";
import type { WriteBehindLog } from "../wal/write-behind.js";
import type { WalWriter } from "../wal/writer.js";
import type { Head } from "./head.js";

export interface TruncateTarget {
  readonly head: Head;
  readonly wal: WalWriter;
  readonly walFolder: WalFolder;
  readonly segmentTimes: SegmentTimes;
  readonly writeBehind: WriteBehindLog;
  /** Refs that are gone, or stand for another, and the last segment whose records may still name them. */
  readonly retired: Map<number, number>;
  /** Whether the head came from a snapshot: nobody has read which refs the log before it has for the same series. */
  readonly hasUnreadLog: boolean;
  /** Refs of the logs that stand for another, and the newest time that their samples may have: they are the other's. */
  readonly aliases: Map<number, number>;
}

export interface WalTruncation {
  readonly minTime: number;
  readonly checkpoint: (task: CheckpointTask, findAliases: FindAliases | undefined) => Promise<void>;
}

/** Slots between two pauses: about a millisecond. */
const sliceSlots = 1024;

/** Drops samples before `minTime` from memory and chunks_head, and series without samples. Appends and queries may come in between. */
export async function truncateHead(
  target: TruncateTarget,
  { minTime, pause }: { readonly minTime: number; readonly pause: () => Promise<void> },
): Promise<void> {
  const { head } = target;
  head.minValidTime = Math.max(head.minValidTime, minTime);
  for (let slot = 1; slot < head.series.slotEnd; slot += sliceSlots) {
    truncateSlots(target, minTime, { from: slot, to: Math.min(slot + sliceSlots, head.series.slotEnd) });
    await pause();
  }
  head.deleted.truncate(minTime);
  head.outOfOrder.truncate(minTime);
  // A chunk made when blocks were longer may reach back into one; asking the head for that time again would never end.
  head.minTime = Math.max(oldestTime(head), minTime);
  // Asked now: a view that is taken before the files go may name late chunks that are in a block by then.
  const { firstFile } = head.outOfOrder;
  head.pins.afterViews(() => head.chunkFiles.truncate(minTime, firstFile));
}

function truncateSlots(
  { head, wal, retired }: TruncateTarget,
  minTime: number,
  slots: { readonly from: number; readonly to: number },
): void {
  const empty: number[] = [];
  for (let slot = slots.from; slot < slots.to; slot++) {
    const ref = head.series.ref[slot]!;
    if (ref === 0) continue;
    const isKnown = Number.isFinite(head.dropChunksBefore(slot, minTime)) || head.outOfOrder.knows(ref, minTime);
    if (!isKnown && head.series.isPending[slot] === 0) empty.push(slot);
  }
  for (const slot of empty) retired.set(head.series.ref[slot]!, wal.segment);
  if (empty.length > 0) head.removeSeries(empty);
}

/**
 * Lets go of series that are in a block: from the log's word on, which comes first, a start knows them no more. The block
 * must be on the disk. Throws the disk's error; memory then stays as it was.
 */
export function evictSeries({ head, wal, retired }: TruncateTarget, slots: readonly number[]): void {
  if (slots.length === 0) return;
  const refs = slots.map((slot) => head.series.ref[slot]!);
  const always = { minTime: Number.NEGATIVE_INFINITY, maxTime: Number.POSITIVE_INFINITY };
  wal.write([
    encoded((writer) =>
      encodeTombstones(
        writer,
        refs.map((ref) => ({ ref, ...always })),
      ),
    ),
  ]);
  for (const slot of slots) head.dropChunksBefore(slot, Number.POSITIVE_INFINITY);
  for (const ref of refs) retired.set(ref, wal.segment);
  head.removeSeries(slots);
}

// In one go, at the end: what was appended while chunks were dropped counts too.
export function oldestTime({ series, closed }: Head): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (let slot = 1; slot < series.slotEnd; slot++) {
    if (series.ref[slot] === 0) continue;
    const entry = series.closedFirst[slot]!;
    if (entry !== 0) oldest = Math.min(oldest, closed.minTime(entry));
    else if (series.openEncoding[slot] !== 0) oldest = Math.min(oldest, series.openMinTime[slot]!);
  }
  return oldest;
}

/** Puts a checkpoint in the place of the older two thirds of the log, when there are enough segments. */
export async function truncateWal(target: TruncateTarget, { minTime, checkpoint }: WalTruncation): Promise<void> {
  const { head, wal, walFolder, retired, aliases, segmentTimes } = target;
  if (!target.writeBehind.hasSegmentsOfBefore) {
    for (const [ref, maxTime] of aliases) if (maxTime < minTime) aliases.delete(ref);
  }
  const first = listSegments(walFolder)[0];
  if (first === undefined) return;
  const newest = wal.segment;
  // What is on the disk by then the end of the segment need not wait for.
  await wal.startSync();
  segmentTimes.noteEnd(wal.nextSegment(), head.maxTime);
  // Prometheus: tsdb/head.go truncateWAL, which does not count the newest segment. It leaves old samples out of the log in the long run
  // only; a segment that has no others goes at once. One that has costs more: what it has of the others is written anew.
  const olderThirds = first + Math.floor(((newest - 1 - first) * 2) / 3);
  const segment = Math.max(olderThirds, segmentTimes.lastBefore(minTime));
  if (segment <= first) return;
  const task = { path: walFolder.path, segment, minTime, refs: refsInLog(target, segment) };
  const findAliases: FindAliases = (series) => series.map((labels) => head.find(labels) !== 0);
  await checkpoint(task, target.hasUnreadLog ? findAliases : undefined);
  await dropSegments(walFolder, segment);
  segmentTimes.drop(segment);
  for (const [ref, lastSegment] of retired) if (lastSegment <= segment) retired.delete(ref);
}

/** Refs that records behind `segment` may name. Those of series that come later do not stand in older ones. */
function refsInLog({ head, aliases, retired }: TruncateTarget, segment: number): Uint32Array<ArrayBuffer> {
  const live = head.series.refs();
  const others = [...aliases.keys(), ...[...retired.keys()].filter((ref) => retired.get(ref)! > segment)];
  const refs = new Uint32Array(live.length + others.length);
  refs.set(live);
  refs.set(others, live.length);
  return refs;
}
