// Makes a block of the head's oldest hours, from slices of the head. compact/out-of-order makes those of what came late.
// Comes from: compact/head-slices. Goes to: compact/write-block. Nothing of the head's chunks is read before all slices are
// here, because a file that is open does not show what is written behind its end later.
import { compareUtf8, type FileSystem } from "@narthex/stdx";
import { ArenaReader } from "../head/arena.js";
import { ChunkFetcher, gatheredBytesMax } from "../head/chunk-fetcher.js";
import { type ChunkPlace, chunkAroundBytesMax } from "../head/chunk-files.js";
import { HeadViewReader, symbolsOf } from "../view/head-reader.js";
import { type HeadView, rowFields } from "../view/head-view.js";
import type { HeadSlice } from "./head-slices.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type SeriesContent, writeBlock } from "./write-block.js";

/** What crosses to a worker beside the slices: plain data. */
export interface HeadTask extends BlockSpan {
  /** The data directory, whose head it is. */
  readonly path: string;
  /** Where the block goes; the data directory but for snapshots. */
  readonly directory: string;
  readonly ulid: string;
  /** Whether a block that says what time it stands for is written when all is deleted, too. */
  readonly mayBeEmpty: boolean;
  /** Of its meta.json. */
  readonly hints?: readonly string[];
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
      return await use({ readers, chunkFiles, ...sortedRows(this.#views) });
    } finally {
      chunkFiles.close();
    }
  }
}

/** Series of all slices in order of labels, and all symbols, sorted. */
export interface SortedSeries {
  readonly readers: readonly HeadViewReader[];
  readonly chunkFiles: ChunkFetcher;
  readonly symbols: readonly string[];
  readonly rows: readonly NumberedRow[];
}

/** Returns the block's folder, or undefined when no sample is in the span. */
export function writeHeadBlock(
  parts: HeadParts,
  task: HeadTask,
  { fileSystem, pause }: HeadSurroundings,
): Promise<string | undefined> {
  const { minTime, maxTime, hints } = task;
  const compaction = { level: 1, sources: [task.ulid], ...(hints ? { hints } : {}) };
  return parts.read(task.path, fileSystem, (series) =>
    writeBlock({ ...task, fileSystem, pause }, series.symbols, {
      meta: { minTime, maxTime, compaction },
      series: headSeries(series, task),
      mayBeEmpty: task.mayBeEmpty,
    }),
  );
}

/** A series: row `row` of view number `view`. Its labels are `length` symbol numbers of the block, from `at` on. */
export interface NumberedRow {
  readonly view: number;
  readonly row: number;
  readonly numbers: Uint32Array;
  readonly at: number;
  readonly length: number;
}

/** Symbols of all views as sorted texts; series in order of labels, compared by their symbols' numbers without making label sets. */
function sortedRows(views: readonly HeadView[]): { symbols: string[]; rows: NumberedRow[] } {
  const texts = views.map(symbolsOf);
  const symbols = [...new Set(texts.flat())].sort(compareUtf8);
  const numberOf = new Map(symbols.map((text, number) => [text, number]));
  const rows: NumberedRow[] = [];
  for (const [number, view] of views.entries()) {
    const numbers = Uint32Array.from(texts[number] as string[], (text) => numberOf.get(text) as number);
    const labels = view.labels.map((symbol) => numbers[symbol]!);
    for (let row = 0; row * rowFields.count < view.rows.length; row++) {
      const fields = row * rowFields.count;
      const at = view.rows[fields + rowFields.labelsAt]!;
      rows.push({ view: number, row, numbers: labels, at, length: view.rows[fields + rowFields.labelsLength]! });
    }
  }
  return { symbols, rows: rows.sort(compareRows) };
}

function compareRows(a: NumberedRow, b: NumberedRow): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a.numbers[a.at + i]! - b.numbers[b.at + i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function* headSeries(series: SortedSeries, span: BlockSpan): Generator<SeriesContent> {
  const { readers, rows } = series;
  for (let i = 0; i < rows.length; ) {
    const end = gatherChunks(series, i);
    for (; i < end; i++) {
      const { view, row, numbers, at, length } = rows[i] as NumberedRow;
      const chunks = seriesChunks(sourcesOf(readers[view] as HeadViewReader, row), span);
      if (chunks.length > 0) yield { symbols: numbers.subarray(at, at + length), chunks };
    }
  }
}

/** Reads the chunks of as many rows as are gathered at once; returns where they end. */
function gatherChunks({ readers, rows, chunkFiles }: SortedSeries, from: number): number {
  const places: ChunkPlace[] = [];
  let bytes = 0;
  let i = from;
  for (; i < rows.length && bytes < gatheredBytesMax; i++) {
    const { view, row } = rows[i] as NumberedRow;
    const reader = readers[view] as HeadViewReader;
    const { first, end } = reader.chunkNumbers(row);
    for (let chunk = first; chunk < end; chunk++) {
      const place = reader.place(row, chunk);
      if (!place) continue;
      places.push(place);
      bytes += place.length + chunkAroundBytesMax;
    }
  }
  chunkFiles.gather(places);
  return i;
}

function sourcesOf(reader: HeadViewReader, row: number): SourceChunk[] {
  const deleted = reader.deleted(row);
  const sources: SourceChunk[] = [];
  const { first, end } = reader.chunkNumbers(row);
  for (let chunk = first; chunk < end; chunk++) {
    // Borrowed until the next read, but only the open chunk, which is the last.
    const data = reader.data(row, chunk);
    sources.push({ minTime: reader.minTime(chunk), maxTime: reader.maxTime(chunk), data, deleted, origin: "head" });
  }
  return sources;
}
