// Which blocks are too old or too much.
import type { Block } from "../block/block.js";
import type { RetentionRule } from "./cutoff.js";

/** What is kept. It may change while the database is open. */
export interface Retention {
  /** Blocks that end so long before the newest are removed; 0 keeps all. */
  readonly retentionMs: number;
  /** Blocks, head chunks and logs may take so many bytes, or the oldest blocks go; 0 for no limit. */
  readonly retentionBytesMax: number;
  /** The same as a percentage of the disk; where it is above 0 it counts instead of the bytes. */
  readonly retentionDiskPercentMax: number;
  /** What is kept for a shorter time; the first rule that fits a series holds. */
  readonly retentionRules: readonly RetentionRule[];
}

interface ExpiryOptions extends Pick<Retention, "retentionMs"> {
  readonly blockRangeMs: number;
}

/** Bytes that the directory may hold; 0 for no limit. */
export function bytesMaxOf(retention: Retention, diskBytes: () => number): number {
  const { retentionDiskPercentMax, retentionBytesMax } = retention;
  return retentionDiskPercentMax > 0 ? Math.floor((diskBytes() * retentionDiskPercentMax) / 100) : retentionBytesMax;
}

/** Ulids of the blocks that ended `retentionMs` or longer before the newest. */
export function blocksPastTime(blocks: readonly Block[], retentionMs: number): string[] {
  if (retentionMs === 0) return [];
  const newest = Math.max(...blocks.map(({ meta }) => meta.maxTime));
  return blocks.filter(({ meta }) => newest - meta.maxTime >= retentionMs).map(({ meta }) => meta.ulid);
}

/**
 * Blocks that ended before this time have gone or go at once, and what the log still has of them counts no more. The last
 * block of samples in order goes like any other where one of late samples reaches further.
 */
export function expiredUntil(newest: number, { retentionMs, blockRangeMs }: ExpiryOptions): number {
  if (retentionMs === 0) return Number.NEGATIVE_INFINITY;
  return Math.floor((newest - retentionMs) / blockRangeMs) * blockRangeMs;
}

/** Ulids of the oldest blocks that do not fit into `bytesMax` beside `otherBytes`. */
export function blocksPastSize(
  blocks: readonly Block[],
  { bytesMax, otherBytes }: { readonly bytesMax: number; readonly otherBytes: number },
): string[] {
  if (bytesMax === 0) return [];
  const newestFirst = [...blocks].sort((a, b) => b.meta.maxTime - a.meta.maxTime);
  let bytes = otherBytes;
  const fits = newestFirst.findIndex((block) => {
    bytes += block.bytes;
    return bytes > bytesMax;
  });
  return fits < 0 ? [] : newestFirst.slice(fits).map(({ meta }) => meta.ulid);
}
