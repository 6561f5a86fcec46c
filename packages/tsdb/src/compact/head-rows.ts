// Writes rows of the head into a block by the kernel, in batches whose chunks are gathered first.
// Comes from: compact/head-block, whose plain code does each row that is not plain.
import type { BlockWriter } from "../block/writer.js";
import type { ChunkFetcher } from "../head/chunk-fetcher.js";
import type { HeadViewReader } from "../view/head-reader.js";
import { arenaStore, bytesStore, chunkFields, type HeadView, rowFields } from "../view/head-view.js";
import type { BlockSpan } from "./series-chunks.js";
import type { SeriesKernel, StartKernel } from "./series-kernel.js";
import type { SortedSeries } from "./series-list.js";

/** A series of the block: row `row` of a group's view number `view`, and number `series` among the sorted. */
export interface NumberedRow {
  readonly view: number;
  readonly row: number;
  readonly series: number;
}

/** Series that follow each other in the block. */
export interface RowGroup {
  readonly rows: readonly NumberedRow[];
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

/** As kernel/block.ts has them. */
const labelsMax = 1024;
const chunksMax = 4096;
const chunkBytesMax = 65_536;
const filesMax = 1 << 18;
/** Of the kernel's rows and chunks. */
const rowWords = 4;
const chunkWords = 10;

export class HeadRows {
  readonly #kernel: SeriesKernel;
  readonly #target: RowTarget;
  readonly #places: {
    readonly rows: number;
    readonly labels: number;
    readonly chunks: number;
    readonly gathered: number;
  };
  readonly #max: { readonly rows: number; readonly labels: number; readonly chunks: number; readonly bytes: number };
  #group!: RowGroup;
  // What the batch has so far.
  #rows = 0;
  #labels = 0;
  #chunks = 0;
  #bytes = 0;

