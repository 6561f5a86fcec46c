// Brings memory back at the start: from the snapshot of a clean end and the log behind it, or from the whole log.
// Comes from: tsdb's open. A snapshot that cannot be used costs time, never a sample: the log has everything.

import type { ResolvedOptions } from "../options.js";
import { pauses } from "../pause.js";
import type { WalFolder } from "../wal/folder.js";
import { ChunkFiles } from "./chunk-files.js";
import { ExemplarRing } from "./exemplars.js";
import { Head } from "./head.js";
import { HeadMemory } from "./memory.js";
import { type ReplayResult, replayHead } from "./replay.js";
import { dropSnapshots, SnapshotError, type SnapshotPlace, usableSnapshot } from "./snapshot.js";

export interface RestoreOptions {
  readonly options: ResolvedOptions;
  readonly wal: WalFolder;
  /** The log of samples that came out of order. */
  readonly writeBehind: WalFolder;
  /** What is older stands in blocks. */
  readonly minValidTime: number;
}

export interface Memory {
  readonly head: Head;
  readonly exemplars: ExemplarRing;
  readonly replayed: ReplayResult;
  readonly isFromSnapshot: boolean;
}

export async function restoreMemory(restore: RestoreOptions): Promise<Memory> {
  const { options, wal } = restore;
  const { fileSystem, path, onCorruption } = options;
  const snapshot = options.memorySnapshot ? usableSnapshot(wal, path) : undefined;
  if (snapshot) {
    try {
      const memory = await replayMemory(restore, snapshot);
      dropSnapshots(fileSystem, path, snapshot);
      return memory;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      onCorruption(error.damage);
    }
  }
  // Before the log is read: where it is damaged it will be cut, and places in it will mean something else.
  dropSnapshots(fileSystem, path);
  return replayMemory(restore, undefined);
}

async function replayMemory(restore: RestoreOptions, snapshot: SnapshotPlace | undefined): Promise<Memory> {
  const { options, wal, writeBehind } = restore;
  const exemplars = new ExemplarRing(options.exemplarsMax);
  const chunkFiles = new ChunkFiles(options.fileSystem, `${options.path}/chunks_head`);
  const head = new Head({
    memory: HeadMemory.open(),
    chunkFiles,
    blockRangeMs: options.blockRangeMs,
    seriesMax: options.headSeriesMax,
    chunkForm: options.chunkForm,
  });
  head.minValidTime = restore.minValidTime;
  const pause = pauses(options.giveWay);
  try {
    const replayed = await replayHead({
      head,
      wal,
      writeBehind,
      exemplars,
      snapshot,
      onProgress: options.onReplayProgress,
      pause() {
        options.signal.throwIfAborted();
        return pause();
      },
    });
    return { head, exemplars, replayed, isFromSnapshot: snapshot !== undefined };
  } catch (error) {
    chunkFiles.abandon();
    throw error;
  }
}
