// One block: an immutable folder with the samples of a span of time. It stays open while someone reads it.
import type { LabelQuery, Labels, Matcher, Querier, SampleColumns, Selection, SeriesSource } from "@narthex/model";
import type { FileSystem } from "@narthex/stdx";
import { decodeChunk, decodeRun } from "../chunk/decode.js";
import type { ChunkData, ChunkWindow } from "../chunk/encoding.js";
import { CorruptionError } from "../errors.js";
import { matchedNames, matchedValues, matchSeries } from "../index/match.js";
import { atOnce } from "../pause.js";
import { type AppendingSource, mergeRows } from "../query/merge.js";
import { dropDeleted, type Interval, readTombstones, type Tombstones, writeTombstones } from "../tombstones.js";
import type { BlockCache } from "./cache.js";
import { ChunkReader } from "./chunk-segments.js";
import type { CachedChunk } from "./index-format.js";
import { type IndexedSeries, IndexReader } from "./index-reader.js";
import { type BlockMeta, readMeta, writeMeta } from "./meta.js";

export class Block {
  readonly folder: string;
  readonly index: IndexReader;
  readonly chunks: ChunkReader;
  #tombstones: Tombstones;
  meta: BlockMeta;
  /** Counts deletions since the block was opened. */
  tombstoneVersion = 0;
  readonly cache: BlockCache;
  readonly #key: number;
  readonly #fileSystem: FileSystem;
  #readers = 0;
  #whenUnread: (() => void) | undefined;

  private constructor(fileSystem: FileSystem, folder: string, cache: BlockCache) {
    this.#fileSystem = fileSystem;
    this.folder = folder;
    this.cache = cache;
    this.#key = cache.nextBlockKey();
    this.meta = readMeta(fileSystem, folder);
    this.#tombstones = readTombstones(fileSystem, `${folder}/tombstones`);
    this.index = new IndexReader(fileSystem, `${folder}/index`, cache.pages);
    try {
      this.chunks = new ChunkReader(fileSystem, `${folder}/chunks`, cache.pages);
    } catch (error) {
      this.index.close();
      throw error;
    }
  }

  /** Throws CorruptionError when meta, index or a segment's header is not what it should be. */
  static open(fileSystem: FileSystem, folder: string, cache: BlockCache): Block {
    const block = new Block(fileSystem, folder, cache);
    try {
      atOnce(block.index.load());
    } catch (error) {
      block.close();
      throw error;
    }
    return block;
  }

  /** As `open`, pausing between small steps. */
  static async openSlowly(
    fileSystem: FileSystem,
    folder: string,
    { cache, pause }: { readonly cache: BlockCache; readonly pause: () => Promise<void> },
  ): Promise<Block> {
    const block = new Block(fileSystem, folder, cache);
    try {
      for (const _ of block.index.load()) await pause();
    } catch (error) {
      block.close();
      throw error;
    }
    return block;
  }

  get tombstones(): Tombstones {
    return this.#tombstones;
  }

