// What openAgent can be told, with Prometheus' defaults.
import { type Clock, type FileSystem, nodeFileSystem, systemClock } from "@narthex/stdx";
import type { CorruptionError } from "../errors.js";
import { type Processes, systemProcesses } from "../lock.js";
import { neverAborted } from "../options.js";
import { giveWay } from "../pause.js";
import { openZstd, type WalCompression, type Zstd } from "../wal/compression.js";
import { segmentBytesMax } from "../wal/page.js";
import type { ReplayProgress } from "../wal/replay.js";

export interface AgentOptions {
  /** The data directory; made if it is not there. The log stands in its folder `wal`. */
  readonly path: string;
  readonly fileSystem?: FileSystem;
  readonly processes?: Processes;
  /** Keeps other processes out of the directory; on. Without it that is the caller's care. */
  readonly lockFile?: boolean;
  /** Of WAL records; snappy. All are read, whatever is written. */
  readonly walCompression?: WalCompression;
  /** That of node:zlib, where it has one. */
  readonly zstd?: Zstd | undefined;
  readonly walSegmentBytesMax?: number;
  /** How far behind the last sample of its series another may come, in ms; 0 for samples in order only. */
  readonly outOfOrderTimeWindowMs?: number;
  /** Metadata goes to the log, too, which no Prometheus agent reads then; off. */
  readonly logsMetadata?: boolean;
  /** Make checkpoints of the series in memory alone, without reading the segments they stand for; off. */
  readonly checkpointFromMemory?: boolean;
  /** Series in one record of such a checkpoint; 1,000. */
  readonly checkpointBatchSize?: number;
  /** Filter the log for checkpoints on the thread of the caller, or in a worker on the real file system; "caller". */
  readonly checkpointThread?: "caller" | "worker";
  readonly clock?: Clock;
  /** Aborted: the replay ends, and opening rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called between slices of the replay, which goes on when it resolves; a turn of the event loop. */
  readonly giveWay?: () => Promise<void>;
  readonly onReplayProgress?: (progress: ReplayProgress) => void;
  /** Told of damage that was cut off, for the log. */
  readonly onCorruption?: (error: CorruptionError) => void;
}

export type ResolvedAgentOptions = Required<AgentOptions>;

export function resolveAgentOptions(options: AgentOptions): ResolvedAgentOptions {
  return {
    path: options.path,
    fileSystem: options.fileSystem ?? nodeFileSystem,
    processes: options.processes ?? systemProcesses,
    lockFile: options.lockFile ?? true,
    walCompression: options.walCompression ?? "snappy",
    zstd: options.zstd ?? openZstd(),
    walSegmentBytesMax: options.walSegmentBytesMax ?? segmentBytesMax,
    outOfOrderTimeWindowMs: options.outOfOrderTimeWindowMs ?? 0,
    logsMetadata: options.logsMetadata ?? false,
    checkpointFromMemory: options.checkpointFromMemory ?? false,
    checkpointBatchSize: options.checkpointBatchSize ?? 1000,
    checkpointThread: options.checkpointThread ?? "caller",
    clock: options.clock ?? systemClock,
    signal: options.signal ?? neverAborted,
    giveWay: options.giveWay ?? giveWay,
    onReplayProgress: options.onReplayProgress ?? (() => undefined),
    onCorruption: options.onCorruption ?? (() => undefined),
  };
}
