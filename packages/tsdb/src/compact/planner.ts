// Which blocks to join next. Prometheus: tsdb/compact.go, LeveledCompactor.plan.
import { type BlockMeta, isOutOfOrder, partHintOf, partHints } from "../block/meta.js";

/** 2 h, 6 h, 18 h, …: `rangeMs` times powers of three, up to `rangeMaxMs`. */
export function blockRanges(rangeMs: number, rangeMaxMs: number): number[] {
  const ranges = [rangeMs];
  for (let next = rangeMs * 3; next <= rangeMaxMs && ranges.length < 10; next *= 3) ranges.push(next);
  return ranges;
}

/** The blocks to compact into one; empty when there is nothing to do. `ranges` ascending. */
export function planCompaction(blocks: readonly BlockMeta[], ranges: readonly number[]): BlockMeta[] {
  // Prometheus keeps blocks of a part of the series apart from the others and plans them last.
  for (const hint of ["", ...partHints]) {
    const plan = planClass(
      blocks.filter((meta) => partHintOf(meta) === hint),
      ranges,
    );
    if (plan.length > 0) return plan;
  }
  return [];
}

function planClass(blocks: readonly BlockMeta[], ranges: readonly number[]): BlockMeta[] {
  const metas = [...blocks].sort((a, b) => a.minTime - b.minTime);
  const ahead = metas.filter(isAhead(metas));
  if (ahead.length === 0) return planSettled(metas, ranges);
  const plan = planSettled(
    metas.filter((meta) => !ahead.includes(meta)),
    ranges,
  );
  return plan.length > 0 ? plan : overlappingBlocks(ahead);
}

// A block of late samples may reach into the head's time. Joined with one of samples in order it would say that the head
// has nothing there, and a restart would drop what the head has.
function isAhead(metas: readonly BlockMeta[]): (meta: BlockMeta) => boolean {
  const inOrder = metas.filter((meta) => !isOutOfOrder(meta));
  const inOrderMaxTime = Math.max(Number.NEGATIVE_INFINITY, ...inOrder.map(({ maxTime }) => maxTime));
  return (meta) => isOutOfOrder(meta) && meta.maxTime > inOrderMaxTime;
}

function planSettled(metas: readonly BlockMeta[], ranges: readonly number[]): BlockMeta[] {
  const overlapping = overlappingBlocks(metas);
  if (overlapping.length > 0) return overlapping;
  // The newest block may still be wanted whole, for a copy of the head's last hours.
  const older = metas.slice(0, -1);
  const group = alignedGroup(older, ranges);
  if (group.length > 0) return group;
  return tombstoneRewrite(older, ranges);
}

/** The first run of blocks that overlap in time. */
// Differs: see docs/compatibility.md#damaged-blocks. Prometheus tries overlapping blocks again that failed before.
function overlappingBlocks(blocks: readonly BlockMeta[]): BlockMeta[] {
  const metas = blocks.filter(({ compaction }) => !compaction.failed);
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

/** The newest large block of which more than a twentieth is deleted; a small one that is deleted whole. */
function tombstoneRewrite(metas: readonly BlockMeta[], ranges: readonly number[]): BlockMeta[] {
  const rangeMin = ranges[Math.floor(ranges.length / 2)] as number;
  for (const meta of [...metas].reverse()) {
    if (meta.compaction.failed) continue;
    const tombstones = meta.stats.numTombstones ?? 0;
    // Blocks shrink towards the newest: behind a small one that is not deleted whole no more are looked at.
    if (meta.maxTime - meta.minTime < rangeMin) return isDeletedWhole(meta) ? [meta] : [];
    if (tombstones / (meta.stats.numSeries + 1) > 0.05) return [meta];
  }
  return [];
}

// As Prometheus reckons: a tombstone for each series.
function isDeletedWhole({ stats: { numTombstones = 0, numSeries } }: BlockMeta): boolean {
  return numTombstones > 0 && numTombstones >= numSeries;
}
