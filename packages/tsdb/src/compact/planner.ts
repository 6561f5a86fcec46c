// Which blocks to join next. Prometheus: tsdb/compact.go, LeveledCompactor.plan.
import type { BlockMeta } from "../block/meta.js";

/** 2 h, 6 h, 18 h, …: `rangeMs` times powers of three, up to `rangeMaxMs`. */
export function blockRanges(rangeMs: number, rangeMaxMs: number): number[] {
  const ranges = [rangeMs];
  for (let next = rangeMs * 3; next <= rangeMaxMs && ranges.length < 10; next *= 3) ranges.push(next);
  return ranges;
}

/** The blocks to compact into one; empty when there is nothing to do. `ranges` ascending. */
export function planCompaction(blocks: readonly BlockMeta[], ranges: readonly number[]): BlockMeta[] {
  const metas = [...blocks].sort((a, b) => a.minTime - b.minTime);
  const overlapping = overlappingBlocks(metas);
  if (overlapping.length > 0) return overlapping;
  // The newest block may still be wanted whole, for a copy of the head's last hours.
  const older = metas.slice(0, -1);
  const group = alignedGroup(older, ranges);
  if (group.length > 0) return group;
  return tombstoneRewrite(older, ranges);
}

/** The first run of blocks that overlap in time. */
function overlappingBlocks(metas: readonly BlockMeta[]): BlockMeta[] {
  let run: BlockMeta[] = [];
  let maxTime = Number.NEGATIVE_INFINITY;
  for (const meta of metas) {
    if (meta.minTime < maxTime) run.push(meta);
    else if (run.length > 1) return run;
    else run = [meta];
    maxTime = Math.max(maxTime, meta.maxTime);
  }
  return run.length > 1 ? run : [];
}

/** Blocks that fill an aligned range, or that lie in one that can get no more blocks. */
function alignedGroup(metas: readonly BlockMeta[], ranges: readonly number[]): BlockMeta[] {
  const newest = metas.at(-1);
  if (!newest) return [];
  for (const range of ranges.slice(1)) {
    for (const group of splitByRange(metas, range)) {
      const first = group[0] as BlockMeta;
      const last = group.at(-1) as BlockMeta;
      const isFull = last.maxTime - first.minTime === range || last.maxTime <= newest.minTime;
      if (isFull && group.length > 1 && group.every((meta) => !meta.compaction.failed)) return group;
    }
  }
  return [];
}

function splitByRange(metas: readonly BlockMeta[], range: number): BlockMeta[][] {
  const groups = new Map<number, BlockMeta[]>();
  for (const meta of metas) {
    const start = Math.floor(meta.minTime / range) * range;
    if (meta.maxTime > start + range) continue;
    const group = groups.get(start);
    if (group) group.push(meta);
    else groups.set(start, [meta]);
  }
  return [...groups.values()];
}

/** A large block of which more than a twentieth is deleted. */
function tombstoneRewrite(metas: readonly BlockMeta[], ranges: readonly number[]): BlockMeta[] {
  const rangeMin = ranges[Math.floor(ranges.length / 2)] as number;
  for (const meta of [...metas].reverse()) {
    if (meta.maxTime - meta.minTime < rangeMin) break;
    if ((meta.stats.numTombstones ?? 0) / (meta.stats.numSeries + 1) > 0.05) return [meta];
  }
  return [];
}
