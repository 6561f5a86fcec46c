// Makes a block of the head's oldest hours, from slices of the head. compact/out-of-order makes those of what came late.
// Comes from: compact/head-slices. Goes to: compact/write-block. Nothing of the head's chunks is read before all slices are
// here, because a file that is open does not show what is written behind its end later.
import { compareUtf8, type FileSystem } from "@narthex/stdx";
import { ArenaReader } from "../head/arena.js";
import { ChunkFetcher } from "../head/chunk-files.js";
import { HeadViewReader, symbolsOf } from "../view/head-reader.js";
import { type HeadView, rowFields } from "../view/head-view.js";
import type { HeadSlice } from "./head-slices.js";
import { type BlockSpan, seriesChunks } from "./series-chunks.js";
import { type SeriesContent, writeBlock } from "./write-block.js";

/** What crosses to a worker beside the slices: plain data. */
export interface HeadTask extends BlockSpan {
  /** The data directory, whose head it is. */
  readonly path: string;
  /** Where the block goes; the data directory but for snapshots. */
  readonly directory: string;
  readonly ulid: string;
}

export interface HeadSurroundings {
  readonly fileSystem: FileSystem;
  readonly pause: () => Promise<void>;
}

/** All slices of a task, and who reads them. */
export class HeadParts {
  readonly #views: HeadView[] = [];
  readonly #arena = new ArenaReader();

  add({ view, slabs }: HeadSlice): void {
    this.#views.push(view);
    for (const slab of slabs) this.#arena.addSlab(slab);
  }

  /** `path`: the data directory. */
  async read<T>(path: string, fileSystem: FileSystem, use: (series: SortedSeries) => Promise<T>): Promise<T> {
    const chunkFiles = new ChunkFetcher(fileSystem, `${path}/chunks_head`);
    try {
      const readers = this.#views.map((view) => new HeadViewReader(view, { arena: this.#arena, chunkFiles }));
      return await use({ readers, ...sortedRows(this.#views) });
    } finally {
      chunkFiles.close();
    }
  }
}

/** Series of all slices in order of labels, and all symbols. */
export interface SortedSeries {
  readonly readers: readonly HeadViewReader[];
  readonly symbols: readonly string[];
  readonly rows: readonly RankedRow[];
}

/** Returns the block's folder, or undefined when no sample is in the span. */
export function writeHeadBlock(
  parts: HeadParts,
  task: HeadTask,
  { fileSystem, pause }: HeadSurroundings,
): Promise<string | undefined> {
  return parts.read(task.path, fileSystem, ({ readers, symbols, rows }) =>
    writeBlock({ ...task, fileSystem, pause }, symbols, {
      meta: { minTime: task.minTime, maxTime: task.maxTime, compaction: { level: 1, sources: [task.ulid] } },
      series: headSeries(readers, rows, task),
    }),
  );
}

/** A series: row `row` of view number `view`. `ranks`: its labels by the order of their texts. */
export interface RankedRow {
  readonly view: number;
  readonly row: number;
  readonly ranks: Uint32Array;
}

/** Symbols of all views as sorted texts; series in order of labels, compared by ranks without making label sets. */
function sortedRows(views: readonly HeadView[]): { symbols: string[]; rows: RankedRow[] } {
  const texts = views.map(symbolsOf);
  const symbols = [...new Set(texts.flat())].sort(compareUtf8);
  const rankOf = new Map(symbols.map((text, rank) => [text, rank]));
  const rows = views.flatMap((view, number) => {
    const ranks = Uint32Array.from(texts[number] as string[], (text) => rankOf.get(text) as number);
    return Array.from({ length: view.rows.length / rowFields.count }, (_, row) => ({
      view: number,
      row,
      ranks: labelsAt(view, row).map((symbol) => ranks[symbol]!),
    }));
  });
  return { symbols, rows: rows.sort((a, b) => compareRanks(a.ranks, b.ranks)) };
}

function labelsAt(view: HeadView, row: number): Uint32Array {
  const at = view.rows[row * rowFields.count + rowFields.labelsAt]!;
  return view.labels.subarray(at, at + view.rows[row * rowFields.count + rowFields.labelsLength]!);
}

function compareRanks(a: Uint32Array, b: Uint32Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function* headSeries(
  readers: readonly HeadViewReader[],
  rows: readonly RankedRow[],
  span: BlockSpan,
): Generator<SeriesContent> {
  const range = { start: span.minTime, end: span.maxTime - 1 };
  for (const { view, row } of rows) {
    const reader = readers[view] as HeadViewReader;
    const deleted = reader.deleted(row);
    const sources = reader.chunks(row, range).map(({ minTime, maxTime, read }) => {
      // Borrowed until the next read, but only the open chunk, which is the last.
      return { minTime, maxTime, data: read(), deleted, origin: "head" };
    });
    const chunks = seriesChunks(sources, span);
    if (chunks.length > 0) yield { labels: reader.labels(row), chunks };
  }
}
