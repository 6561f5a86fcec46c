// A view of the head as a storage: the other end of view/head-encode, on whatever thread it was handed to.
// Comes from: view/reader. Goes to: query, compact. Labels become texts and chunks columns when they are asked for.
import {
  compareLabels,
  type Labels,
  type LatestSamples,
  labelsFromSorted,
  type Querier,
  SampleColumns,
  type Selection,
  type SeriesRows,
  type SeriesSource,
} from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { decodeHeadChunk } from "../chunk/decode.js";
import { type StartRuns, withStartTimes } from "../chunk/encode.js";
import { type ChunkData, type ChunkEncoding, chunkEncoding } from "../chunk/encoding.js";
import type { LatestRows } from "../chunk/xor-kernel.js";
import { orderSequences } from "../counting-sort.js";
import { type ArenaReader, gatheredWords } from "../head/arena.js";
import type { ChunkFileReader, ChunkPlace } from "../head/chunk-files.js";
import { joinLate } from "../head/out-of-order.js";
import { matchersKey } from "../index/match.js";
import { LatestList } from "../query/latest.js";
import { type RunPlace, type RunSource, readMany } from "../query/many.js";
import type { AppendingSource, SharingSource } from "../query/merge.js";
import { dropDeleted, type Interval } from "../tombstones.js";
import type { HeadChunks, OpenChunk } from "./head-chunks.js";
import type { HeadLabels } from "./head-labels.js";
import { arenaStore, bytesStore, chunkFields, type HeadView, rowFields } from "./head-view.js";

/** A selection was asked for that the view does not answer: take another view, with this one too. */
export class UnplannedSelectionError extends Error {
  override readonly name = "UnplannedSelectionError";
  readonly selection: Selection;

  constructor(selection: Selection) {
    super(`the view does not answer ${matchersKey(selection.matchers)} from ${selection.start} to ${selection.end}`);
    this.selection = selection;
  }
}

/** Where the samples stand that a view names. */
export interface HeadStores {
  readonly arena: ArenaReader;
  readonly chunkFiles: Pick<ChunkFileReader, "read">;
  /** Of earlier views, too. */
  readonly labels?: HeadLabels;
}

export interface ViewChunk {
  readonly minTime: number;
  readonly maxTime: number;
  /** Borrowed until the next read. */
  readonly read: () => ChunkData;
}

type TimeSpan = { readonly start: number; readonly end: number };

/** Where samples go, and what decodes them on the way. */
export type ReadTarget = { readonly columns: SampleColumns; readonly chunks: HeadChunks };

/** What a run of many series takes, and where its chunks are decoded. */
type RunTarget = { readonly range: TimeSpan; readonly chunks: HeadChunks };

/** Where last samples go, up to what time, and what decodes those that are within a chunk. */
type LatestTarget = { readonly end: number; readonly rows: LatestRows; readonly chunks: HeadChunks };

export class HeadViewReader {
  readonly #view: HeadView;
  readonly #stores: HeadStores;
  #symbols: string[] | undefined;
  readonly #startRuns: ReadonlyMap<number, StartRuns>;
  #gathered = new Uint32Array(512);

  constructor(view: HeadView, stores: HeadStores) {
    this.#view = view;
    this.#stores = stores;
    this.#startRuns = startRunsOf(view);
  }

  /** Rows of a selection that the view was taken with, in order of refs. Throws UnplannedSelectionError. */
  rows(selection: Selection): Uint32Array {
    const key = matchersKey(selection.matchers);
    const found = this.#view.selections.find((selected) => selected.key === key);
    if (!found || found.start > selection.start || found.end < selection.end) {
      throw new UnplannedSelectionError(selection);
    }
    return found.rows;
  }

