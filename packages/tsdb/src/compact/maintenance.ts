// What a database does to stay small: head → block, blocks → larger blocks, old blocks → nothing. One task at a time.
import type { SeriesRef } from "@narthex/model";
import type { FileSystem, Random } from "@narthex/stdx";
import type { Block } from "../block/block.js";
import type { Blocks } from "../block/blocks.js";
import { type BlockMeta, makeUlid, staleHint } from "../block/meta.js";
import { CorruptionError } from "../errors.js";
import { type EndedSeries, endedSeries, stillEnded } from "../head/stale-series.js";
import {
  evictSeries,
  oldestTime,
  type TruncateTarget,
  truncateHead,
  truncateWal,
  type WalTruncation,
} from "../head/truncate.js";
import { pauses } from "../pause.js";
import { walBytes } from "../wal/folder.js";
import type { WriteBehindLog } from "../wal/write-behind.js";
import type { BlockBuilder } from "./builder.js";
import { cutoffsAt } from "./cutoff.js";
import type { HeadTask } from "./head-block.js";
import { lateSlices } from "./head-slices.js";
import { HeadSource } from "./head-source.js";
import { blockRanges, planCompaction } from "./planner.js";
import { blocksPastSize, blocksPastTime, bytesMaxOf, type Retention } from "./retention.js";
import { RuleRewrites } from "./rule-rewrite.js";

export interface MaintenanceOptions extends TruncateTarget {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly blocks: Blocks;
  readonly writeBehind: WriteBehindLog;
  readonly blockRangeMs: number;
  readonly blockRangeMaxMs: number;
  readonly headDelayMsMax: number;
  readonly retention: Retention;
  readonly builder: BlockBuilder;
  readonly isHeldBack: (meta: BlockMeta) => boolean;
  readonly staleSeriesThreshold: number;
  readonly hasExemplars: (ref: SeriesRef) => boolean;
  /** For the names of blocks. */
  readonly now: () => number;
  readonly random: Random;
}

export interface MaintenanceCounters {
  /** Runs, whether anything was due or not. */
  triggers: number;
  compactions: number;
  /** Of those, the ones that joined overlapping blocks. */
  verticalCompactions: number;
  compactionFailures: number;
  headTruncations: number;
  headTruncationFailures: number;
  checkpoints: number;
  checkpointFailures: number;
  timeRetentions: number;
  sizeRetentions: number;
  /** Of series that ended, before the head's turn. */
  staleCompactions: number;
  staleCompactionFailures: number;
}

/** So near the head's turn nothing is gained by going first. Prometheus: 10 minutes. */
const staleSoonMsMax = 600_000;

/** Between two pauses: about a millisecond. */
const evictedSeriesMax = 512;

