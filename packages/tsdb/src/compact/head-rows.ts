// Writes rows of the head into a block by the kernel, in batches whose chunks are gathered first.
// Comes from: compact/head-block, whose plain code does each row that is not plain.
import { assert } from "@narthex/stdx";
import type { BlockWriter } from "../block/writer.js";
import type { ChunkFetcher } from "../head/chunk-fetcher.js";
import type { HeadViewReader } from "../view/head-reader.js";
import { chunkFields, type HeadView, rowFields } from "../view/head-view.js";
import type { BlockSpan } from "./series-chunks.js";
import type { SeriesKernel, StartKernel } from "./series-kernel.js";
import type { SortedSeries } from "./series-list.js";

/** A series of the block: row `row` of a group's view number `view`, and number `series` among the sorted. */
export interface NumberedRow {
  readonly view: number;
  readonly row: number;
  readonly series: number;
}

/** Series that follow each other in the block: from number `from` among the sorted up to `end`. Those without chunks have no row. */
export interface RowGroup {
  readonly from: number;
  readonly end: number;
  readonly views: readonly HeadView[];
  readonly readers: readonly HeadViewReader[];
  readonly chunkFiles: ChunkFetcher;
  readonly sorted: SortedSeries;
}

export interface RowTarget {
  readonly span: BlockSpan;
  readonly writer: BlockWriter;
  readonly pause: () => Promise<void>;
}

/** As kernel/block/rows.ts has them: series of a group, numbers for labels of one of them, and of all. */
const [groupSeriesMax, seriesLabelsMax, groupLabelsMax] = [4096, 1024, 262_144];
/** Words of what it has of a row, a chunk and a piece of data that is to be put. */
const [rowWords, chunkWords, putWords] = [5, 12, 3];
/** Longer than any chunk that the kernel takes. */
const notPlain = 0xffffffff;

/** As many series as the kernel takes at once, so that chunks which stand near each other are read as one. */
export function groupSizeOf({ labelsLengthMax }: SortedSeries): number {
  return Math.min(groupSeriesMax, Math.floor(groupLabelsMax / Math.max(1, countedLabels(labelsLengthMax))));
}

/** Those of more are not written. */
function countedLabels(length: number): number {
  return Math.min(length, seriesLabelsMax + 1);
}

export class HeadRows {
  readonly #kernel: SeriesKernel;
  readonly #target: RowTarget;
  readonly #at: ReturnType<typeof placesOf>;
  #group!: RowGroup;

  private constructor(kernel: SeriesKernel, target: RowTarget) {
    this.#kernel = kernel;
    this.#target = target;
    this.#at = placesOf(kernel);
  }

  /** Undefined where there is no WebAssembly. */
  static open(target: RowTarget, start: StartKernel): HeadRows | undefined {
    const kernel = start(0);
    kernel?.begin(target.span, target.writer);
    return kernel && new HeadRows(kernel, target);
  }

  /** `addPlain` adds a row that the kernel does not take. */
  async add(group: RowGroup, addPlain: (row: NumberedRow) => void): Promise<void> {
    this.#group = group;
    this.#putSeries(group);
    const beginBatch = this.#kernel.call("beginBatch");
    beginBatch();
    for (const [number, view] of group.views.entries()) {
      const rowCount = view.rows.length / rowFields.count;
      for (let row = this.#addRows(view, number, 0); row < rowCount; row += this.#addRows(view, number, row)) {
        await this.#writeBatch(addPlain);
        beginBatch();
      }
    }
    await this.#writeBatch(addPlain);
  }

  /** To be called when all are added. */
  finish(): void {
    this.#kernel.flush(this.#target.writer);
  }

