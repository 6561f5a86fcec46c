// Which blocks are too old or too much.
import type { Block } from "../block/block.js";

export interface RetentionLimits {
  /** 0 for no limit. */
  readonly retentionMs: number;
  /** 0 for no limit. */
  readonly retentionBytesMax: number;
  /** What log and head chunks take of it. */
  readonly otherBytes: number;
}

/** Ulids of the blocks to remove: those that end before the retention time, then the oldest beyond the size. */
export function expiredBlocks(blocks: readonly Block[], limits: RetentionLimits): string[] {
  const newestFirst = [...blocks].sort((a, b) => b.meta.maxTime - a.meta.maxTime);
  const expired = new Set<string>();
  const newest = newestFirst[0];
  if (!newest) return [];
  let bytes = limits.otherBytes;
  let isOver = false;
  for (const { meta, bytes: size } of newestFirst) {
    if (limits.retentionMs > 0 && newest.meta.maxTime - meta.maxTime >= limits.retentionMs) expired.add(meta.ulid);
    bytes += size;
    isOver ||= limits.retentionBytesMax > 0 && bytes > limits.retentionBytesMax;
    if (isOver) expired.add(meta.ulid);
  }
  return [...expired];
}
