// Joins blocks into one larger block, without what is deleted and what retention rules no longer keep.
// Comes from: compact/builder, on this thread or in a worker. Goes to: compact/write-block. Series stream through in order of
// labels; nothing holds a whole block.
import { compareLabels, type Labels } from "@narthex/model";
import { compareUtf8, type FileSystem } from "@narthex/stdx";
import { Block } from "../block/block.js";
import { BlockCache } from "../block/cache.js";
import { chunkFields } from "../block/index-format.js";
import { type BlockMeta, isOutOfOrder, outOfOrderHint, partHintOf } from "../block/meta.js";
import type { Interval } from "../tombstones.js";
import { type Cutoff, cutoffTimes } from "./cutoff.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type SeriesContent, writeBlock } from "./write-block.js";

/** Blocks are read from front to back: few pages of each are enough. */
const cacheBytesMax = 8 * 1024 * 1024;

/** What crosses to a worker: plain data. */
export interface MergeTask {
  /** The data directory. */
  readonly directory: string;
  /** Name of the new block. */
  readonly ulid: string;
  /** Folders of the blocks, in order of time: of two samples with one time the earlier block's stays. */
  readonly folders: readonly string[];
  readonly cutoffs: readonly Cutoff[];
  /** Whether a block is written that says what time it stands for when nothing is left to keep. */
  readonly mayBeEmpty: boolean;
}

/** Where the blocks are, and what to call between two series. */
export interface MergeSurroundings {
  readonly fileSystem: FileSystem;
  readonly pause: () => Promise<void>;
}

/** Returns the new block's folder; undefined when nothing is left to keep and it may not be empty. */
export async function mergeBlocks(task: MergeTask, surroundings: MergeSurroundings): Promise<string | undefined> {
  const cache = new BlockCache(cacheBytesMax);
  const blocks: Block[] = [];
  try {
    for (const folder of task.folders) blocks.push(Block.open(surroundings.fileSystem, folder, cache));
    return await writeMergedBlock(blocks, task, surroundings);
  } finally {
    for (const block of blocks) block.close();
  }
}

async function writeMergedBlock(
  blocks: readonly Block[],
  { directory, ulid, cutoffs, mayBeEmpty }: MergeTask,
  surroundings: MergeSurroundings,
): Promise<string | undefined> {
  const metas = blocks.map(({ meta }) => meta);
  const span = {
    minTime: Math.min(...metas.map(({ minTime }) => minTime)),
    maxTime: Math.max(...metas.map(({ maxTime }) => maxTime)),
  };
  const symbols = new Set<string>();
  for (const block of blocks) for (const symbol of block.index.symbols()) symbols.add(symbol);
  return writeBlock({ ...surroundings, directory, ulid }, [...symbols].sort(compareUtf8), {
    meta: { ...span, compaction: mergedCompaction(metas) },
    series: mergedSeries(blocks, span, cutoffs),
    mayBeEmpty,
  });
}

function mergedCompaction(metas: readonly BlockMeta[]): BlockMeta["compaction"] {
  const hints = [...new Set(metas.map(partHintOf))].filter((hint) => hint !== "");
  // Where all samples came out of order, the block's end still says nothing about those in order.
  if (metas.every(isOutOfOrder)) hints.push(outOfOrderHint);
  return {
    level: Math.max(...metas.map(({ compaction }) => compaction.level)) + 1,
    sources: [...new Set(metas.flatMap(({ compaction }) => compaction.sources))].sort(),
    parents: metas.map(({ ulid, minTime, maxTime }) => ({ ulid, minTime, maxTime })),
    ...(hints.length > 0 ? { hints } : {}),
  };
}

/** A place in the ordered series of one block. */
interface Cursor {
  readonly block: Block;
  readonly refs: Uint32Array;
  /** Oldest time that is kept of each series, where rules say one. */
  readonly minTimes: ReadonlyMap<number, number>;
  next: number;
  labels: Labels;
  chunks: SourceChunk[];
}

function* mergedSeries(
  blocks: readonly Block[],
  span: BlockSpan,
  cutoffs: readonly Cutoff[],
): Generator<SeriesContent> {
  const cursors = blocks.map((block): Cursor => {
    // A series ref is its place in the file, and the file is in order of labels.
    const refs = block.index.allPostings();
    const minTimes = cutoffTimes(block.index, cutoffs);
    return { block, refs, minTimes, next: 0, labels: [] as unknown as Labels, chunks: [] };
  });
  let live = cursors.filter(advance);
  while (live.length > 0) {
    const least = live.reduce((a, b) => (compareLabels(b.labels, a.labels) < 0 ? b : a)).labels;
    const same = live.filter((cursor) => compareLabels(cursor.labels, least) === 0);
    const chunks = seriesChunks(
      same.flatMap((cursor) => cursor.chunks),
      span,
    );
    if (chunks.length > 0) yield { labels: least, chunks };
    const ended = new Set(same.filter((cursor) => !advance(cursor)));
    live = live.filter((cursor) => !ended.has(cursor));
  }
}

/** Moves to the block's next series; false at the end. */
function advance(cursor: Cursor): boolean {
  const { block, refs } = cursor;
  if (cursor.next >= refs.length) return false;
  const ref = refs[cursor.next++]!;
  const { labels, chunks } = block.index.series(ref);
  const minTime = cursor.minTimes.get(ref);
  const tombstones = block.tombstones.of(ref);
  const deleted = minTime === undefined ? tombstones : deletedBefore(minTime, tombstones);
  cursor.labels = labels;
  cursor.chunks = [];
  for (let at = 0; at < chunks.length; at += chunkFields.count) {
    cursor.chunks.push({
      minTime: chunks[at + chunkFields.minTime]!,
      maxTime: chunks[at + chunkFields.maxTime]!,
      data: block.chunks.read(chunks[at + chunkFields.ref]!),
      deleted,
      origin: `${block.folder}/chunks`,
    });
  }
  return true;
}

function deletedBefore(minTime: number, tombstones: readonly Interval[]): Interval[] {
  const old = { minTime: Number.NEGATIVE_INFINITY, maxTime: minTime - 1 };
  return [old, ...tombstones.filter(({ maxTime }) => maxTime >= minTime)];
}
