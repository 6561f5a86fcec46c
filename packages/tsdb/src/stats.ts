// Numbers about a TSDB, each with the meaning of the Prometheus metric in its comment.
import type { Blocks } from "./block/blocks.js";
import type { Maintenance, MaintenanceCounters } from "./compact/maintenance.js";
import type { Retention } from "./compact/retention.js";
import type { HeadCounters } from "./head/counters.js";
import type { ExemplarRing } from "./head/exemplars.js";
import type { Head } from "./head/head.js";
import type { LateDeltaCounts } from "./head/late-deltas.js";
import { countStaleSeries } from "./head/stale-series.js";
import { type WalFolder, walBytes } from "./wal/folder.js";
import type { WriteBehindLog } from "./wal/write-behind.js";
import type { WalWriter } from "./wal/writer.js";

export interface TsdbStats {
  /** prometheus_tsdb_head_series, _head_stale_series */
  readonly headSeries: number;
  readonly headStaleSeries: number;
  /** Label pairs in use by the head. */
  readonly headLabelPairs: number;
  /** prometheus_tsdb_head_chunks */
  readonly headChunks: number;
  /** prometheus_tsdb_head_min_time_seconds × 1000; undefined while the head is empty. */
  readonly headMinTime: number | undefined;
  readonly headMaxTime: number | undefined;
  /** prometheus_tsdb_head_samples_appended_total, _out_of_order_samples_total, …; counted since the start. */
  readonly head: Readonly<HeadCounters>;
  /** prometheus_tsdb_symbol_table_size_bytes */
  readonly symbolBytes: number;
  /** prometheus_tsdb_head_chunks_storage_size_bytes */
  readonly headChunkBytes: number;
  /** Memory of open chunks: in use, and reserved. */
  readonly openChunkBytes: number;
  readonly openChunkBytesReserved: number;
  /** prometheus_tsdb_wal_storage_size_bytes */
  readonly walBytes: number;
  /** prometheus_tsdb_wal_segment_current */
  readonly walSegment: number;
  /** prometheus_tsdb_wal_completed_pages_total */
  readonly walPagesCompleted: number;
  readonly walBytesWritten: number;
  /** prometheus_tsdb_out_of_order_wbl_storage_size_bytes, _segment_current (-1: none), …; 0 bytes until a sample comes late. */
  readonly wblBytes: number;
  readonly wblSegment: number;
  readonly wblPagesCompleted: number;
  readonly wblTruncations: number;
  readonly wblWriteFailures: number;
  /** prometheus_tsdb_sample_ooo_delta */
  readonly lateDeltas: LateDeltaCounts;
  /** prometheus_tsdb_wal_corruptions_total and its like for chunks_head. */
  readonly corruptions: number;
  /** prometheus_tsdb_exemplar_exemplars_in_storage, …_appended_total, …_out_of_order_exemplars_total */
  readonly exemplars: number;
  readonly exemplarsAppended: number;
  readonly exemplarsOutOfOrder: number;
  /** prometheus_tsdb_blocks_loaded, prometheus_tsdb_storage_blocks_bytes */
  readonly blocks: number;
  readonly blockBytes: number;
  /** prometheus_tsdb_reloads_failures_total counts the like: blocks that cannot be opened. */
  readonly blocksDamaged: number;
  /** prometheus_tsdb_lowest_timestamp: the oldest time of block or head; undefined while there is none. */
  readonly minTime: number | undefined;
  /** prometheus_tsdb_retention_limit_seconds × 1000, …_bytes, …_percentage; 0 for none. */
  readonly retention: Retention;
  /** prometheus_tsdb_compactions_total, …_head_truncations_total, …_checkpoint_creations_total, … */
  readonly maintenance: Readonly<MaintenanceCounters>;
}

/** What came in since the start. */
export interface TsdbIntake {
  /** All of them, and the histograms among them. */
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  /** ms; 0 before the first sample. */
  readonly highestTime: number;
}

export function statsOf(parts: {
  readonly head: Head;
  readonly wal: WalWriter;
  readonly walFolder: WalFolder;
  readonly writeBehind: WriteBehindLog;
  readonly exemplars: ExemplarRing;
  readonly corruptions: number;
  readonly blocks: Blocks;
  readonly maintenance: Maintenance;
}): TsdbStats {
  const { head, wal, writeBehind, exemplars } = parts;
  return {
    headSeries: head.series.size,
    headStaleSeries: countStaleSeries(head),
    headLabelPairs: head.pairs.size,
    headChunks: head.counters.chunksCreated - head.counters.chunksRemoved,
    headMinTime: finite(head.minTime),
    headMaxTime: finite(head.maxTime),
    head: { ...head.counters },
    symbolBytes: 2 * head.symbols.unitCount,
    headChunkBytes: head.chunkFiles.bytes,
    openChunkBytes: head.arena.bytesUsed,
    openChunkBytesReserved: head.arena.bytesReserved,
    walBytes: walBytes(parts.walFolder),
    walSegment: wal.segment,
    walPagesCompleted: wal.pagesCompleted,
    walBytesWritten: wal.bytesWritten,
    wblBytes: writeBehind.bytes,
    wblSegment: writeBehind.segment,
    wblPagesCompleted: writeBehind.pagesCompleted,
    wblTruncations: writeBehind.truncations,
    wblWriteFailures: writeBehind.writeFailures,
    lateDeltas: head.outOfOrder.deltas.counts(),
    corruptions: parts.corruptions,
    exemplars: exemplars.size,
    exemplarsAppended: exemplars.appended,
    exemplarsOutOfOrder: exemplars.outOfOrder,
    blocks: parts.blocks.list().length,
    blockBytes: parts.blocks.bytes,
    blocksDamaged: parts.blocks.damagedCount,
    minTime: finite(Math.min(parts.blocks.minTime, head.minTime)),
    retention: parts.maintenance.retention,
    maintenance: { ...parts.maintenance.counters },
  };
}

function finite(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}