  labels(row: number): Labels {
    const { labels } = this.#stores;
    if (labels) return labels.of(this.#field(row, rowFields.ref), () => this.#flatLabels(row));
    return labelsFromSorted(this.#flatLabels(row));
  }

  /** Of the row's series, from now on. REQUIRES: they are equal to those it has. */
  shareLabels(row: number, labels: Labels): void {
    this.#stores.labels?.share(this.#field(row, rowFields.ref), labels);
  }

  #flatLabels(row: number): string[] {
    this.#symbols ??= symbolsOf(this.#view);
    const at = this.#field(row, rowFields.labelsAt);
    const flat: string[] = [];
    for (let i = 0; i < this.#field(row, rowFields.labelsLength); i++) {
      flat.push(this.#symbols[this.#view.labels[at + i]!] as string);
    }
    return flat;
  }

  /** The rows in order of labels, none of which become texts for that. */
  sorted(rows: readonly number[]): number[] {
    const { labels, symbolEnds } = this.#view;
    this.#symbols ??= symbolsOf(this.#view);
    const ranks = ranksOf(this.#symbols);
    const lengthOf = (i: number): number => this.#field(rows[i] as number, rowFields.labelsLength);
    const order = orderSequences({
      count: rows.length,
      lengthMax: rows.reduce((most, _, i) => Math.max(most, lengthOf(i)), 0),
      keyBound: symbolEnds.length,
      lengthOf,
      keyOf: (i, at) => ranks[labels[this.#field(rows[i] as number, rowFields.labelsAt) + at]!]!,
    });
    return Array.from(order, (i) => rows[i] as number);
  }

  /** In order of time. */
  deleted(row: number): Interval[] {
    const { deleted } = this.#view;
    const at = this.#field(row, rowFields.deletedAt);
    return Array.from({ length: this.#field(row, rowFields.deletedCount) }, (_, i) => ({
      minTime: deleted[2 * (at + i)]!,
      maxTime: deleted[2 * (at + i) + 1]!,
    }));
  }

  /** Numbers of the series' chunks in order of time, without late ones: first … end - 1. */
  chunkNumbers(row: number): { readonly first: number; readonly end: number } {
    return { first: this.#field(row, rowFields.chunksAt), end: this.#chunksEnd(row) };
  }

  minTime(chunk: number): number {
    return this.#view.chunkTimes[2 * chunk]!;
  }

  maxTime(chunk: number): number {
    return this.#view.chunkTimes[2 * chunk + 1]!;
  }

  /** Where a chunk of the row stands; undefined where it is in no file. */
  place(row: number, chunk: number): ChunkPlace | undefined {
    const { chunks } = this.#view;
    const at = chunk * chunkFields.count;
    const file = chunks[at + chunkFields.store]!;
    if (file === arenaStore || file === bytesStore) return undefined;
    const position = chunks[at + chunkFields.place]!;
    return { file, position, length: chunks[at + chunkFields.length]!, ref: this.#field(row, rowFields.ref) };
  }

  /** Chunks of what came late, in the order in which they were filled. */
  lateChunks(row: number): ViewChunk[] {
    return this.#chunksBetween(row, this.#chunksEnd(row), this.#allChunksEnd(row));
  }

  #chunksBetween(row: number, first: number, end: number): ViewChunk[] {
    const { chunkTimes } = this.#view;
    return Array.from({ length: end - first }, (_, i) => {
      const chunk = first + i;
      const minTime = chunkTimes[2 * chunk]!;
      const maxTime = chunkTimes[2 * chunk + 1]!;
      return { minTime, maxTime, read: () => this.data(row, chunk) };
    });
  }

  /** Appends the samples in the range, both ends inclusive, without deleted ones. REQUIRES: `columns` is empty. */
  readSamples(row: number, range: TimeSpan, { columns, chunks }: ReadTarget): void {
    this.#readInOrder(row, range, { columns, chunks });
    if (this.#field(row, rowFields.deletedCount) > 0) dropDeleted(columns, this.deleted(row));
    if (this.#field(row, rowFields.lateCount) > 0) this.#readLate(row, range, columns);
  }

  /** As `readSamples`, behind those that are there; false, with nothing done, where some are late or deleted, or not behind them. */
  appendSamples(row: number, range: TimeSpan, target: ReadTarget): boolean {
    if (this.#field(row, rowFields.deletedCount) > 0 || this.#field(row, rowFields.lateCount) > 0) return false;
    const { columns } = target;
    const first = this.#field(row, rowFields.chunksAt);
    const isBehind = first < this.#chunksEnd(row) && this.minTime(first) > (columns.t[columns.count - 1] ?? -Infinity);
    if (columns.count > 0 && !isBehind) return false;
    this.#readInOrder(row, range, target);
    return true;
  }

  // Chunks in order are apart from each other.
  #readInOrder(row: number, range: TimeSpan, { columns, chunks }: ReadTarget): void {
    const { chunkTimes } = this.#view;
    const end = this.#chunksEnd(row);
    chunks.begin(columns, { after: range.start - 1, end: range.end });
    for (let chunk = this.#field(row, rowFields.chunksAt); chunk < end; chunk++) {
      if (chunkTimes[2 * chunk]! > range.end || chunkTimes[2 * chunk + 1]! < range.start) continue;
      this.#add(row, chunk, chunks);
    }
    chunks.finish();
  }

  #add(row: number, chunk: number, to: HeadChunks): void {
    const { chunks } = this.#view;
    const at = chunk * chunkFields.count;
    const store = chunks[at + chunkFields.store]!;
    const place = chunks[at + chunkFields.place]!;
    const isXor = chunks[at + chunkFields.encoding] === chunkEncoding.xor;
    if (!isXor || store === bytesStore) to.addData(this.data(row, chunk));
    else if (store !== arenaStore) {
      if (to.addChecked(store, place)) return;
      to.addData(this.data(row, chunk));
      to.noteChecked(store, place);
    } else if (this.#startRuns.has(chunk)) to.addData(this.data(row, chunk));
    else {
      const length = chunks[at + chunkFields.length]!;
      const samples = chunks[at + chunkFields.samples]!;
      to.addOpen({ place, length, samples, ref: this.#field(row, rowFields.ref), minTime: this.minTime(chunk) });
    }
  }

  /**
   * Puts the row's last sample up to `end` into row `latest`, or adds the chunk that has it; false, with nothing done, where the series
   * must be read to know.
   */
  addLatest(row: number, latest: number, { end, rows, chunks: to }: LatestTarget): boolean {
    const { chunks, chunkTimes } = this.#view;
    if (this.#field(row, rowFields.deletedCount) > 0 || this.#field(row, rowFields.lateCount) > 0) return false;
    const first = this.#field(row, rowFields.chunksAt);
    let chunk = this.#chunksEnd(row) - 1;
    while (chunk >= first && chunkTimes[2 * chunk]! > end) chunk--;
    if (chunk < first) return false;
    const at = chunk * chunkFields.count;
    const store = chunks[at + chunkFields.store]!;
    if (chunks[at + chunkFields.encoding] !== chunkEncoding.xor || store === bytesStore) return false;
    const place = chunks[at + chunkFields.place]!;
    if (store !== arenaStore) return to.addCheckedLatest(latest, store, place);
    const lastTime = chunkTimes[2 * chunk + 1]!;
    if (lastTime <= end) {
      rows.t[latest] = lastTime;
      rows.words[2 * latest] = this.#field(row, rowFields.lastLow);
      rows.words[2 * latest + 1] = this.#field(row, rowFields.lastHigh);
      return true;
    }
    const length = chunks[at + chunkFields.length]!;
    const samples = chunks[at + chunkFields.samples]!;
    const ref = this.#field(row, rowFields.ref);
    to.addOpenLatest(latest, { place, length, samples, ref, minTime: chunkTimes[2 * chunk]! });
    return true;
  }

  /** As `RunSource.addToRun`. */
  addToRun(row: number, after: number, { range, chunks: to }: RunTarget): number {
    if (this.#field(row, rowFields.deletedCount) > 0 || this.#field(row, rowFields.lateCount) > 0) return Number.NaN;
    const { chunkTimes } = this.#view;
    const end = this.#chunksEnd(row);
    let last = after;
    for (let chunk = this.#field(row, rowFields.chunksAt); chunk < end; chunk++) {
      const minTime = chunkTimes[2 * chunk]!;
      const maxTime = chunkTimes[2 * chunk + 1]!;
      if (minTime > range.end || maxTime < range.start) continue;
      if (minTime <= last || !this.#addToRun(row, chunk, to)) return Number.NaN;
      last = maxTime;
    }
    return last;
  }

  #addToRun(row: number, chunk: number, to: HeadChunks): boolean {
    const { chunks } = this.#view;
    const at = chunk * chunkFields.count;
    const store = chunks[at + chunkFields.store]!;
    if (chunks[at + chunkFields.encoding] !== chunkEncoding.xor || store === bytesStore) return false;
    const place = chunks[at + chunkFields.place]!;
    if (store !== arenaStore) return to.addCheckedToRun(store, place);
    if (this.#startRuns.has(chunk)) return false;
    const length = chunks[at + chunkFields.length]!;
    const samples = chunks[at + chunkFields.samples]!;
    const ref = this.#field(row, rowFields.ref);
    return to.addOpenToRun({ place, length, samples, ref, minTime: this.minTime(chunk) });
  }

  #readLate(row: number, range: TimeSpan, columns: SampleColumns): void {
    const { chunkTimes } = this.#view;
    const window = { after: range.start - 1, end: range.end };
    const rows = new SampleColumns();
    const end = this.#allChunksEnd(row);
    for (let chunk = this.#chunksEnd(row); chunk < end; chunk++) {
      if (chunkTimes[2 * chunk]! > range.end || chunkTimes[2 * chunk + 1]! < range.start) continue;
      decodeHeadChunk(this.data(row, chunk), rows, window);
    }
    joinLate(columns, rows);
  }

  hasChunks(row: number, range: { readonly start: number; readonly end: number }): boolean {
    const { chunkTimes } = this.#view;
    const end = this.#allChunksEnd(row);
    for (let chunk = this.#field(row, rowFields.chunksAt); chunk < end; chunk++) {
      if (chunkTimes[2 * chunk]! <= range.end && chunkTimes[2 * chunk + 1]! >= range.start) return true;
    }
    return false;
  }

  #field(row: number, field: number): number {
    return this.#view.rows[row * rowFields.count + field]!;
  }

  #chunksEnd(row: number): number {
    return this.#field(row, rowFields.chunksAt) + this.#field(row, rowFields.chunksCount);
  }

  #allChunksEnd(row: number): number {
    return this.#chunksEnd(row) + this.#field(row, rowFields.lateCount);
  }

  /** Data of a chunk of the row. Borrowed until the next read. */
  data(row: number, chunk: number): ChunkData {
    const { chunks, bytes } = this.#view;
    const at = chunk * chunkFields.count;
    const store = chunks[at + chunkFields.store]!;
    const place = chunks[at + chunkFields.place]!;
    const length = chunks[at + chunkFields.length]!;
    // The head's own numbers: encodings it writes, or read from a checked file.
    const encoding = chunks[at + chunkFields.encoding] as ChunkEncoding;
    if (store === arenaStore) {
      const open = this.#openData({ place, length, samples: chunks[at + chunkFields.samples]! });
      return withStartTimes(open, this.#startRuns.get(chunk));
    }
    if (store === bytesStore) return { encoding, bytes, start: place, end: place + length };
    return this.#stores.chunkFiles.read({ file: store, position: place, length, ref: this.#field(row, rowFields.ref) });
  }

  // The head may be writing behind `length`, and into the rest of its last byte: the count keeps those out.
  #openData({ place, length, samples }: OpenChunk): ChunkData {
    const wordCount = gatheredWords(length);
    if (this.#gathered.length < wordCount) this.#gathered = new Uint32Array(wordCount * 2);
    this.#stores.arena.gather(place, length, { words: this.#gathered, at: 0 });
    const bytes = new Uint8Array(this.#gathered.buffer);
    bytes[0] = samples >>> 8;
    bytes[1] = samples;
    return { encoding: chunkEncoding.xor, bytes, start: 0, end: length };
  }
}

// Slices keep the whole text alive: a view and its labels end with the query.
export function symbolsOf({ symbolTexts, symbolEnds }: HeadView): string[] {
  const symbols: string[] = [];
  let start = 0;
  for (const end of symbolEnds) {
    symbols.push(symbolTexts.slice(start, end));
    start = end;
  }
  return symbols;
}

/** By chunk. */
function startRunsOf({ startTimes }: HeadView): Map<number, StartRuns> {
  const runs = new Map<number, StartRuns>();
  for (let at = 0; at < startTimes.length; ) {
    const end = at + 2 + 2 * startTimes[at + 1]!;
    runs.set(startTimes[at]!, [...startTimes.subarray(at + 2, end)]);
    at = end;
  }
  return runs;
}

/** Each symbol's place among all in order. */
function ranksOf(symbols: readonly string[]): Uint32Array {
  const order = Uint32Array.from(symbols.keys());
  order.sort((a, b) => compareUtf8(symbols[a] as string, symbols[b] as string));
  const ranks = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) ranks[order[i]!] = i;
  return ranks;
}

/** So many series are put in order by comparing their labels, which they have from earlier queries; more by numbers. */
const comparedMax = 2000;

function limited<T>(items: T[], { limit }: Selection): T[] {
  return limit ? items.slice(0, limit) : items;
}

/** Labels are not looked up here: the thread that owns the index answers those. */
export class HeadViewQuerier implements Querier {
  readonly #reader: HeadViewReader;
  readonly #chunks: HeadChunks;

  constructor(reader: HeadViewReader, chunks: HeadChunks) {
    this.#reader = reader;
    this.#chunks = chunks;
  }

  select(selection: Selection): SeriesSource[] {
    const reader = this.#reader;
    const own = { reader, chunks: this.#chunks, range: selection };
    const rows: number[] = [];
    for (const row of reader.rows(selection)) if (reader.hasChunks(row, selection)) rows.push(row);
    if (selection.sorted && rows.length > comparedMax) return limited(reader.sorted(rows), selection).map(sourceOf);
    const sources = rows.map(sourceOf);
    if (selection.sorted) sources.sort((a, b) => compareLabels(a.labels, b.labels));
    return limited(sources, selection);

    function sourceOf(row: number): SeriesSource {
      return new ViewSeries(own, row);
    }
  }

  latest(selection: Selection): LatestSamples | undefined {
    if (selection.sorted || selection.limit) return undefined;
    const reader = this.#reader;
    const chunks = this.#chunks;
    const rows = reader.rows(selection);
    const own = { reader, chunks, range: selection };
    const source = (row: number): SeriesSource => new ViewSeries(own, row);
    const latest = new LatestList(rows.length, source);
    const target = { end: selection.end, rows: latest, chunks };
    chunks.beginLatest(latest, selection.end);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (!reader.hasChunks(row, selection)) continue;
      reader.addLatest(row, latest.add(reader.labels(row), row), target);
    }
    chunks.finishLatest();
    return latest;
  }

  readMany(sources: readonly SeriesSource[], first: number, rows: SeriesRows): number {
    return readMany(sources, first, rows);
  }

  labelNames(): string[] {
    throw new Error("a view of the head does not list label names");
  }

  labelValues(): string[] {
    throw new Error("a view of the head does not list label values");
  }

  close(): void {}
}

/** What the series of one selection share. */
type ViewSelection = { readonly reader: HeadViewReader; readonly chunks: HeadChunks; readonly range: TimeSpan };

class ViewSeries implements AppendingSource, RunSource, SharingSource {
  labels: Labels;
  readonly #selection: ViewSelection;
  readonly #row: number;

  constructor(selection: ViewSelection, row: number) {
    this.labels = selection.reader.labels(row);
    this.#selection = selection;
    this.#row = row;
  }

  shareLabels(labels: Labels): void {
    this.labels = labels;
    this.#selection.reader.shareLabels(this.#row, labels);
  }

  read(columns: SampleColumns): void {
    const { reader, chunks, range } = this.#selection;
    columns.clear();
    reader.readSamples(this.#row, range, { columns, chunks });
  }

  get place(): RunPlace {
    const { chunks, range } = this.#selection;
    return { pages: chunks.pages, window: { after: range.start - 1, end: range.end } };
  }

  addToRun(after: number): number {
    return this.#selection.reader.addToRun(this.#row, after, this.#selection);
  }

  append(columns: SampleColumns): boolean {
    const { reader, chunks, range } = this.#selection;
    return reader.appendSamples(this.#row, range, { columns, chunks });
  }
}
