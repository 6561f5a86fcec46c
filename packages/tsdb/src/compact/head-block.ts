// Makes a block of the head's oldest hours. compact/out-of-order makes those of what came late.
// Comes from: compact/head-source, by way of compact/builder. Goes to: compact/write-block. Series are put in order first; then where their
// chunks stand is asked for, some thousands of series at a time.
import type { FileSystem } from "@narthex/stdx";
import { ArenaReader } from "../head/arena.js";
import { ChunkFetcher } from "../head/chunk-fetcher.js";
import { HeadViewReader } from "../view/head-reader.js";
import { rowFields } from "../view/head-view.js";
import { groupSizeOf, HeadRows, type NumberedRow, type RowGroup } from "./head-rows.js";
import type { HeadSlice } from "./head-slices.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type StartKernel, startSeriesKernel } from "./series-kernel.js";
import type { SeriesList, SortedSeries } from "./series-list.js";
import { type SeriesAdder, type SeriesContent, writeBlock } from "./write-block.js";

/** What crosses to a worker beside the series: plain data. */
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

/** Asks for slices of some series, in their order; what is returned waits for them, and is called before the next question. */
export type AskForSlices = (refs: Uint32Array<ArrayBuffer>) => () => Promise<readonly HeadSlice[]>;

/** Returns the block's folder, or undefined when no sample is in the span. */
export async function writeHeadBlock(
  series: { readonly list: SeriesList; readonly ask: AskForSlices },
  task: HeadTask,
  surroundings: HeadSurroundings,
): Promise<string | undefined> {
  const { minTime, maxTime, hints } = task;
  const compaction = { level: 1, sources: [task.ulid], ...(hints ? { hints } : {}) };
  const sorted = series.list.sort();
  const chunkFiles = new ChunkFetcher(surroundings.fileSystem, `${task.path}/chunks_head`);
  try {
    const groups = new RowGroups({ sorted, ask: series.ask, chunkFiles });
    return await writeBlock({ ...task, ...surroundings }, sorted.symbols, {
      meta: { minTime, maxTime, compaction },
      series: adderOf(groups, task, surroundings),
      mayBeEmpty: task.mayBeEmpty,
    });
  } finally {
    chunkFiles.close();
  }
}

interface GroupsOptions {
  readonly sorted: SortedSeries;
  readonly ask: AskForSlices;
  readonly chunkFiles: ChunkFetcher;
}

/** All series in order of labels, in groups. */
class RowGroups {
  readonly #options: GroupsOptions;
  readonly #arena = new ArenaReader();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** The next group is asked for while the one before is worked on. */
  async *all(): AsyncGenerator<RowGroup> {
    const { sorted, ask } = this.#options;
    const { refs } = sorted;
    const size = groupSizeOf(sorted);
    const askFrom = (from: number): ReturnType<AskForSlices> | undefined =>
      from < refs.length ? ask(refs.slice(from, from + size)) : undefined;
    let receive = askFrom(0);
    for (let from = 0; receive; from += size) {
      const slices = await receive();
      receive = askFrom(from + size);
      yield this.#group(slices, { from, end: Math.min(from + size, refs.length) });
    }
  }

  #group(slices: readonly HeadSlice[], series: Pick<RowGroup, "from" | "end">): RowGroup {
    const { sorted, chunkFiles } = this.#options;
    for (const { slabs } of slices) for (const slab of slabs) this.#arena.addSlab(slab);
    const views = slices.map(({ view }) => view);
    const readers = views.map((view) => new HeadViewReader(view, { arena: this.#arena, chunkFiles }));
    return { ...series, views, readers, chunkFiles, sorted };
  }
}

function* rowsOf({ views, sorted, from }: RowGroup): Generator<NumberedRow> {
  let series = from;
  for (const [view, { rows }] of views.entries()) {
    for (let row = 0; row * rowFields.count < rows.length; row++) {
      while (sorted.refs[series] !== rows[row * rowFields.count + rowFields.ref]) series++;
      yield { view, row, series: series++ };
    }
  }
}

/** By the kernel, where there is one. */
function adderOf(
  groups: RowGroups,
  span: BlockSpan,
  { startKernel = startSeriesKernel }: HeadSurroundings,
): SeriesAdder {
  return async (writer, pause) => {
    const kernel = HeadRows.open({ span, writer, pause }, startKernel);
    for await (const group of groups.all()) {
      const addPlain = (row: NumberedRow): void => {
        const { symbols, chunks } = plainSeries(group, row, span);
        if (chunks.length > 0) writer.addNumberedSeries(symbols, chunks);
      };
      if (kernel) await kernel.add(group, addPlain);
      else await addEach(rowsOf(group), addPlain, pause);
    }
    kernel?.finish();
  };
}

async function addEach(
  rows: Iterable<NumberedRow>,
  add: (row: NumberedRow) => void,
  pause: () => Promise<void>,
): Promise<void> {
  for (const row of rows) {
    add(row);
    await pause();
  }
}

function plainSeries(
  { readers, sorted }: RowGroup,
  { view, row, series }: NumberedRow,
  span: BlockSpan,
): SeriesContent {
  const symbols = new Uint32Array(sorted.labelsLength(series));
  sorted.copyLabels(series, symbols, 0);
  return { symbols, chunks: seriesChunks(sourcesOf(readers[view] as HeadViewReader, row), span) };
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
