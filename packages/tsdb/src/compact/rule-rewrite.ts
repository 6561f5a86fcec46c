// Finds blocks that hold enough of what retention rules no longer keep to be written anew. What a block still holds is read
// from its index, so nothing has to be remembered across restarts.
// Comes from: compact/maintenance. Goes to: compact/merge-blocks, by way of it.
import type { Block } from "../block/block.js";
import { chunkFields } from "../block/index-format.js";
import { cutoffsAt, cutoffTimes, type RetentionRule } from "./cutoff.js";

/** A block is written anew when a rule has passed its end, or when so much of its chunks is past: each byte is copied few times. */
const pastShareMin = 0.1;

export class RuleRewrites {
  /** By ulid the newest time at which a look into the block may find more than the last one. */
  readonly #lookAgainAt = new Map<string, number>();

  /** Forgets what was seen: the rules changed. */
  clear(): void {
    this.#lookAgainAt.clear();
  }

  /** The oldest block that is due, or undefined. */
  async next(
    blocks: readonly Block[],
    rules: readonly RetentionRule[],
    pause: () => Promise<void>,
  ): Promise<Block | undefined> {
    if (rules.length === 0) return undefined;
    const newest = Math.max(...blocks.map(({ meta }) => meta.maxTime));
    for (const block of blocks) {
      const { meta } = block;
      if (meta.compaction.failed || newest < (this.#lookAgainAt.get(meta.ulid) ?? Number.NEGATIVE_INFINITY)) continue;
      if (await isDue(block, cutoffsAt(rules, newest), pause)) return block;
      this.#lookAgainAt.set(meta.ulid, nextLook(block, rules, newest));
    }
    return undefined;
  }
}

/** Soon enough that a tenth more of the block can be past, and when a rule passes its end. */
function nextLook({ meta }: Block, rules: readonly RetentionRule[], newest: number): number {
  const ends = rules.map(({ retentionMs }) => meta.maxTime + retentionMs).filter((end) => end > newest);
  return Math.min(newest + (meta.maxTime - meta.minTime) * pastShareMin, ...ends);
}

async function isDue(
  block: Block,
  cutoffs: ReturnType<typeof cutoffsAt>,
  pause: () => Promise<void>,
): Promise<boolean> {
  const { meta, index } = block;
  const isTouched = cutoffs.some(({ minTime }) => minTime > meta.minTime);
  if (!isTouched) return false;
  let past = 0;
  for (const [ref, minTime] of cutoffTimes(index, cutoffs)) {
    if (minTime <= meta.minTime) continue;
    if (minTime >= meta.maxTime) return true;
    const { chunks } = index.series(ref);
    for (let at = chunkFields.maxTime; at < chunks.length; at += chunkFields.count) if (chunks[at]! < minTime) past++;
    await pause();
  }
  return past > 0 && past >= meta.stats.numChunks * pastShareMin;
}