  /** Of all its files. */
  get bytes(): number {
    const small = ["meta.json", "tombstones"].map((name) => this.#fileSystem.stat(`${this.folder}/${name}`)?.size ?? 0);
    return small.reduce((sum, size) => sum + size, this.index.size + this.chunks.bytes);
  }

  overlaps(range: { readonly start: number; readonly end: number }): boolean {
    return this.meta.minTime <= range.end && this.meta.maxTime > range.start;
  }

  /** Labels and chunks of a series, from the cache where they are there. */
  series(ref: number): IndexedSeries {
    return this.cache.series.series(this.#key, ref, this.#parseSeries);
  }

  readonly #parseSeries = (ref: number): IndexedSeries => this.index.series(ref);

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
    // Hidden from queries only when it is written: what fails changes nothing.
    const tombstones = this.#tombstones.copy();
    for (const ref of matchSeries(this.index, matchers)) {
      const holdsSome = this.index
        .series(ref)
        .chunks.some((chunk) => chunk.minTime <= clipped.maxTime && chunk.maxTime >= clipped.minTime);
      if (holdsSome) tombstones.add(ref, clipped);
    }
    writeTombstones(this.#fileSystem, `${this.folder}/tombstones`, tombstones);
    this.#tombstones = tombstones;
    this.tombstoneVersion++;
    this.#writeMeta({ ...this.meta, stats: { ...this.meta.stats, numTombstones: tombstones.size } });
  }

  /** Keeps the block out of compactions from now on. */
  markFailed(): void {
    this.#writeMeta({ ...this.meta, compaction: { ...this.meta.compaction, failed: true } });
  }

  #writeMeta(meta: BlockMeta): void {
    this.meta = meta;
    writeMeta(this.#fileSystem, this.folder, meta);
  }

  /** Closes the files as soon as no querier is open, then calls `done`. */
  close(done: () => void = () => undefined): void {
    this.#whenUnread = () => {
      this.#whenUnread = undefined;
      this.cache.series.drop(this.#key);
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
    const block = this.#block;
    const sources: SeriesSource[] = [];
    const window = { after: selection.start - 1, end: selection.end };
    for (const ref of matchSeries(block.index, selection.matchers)) {
      const { labels, chunks } = block.series(ref);
      const wanted = overlapping(chunks, selection);
      if (wanted.length > 0) sources.push(new BlockSeries(block, { ref, labels, chunks: wanted }, window));
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

/** The chunks that may hold samples of the range; the same array where that is all. */
function overlapping(chunks: CachedChunk[], range: { readonly start: number; readonly end: number }): CachedChunk[] {
  const { start, end } = range;
  const first = chunks[0];
  const last = chunks.at(-1);
  if (first && last && first.maxTime >= start && last.minTime <= end) return chunks;
  return chunks.filter((chunk) => chunk.minTime <= end && chunk.maxTime >= start);
}

/** A series of a block with the chunks that are wanted of it. */
export interface BlockSeriesChunks {
  readonly ref: number;
  readonly labels: Labels;
  readonly chunks: readonly CachedChunk[];
}

class BlockSeries implements AppendingSource {
  readonly labels: Labels;
  readonly #block: Block;
  readonly #series: BlockSeriesChunks;
  readonly #window: ChunkWindow;

  constructor(block: Block, series: BlockSeriesChunks, window: ChunkWindow) {
    this.labels = series.labels;
    this.#block = block;
    this.#series = series;
    this.#window = window;
  }

  read(columns: SampleColumns): void {
    columns.clear();
    this.#readChunks(columns);
    dropDeleted(columns, this.#block.tombstones.of(this.#series.ref));
  }

  append(columns: SampleColumns): boolean {
    const { chunks, ref } = this.#series;
    const isBehind = columns.count === 0 || (chunks[0] as CachedChunk).minTime > columns.t[columns.count - 1]!;
    if (!isBehind || this.#block.tombstones.of(ref).length > 0) return false;
    this.#readChunks(columns);
    return true;
  }

  #readChunks(columns: SampleColumns): void {
    const block = this.#block;
    const { chunks } = this.#series;
    const window = this.#window;
    if (follow(chunks, columns)) {
      const run = chunks.map((chunk) => readChunk(block, chunk));
      if (!decodeRun(run, columns, window)) throw damaged(block, chunks[0] as CachedChunk);
      return;
    }
    for (const chunk of chunks) {
      mergeRows(columns, chunk.minTime, (rows) => decodeInto(rows, { block, chunk, window }));
    }
  }
}

/** Whether the chunks lie behind the rows, and each behind the one before it. */
function follow(chunks: readonly CachedChunk[], { count, t }: SampleColumns): boolean {
  let last = count > 0 ? t[count - 1]! : Number.NEGATIVE_INFINITY;
  for (const { minTime, maxTime } of chunks) {
    if (minTime <= last) return false;
    last = maxTime;
  }
  return true;
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
    mergeRows(columns, chunk.minTime, (rows) => decodeInto(rows, { block, chunk, window }));
  }
  dropDeleted(columns, block.tombstones.of(series.ref));
}

interface ChunkRead {
  readonly block: Block;
  readonly chunk: CachedChunk;
  readonly window: ChunkWindow;
}

function decodeInto(rows: SampleColumns, { block, chunk, window }: ChunkRead): void {
  if (!decodeChunk(readChunk(block, chunk), rows, window)) throw damaged(block, chunk);
}

function readChunk({ chunks }: Block, chunk: CachedChunk): ChunkData {
  if (chunk.isChecked) return chunks.readAgain(chunk.ref);
  const data = chunks.read(chunk.ref);
  chunk.isChecked = true;
  return data;
}

function damaged(block: Block, { ref }: CachedChunk): CorruptionError {
  return new CorruptionError("chunk ends before its samples do", {
    file: `${block.folder}/chunks`,
    offset: ref % 0x100000000,
  });
}
