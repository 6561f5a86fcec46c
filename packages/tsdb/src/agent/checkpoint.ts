// A checkpoint of the agent's log from what is in memory: each series with its last time, and the labels of those that
// left lately. The segments it stands for are not read. (The other kind, which reads them, is wal/checkpoint.)
// Prometheus: tsdb/agent/checkpoint.go.
import type { Labels, SeriesRef } from "@narthex/model";
import { writeCheckpointWith } from "../wal/checkpoint.js";
import type { WalFolder } from "../wal/folder.js";
import { emptyRows, encoded, encodeMetadata, encodeSeries, reserveRows, type SeriesRecord } from "../wal/records.js";
import type { WalRecord, WalWriter } from "../wal/writer.js";
import type { AgentSeries } from "./series.js";

/** What the log may still name besides the series in memory. */
export interface DeletedEntry {
  /** The last segment that may name it. */
  readonly segment: number;
  /** Where they are kept. */
  readonly labels: Labels | undefined;
  /** Of a ref that stands for a series under another one: that one, and the newest time that came under this one, in ms. */
  readonly alias?: { readonly of: SeriesRef; readonly time: number };
}

/** Series that left memory, and refs that stand for another, by ref. */
export type DeletedSeries = Map<SeriesRef, DeletedEntry>;

/** Whether a checkpoint of the segments up to `segment` must keep what it says of the ref. */
export function isNeeded({ segment: last, alias }: DeletedEntry, segment: number, series: AgentSeries): boolean {
  if (last > segment || !alias) return last > segment;
  const slot = series.slotOf(alias.of);
  // As long as nothing newer came, this is where a start finds the time of the last sample.
  return slot !== 0 && series.lastTime[slot] === alias.time;
}

export interface MemoryCheckpoint {
  readonly folder: WalFolder;
  /** The last segment that the checkpoint stands for. */
  readonly segment: number;
  readonly series: AgentSeries;
  /** REQUIRES: with labels. */
  readonly deleted: DeletedSeries;
  /** Series in one record. */
  readonly batchSize: number;
  readonly pause: () => Promise<void>;
}

/** Writes `checkpoint.<segment>`: whole, or not at all. Series that are made meanwhile are in later segments. */
export async function checkpointFromMemory(checkpoint: MemoryCheckpoint): Promise<void> {
  const { folder, segment } = checkpoint;
  await writeCheckpointWith({ path: folder.path, segment }, folder, (writer) => writeAll(writer, checkpoint));
}

async function writeAll(writer: WalWriter, checkpoint: MemoryCheckpoint): Promise<void> {
  const { series, deleted, segment, batchSize, pause } = checkpoint;
  const slotEnd = series.slotEnd;
  for (let slot = 1; slot < slotEnd; ) {
    const slots: number[] = [];
    for (; slot < slotEnd && slots.length < batchSize; slot++) if (series.ref[slot] !== 0) slots.push(slot);
    writer.write(recordsOf(series, slots));
    await pause();
  }
  let named: SeriesRecord[] = [];
  for (const [ref, { segment: last, labels }] of deleted) {
    if (last <= segment || !labels) continue;
    named.push({ ref, labels });
    if (named.length < batchSize) continue;
    writer.write([seriesRecord(named)]);
    named = [];
    await pause();
  }
  if (named.length > 0) writer.write([seriesRecord(named)]);
}

function recordsOf(series: AgentSeries, slots: readonly number[]): WalRecord[] {
  if (slots.length === 0) return [];
  const rows = emptyRows(slots.length);
  reserveRows(rows, slots.length);
  const named: SeriesRecord[] = [];
  const metadata: { ref: SeriesRef; metadata: NonNullable<ReturnType<AgentSeries["metadata"]["get"]>> }[] = [];
  for (const slot of slots) {
    const ref = series.ref[slot]!;
    named.push({ ref, labels: series.labelsOf(slot) });
    const known = series.metadata.get(ref);
    if (known) metadata.push({ ref, metadata: known });
    const t = series.lastTime[slot]!;
    if (!Number.isFinite(t)) continue;
    // The value does not matter: nobody but a replay reads it, and that the time alone.
    rows.refs[rows.count] = ref;
    rows.t[rows.count++] = t;
  }
  const records: WalRecord[] = [seriesRecord(named)];
  if (rows.count > 0) records.push(rows);
  if (metadata.length > 0) records.push(encoded((writer) => encodeMetadata(writer, metadata)));
  return records;
}

function seriesRecord(series: readonly SeriesRecord[]): Uint8Array {
  return encoded((writer) => encodeSeries(writer, series));
}
