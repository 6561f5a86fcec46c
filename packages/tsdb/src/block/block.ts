// One block: an immutable folder with the samples of a span of time. It stays open while someone reads it.
import type {
  LabelQuery,
  Labels,
  LatestSamples,
  Matcher,
  Querier,
  SampleColumns,
  Selection,
  SeriesRows,
  SeriesSource,
} from "@narthex/model";
import type { FileSystem } from "@narthex/stdx";
import type { ChunkWindow } from "../chunk/encoding.js";
import { matchedNames, matchedValues, matchSeries } from "../index/match.js";
import { atOnce } from "../pause.js";
import { LatestList } from "../query/latest.js";
import { type RunPlace, type RunSource, readMany } from "../query/many.js";
import { type AppendingSource, mergeRows, type SharingSource } from "../query/merge.js";
import { dropDeleted, type Interval, readTombstones, type Tombstones, writeTombstones } from "../tombstones.js";
import type { BlockCache } from "./cache.js";
import { ChunkReader } from "./chunk-segments.js";
import { type ChunkList, chunkFields } from "./index-format.js";
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
      this.chunks = new ChunkReader(fileSystem, `${folder}/chunks`, cache);
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

  /** The series that satisfy all matchers, in order of labels; from the cache where they are there. */
  matched(matchers: readonly Matcher[]): readonly IndexedSeries[] {
    const { selections, series } = this.cache;
    return selections.selected(this.#key, matchers, () =>
      Array.from(matchSeries(this.index, matchers), (ref) => series.series(this.#key, ref, this.#parseSeries)),
    );
  }

  /** As `matched`, each when it is asked for: for who wants only some. */
  *eachMatched(matchers: readonly Matcher[]): Generator<IndexedSeries> {
    for (const ref of matchSeries(this.index, matchers)) {
      yield this.cache.series.series(this.#key, ref, this.#parseSeries);
    }
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
      const { chunks } = this.index.series(ref);
      if (holdsSome(chunks, { start: clipped.minTime, end: clipped.maxTime })) tombstones.add(ref, clipped);
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
      this.cache.selections.drop(this.#key);
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
    const { matchers, limit } = selection;
    for (const series of limit ? block.eachMatched(matchers) : block.matched(matchers)) {
      if (!holdsSome(series.chunks, selection)) continue;
      sources.push(new BlockSeries(block, series, window));
      if (sources.length === limit) break;
    }
    return sources;
  }

  latest(selection: Selection): LatestSamples | undefined {
    if (selection.limit) return undefined;
    const block = this.#block;
    const { end } = selection;
    const window = { after: selection.start - 1, end };
    const matched = block.matched(selection.matchers);
    const latest = new LatestList(matched.length, (series: IndexedSeries) => new BlockSeries(block, series, window));
    const hasTombstones = block.tombstones.size > 0;
    block.chunks.beginLatest(latest, end);
    for (let i = 0; i < matched.length; i++) {
      const series = matched[i] as IndexedSeries;
      const { chunks } = series;
      if (!holdsSome(chunks, selection)) continue;
      const row = latest.add(series.labels, series);
      const chunk = lastChunk(chunks, end);
      const isWhole = !hasTombstones || block.tombstones.of(series.ref).length === 0;
      if (chunk >= 0 && isWhole) block.chunks.addLatest(row, chunks[chunk + chunkFields.ref]!);
    }
    block.chunks.finishLatest();
    return latest;
  }

  readMany(sources: readonly SeriesSource[], first: number, rows: SeriesRows): number {
    return readMany(sources, first, rows);
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

/** Whether there may be samples in the range, both ends inclusive. */
function holdsSome(chunks: ChunkList, { start, end }: { readonly start: number; readonly end: number }): boolean {
  for (let at = 0; at < chunks.length; at += chunkFields.count) {
    if (chunks[at]! > end) return false;
    if (chunks[at + chunkFields.maxTime]! >= start) return true;
  }
  return false;
}

/** Where the chunk stands in the list that has the last sample up to `end`; -1 where one alone does not tell. */
function lastChunk(chunks: ChunkList, end: number): number {
  let at = chunks.length - chunkFields.count;
  while (at >= 0 && chunks[at]! > end) at -= chunkFields.count;
  // Of two samples of one time the first counts.
  const former = at - chunkFields.count;
  return former >= 0 && chunks[former + chunkFields.maxTime]! >= chunks[at]! ? -1 : at;
}

class BlockSeries implements AppendingSource, RunSource, SharingSource {
  readonly #block: Block;
  readonly #series: IndexedSeries;
  readonly #window: ChunkWindow;

  constructor(block: Block, series: IndexedSeries, window: ChunkWindow) {
    this.#block = block;
    this.#series = series;
    this.#window = window;
  }

  get labels(): Labels {
    return this.#series.labels;
  }

  shareLabels(labels: Labels): void {
    this.#series.labels = labels;
  }

  read(columns: SampleColumns): void {
    columns.clear();
    this.#readChunks(columns);
    dropDeleted(columns, this.#block.tombstones.of(this.#series.ref));
  }

  append(columns: SampleColumns): boolean {
    const { chunks, ref } = this.#series;
    const isBehind = columns.count === 0 || chunks[chunkFields.minTime]! > columns.t[columns.count - 1]!;
    if (!isBehind || this.#block.tombstones.of(ref).length > 0) return false;
    this.#readChunks(columns);
    return true;
  }

  get place(): RunPlace {
    return { pages: this.#block.cache.chunkPages, window: this.#window };
  }

  addToRun(after: number): number {
    const { chunks, ref } = this.#series;
    const { tombstones } = this.#block;
    if (tombstones.size > 0 && tombstones.of(ref).length > 0) return Number.NaN;
    const window = this.#window;
    let last = after;
    for (let at = 0; at < chunks.length; at += chunkFields.count) {
      if (chunks[at + chunkFields.maxTime]! <= window.after) continue;
      const minTime = chunks[at + chunkFields.minTime]!;
      if (minTime > window.end) break;
      if (minTime <= last || !this.#block.chunks.addToRun(chunks[at + chunkFields.ref]!)) return Number.NaN;
      last = chunks[at + chunkFields.maxTime]!;
    }
    return last;
  }

  // The index has chunks in order of time, apart from each other, or of one time where they meet. Those are joined row by row.
  #readChunks(columns: SampleColumns): void {
    const { chunks } = this.#series;
    const window = this.#window;
    const reader = this.#block.chunks;
    const count = chunks.length / chunkFields.count;
    let next = 0;
    while (next < count && maxTimeOf(chunks, next) <= window.after) next++;
    while (next < count && minTimeOf(chunks, next) <= window.end) {
      const first = next;
      let last = columns.count > 0 ? columns.t[columns.count - 1]! : Number.NEGATIVE_INFINITY;
      for (; next < count && minTimeOf(chunks, next) > last && minTimeOf(chunks, next) <= window.end; next++) {
        last = maxTimeOf(chunks, next);
      }
      if (next > first) reader.append({ chunks, first, end: next }, columns, window);
      else {
        next++;
        mergeRows(columns, last, (rows) => reader.append({ chunks, first, end: next }, rows, window));
      }
    }
  }
}

function minTimeOf(chunks: ChunkList, i: number): number {
  return chunks[i * chunkFields.count]!;
}

function maxTimeOf(chunks: ChunkList, i: number): number {
  return chunks[i * chunkFields.count + chunkFields.maxTime]!;
}
