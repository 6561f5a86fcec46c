// Lets go of series that get no samples any more, and of the older part of the log.
// Comes from: agent/agent, when it is time. Goes to: wal/checkpoint or agent/checkpoint.
// Prometheus: tsdb/agent/db.go, truncate.
import { CorruptionError } from "../errors.js";
import type { CheckpointTask } from "../wal/checkpoint.js";
import { dropSegments, listSegments, type WalFolder } from "../wal/folder.js";
import type { AgentTarget } from "./appender.js";
import { checkpointFromMemory, type DeletedEntry, type DeletedSeries, isNeeded } from "./checkpoint.js";

export interface AgentTruncateTarget extends AgentTarget {
  readonly folder: WalFolder;
  readonly deleted: DeletedSeries;
  /** Of checkpoints from memory; undefined where a checkpoint is made from the segments it stands for. */
  readonly memoryBatchSize: number | undefined;
}

export interface AgentTruncation {
  /** Series whose last sample is older go, and samples that are older. In ms. */
  readonly minTime: number;
  readonly pause: () => Promise<void>;
  readonly writeCheckpoint: (task: CheckpointTask) => Promise<void>;
}

/** Slots between two pauses: about a millisecond. */
const sliceSlots = 4096;

/** Whether a checkpoint took the place of older segments. Appends may come in between. */
export async function truncateAgent(target: AgentTruncateTarget, truncation: AgentTruncation): Promise<boolean> {
  await collectSeries(target, truncation);
  const { wal, folder, deleted, counters } = target;
  const [first = 0] = listSegments(folder);
  // The newest segment with records is left; the one that begins now has none.
  const last = wal.segment - 1;
  await wal.startSync();
  wal.nextSegment();
  const segment = first + Math.floor(((last - first) * 2) / 3);
  if (segment <= first) return false;
  counters.checkpoints++;
  try {
    await writeCheckpoint(target, segment, truncation);
  } catch (error) {
    counters.checkpointFailures++;
    if (error instanceof CorruptionError) counters.corruptions++;
    throw error;
  }
  for (const [ref, entry] of deleted) if (!isNeededBehind(target, segment, entry)) deleted.delete(ref);
  counters.walTruncations++;
  counters.checkpointDeletions++;
  try {
    await dropSegments(folder, segment);
  } catch (error) {
    // What is left is passed over by a replay, and goes with the next truncation.
    counters.walTruncationFailures++;
    throw error;
  }
  return true;
}

async function collectSeries(target: AgentTruncateTarget, { minTime, pause }: AgentTruncation): Promise<void> {
  const { series } = target;
  for (let slot = 1; slot < series.slotEnd; slot += sliceSlots) {
    collectSlots(target, minTime, { from: slot, to: Math.min(slot + sliceSlots, series.slotEnd) });
    await pause();
  }
}

function collectSlots(
  target: AgentTruncateTarget,
  minTime: number,
  slots: { readonly from: number; readonly to: number },
): void {
  const { series, wal, deleted, memoryBatchSize } = target;
  const gone = new Set<number>();
  for (let slot = slots.from; slot < slots.to; slot++) {
    const ref = series.ref[slot]!;
    if (ref === 0 || series.lastTime[slot]! >= minTime || series.isPending[slot] === 1) continue;
    const labels = memoryBatchSize === undefined ? undefined : series.labelsOf(slot);
    // Records up to this segment may name it: its own record must stay as long as they do.
    deleted.set(ref, { segment: wal.segment, labels });
    gone.add(ref);
    series.remove(slot);
  }
  if (gone.size > 0) target.unlogged = target.unlogged.filter((ref) => !gone.has(ref));
}

async function writeCheckpoint(
  target: AgentTruncateTarget,
  segment: number,
  { minTime, pause, writeCheckpoint: write }: AgentTruncation,
): Promise<void> {
  const { folder, series, deleted, memoryBatchSize } = target;
  if (memoryBatchSize === undefined) {
    await write({ path: folder.path, segment, minTime, refs: refsInLog(target, segment) });
  } else {
    await checkpointFromMemory({ folder, segment, series, deleted, batchSize: memoryBatchSize, pause });
  }
}

/** Refs that records behind `segment` may name. Those of series that come later do not stand in older ones. */
function refsInLog(target: AgentTruncateTarget, segment: number): Uint32Array {
  const { series, deleted } = target;
  const live = series.ref.subarray(1, series.slotEnd).filter((ref) => ref !== 0);
  const others: number[] = [];
  for (const [ref, entry] of deleted) if (isNeededBehind(target, segment, entry)) others.push(ref);
  const refs = new Uint32Array(live.length + others.length);
  refs.set(live);
  refs.set(others, live.length);
  return refs;
}

/** A checkpoint from memory has the last time under the series' own ref. */
function isNeededBehind(
  { series, memoryBatchSize }: AgentTruncateTarget,
  segment: number,
  entry: DeletedEntry,
): boolean {
  return memoryBatchSize === undefined ? isNeeded(entry, segment, series) : entry.segment > segment;
}
