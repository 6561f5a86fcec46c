// What openTsdb can be told, with Prometheus' defaults.
import { type Clock, type FileSystem, nodeFileSystem, type Random, systemClock } from "@narthex/stdx";
import type { BlockMeta } from "./block/meta.js";
import { type ChunkForm, plainForm } from "./chunk/encode.js";
import type { RetentionRule } from "./compact/cutoff.js";
import type { CorruptionError } from "./errors.js";
import { type Processes, systemProcesses } from "./lock.js";
import { giveWay } from "./pause.js";
import { openZstd, type WalCompression, type Zstd } from "./wal/compression.js";
import { segmentBytesMax } from "./wal/page.js";
import type { ReplayProgress } from "./wal/replay.js";

/** Who is told how far the thread of compaction is. */
export interface ThreadWatch {
  /** It has loaded its program, and begun to work. */
  loaded(): void;
  ended(): void;
}

export const unwatched: ThreadWatch = { loaded: () => undefined, ended: () => undefined };

export interface TsdbOptions {
  /** The data directory; made if it is not there. */
  readonly path: string;
  readonly fileSystem?: FileSystem;
  readonly processes?: Processes;
  /** Keeps other processes out of the directory; on. Without it that is the caller's care. */
  readonly lockFile?: boolean;
  /** Length of the smallest block in ms; 2 h. */
  readonly blockRangeMs?: number;
  /** Length of the largest block in ms; a tenth of the retention, at most 31 days. */
  readonly blockRangeMaxMs?: number;
  /** The head waits for up to so much more time, in ms, before it becomes a block, as chance says anew for each; 0. */
  readonly headDelayMsMax?: number;
  /** Blocks older than this (ms behind the newest sample) are removed; 0 keeps all. 15 days. */
  readonly retentionMs?: number;
  /** Blocks, head chunks and WAL may take so many bytes, or the oldest blocks go; 0 for no limit. */
  readonly retentionBytesMax?: number;
  /** As a percentage of the disk; above 0 it counts instead of the bytes. */
  readonly retentionDiskPercentMax?: number;
  /** Series to keep for a shorter time; the first rule that fits a series holds. */
  readonly retentionRules?: readonly RetentionRule[];
  /** Build blocks on the thread of the caller, or in a worker on the real file system; "caller". */
  readonly compactionThread?: "caller" | "worker";
  /** Called before the worker is started. */
  readonly beforeCompactionThread?: () => ThreadWatch;
  /** Encodings of new chunks; those that Prometheus 2.42 reads, too. */
  readonly chunkForm?: ChunkForm;
  /** The head takes so many series; 0 for no limit. */
  readonly headSeriesMax?: number;
  /** How far behind the newest sample others may come, in ms; 0 for samples in order only. */
  readonly outOfOrderTimeWindowMs?: number;
  /** At which share of the head's series (0 to 1) those that ended become blocks of their own; 0: not before the head's turn. */
  readonly staleSeriesThreshold?: number;
  /** How many exemplars are kept in memory; 0 keeps none. */
  readonly exemplarsMax?: number;
  /** Of WAL records; snappy. All are read, whatever is written. */
  readonly walCompression?: WalCompression;
  /** That of node:zlib, where it has one. */
  readonly zstd?: Zstd | undefined;
  readonly walSegmentBytesMax?: number;
  /** Close leaves a snapshot of the memory, and opening begins with it instead of the log before it; on. */
  readonly memorySnapshot?: boolean;
  /** Memory for pages of block files read last; 16 MiB. */
  readonly blockCacheBytesMax?: number;
  /** Whether a block is to stay as it is for now; those behind it in time wait with it. Asked before each compaction of blocks. */
  readonly isHeldBack?: (meta: BlockMeta) => boolean;
  /** Clock and chance name new blocks. */
  readonly clock?: Clock;
  readonly random?: Random;
  /** Aborted: the replay ends, and opening rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called between slices of the replay, which goes on when it resolves; a turn of the event loop. */
  readonly giveWay?: () => Promise<void>;
  readonly onReplayProgress?: (progress: ReplayProgress) => void;
  /** Told why close left no snapshot of the memory, for the log. */
  readonly onSnapshotFailure?: (error: unknown) => void;
  /** Told of damage that was cut off or set aside, for the log. */
  readonly onCorruption?: (error: CorruptionError) => void;
}

export type ResolvedOptions = Required<TsdbOptions>;

export const neverAborted: AbortSignal = new AbortController().signal;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export function resolveOptions(options: TsdbOptions): ResolvedOptions {
  const blockRangeMs = options.blockRangeMs ?? 2 * hourMs;
  const retentionMs = options.retentionMs ?? 15 * dayMs;
  const tenth = retentionMs > 0 ? retentionMs / 10 : 31 * dayMs;
  return {
    path: options.path,
    fileSystem: options.fileSystem ?? nodeFileSystem,
    processes: options.processes ?? systemProcesses,
    blockRangeMs,
    blockRangeMaxMs: options.blockRangeMaxMs ?? Math.max(blockRangeMs, Math.min(31 * dayMs, tenth)),
    headDelayMsMax: options.headDelayMsMax ?? 0,
    retentionMs,
    retentionBytesMax: options.retentionBytesMax ?? 0,
    retentionDiskPercentMax: options.retentionDiskPercentMax ?? 0,
    retentionRules: options.retentionRules ?? [],
    compactionThread: options.compactionThread ?? "caller",
    beforeCompactionThread: options.beforeCompactionThread ?? (() => unwatched),
    chunkForm: options.chunkForm ?? plainForm,
    headSeriesMax: options.headSeriesMax ?? 0,
    lockFile: options.lockFile ?? true,
    outOfOrderTimeWindowMs: options.outOfOrderTimeWindowMs ?? 0,
    staleSeriesThreshold: options.staleSeriesThreshold ?? 0,
    exemplarsMax: options.exemplarsMax ?? 0,
    walCompression: options.walCompression ?? "snappy",
    zstd: options.zstd ?? openZstd(),
    memorySnapshot: options.memorySnapshot ?? true,
    walSegmentBytesMax: options.walSegmentBytesMax ?? segmentBytesMax,
    blockCacheBytesMax: options.blockCacheBytesMax ?? 16 * 1024 * 1024,
    isHeldBack: options.isHeldBack ?? (() => false),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    signal: options.signal ?? neverAborted,
    giveWay: options.giveWay ?? giveWay,
    onReplayProgress: options.onReplayProgress ?? (() => undefined),
    onSnapshotFailure: options.onSnapshotFailure ?? (() => undefined),
    onCorruption: options.onCorruption ?? (() => undefined),
  };
}