  /** Refs and labels of the group's series. */
  #putSeries({ sorted, from, end }: RowGroup): void {
    const { words } = this.#kernel;
    const { refs, starts, labels } = this.#at;
    words.set(sorted.refs.subarray(from, end), refs);
    let place = 0;
    for (let i = from; i < end; i++) {
      words[starts + i - from] = place;
      const length = sorted.labelsLength(i);
      if (length <= seriesLabelsMax) sorted.copyLabels(i, words, labels + place);
      place += countedLabels(length);
    }
    words[starts + end - from] = place;
    this.#kernel.call("beginGroup")();
  }

  /** Puts rows of a view, from `row` on, into the batch; returns how many it had room for. */
  #addRows(view: HeadView, number: number, row: number): number {
    const { words, doubles } = this.#kernel;
    const at = this.#at;
    const rows = view.rows.subarray(row * rowFields.count, (row + at.viewRowsMax) * rowFields.count);
    const first = rows[rowFields.chunksAt] ?? 0;
    const end = first + at.viewChunksMax;
    words.set(rows, at.viewRows);
    words.set(view.chunks.subarray(first * chunkFields.count, end * chunkFields.count), at.viewChunks);
    doubles.set(view.chunkTimes.subarray(2 * first, 2 * end), at.viewTimes);
    const { startTimes } = view;
    for (let i = 0; i < startTimes.length; i += 2 + 2 * startTimes[i + 1]!) {
      const chunk = startTimes[i]! - first;
      // Its data, with start times in them, are made when they are read.
      if (chunk >= 0 && chunk < at.viewChunksMax) {
        words[at.viewChunks + chunk * chunkFields.count + chunkFields.length] = notPlain;
      }
    }
    const count = this.#kernel.call("addRows")(number, row, rows.length / rowFields.count, first);
    this.#putData(this.#group.readers[number] as HeadViewReader, first);
    return count;
  }

  /** Of chunks that are in no file. `first`: the view's first chunk that the kernel has. */
  #putData(reader: HeadViewReader, first: number): void {
    const { words, memory } = this.#kernel;
    const at = this.#at;
    const end = at.puts + putWords * this.#kernel.call("putCount")();
    for (let put = at.puts; put < end; put += putWords) {
      const data = reader.data(words[put]!, first + words[put + 1]!);
      const chunk = at.chunks + words[put + 2]! * chunkWords;
      assert(data.end - data.start === words[chunk + 6], "the data of a chunk are as long as the view says");
      memory.set(data.bytes.subarray(data.start, data.end), at.gathered + words[chunk + 8]!);
      words[chunk + 9] = data.encoding;
    }
  }

  async #writeBatch(addPlain: (row: NumberedRow) => void): Promise<void> {
    this.#gather();
    this.#write(addPlain);
    await this.#target.pause();
  }

  #gather(): void {
    const kernel = this.#kernel;
    const runs = kernel.call("planRuns")();
    const placeRun = kernel.call("placeRun");
    const runWords = kernel.constant("runBytes") / 4;
    const runsAt = kernel.constant("runsAt") / 4;
    const runAt = kernel.constant("runAt");
    for (let i = 0; i < runs; i++) {
      const at = runsAt + i * runWords;
      const [file, position, length] = [kernel.words[at]!, kernel.words[at + 1]!, kernel.words[at + 2]!];
      this.#group.chunkFiles.readInto(kernel.memory.subarray(runAt, runAt + length), file, position);
      placeRun(i);
    }
  }

  #write(addPlain: (row: NumberedRow) => void): void {
    const kernel = this.#kernel;
    const { writer } = this.#target;
    const { answers } = kernel;
    const writeRows = kernel.call("writeRows");
    for (;;) {
      const answer = writeRows();
      if (answer === answers.done) return;
      if (answer === answers.flush) kernel.flush(writer);
      else if (answer === answers.nextSegment) kernel.flushSegment(writer);
      else {
        kernel.aside(writer, () => addPlain(this.#rowInWork()));
        kernel.call("skipRow")();
      }
    }
  }

  #rowInWork(): NumberedRow {
    const { words } = this.#kernel;
    const at = this.#at.rows + this.#kernel.call("rowInWork")() * rowWords;
    return { view: words[at + 2]!, row: words[at + 3]!, series: this.#group.from + words[at + 4]! };
  }
}

/** Words, but for `gathered` and the most. */
function placesOf(kernel: SeriesKernel) {
  const wordOf = (name: string): number => kernel.constant(name) / 4;
  return {
    refs: wordOf("groupRefsAt"),
    starts: wordOf("groupLabelsAt"),
    labels: wordOf("labelsAt"),
    rows: wordOf("rowsAt"),
    chunks: wordOf("rowChunksAt"),
    puts: wordOf("putsAt"),
    viewRows: wordOf("viewRowsAt"),
    viewChunks: wordOf("viewChunksAt"),
    viewTimes: wordOf("viewTimesAt") / 2,
    gathered: kernel.constant("gatheredAt"),
    viewRowsMax: kernel.constant("viewRowsMax"),
    viewChunksMax: kernel.constant("viewChunksMax"),
  };
}
