// The store of agent mode: a log of what was scraped, for remote write to send on, and the series that are alive. There
// are no chunks, no blocks, and nothing to query.
// Comes from: the server's agent mode. Everything runs on the thread that opened it; see docs/formats/wal.md#agent.
import type { Appendable, Appender } from "@narthex/model";
import { assert, nodeFileSystem } from "@narthex/stdx";
import { makeUlid } from "../block/meta.js";
import { type BlockBuilder, buildHere, WorkerBuilder } from "../compact/builder.js";
import { openDirectory } from "../directory.js";
import { CorruptionError } from "../errors.js";
import type { DirectoryLock } from "../lock.js";
import { pauses } from "../pause.js";
import type { TsdbIntake } from "../stats.js";
import { dropUnfinishedCheckpoints } from "../wal/checkpoint.js";
import { compressionOf, openSnappy } from "../wal/compression.js";
import { type WalFolder, walBytes } from "../wal/folder.js";
import { WalWatcher, type WatchOptions } from "../wal/watcher.js";
import { WalWriter } from "../wal/writer.js";
import { AgentAppender } from "./appender.js";
import { type AgentCounters, newAgentCounters } from "./counters.js";
import { type AgentOptions, type ResolvedAgentOptions, resolveAgentOptions } from "./options.js";
import { replayAgent } from "./replay.js";
import { AgentSeries } from "./series.js";
import { type AgentTruncateTarget, truncateAgent } from "./truncate.js";

export interface AgentStats extends Readonly<AgentCounters> {
  /** prometheus_agent_active_series, prometheus_agent_deleted_series */
  readonly activeSeries: number;
  readonly deletedSeries: number;
  /** prometheus_tsdb_wal_segment_current, …_completed_pages_total, …_storage_size_bytes */
  readonly walSegment: number;
  readonly walPagesCompleted: number;
  readonly walBytes: number;
}

export interface Agent extends Appendable {
  appender(): Appender;
  stats(): AgentStats;
  /** What was taken in since the start. */
  intake(): TsdbIntake;
  /** How far behind the last sample of its series another may come from now on, in ms. */
  setOutOfOrderTimeWindow(windowMs: number): void;
  /** Follows the log: `poll` the watcher to get what was committed since. Close it before the agent. */
  watchWal(options: WatchOptions): WalWatcher;
  /**
   * Drops series without a sample since `minTime` (ms), and puts a checkpoint in the place of the older two thirds of the
   * log, when there are enough segments; whether it did. One at a time: a call meanwhile gets the running one's answer.
   */
  truncate(minTime: number): Promise<boolean>;
  /** Breaks off a truncation, syncs and closes everything and gives the directory free. */
  close(): Promise<void>;
}

/**
 * Opens the data directory, replaying its log. Throws DirectoryLockedError, UnsupportedDataError for records that are not
 * read, and the file system's error for a directory that cannot be written.
 */
export async function openAgent(options: AgentOptions): Promise<Agent> {
  const resolved = resolveAgentOptions(options);
  const lock = openDirectory(resolved);
  try {
    return new OpenAgent(await replayed(resolved), { lock, options: resolved });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function replayed(options: ResolvedAgentOptions): Promise<AgentTruncateTarget> {
  const { fileSystem, path, signal, onCorruption, walSegmentBytesMax: segmentBytesMax } = options;
  const compression = compressionOf(options);
  const folder: WalFolder = { fileSystem, path: `${path}/wal`, snappy: openSnappy(), zstd: options.zstd };
  dropUnfinishedCheckpoints(folder);
  const series = new AgentSeries();
  const deleted: AgentTruncateTarget["deleted"] = new Map();
  const counters = newAgentCounters();
  const giveWay = pauses(options.giveWay);
  const pause = (): Promise<void> => {
    signal.throwIfAborted();
    return giveWay();
  };
  const onProgress = options.onReplayProgress;
  const { corruptions, unknownSamples } = await replayAgent({ series, deleted, wal: folder, pause, onProgress });
  for (const error of corruptions) onCorruption(error);
  counters.corruptions = corruptions.length;
  if (unknownSamples > 0) {
    onCorruption(new CorruptionError(`${unknownSamples} samples of unknown series`, { file: folder.path, offset: 0 }));
  }
  const wal = WalWriter.open({ fileSystem, folder: folder.path, ...compression, segmentBytesMax });
  try {
    // The name of `wal`, too, must outlive a loss of power.
    fileSystem.syncFolder(path);
  } catch (error) {
    wal.abandon();
    throw error;
  }
  return {
    series,
    wal,
    folder,
    counters,
    deleted,
    memoryBatchSize: options.checkpointFromMemory ? options.checkpointBatchSize : undefined,
    logsMetadata: options.logsMetadata,
    outOfOrderTimeWindowMs: options.outOfOrderTimeWindowMs,
    unlogged: [],
    idleRows: [],
  };
}

class OpenAgent implements Agent {
  readonly #target: AgentTruncateTarget;
  readonly #lock: DirectoryLock;
  readonly #builder: BlockBuilder;
  readonly #stop = new AbortController();
  #truncation: Promise<boolean> | undefined;

  constructor(
    target: AgentTruncateTarget,
    { lock, options }: { readonly lock: DirectoryLock; readonly options: ResolvedAgentOptions },
  ) {
    this.#target = target;
    this.#lock = lock;
    this.#builder = builderOf(options);
  }

  appender(): Appender {
    return new AgentAppender(this.#target);
  }

  stats(): AgentStats {
    const { series, deleted, wal, folder, counters } = this.#target;
    return {
      ...counters,
      activeSeries: series.size,
      deletedSeries: deleted.size,
      walSegment: wal.segment,
      walPagesCompleted: wal.pagesCompleted,
      walBytes: walBytes(folder),
    };
  }

  intake(): TsdbIntake {
    const { samplesAppended, histogramsAppended, exemplarsAppended, highestTime } = this.#target.counters;
    return { samples: samplesAppended, histograms: histogramsAppended, exemplars: exemplarsAppended, highestTime };
  }

  setOutOfOrderTimeWindow(windowMs: number): void {
    this.#target.outOfOrderTimeWindowMs = Math.max(0, windowMs);
  }

  watchWal(options: WatchOptions): WalWatcher {
    return new WalWatcher({ ...options, folder: this.#target.folder });
  }

  truncate(minTime: number): Promise<boolean> {
    this.#truncation ??= this.#truncate(minTime).finally(() => {
      this.#truncation = undefined;
    });
    return this.#truncation;
  }

  async #truncate(minTime: number): Promise<boolean> {
    const { signal } = this.#stop;
    const giveWay = pauses();
    try {
      return await truncateAgent(this.#target, {
        minTime,
        pause() {
          signal.throwIfAborted();
          return giveWay();
        },
        writeCheckpoint: (task) => this.#builder.writeCheckpoint(task, undefined, signal),
      });
    } finally {
      await this.#builder.rest();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the agent's store is closed"));
    // Who asked for it was told.
    await this.#truncation?.catch(() => undefined);
    try {
      this.#target.wal.close();
    } finally {
      this.#lock.release();
    }
  }
}

function builderOf({ checkpointThread, fileSystem, clock }: ResolvedAgentOptions): BlockBuilder {
  if (checkpointThread === "caller") return buildHere(fileSystem, () => makeUlid(clock.now(), Math.random));
  assert(fileSystem === nodeFileSystem, "workers work on the real file system");
  return new WorkerBuilder();
}
