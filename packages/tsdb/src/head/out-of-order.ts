// Samples that came out of order, beside the head's series: a series that has none costs nothing.
// Comes from: head/appender and head/out-of-order-replay. Goes to: head/querier, compact/out-of-order.
// A series' newest ones stand in columns, sorted; full ones are encoded and leave memory for chunks_head. Chunks may
// overlap each other and the series' chunks in order; of two samples with one time the one that came first counts.
import { type Histogram, isStale, SampleColumns, type SeriesRef, setStaleAt } from "@narthex/model";
import { decodeHeadChunk } from "../chunk/decode.js";
import { encodeChunks } from "../chunk/encode.js";
import type { ChunkData, ChunkEncoding } from "../chunk/encoding.js";
import { joinRows } from "../query/merge.js";
import { copyRow } from "../query/rows.js";
import type { ChunkMarker } from "../wal/markers.js";
import type { ChunkFiles } from "./chunk-files.js";
import type { StoredChunk } from "./chunk-scanner.js";
import { LateDeltas } from "./late-deltas.js";

/** Prometheus: out_of_order_cap_max; a batch that holds more of one series may pass it. */
const openSamplesMax = 32;
/** What a batch or a replay may make of it, so that keeping it sorted stays cheap. */
const openSamplesHardMax = 1024;

/** A chunk in chunks_head or, when the disk would not take it, in memory. */
export interface OutOfOrderChunk {
  readonly minTime: number;
  readonly maxTime: number;
  readonly encoding: ChunkEncoding;
  readonly place: { readonly file: number; readonly position: number; readonly length: number; readonly ref: number };
  readonly data: ChunkData | undefined;
}

interface OutOfOrderSeries {
  /** In the order in which they were filled. */
  chunks: OutOfOrderChunk[];
  open: SampleColumns;
}

/** A float by its bits, or a histogram. */
export interface OutOfOrderSample {
  readonly t: number;
  readonly high: number;
  readonly low: number;
  readonly histogram?: Histogram | undefined;
  /** In ms; 0 or absent for unknown. */
  readonly startTime?: number | undefined;
}

interface TimeRange {
  readonly start: number;
  readonly end: number;
}

export class OutOfOrder {
  readonly #chunkFiles: ChunkFiles;
  readonly #onRefused: () => void;
  readonly deltas: LateDeltas = new LateDeltas();
  readonly #series = new Map<SeriesRef, OutOfOrderSeries>();
  /** Newest sample of each series that left for a block. The WAL has it, too, and a replay may take it for one in order. */
  readonly #leftUntil = new Map<SeriesRef, number>();
  /** How far behind the newest sample one may be; 0 takes none. */
  windowMs = 0;
  /** Oldest and newest sample, both inclusive; infinite (min above max) while there is none. */
  minTime: number = Number.POSITIVE_INFINITY;
  maxTime: number = Number.NEGATIVE_INFINITY;

  /** `onRefused`: the disk would not take chunks. */
  constructor(chunkFiles: ChunkFiles, onRefused: () => void) {
    this.#chunkFiles = chunkFiles;
    this.#onRefused = onRefused;
  }

  /** Series that have samples here. */
  get size(): number {
    return this.#series.size;
  }

  has(ref: SeriesRef): boolean {
    return this.#series.has(ref);
  }

  /** Whether samples of the series from `minTime` on are here or went to a block: then a deletion must find the series. */
  knows(ref: SeriesRef, minTime: number): boolean {
    return this.#series.has(ref) || (this.#leftUntil.get(ref) ?? Number.NEGATIVE_INFINITY) >= minTime;
  }

  /** Samples of the series up to `maxTime` are in blocks, late ones. */
  noteLeft(ref: SeriesRef, maxTime: number): void {
    this.#leftUntil.set(ref, Math.max(this.#leftUntil.get(ref) ?? Number.NEGATIVE_INFINITY, maxTime));
  }