export class Maintenance {
  readonly #options: MaintenanceOptions;
  #running: Promise<unknown> = Promise.resolve();
  /** Whether a task failed, which may have left a block half made. */
  #hasLeftovers = false;
  readonly #rewrites = new RuleRewrites();
  readonly #stop = new AbortController();
  #retention: Retention;
  /** So that many servers which began together do not all compact at once. */
  #headDelayMs: number;
  readonly counters: MaintenanceCounters = {
    triggers: 0,
    compactions: 0,
    verticalCompactions: 0,
    compactionFailures: 0,
    headTruncations: 0,
    headTruncationFailures: 0,
    checkpoints: 0,
    checkpointFailures: 0,
    timeRetentions: 0,
    sizeRetentions: 0,
    staleCompactions: 0,
    staleCompactionFailures: 0,
  };
  /** Share of the head's series, from 0 to 1: when so many have ended they go first. 0: they do not. */
  staleSeriesThreshold: number;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    this.#retention = options.retention;
    this.staleSeriesThreshold = options.staleSeriesThreshold;
    this.#headDelayMs = this.#drawHeadDelay();
  }

  get retention(): Retention {
    return this.#retention;
  }

  /** From the next run on. */
  set retention(retention: Retention) {
    this.#retention = retention;
    this.#rewrites.clear();
  }

  /** Runs `task` when those before it have ended. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#running.then(async () => {
      try {
        return await task();
      } finally {
        await this.#options.builder.rest();
      }
    });
    this.#running = result.catch(() => {
      this.#hasLeftovers = true;
    });
    return result;
  }

  /** Does all that is due: reload, head, blocks, retention. */
  run(): Promise<void> {
    return this.exclusively(async () => {
      this.counters.triggers++;
      this.#noteSegments();
      this.#dropLeftovers();
      this.#options.blocks.reload();
      // Before the rest too: on a full disk compaction fails, and only retention makes room.
      this.applyRetention();
      try {
        // Prometheus: out-of-order samples go when the head goes.
        if (this.#isHeadDue(this.#headDelayMs)) {
          await this.#compactHead();
          await this.compactOutOfOrder();
        } else await this.#compactStaleWhenDue();
        while (await this.#compactBlocks());
        while (await this.#rewriteByRules());
      } catch (error) {
        if (!this.#stop.signal.aborted) this.counters.compactionFailures++;
        throw error;
      }
      this.applyRetention();
      await this.removalsSettled();
    });
  }

  #noteSegments(): void {
    const { wal, head, segmentTimes } = this.#options;
    segmentTimes.noteEnd(wal.segment - 1, head.maxTime);
  }

  // Only then: a tool may be making blocks in the same directory.
  #dropLeftovers(): void {
    if (!this.#hasLeftovers) return;
    this.#options.blocks.dropUnfinished();
    this.#hasLeftovers = false;
  }

  #isHeadDue(delayMs: number): boolean {
    const { head, blockRangeMs } = this.#options;
    return head.maxTime - head.minTime > blockRangeMs * 1.5 + delayMs;
  }

  #drawHeadDelay(): number {
    return this.#options.random() * this.#options.headDelayMsMax;
  }

  /** Where enough series of the head have ended, and its turn is not near, those become blocks of their own. */
  // Prometheus: tsdb/db.go, run and CompactStaleHead. Differs: it counts those that have to stay, too.
  async #compactStaleWhenDue(): Promise<void> {
    const { head, blockRangeMs, hasExemplars } = this.#options;
    const soonMs = Math.min(staleSoonMsMax, blockRangeMs / 12);
    if (this.staleSeriesThreshold <= 0 || this.#isHeadDue(-soonMs)) return;
    const ended = endedSeries(head, (ref) => !hasExemplars(ref));
    if (ended.refs.length === 0 || ended.refs.length < this.staleSeriesThreshold * head.series.size) return;
    this.counters.staleCompactions++;
    try {
      await this.#compactStale(ended);
    } catch (error) {
      this.counters.staleCompactionFailures++;
      throw error;
    }
  }

  async #compactStale(ended: EndedSeries): Promise<void> {
    const { head, blocks, blockRangeMs, directory } = this.#options;
    const lastTime = ended.lastTimes.reduce((last, time) => Math.max(last, time), Number.NEGATIVE_INFINITY);
    const first = Math.floor(head.minTime / blockRangeMs) * blockRangeMs;
    for (let start = first; start <= lastTime; start += blockRangeMs) {
      const span = { minTime: Math.max(start, head.minValidTime), maxTime: start + blockRangeMs };
      const wanted = { ...span, directory, mayBeEmpty: false, hints: [staleHint] };
      const folder = await this.#writeHead(wanted, ended.refs);
      if (folder) await blocks.add(folder, this.#pauses());
      this.counters.compactions++;
    }
    const pause = this.#pauses();
    for (let from = 0; from < ended.refs.length; from += evictedSeriesMax) {
      evictSeries(this.#options, stillEnded(head, ended, { from, to: from + evictedSeriesMax }));
      await pause();
    }
    head.minTime = Math.max(oldestTime(head), head.minValidTime);
  }

  /** The head's oldest ranges become blocks; then the log lets go of them, once for all. */
  async #compactHead(): Promise<void> {
    let minTime: number | undefined;
    try {
      while (this.#isHeadDue(0)) minTime = await this.#compactRange();
      this.#headDelayMs = this.#drawHeadDelay();
    } finally {
      if (minTime !== undefined && !this.#stop.signal.aborted) await this.#truncateWal(minTime);
    }
  }

  /** The head's oldest range becomes a block; then the head lets go of it. Returns the range's end. */
  async #compactRange(): Promise<number> {
    const { head, blocks, blockRangeMs, directory } = this.#options;
    const minTime = head.minTime;
    const maxTime = (Math.floor(minTime / blockRangeMs) + 1) * blockRangeMs;
    // Without a block a start would take what is deleted from the log, which lets go of the deletions.
    const mayBeEmpty = head.deleted.size > 0;
    const folder = await this.#writeHead({ minTime, maxTime, directory, mayBeEmpty });
    if (folder) await blocks.add(folder, this.#pauses());
    this.counters.compactions++;
    this.counters.headTruncations++;
    await truncateHead(this.#options, { minTime: maxTime, pause: this.#pauses() });
    return maxTime;
  }

  async #writeHead(
    wanted: Omit<HeadTask, "path" | "ulid">,
    chosen?: readonly SeriesRef[],
  ): Promise<string | undefined> {
    const { head, builder, directory: path } = this.#options;
    const unpin = head.pins.pin();
    try {
      const task = { ...wanted, path, ulid: this.#nextUlid() };
      return await builder.writeHead(task, new HeadSource(head, wanted, chosen), this.#stop.signal);
    } finally {
      unpin();
    }
  }

  /** Returns the blocks' folders, and how many chunks of each series they hold. */
  async #writeLate(
    directory: string = this.#options.directory,
  ): Promise<{ readonly folders: readonly string[]; readonly counts: ReadonlyMap<SeriesRef, number> }> {
    const { head, builder, directory: path, blockRangeMs } = this.#options;
    const counts = new Map<SeriesRef, number>();
    const unpin = head.pins.pin();
    try {
      const slices = lateSlices({ head, counts });
      return { folders: await builder.writeLate({ path, directory, blockRangeMs }, slices, this.#stop.signal), counts };
    } finally {
      unpin();
    }
  }

  /** What came out of order becomes blocks of its own. To be called inside a task. */
  async compactOutOfOrder(): Promise<void> {
    const options = this.#options;
    const { head, blocks, writeBehind } = options;
    // What is appended from here on stays in the log.
    const segment = writeBehind.endSegment();
    if (head.outOfOrder.size > 0) {
      const { folders, counts } = await this.#writeLate();
      for (const folder of folders) await blocks.add(folder, this.#pauses());
      head.outOfOrder.drop(counts);
      this.counters.compactions += folders.length;
    }
    if (segment === undefined) return;
    writeBehind.settle(head.chunkFiles.end);
    await writeBehind.truncate(segment);
    await truncateHead(options, { minTime: head.minValidTime, pause: this.#pauses() });
  }

  async #truncateWal(minTime: number): Promise<void> {
    const options = this.#options;
    this.counters.checkpoints++;
    try {
      const { builder } = options;
      const checkpoint: WalTruncation["checkpoint"] = (task, findAliases) =>
        builder.writeCheckpoint(task, findAliases, this.#stop.signal);
      await truncateWal(options, { minTime, checkpoint });
    } catch (error) {
      this.counters.checkpointFailures++;
      throw error;
    }
  }

  async #compactBlocks(): Promise<boolean> {
    const { blocks, blockRangeMs, blockRangeMaxMs, isHeldBack } = this.#options;
    const listed = blocks.list();
    const held = listed.findIndex(({ meta }) => isHeldBack(meta));
    const all = held < 0 ? listed : listed.slice(0, held);
    const plan = planCompaction(
      all.map(({ meta }) => meta),
      blockRanges(blockRangeMs, blockRangeMaxMs),
    );
    if (plan.length === 0) return false;
    const wanted = new Set(plan.map(({ ulid }) => ulid));
    await this.merge(all.filter(({ meta }) => wanted.has(meta.ulid)));
    return true;
  }

  /** Writes a block anew of which enough is past a retention rule. */
  async #rewriteByRules(): Promise<boolean> {
    const { retentionRules } = this.#retention;
    const block = await this.#rewrites.next(this.#options.blocks.list(), retentionRules, this.#pauses());
    if (!block) return false;
    await this.merge([block]);
    return true;
  }

  /** Puts one new block in the place of some. */
  async merge(old: readonly Block[]): Promise<void> {
    const { blocks, builder, directory } = this.#options;
    const cutoffs = cutoffsAt(this.#retention.retentionRules, blocks.maxTime);
    const folders = old.map(({ folder }) => folder);
    // The log may still have what was deleted: without a block that says so, a start would bring it back.
    const mayBeEmpty = old.some((block) => blocks.isLast(block));
    const task = { directory, ulid: this.#nextUlid(), folders, cutoffs, mayBeEmpty };
    let folder: string | undefined;
    try {
      folder = await builder.merge(task, this.#stop.signal);
    } catch (error) {
      if (error instanceof CorruptionError) blocks.noteFailure(error);
      throw error;
    }
    if (folder) await blocks.add(folder, this.#pauses());
    blocks.remove(old.map(({ meta }) => meta.ulid));
    this.counters.compactions++;
    if (old.some(({ meta }, i) => i > 0 && meta.minTime < (old[i - 1] as Block).meta.maxTime)) {
      this.counters.verticalCompactions++;
    }
  }

  /** What blocks, head chunks and logs take. */
  get bytes(): number {
    const { blocks, head, walFolder, writeBehind } = this.#options;
    return blocks.bytes + walBytes(walFolder) + writeBehind.bytes + head.chunkFiles.bytes;
  }

  applyRetention(): void {
    const { blocks, fileSystem, directory } = this.#options;
    const past = blocksPastTime(blocks.list(), this.#retention.retentionMs);
    if (past.length > 0) this.counters.timeRetentions++;
    blocks.remove(past);
    const bytesMax = bytesMaxOf(this.#retention, () => fileSystem.diskBytes(directory));
    const otherBytes = this.bytes - blocks.bytes;
    const excess = blocksPastSize(blocks.list(), { bytesMax, otherBytes });
    if (excess.length > 0) this.counters.sizeRetentions++;
    blocks.remove(excess);
  }

  /** Rewrites every block that holds deleted samples. */
  cleanTombstones(): Promise<void> {
    return this.exclusively(async () => {
      for (const block of this.#options.blocks.list()) if (block.tombstones.size > 0) await this.merge([block]);
      await this.removalsSettled();
    });
  }

  /** Rejects when files that nobody needs could not be removed. */
  async removalsSettled(): Promise<void> {
    const { blocks, head } = this.#options;
    await blocks.removals.settled();
    await head.chunkFiles.removals.settled();
  }

  /** A copy of the blocks in `folder`, and of the head's samples as one more block where wanted. */
  snapshot(folder: string, options: { readonly withHead: boolean }): Promise<void> {
    return this.exclusively(async () => {
      const { fileSystem, blocks, head } = this.#options;
      fileSystem.makeFolder(folder);
      blocks.linkInto(folder);
      if (options.withHead && Number.isFinite(head.minTime)) {
        const span = { minTime: head.minTime, maxTime: head.maxTime + 1 };
        await this.#writeHead({ ...span, directory: folder, mayBeEmpty: false });
      }
      if (options.withHead) await this.#writeLate(folder);
      fileSystem.syncFolder(folder);
    });
  }

  #nextUlid(): string {
    const { now, random } = this.#options;
    return makeUlid(now(), random);
  }

  /** Pauses that end the task when the database closes. */
  #pauses(): () => Promise<void> {
    const pause = pauses();
    return () => {
      this.#stop.signal.throwIfAborted();
      return pause();
    };
  }

  /** Breaks off what runs; resolves when it has ended. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
