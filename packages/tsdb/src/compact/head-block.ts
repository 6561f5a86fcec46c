// Makes a block of the head's oldest hours, from slices of the head. compact/out-of-order makes those of what came late.
// Comes from: compact/head-slices. Goes to: compact/write-block. Nothing of the head's chunks is read before all slices are
// here, because a file that is open does not show what is written behind its end later.
import { compareUtf8, type FileSystem } from "@narthex/stdx";
import { ArenaReader } from "../head/arena.js";
import { ChunkFetcher } from "../head/chunk-fetcher.js";
import { HeadViewReader, symbolsOf } from "../view/head-reader.js";
import { type HeadView, rowFields } from "../view/head-view.js";
import { HeadRows, type NumberedRow, type RowSource } from "./head-rows.js";
import type { HeadSlice } from "./head-slices.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type StartKernel, startSeriesKernel } from "./series-kernel.js";
import { type SeriesAdder, type SeriesContent, writeBlock } from "./write-block.js";

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
  /** Of a file of chunks; 512 MiB. */
  readonly segmentBytesMax?: number;
  /** What starts the kernel, or does not. */
  readonly startKernel?: StartKernel;
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
      return await use({ views: this.#views, readers, chunkFiles, ...sortedRows(this.#views) });
    } finally {
      chunkFiles.close();
    }
  }
}

/** Series of all slices in order of labels, and all symbols, sorted. */
export interface SortedSeries extends RowSource {
  readonly symbols: readonly string[];
  readonly rows: readonly NumberedRow[];
}

/** Returns the block's folder, or undefined when no sample is in the span. */
export function writeHeadBlock(
  parts: HeadParts,
  task: HeadTask,
  surroundings: HeadSurroundings,
): Promise<string | undefined> {
  const { minTime, maxTime, hints } = task;
  const compaction = { level: 1, sources: [task.ulid], ...(hints ? { hints } : {}) };
  return parts.read(task.path, surroundings.fileSystem, (series) =>
    writeBlock({ ...task, ...surroundings }, series.symbols, {
      meta: { minTime, maxTime, compaction },
      series: adderOf(series, task, surroundings) ?? headSeries(series, task),
      mayBeEmpty: task.mayBeEmpty,
    }),
  );
}

/** By the kernel, where there is one. */
function adderOf(
  series: SortedSeries,
  span: BlockSpan,
  { startKernel = startSeriesKernel }: HeadSurroundings,
): SeriesAdder | undefined {
  const kernel = HeadRows.open(series, startKernel);
  if (!kernel) return undefined;
  return (writer, pause) => {
    const addPlain = (row: NumberedRow): void => {
      const { symbols, chunks } = plainSeries(series, row, span);
      if (chunks.length > 0) writer.addNumberedSeries(symbols, chunks);
    };
    return kernel.add(series.rows, { span, writer, pause, addPlain });
  };
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
  for (const row of series.rows) {
    const content = plainSeries(series, row, span);
    if (content.chunks.length > 0) yield content;
  }
}

function plainSeries({ readers }: SortedSeries, row: NumberedRow, span: BlockSpan): SeriesContent {
  const { numbers, at, length } = row;
  const chunks = seriesChunks(sourcesOf(readers[row.view] as HeadViewReader, row.row), span);
  return { symbols: numbers.subarray(at, at + length), chunks };
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
