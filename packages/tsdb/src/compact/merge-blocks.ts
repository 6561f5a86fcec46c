// Joins blocks into one larger block, without what is deleted and what retention rules no longer keep.
// Comes from: compact/builder, on this thread or in a worker. Goes to: compact/write-block. Series stream through in order of
// labels; nothing holds a whole block.
import { compareUtf8, type FileSystem } from "@narthex/stdx";
import { Block } from "../block/block.js";
import { BlockCache } from "../block/cache.js";
import { chunkFields } from "../block/index-format.js";
import { type BlockMeta, isOutOfOrder, outOfOrderHint, partHintOf } from "../block/meta.js";
import type { Interval, Tombstones } from "../tombstones.js";
import { type Cutoff, cutoffTimes } from "./cutoff.js";
import { MergeKernel } from "./merge-kernel.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type StartKernel, startSeriesKernel } from "./series-kernel.js";
import { addEach, type SeriesAdder, type SeriesContent, writeBlock } from "./write-block.js";

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
  /** Of a file of chunks; 512 MiB. */
  readonly segmentBytesMax?: number;
  /** What starts the kernel, or does not. */
  readonly startKernel?: StartKernel;
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
  const { symbols, numbers } = mergedSymbols(blocks);
  const cursors = blocks.map((block, i): Cursor => {
    const { index, tombstones } = block;
    // A series ref is its place in the file, and the file is in order of labels.
    const refs = index.allPostings();
    const minTimes = cutoffTimes(index, cutoffs);
    return { block, refs, tombstones, minTimes, numbers: numbers[i]!, next: 0, labels: [], chunks: [] };
  });
  return writeBlock({ ...surroundings, directory, ulid }, symbols, {
    meta: { ...span, compaction: mergedCompaction(metas) },
    series: adderOf(cursors, span, surroundings) ?? mergedSeries(cursors, span),
    mayBeEmpty,
  });
}

/** By the kernel, where all is kept and it can. */
function adderOf(
  cursors: readonly Cursor[],
  span: BlockSpan,
  { startKernel = startSeriesKernel }: MergeSurroundings,
): SeriesAdder | undefined {
  const isPlain = cursors.every(({ block, tombstones, minTimes }) => {
    return block.index.isNumbered && tombstones.size === 0 && minTimes.size === 0;
  });
  const kernel = isPlain ? MergeKernel.open(cursors, startKernel) : undefined;
  if (!kernel) return undefined;
  return (writer, pause) => {
    const plain = {
      addSeries(sources: readonly number[]): void {
        const same = sources.map((i) => cursors[i] as Cursor);
        for (const cursor of same) advance(cursor);
        const { symbols, chunks } = joinedSeries(same, span);
        if (chunks.length > 0) writer.addNumberedSeries(symbols, chunks);
      },
      addRest: () => addEach(mergedSeries(cursors, span), writer, pause),
    };
    return kernel.addSeries(plain, { span, writer, pause });
  };
}

/** What the series becomes at which all of the cursors stand. */
function joinedSeries(same: readonly Cursor[], span: BlockSpan): SeriesContent {
  return {
    symbols: same[0]?.labels ?? [],
    chunks: seriesChunks(
      same.flatMap(({ chunks }) => chunks),
      span,
    ),
  };
}

/** The new block's symbols, and for each block what its own numbers become: as numbers are in order, they compare as texts do. */
function mergedSymbols(blocks: readonly Block[]): { symbols: string[]; numbers: Uint32Array[] } {
  const own = blocks.map(({ index }) => [...index.symbols()]);
  const symbols = [...new Set(own.flatMap((list) => list.map(({ text }) => text)))].sort(compareUtf8);
  const numberOf = new Map(symbols.map((text, number) => [text, number]));
  const numbers = own.map((list) => {
    // Those of version 1 are offsets in the file.
    const ofBlock = new Uint32Array((list.at(-1)?.number ?? -1) + 1).fill(noNumber);
    for (const { number, text } of list) ofBlock[number] = numberOf.get(text) as number;
    return ofBlock;
  });
  return { symbols, numbers };
}

/** In the place of a number that no symbol has. */
const noNumber = 0xffffffff;

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
  readonly tombstones: Tombstones;
  /** Oldest time that is kept of each series, where rules say one. */
  readonly minTimes: ReadonlyMap<number, number>;
  /** The new block's symbol numbers by this one's. */
  readonly numbers: Uint32Array;
  next: number;
  /** Of the series that it stands at, as numbers of the new block's symbols. */
  readonly labels: number[];
  readonly chunks: SourceChunk[];
}

function* mergedSeries(cursors: readonly Cursor[], span: BlockSpan): Generator<SeriesContent> {
  let live = cursors.filter(advance);
  while (live.length > 0) {
    let least = live[0] as Cursor;
    for (const cursor of live) if (compareNumbers(cursor.labels, least.labels) < 0) least = cursor;
    const same = live.filter(({ labels }) => compareNumbers(labels, least.labels) === 0);
    const series = joinedSeries(same, span);
    if (series.chunks.length > 0) yield series;
    for (const cursor of same) if (!advance(cursor)) live = live.filter((other) => other !== cursor);
  }
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** Moves to the block's next series; false at the end. */
function advance(cursor: Cursor): boolean {
  const { block, refs, labels, numbers } = cursor;
  if (cursor.next >= refs.length) return false;
  const ref = refs[cursor.next++]!;
  labels.length = 0;
  cursor.chunks.length = 0;
  const chunks = block.index.numberedSeries(ref, (own) => {
    const number = numbers[own];
    if (number === undefined || number === noNumber) throw block.index.unknownSymbol(own);
    labels.push(number);
  });
  const minTime = cursor.minTimes.get(ref);
  const tombstones = cursor.tombstones.of(ref);
  const deleted = minTime === undefined ? tombstones : deletedBefore(minTime, tombstones);
  for (let at = 0; at < chunks.length; at += chunkFields.count) {
    cursor.chunks.push({
      minTime: chunks[at + chunkFields.minTime]!,
      maxTime: chunks[at + chunkFields.maxTime]!,
      data: block.chunks.read(chunks[at + chunkFields.ref]!),
      deleted,
      origin: block.chunks.folder,
    });
  }
  return true;
}

function deletedBefore(minTime: number, tombstones: readonly Interval[]): Interval[] {
  const old = { minTime: Number.NEGATIVE_INFINITY, maxTime: minTime - 1 };
  return [old, ...tombstones.filter(({ maxTime }) => maxTime >= minTime)];
}
