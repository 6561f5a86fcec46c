// Makes blocks of what came out of order, one for each block range that has some; they may overlap other blocks.
// Comes from: compact/head-slices, by way of compact/builder. Goes to: compact/write-block. The write-behind log is shortened
// when the blocks stand.
import { compareLabels, type Labels, SampleColumns } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { outOfOrderHint } from "../block/meta.js";
import { decodeHeadChunk } from "../chunk/decode.js";
import { ArenaReader } from "../head/arena.js";
import { ChunkFetcher } from "../head/chunk-fetcher.js";
import { HeadViewReader, type ViewChunk } from "../view/head-reader.js";
import { type HeadView, rowFields } from "../view/head-view.js";
import type { HeadSurroundings } from "./head-block.js";
import type { HeadSlice } from "./head-slices.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type SeriesContent, writeBlock } from "./write-block.js";

/** What crosses to a worker beside the slices: plain data. */
export interface LateTask {
  /** The data directory, whose head it is. */
  readonly path: string;
  /** Where the blocks go; the data directory but for snapshots. */
  readonly directory: string;
  readonly blockRangeMs: number;
}

export interface LateSurroundings extends HeadSurroundings {
  readonly nextUlid: () => string;
}

interface LateSeries {
  readonly labels: Labels;
  readonly chunks: readonly ViewChunk[];
}

/** Returns the blocks' folders: all, or none. */
export async function writeLateBlocks(
  slices: readonly HeadSlice[],
  task: LateTask,
  surroundings: LateSurroundings,
): Promise<string[]> {
  const { fileSystem } = surroundings;
  const chunkFiles = new ChunkFetcher(fileSystem, `${task.path}/chunks_head`);
  const folders: string[] = [];
  try {
    const series = lateSeries(slices, chunkFiles);
    for (const minTime of rangeStarts(series, task.blockRangeMs)) {
      const span = { minTime, maxTime: minTime + task.blockRangeMs };
      const folder = await writeRange(series, { ...task, span }, surroundings);
      if (folder) folders.push(folder);
    }
    return folders;
  } catch (error) {
    // The samples stay where they are; half of them twice would do no harm, but take room.
    for (const folder of folders) fileSystem.removeTree(folder);
    throw error;
  } finally {
    chunkFiles.close();
  }
}

/** In order of labels. */
function lateSeries(slices: readonly HeadSlice[], chunkFiles: ChunkFetcher): LateSeries[] {
  const arena = new ArenaReader();
  for (const { slabs } of slices) for (const slab of slabs) arena.addSlab(slab);
  const seriesOf = (view: HeadView): LateSeries[] => {
    const reader = new HeadViewReader(view, { arena, chunkFiles });
    return Array.from({ length: view.rows.length / rowFields.count }, (_, row) => {
      return { labels: reader.labels(row), chunks: reader.lateChunks(row) };
    });
  };
  return slices.flatMap(({ view }) => seriesOf(view)).sort((a, b) => compareLabels(a.labels, b.labels));
}

/** Begins of the block ranges that have a sample, ascending. */
function rangeStarts(series: readonly LateSeries[], blockRangeMs: number): number[] {
  const startOf = (t: number): number => Math.floor(t / blockRangeMs) * blockRangeMs;
  const starts = new Set<number>();
  const columns = new SampleColumns();
  for (const { minTime, maxTime, read } of series.flatMap(({ chunks }) => chunks)) {
    starts.add(startOf(minTime));
    if (startOf(minTime) === startOf(maxTime)) continue;
    columns.clear();
    decodeHeadChunk(read(), columns, { after: Number.NEGATIVE_INFINITY, end: maxTime });
    for (const t of columns.t.subarray(0, columns.count)) starts.add(startOf(t));
  }
  return [...starts].sort((a, b) => a - b);
}

async function writeRange(
  series: readonly LateSeries[],
  { directory, span }: { readonly directory: string; readonly span: BlockSpan },
  { fileSystem, pause, nextUlid }: LateSurroundings,
): Promise<string | undefined> {
  const ulid = nextUlid();
  const inside = series.filter(({ chunks }) =>
    chunks.some((chunk) => chunk.minTime < span.maxTime && chunk.maxTime >= span.minTime),
  );
  const symbols = [...new Set(inside.flatMap(({ labels }) => [...labels]))].sort(compareUtf8);
  return writeBlock({ fileSystem, directory, ulid, pause }, symbols, {
    meta: { ...span, compaction: { level: 1, sources: [ulid], hints: [outOfOrderHint] } },
    series: contents(inside, symbols, span),
  });
}

function* contents(
  series: readonly LateSeries[],
  symbols: readonly string[],
  span: BlockSpan,
): Generator<SeriesContent> {
  const numberOf = new Map(symbols.map((text, number) => [text, number]));
  for (const { labels, chunks } of series) {
    const sources = chunks.map(({ minTime, maxTime, read }): SourceChunk => {
      return { minTime, maxTime, data: read(), deleted: [], origin: "chunks_head" };
    });
    const written = seriesChunks(sources, span);
    if (written.length > 0) yield { symbols: labels.map((text) => numberOf.get(text) as number), chunks: written };
  }
}