  private constructor(kernel: SeriesKernel, target: RowTarget) {
    this.#kernel = kernel;
    this.#target = target;
    this.#places = {
      rows: kernel.constant("rowsAt"),
      labels: kernel.constant("rowLabelsAt"),
      chunks: kernel.constant("rowChunksAt"),
      gathered: kernel.constant("gatheredAt"),
    };
    this.#max = {
      rows: kernel.constant("rowsMax"),
      labels: kernel.constant("rowLabelsMax") - labelsMax,
      chunks: kernel.constant("rowChunksMax") - chunksMax,
      bytes: kernel.constant("gatheredBytesMax") - chunkBytesMax,
    };
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
    const { rows } = group;
    for (let from = 0; from < rows.length; ) {
      const end = this.#fill(rows, from);
      this.#gather();
      this.#write(rows.slice(from, end), addPlain);
      from = end;
      await this.#target.pause();
    }
  }

  /** To be called when all are added. */
  finish(): void {
    this.#kernel.flush(this.#target.writer);
  }

  /** Puts rows from `from` on into a batch; returns where it ends. */
  #fill(rows: readonly NumberedRow[], from: number): number {
    const max = this.#max;
    this.#rows = 0;
    this.#labels = 0;
    this.#chunks = 0;
    this.#bytes = 0;
    let i = from;
    while (i < rows.length && this.#rows < max.rows && this.#labels <= max.labels && this.#chunks <= max.chunks) {
      if (this.#bytes > max.bytes) break;
      if (!this.#addRow(rows[i] as NumberedRow)) break;
      i++;
    }
    return i;
  }

  /** False where the batch has no room for its chunks. */
  #addRow({ view: number, row, series }: NumberedRow): boolean {
    const { words } = this.#kernel;
    const { views, sorted } = this.#group;
    const view = views[number] as HeadView;
    const length = sorted.labelsLength(series);
    const fields = this.#places.rows / 4 + this.#rows * rowWords;
    const field = row * rowFields.count;
    const chunkCount = view.rows[field + rowFields.chunksCount]!;
    const labelsAt = this.#places.labels / 4 + this.#labels;
    words[fields] = this.#labels;
    words[fields + 1] = length;
    words[fields + 2] = this.#chunks;
    const isPlain = length <= labelsMax && chunkCount <= chunksMax && view.rows[field + rowFields.deletedCount] === 0;
    const outcome = isPlain ? this.#addChunks(number, row) : "odd";
    if (outcome === "full") return false;
    words[fields + 3] = outcome === "odd" ? this.#kernel.constant("plainRow") : chunkCount;
    if (outcome !== "odd") {
      sorted.copyLabels(series, words, labelsAt);
      this.#labels += length;
      this.#chunks += chunkCount;
    }
    this.#rows++;
    return true;
  }

  #addChunks(number: number, row: number): "added" | "odd" | "full" {
    const { words, doubles } = this.#kernel;
    const { rows, chunks, chunkTimes } = this.#group.views[number] as HeadView;
    const field = row * rowFields.count;
    const first = rows[field + rowFields.chunksAt]!;
    const end = first + rows[field + rowFields.chunksCount]!;
    let bytes = this.#bytes;
    let to = this.#places.chunks / 4 + this.#chunks * chunkWords;
    for (let chunk = first; chunk < end; chunk++, to += chunkWords) {
      const at = chunk * chunkFields.count;
      const store = chunks[at + chunkFields.store]!;
      const length = chunks[at + chunkFields.length]!;
      const isInFile = store !== arenaStore && store !== bytesStore;
      if (length > longestBytes || (isInFile && store >= filesMax)) return "odd";
      // The batch's first row has room for some; then it ends.
      if (bytes > this.#max.bytes) return this.#rows === 0 ? "odd" : "full";
      doubles[to / 2] = chunkTimes[2 * chunk]!;
      doubles[to / 2 + 1] = chunkTimes[2 * chunk + 1]!;
      words[to + 4] = isInFile ? store : 0;
      words[to + 5] = chunks[at + chunkFields.place]!;
      const found = isInFile ? length : this.#putData(number, { row, chunk, to, at: bytes });
      if (found > longestBytes) return "odd";
      words[to + 6] = found;
      words[to + 7] = rows[field + rowFields.ref]!;
      words[to + 8] = bytes;
      bytes += (found + aroundBytes) & ~7;
    }
    this.#bytes = bytes;
    return "added";
  }

  /** Of a chunk that is in no file, its data; returns how many bytes they are. */
  #putData(
    number: number,
    place: { readonly row: number; readonly chunk: number; readonly to: number; readonly at: number },
  ): number {
    const reader = this.#group.readers[number] as HeadViewReader;
    const { encoding, bytes, start, end } = reader.data(place.row, place.chunk);
    const length = end - start;
    if (length <= longestBytes) this.#kernel.memory.set(bytes.subarray(start, end), this.#places.gathered + place.at);
    this.#kernel.words[place.to + 9] = encoding;
    return length;
  }

  #gather(): void {
    const kernel = this.#kernel;
    const runs = kernel.call("planRuns")(this.#chunks);
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

  #write(batch: readonly NumberedRow[], addPlain: (row: NumberedRow) => void): void {
    const kernel = this.#kernel;
    const { writer } = this.#target;
    const { answers } = kernel;
    const writeRows = kernel.call("writeRows");
    for (;;) {
      const answer = writeRows(batch.length);
      if (answer === answers.done) return;
      if (answer === answers.flush) kernel.flush(writer);
      else if (answer === answers.nextSegment) kernel.flushSegment(writer);
      else {
        kernel.aside(writer, () => addPlain(batch[kernel.call("rowInWork")()] as NumberedRow));
        kernel.call("skipRow")();
      }
    }
  }
}

/** Longer chunks, which only histograms of thousands of buckets have, go by plain code. */
const longestBytes = 65_000;
/** What stands around a chunk's data in chunks_head, and up to the next multiple of eight. */
const aroundBytes = 34 + 7;