  /** Forgets what went to blocks before `minTime`: a replay leaves that aside. */
  truncate(minTime: number): void {
    for (const [ref, maxTime] of this.#leftUntil) if (maxTime < minTime) this.#leftUntil.delete(ref);
  }

  refs(): SeriesRef[] {
    return [...this.#series.keys()];
  }

  /** False when the series' open chunk has a sample of that time, which stays. */
  insert(ref: SeriesRef, sample: OutOfOrderSample): boolean {
    let series = this.#series.get(ref);
    if (!series) {
      series = { chunks: [], open: new SampleColumns(4) };
      this.#series.set(ref, series);
    }
    // Without a marker: at a restart the log gives these samples back.
    if (series.open.count >= openSamplesHardMax) this.close([ref]);
    if (!insertRow(series.open, sample)) return false;
    this.#cover(sample.t, sample.t);
    return true;
  }

  #cover(minTime: number, maxTime: number): void {
    this.minTime = Math.min(this.minTime, minTime);
    this.maxTime = Math.max(this.maxTime, maxTime);
  }

  /**
   * Hangs a chunk of chunks_head under the series, at replay, and takes what it holds out of the open one. Throws
   * CorruptionError where the chunk's bytes are damaged; then the open one keeps all.
   */
  adopt(ref: SeriesRef, chunk: StoredChunk): void {
    const series = this.#series.get(ref) ?? { chunks: [], open: new SampleColumns(4) };
    this.#series.set(ref, series);
    const { file, position, length, ...rest } = chunk;
    const adopted = { ...rest, place: { file, position, length, ref: chunk.ref }, data: undefined };
    if (series.open.count > 0) series.open = withoutTimes(series.open, this.#decoded(adopted, wholeTime));
    series.chunks.push(adopted);
    this.#cover(chunk.minTime, chunk.maxTime);
  }

  /** Ends the open chunks of these series that are full. Returns markers for the log; see `close`. */
  closeFull(refs: Iterable<SeriesRef>): ChunkMarker[] {
    const full = new Set<SeriesRef>();
    for (const ref of refs) if ((this.#series.get(ref)?.open.count ?? 0) >= openSamplesMax) full.add(ref);
    return this.close(full);
  }

  /**
   * Ends the open chunks of these series. Returns markers of what went to chunks_head; where the disk refuses, chunks stay in memory until
   * the series' next one ends, and get no marker: at a restart the log gives their samples back.
   */
  close(refs: Iterable<SeriesRef>): ChunkMarker[] {
    const closed: { readonly ref: SeriesRef; readonly index: number; readonly offset: number }[] = [];
    for (const ref of refs) {
      const series = this.#series.get(ref) as OutOfOrderSeries;
      const { chunks } = series;
      chunks.push(...openChunks(series.open, ref));
      series.open = new SampleColumns(4);
      // Prometheus takes a marker to stand for all samples of the series before it: those that were refused go first.
      for (const [index, { data, minTime, maxTime }] of chunks.entries()) {
        if (!data) continue;
        closed.push({ ref, index, offset: this.#chunkFiles.pendingBytes });
        this.#chunkFiles.add(ref, { data, minTime, maxTime, isOutOfOrder: true });
      }
    }
    if (closed.length === 0) return [];
    let start: { readonly file: number; readonly position: number };
    try {
      start = this.#chunkFiles.flush();
    } catch {
      // The samples are in the log and in memory.
      this.#onRefused();
      return [];
    }
    return closed.map(({ ref, index, offset }) => {
      const { chunks } = this.#series.get(ref) as OutOfOrderSeries;
      const chunk = chunks[index] as OutOfOrderChunk;
      const place = { ...chunk.place, file: start.file, position: start.position + offset };
      chunks[index] = { ...chunk, place, data: undefined };
      return { ref, file: place.file, position: place.position };
    });
  }

  /** The ended chunks of a series, in the order in which they were filled. */
  chunksOf(ref: SeriesRef): readonly OutOfOrderChunk[] {
    return this.#series.get(ref)?.chunks ?? [];
  }

  /** The same, and what is open as chunks that no file has. */
  allChunksOf(ref: SeriesRef): OutOfOrderChunk[] {
    const series = this.#series.get(ref);
    if (!series) return [];
    return [...series.chunks, ...openChunks(series.open, ref)];
  }

  dataOf(chunk: OutOfOrderChunk): ChunkData {
    return chunk.data ?? this.#chunkFiles.read(chunk.place);
  }

  /** Forgets the first `count` chunks of each series, which a block holds now. */
  drop(counts: ReadonlyMap<SeriesRef, number>): void {
    for (const [ref, count] of counts) {
      const series = this.#series.get(ref) as OutOfOrderSeries;
      this.noteLeft(ref, Math.max(...series.chunks.slice(0, count).map(({ maxTime }) => maxTime)));
      series.chunks = series.chunks.slice(count);
      if (series.chunks.length === 0 && series.open.count === 0) this.#series.delete(ref);
    }
    this.minTime = Number.POSITIVE_INFINITY;
    this.maxTime = Number.NEGATIVE_INFINITY;
    for (const { chunks, open } of this.#series.values()) {
      for (const { minTime, maxTime } of chunks) this.#cover(minTime, maxTime);
      if (open.count > 0) this.#cover(open.t[0]!, open.t[open.count - 1]!);
    }
  }

  /** The first file of chunks_head that is needed here; Infinity for none. */
  get firstFile(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { chunks } of this.#series.values()) {
      for (const { place } of chunks) if (place.file > 0) first = Math.min(first, place.file);
    }
    return first;
  }

  /** Whether the series may have a sample in the range. */
  overlaps(ref: SeriesRef, range: TimeRange): boolean {
    const series = this.#series.get(ref);
    if (!series) return false;
    const { open, chunks } = series;
    if (open.count > 0 && open.t[0]! <= range.end && open.t[open.count - 1]! >= range.start) return true;
    return chunks.some(({ minTime, maxTime }) => minTime <= range.end && maxTime >= range.start);
  }

  /** Adds the series' samples in the range to `columns`, where they have none of that time. */
  read(ref: SeriesRef, columns: SampleColumns, range: TimeRange): void {
    const series = this.#series.get(ref);
    if (!series) return;
    const rows = new SampleColumns();
    for (const chunk of series.chunks) {
      if (chunk.minTime <= range.end && chunk.maxTime >= range.start) this.#decode(chunk, rows, range);
    }
    const { open } = series;
    for (let i = 0; i < open.count; i++) {
      if (open.t[i]! >= range.start && open.t[i]! <= range.end) copyRow(open, i, rows);
    }
    joinLate(columns, rows);
  }

  #decoded(chunk: OutOfOrderChunk, range: TimeRange): SampleColumns {
    const rows = new SampleColumns();
    this.#decode(chunk, rows, range);
    return rows;
  }

  #decode(chunk: OutOfOrderChunk, rows: SampleColumns, range: TimeRange): void {
    decodeHeadChunk(this.dataOf(chunk), rows, { after: range.start - 1, end: range.end });
  }
}

/** Chunks that no file has. */
function openChunks(open: SampleColumns, ref: SeriesRef): OutOfOrderChunk[] {
  return encodeChunks(open).map((chunk) => {
    const { encoding, start, end } = chunk.data;
    return { ...chunk, encoding, place: { file: 0, position: 0, length: end - start, ref } };
  });
}

const wholeTime: TimeRange = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

function insertRow(columns: SampleColumns, sample: OutOfOrderSample): boolean {
  const { t, high, low, histogram } = sample;
  const { count } = columns;
  let at = count;
  // Late samples come in order among themselves, more often than not.
  while (at > 0 && columns.t[at - 1]! > t) at--;
  if (at > 0 && columns.t[at - 1] === t) return false;
  columns.reserve(count + 1);
  columns.t.copyWithin(at + 1, at, count);
  columns.words.copyWithin(2 * at + 2, 2 * at, 2 * count);
  columns.t[at] = t;
  columns.words[2 * at] = low;
  columns.words[2 * at + 1] = high;
  columns.count = count + 1;
  insertStartTime(columns, at, sample.startTime ?? 0);
  if (histogram) {
    if (isStale(histogram.sum)) setStaleAt(columns.words, at);
    else columns.v[at] = histogram.sum;
  }
  if (!histogram && !columns.h) return true;
  columns.h ??= [];
  columns.h.length = count;
  columns.h.splice(at, 0, histogram);
  return true;
}

function insertStartTime(columns: SampleColumns, at: number, startTime: number): void {
  if (startTime !== 0) columns.startTimes ??= new Float64Array(columns.t.length);
  if (!columns.startTimes) return;
  columns.startTimes.copyWithin(at + 1, at, columns.count - 1);
  columns.startTimes[at] = startTime;
}

/** Adds rows in any order, where `columns` has none of that time. */
export function joinLate(columns: SampleColumns, rows: SampleColumns): void {
  joinRows(columns, inOrder(rows));
}

/** Rows sorted by time; of those with one time the first. */
function inOrder(rows: SampleColumns): SampleColumns {
  const { t, count } = rows;
  let isSorted = true;
  for (let i = 1; i < count && isSorted; i++) isSorted = t[i - 1]! < t[i]!;
  if (isSorted) return rows;
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => t[a]! - t[b]! || a - b);
  const sorted = new SampleColumns(count);
  for (const i of order) if (sorted.count === 0 || t[i]! !== sorted.t[sorted.count - 1]!) copyRow(rows, i, sorted);
  return sorted;
}

function withoutTimes(columns: SampleColumns, held: SampleColumns): SampleColumns {
  const times = new Set(held.t.subarray(0, held.count));
  const rest = new SampleColumns(4);
  for (let i = 0; i < columns.count; i++) if (!times.has(columns.t[i]!)) copyRow(columns, i, rest);
  return rest;
}
