// What a database does to stay small: head → block, blocks → larger blocks, old blocks → nothing. One task at a time.
import type { FileSystem, Random } from "@narthex/stdx";
import type { Block } from "../block/block.js";
import type { Blocks } from "../block/blocks.js";
import { makeUlid } from "../block/meta.js";
import { type TruncateTarget, truncateHead, truncateWal } from "../head/truncate.js";
import { pauses } from "../pause.js";
import { walBytes } from "../wal/folder.js";
import { type BlockPlace, writeHeadBlock, writeMergedBlock } from "./compactor.js";
import { blockRanges, planCompaction } from "./planner.js";
import { expiredBlocks } from "./retention.js";

export interface MaintenanceOptions extends TruncateTarget {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly blocks: Blocks;
  readonly blockRangeMs: number;
  readonly blockRangeMaxMs: number;
  readonly retentionMs: number;
  readonly retentionBytesMax: number;
  /** For the names of blocks. */
  readonly now: () => number;
  readonly random: Random;
}

export interface MaintenanceCounters {
  compactions: number;
  compactionFailures: number;
  headTruncations: number;
  headTruncationFailures: number;
  checkpoints: number;
  checkpointFailures: number;
  timeRetentions: number;
  sizeRetentions: number;
}

export class Maintenance {
  readonly #options: MaintenanceOptions;
  #running: Promise<unknown> = Promise.resolve();
  readonly counters: MaintenanceCounters = {
    compactions: 0,
    compactionFailures: 0,
    headTruncations: 0,
    headTruncationFailures: 0,
    checkpoints: 0,
    checkpointFailures: 0,
    timeRetentions: 0,
    sizeRetentions: 0,
  };

  constructor(options: MaintenanceOptions) {
    this.#options = options;
  }

  /** Runs `task` when those before it have ended. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#running.then(task);
    this.#running = result.catch(() => undefined);
    return result;
  }

  /** Does all that is due: reload, head, blocks, retention. */
  run(): Promise<void> {
    return this.exclusively(async () => {
      this.#options.blocks.dropUnfinished();
      this.#options.blocks.reload();
      // Before the rest too: on a full disk compaction fails, and only retention makes room.
      this.applyRetention();
      try {
        while (this.#isHeadDue()) await this.#compactHead();
        while (await this.#compactBlocks());
      } catch (error) {
        this.counters.compactionFailures++;
        throw error;
      }
      this.applyRetention();
    });
  }

  #isHeadDue(): boolean {
    const { head, blockRangeMs } = this.#options;
    return head.maxTime - head.minTime > blockRangeMs * 1.5;
  }

  /** The head's oldest range becomes a block; then the head lets go of it. */
  async #compactHead(): Promise<void> {
    const { head, blocks, blockRangeMs } = this.#options;
    const minTime = head.minTime;
    const maxTime = (Math.floor(minTime / blockRangeMs) + 1) * blockRangeMs;
    const folder = await writeHeadBlock(head, { minTime, maxTime }, this.place());
    if (folder) blocks.add(folder);
    this.counters.compactions++;
    await this.#truncate(maxTime);
  }

  async #truncate(minTime: number): Promise<void> {
    const options = this.#options;
    this.counters.headTruncations++;
    truncateHead(options, minTime);
    this.counters.checkpoints++;
    try {
      await truncateWal(options, { minTime, pause: pauses() });
    } catch (error) {
      this.counters.checkpointFailures++;
      throw error;
    }
  }

  async #compactBlocks(): Promise<boolean> {
    const { blocks, blockRangeMs, blockRangeMaxMs } = this.#options;
    const all = blocks.list();
    const plan = planCompaction(
      all.map(({ meta }) => meta),
      blockRanges(blockRangeMs, blockRangeMaxMs),
    );
    if (plan.length === 0) return false;
    const wanted = new Set(plan.map(({ ulid }) => ulid));
    await this.merge(all.filter(({ meta }) => wanted.has(meta.ulid)));
    return true;
  }

  /** Puts one new block in the place of some. */
  async merge(old: readonly Block[]): Promise<void> {
    const { blocks } = this.#options;
    const folder = await writeMergedBlock(old, this.place());
    if (folder) blocks.add(folder);
    blocks.remove(old.map(({ meta }) => meta.ulid));
    this.counters.compactions++;
  }

  applyRetention(): void {
    const { blocks, head, walFolder, retentionMs, retentionBytesMax } = this.#options;
    const otherBytes = walBytes(walFolder) + head.chunkFiles.bytes;
    const byTime = expiredBlocks(blocks.list(), { retentionMs, retentionBytesMax: 0, otherBytes });
    if (byTime.length > 0) this.counters.timeRetentions++;
    blocks.remove(byTime);
    const bySize = expiredBlocks(blocks.list(), { retentionMs: 0, retentionBytesMax, otherBytes });
    if (bySize.length > 0) this.counters.sizeRetentions++;
    blocks.remove(bySize);
  }

  /** Rewrites every block that holds deleted samples. */
  cleanTombstones(): Promise<void> {
    return this.exclusively(async () => {
      for (const block of this.#options.blocks.list()) if (block.tombstones.size > 0) await this.merge([block]);
    });
  }

  /** A copy of the blocks in `folder`, and of the head's samples as one more block where wanted. */
  snapshot(folder: string, options: { readonly withHead: boolean }): Promise<void> {
    return this.exclusively(async () => {
      const { fileSystem, blocks, head } = this.#options;
      fileSystem.makeFolder(folder);
      blocks.linkInto(folder);
      if (options.withHead && Number.isFinite(head.minTime)) {
        const span = { minTime: head.minTime, maxTime: head.maxTime + 1 };
        await writeHeadBlock(head, span, { ...this.place(), directory: folder });
      }
      fileSystem.syncFolder(folder);
    });
  }

  /** Where the next block goes. */
  place(): BlockPlace {
    const { fileSystem, directory, now, random } = this.#options;
    return { fileSystem, directory, ulid: makeUlid(now(), random), pause: pauses() };
  }

  /** Resolves when no task runs. */
  async idle(): Promise<void> {
    await this.#running;
  }
}
