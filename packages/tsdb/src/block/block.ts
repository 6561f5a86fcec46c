// One block: an immutable folder with the samples of a span of time. It stays open while someone reads it.
import type { LabelQuery, Labels, Matcher, Querier, SampleColumns, Selection, SeriesSource } from "@narthex/model";
import type { FileSystem } from "@narthex/stdx";
import { decodeChunk } from "../chunk/decode.js";
import { CorruptionError } from "../errors.js";
import { matchedNames, matchedValues, matchSeries } from "../index/match.js";
import { mergeRows } from "../query/merge.js";
import { dropDeleted, type Interval, readTombstones, type Tombstones, writeTombstones } from "../tombstones.js";
import { ChunkReader } from "./chunk-segments.js";
import type { ChunkMeta } from "./index-format.js";
import { IndexReader } from "./index-reader.js";
import { type BlockMeta, readMeta, writeMeta } from "./meta.js";
import type { PageCache } from "./paged-file.js";

export class Block {
  readonly folder: string;
  readonly index: IndexReader;
  readonly chunks: ChunkReader;
  readonly tombstones: Tombstones;
  meta: BlockMeta;
  /** Counts deletions since the block was opened. */
  tombstoneVersion = 0;
  readonly #fileSystem: FileSystem;
  #readers = 0;
  #whenUnread: (() => void) | undefined;

  private constructor(fileSystem: FileSystem, folder: string, cache: PageCache) {
    this.#fileSystem = fileSystem;
    this.folder = folder;
    this.meta = readMeta(fileSystem, folder);
    this.tombstones = readTombstones(fileSystem, `${folder}/tombstones`);
    this.index = new IndexReader(fileSystem, `${folder}/index`, cache);
    try {
      this.chunks = new ChunkReader(fileSystem, `${folder}/chunks`, cache);
    } catch (error) {
      this.index.close();
      throw error;
    }
  }

  /** Throws CorruptionError when meta, index or a segment's header is not what it should be. */
  static open(fileSystem: FileSystem, folder: string, cache: PageCache): Block {
    return new Block(fileSystem, folder, cache);
  }

  get bytes(): number {
    return this.index.size + this.chunks.bytes;
  }

  overlaps(range: { readonly start: number; readonly end: number }): boolean {
    return this.meta.minTime <= range.end && this.meta.maxTime > range.start;
  }

  querier(): Querier {
    this.#readers++;
    return new BlockQuerier(this, () => {
      this.#readers--;
      if (this.#readers === 0) this.#whenUnread?.();
    });
  }

  /** Marks the samples of matching series in the interval as deleted. */
  delete(matchers: readonly Matcher[], interval: Interval): void {
    const clipped = {
      minTime: Math.max(interval.minTime, this.meta.minTime),
      maxTime: Math.min(interval.maxTime, this.meta.maxTime - 1),
    };
    if (clipped.minTime > clipped.maxTime) return;
    for (const ref of matchSeries(this.index, matchers)) {
      const holdsSome = this.index
        .series(ref)
        .chunks.some((chunk) => chunk.minTime <= clipped.maxTime && chunk.maxTime >= clipped.minTime);
      if (holdsSome) this.tombstones.add(ref, clipped);
    }
    this.tombstoneVersion++;
    writeTombstones(this.#fileSystem, `${this.folder}/tombstones`, this.tombstones);
    this.meta = { ...this.meta, stats: { ...this.meta.stats, numTombstones: this.tombstones.size } };
    writeMeta(this.#fileSystem, this.folder, this.meta);
  }

  /** Closes the files as soon as no querier is open, then calls `done`. */
  close(done: () => void = () => undefined): void {
    this.#whenUnread = () => {
      this.#whenUnread = undefined;
      this.index.close();
      this.chunks.close();
      done();
    };
    if (this.#readers === 0) this.#whenUnread();
  }
}

class BlockQuerier implements Querier {
  readonly #block: Block;
  readonly #release: () => void;
  #isOpen = true;

  constructor(block: Block, release: () => void) {
    this.#block = block;
    this.#release = release;
  }

  /** In order of labels, as the index has them. */
  select(selection: Selection): SeriesSource[] {
    const { index } = this.#block;
    const sources: SeriesSource[] = [];
    for (const ref of matchSeries(index, selection.matchers)) {
      const { labels, chunks } = index.series(ref);
      const wanted = chunks.filter((chunk) => chunk.minTime <= selection.end && chunk.maxTime >= selection.start);
      if (wanted.length > 0) sources.push(new BlockSeries(this.#block, { ref, labels, chunks: wanted }, selection));
      if (sources.length === selection.limit) break;
    }
    return sources;
  }

  labelNames(query: LabelQuery): string[] {
    return matchedNames(this.#block.index, query);
  }

  labelValues(name: string, query: LabelQuery): string[] {
    return matchedValues(this.#block.index, name, query);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#release();
  }
}

/** A series of a block with the chunks that are wanted of it. */
export interface BlockSeriesChunks {
  readonly ref: number;
  readonly labels: Labels;
  readonly chunks: readonly ChunkMeta[];
}

class BlockSeries implements SeriesSource {
  readonly labels: Labels;
  readonly #block: Block;
  readonly #series: BlockSeriesChunks;
  readonly #start: number;
  readonly #end: number;

  constructor(block: Block, series: BlockSeriesChunks, range: { readonly start: number; readonly end: number }) {
    this.labels = series.labels;
    this.#block = block;
    this.#series = series;
    this.#start = range.start;
    this.#end = range.end;
  }

  read(columns: SampleColumns): void {
    columns.clear();
    readBlockSeries(this.#block, this.#series, { columns, start: this.#start, end: this.#end });
  }
}

/** Appends the samples of the series in the range, both ends inclusive, without deleted ones. */
export function readBlockSeries(
  block: Block,
  series: BlockSeriesChunks,
  target: { readonly columns: SampleColumns; readonly start: number; readonly end: number },
): void {
  const { columns, start, end } = target;
  const window = { after: start - 1, end };
  for (const chunk of series.chunks) {
    mergeRows(columns, chunk.minTime, (rows) => {
      if (decodeChunk(block.chunks.read(chunk.ref), rows, window)) return;
      throw new CorruptionError("chunk ends before its samples do", {
        file: `${block.folder}/chunks`,
        offset: chunk.ref % 0x100000000,
      });
    });
  }
  dropDeleted(columns, block.tombstones.of(series.ref));
}
