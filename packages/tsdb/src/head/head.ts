// The head: the mutable, most recent part of the TSDB, in memory. It knows its series by ref, by label set and by label
// pair, and holds their open chunks; full ones go to chunks_head.
// Comes from: head/appender and head/replay. Goes to: head/querier, compact.
import {
  type Histogram,
  type Labels,
  labelsFromSorted,
  type Metadata,
  type SeriesRef,
  type StartedTime,
} from "@narthex/model";
import { assert } from "@narthex/stdx";
import { type ChunkForm, floatsInForm, withStartTimes } from "../chunk/encode.js";
import { type ChunkData, type ChunkEncoding, chunkEncoding } from "../chunk/encoding.js";
import { HistogramEncoder, type ResetHeader, resetHeader } from "../chunk/histogram-encode.js";
import { placeHistogram } from "../chunk/histogram-place.js";
import { appendXor, xorSampleBytesMax } from "../chunk/xor-encode.js";
import { Tombstones } from "../tombstones.js";
import { AppendKernel } from "./append-kernel.js";
import { ChunkArena, pieceDataBytes } from "./arena.js";
import type { ChunkFiles } from "./chunk-files.js";
import { type ClosedChain, ClosedChunks } from "./closed-chunks.js";
import { type HeadCounters, newHeadCounters } from "./counters.js";
import { HashTable, mixHash } from "./hash-table.js";
import { LabelPairs } from "./label-pairs.js";
import type { HeadMemory } from "./memory.js";
import { NumberPool } from "./number-pool.js";
import { OutOfOrder } from "./out-of-order.js";
import { PairMemo } from "./pair-memo.js";
import { ViewPins } from "./pins.js";
import { SeriesTable } from "./series-table.js";
import { OpenStartTimes } from "./start-times.js";
import { Symbols } from "./symbols.js";

/** Prometheus' target: its chunks hold 120 samples, and at most 1024 bytes. */
export const chunkSamplesTarget = 120;
export const chunkBytesMax = 1024;

export interface HeadOptions {
  /** Undefined where WebAssembly cannot share memory: then plain code appends. */
  readonly memory: HeadMemory | undefined;
  readonly chunkFiles: ChunkFiles;
  /** Length of a block in ms; chunks are cut at its multiples. */
  readonly blockRangeMs: number;
  /** 0 for no limit. */
  readonly seriesMax: number;
  readonly chunkForm: ChunkForm;
}

export class Head {
  readonly series: SeriesTable;
  readonly memory: HeadMemory | undefined;
  readonly #appendKernel: AppendKernel | undefined;
  readonly symbols: Symbols = new Symbols();
  readonly pairs: LabelPairs = new LabelPairs();
  readonly arena: ChunkArena;
  readonly closed: ClosedChunks = new ClosedChunks();
  readonly pins: ViewPins = new ViewPins();
  readonly metadata: Map<SeriesRef, Metadata> = new Map();
  /** Of the samples in order. */
  readonly deleted: Tombstones = new Tombstones();
  readonly outOfOrder: OutOfOrder;
  /** Of open float chunks. */
  readonly startTimes: OpenStartTimes = new OpenStartTimes();
  readonly counters: HeadCounters = newHeadCounters();
  readonly chunkFiles: ChunkFiles;
  readonly blockRangeMs: number;
  readonly seriesMax: number;
  /** Of chunks that end from now on. Open float chunks are XOR whatever it says. */
  chunkForm: ChunkForm;
  /** Oldest and newest sample, both inclusive; infinite (min above max) while there is none. */
  minTime: number = Number.POSITIVE_INFINITY;
  maxTime: number = Number.NEGATIVE_INFINITY;
  /** Blocks hold what is older; appends below are refused. */
  minValidTime: number = Number.NEGATIVE_INFINITY;
  /** Series that the WAL does not know yet. */
  unlogged: SeriesRef[] = [];
  readonly #byLabels = new HashTable((slot) => this.#hashOf(slot));
  readonly #pairMemo = new PairMemo(this.symbols, this.pairs);
  /** Label pairs of each series, in order of names. */
  readonly #labels = new NumberPool();
  /** Bytes of closed chunks that are not in chunks_head yet, by entry, with the slot of their series. */
  readonly #unwritten = new Map<number, { readonly slot: number; readonly bytes: Uint8Array }>();
  /** Encoders of open histogram chunks by slot. They are few, and objects. */
  readonly #histograms = new Map<number, HistogramEncoder>();
  readonly #aside = new Uint8Array(2 * xorSampleBytesMax);
  readonly #gathered = new Uint8Array(2 * chunkBytesMax);
  readonly #gatherTarget = { words: new Uint32Array(this.#gathered.buffer), at: 0 };

  constructor(options: HeadOptions) {
    this.memory = options.memory;
    this.series = new SeriesTable(options.memory);
    this.arena = new ChunkArena(options.memory);
    this.#appendKernel = options.memory && new AppendKernel(options.memory, this.series);
    this.chunkFiles = options.chunkFiles;
    this.outOfOrder = new OutOfOrder(options.chunkFiles, () => {
      this.counters.chunkWriteFailures++;
    });
    this.blockRangeMs = options.blockRangeMs;
    this.seriesMax = options.seriesMax;
    this.chunkForm = options.chunkForm;
  }

  /** The slot of the series with these labels, or 0. */
  find(labels: Labels): number {
    const found: number[] = [];
    for (let i = 0; 2 * i < labels.length; i++) {
      const pair = this.#pairMemo.find(labels, i);
      if (pair < 0) return 0;
      found.push(pair);
    }
    return this.#findPairs(found);
  }

  /** The number of a label pair that some series has, or -1. */
  findPair(name: string, value: string): number {
    const nameSymbol = this.symbols.find(name);
    const valueSymbol = nameSymbol < 0 ? -1 : this.symbols.find(value);
    return valueSymbol < 0 ? -1 : this.pairs.find(nameSymbol, valueSymbol);
  }

  #usePair(labels: Labels, i: number): number {
    const pair = this.#pairMemo.find(labels, i);
    if (pair >= 0) return pair;
    const name = this.symbols.use(labels[2 * i] as string);
    return this.pairs.create(name, this.symbols.use(labels[2 * i + 1] as string));
  }

  // The last series of the pair has gone.
  #dropPair(pair: number): void {
    this.#pairMemo.clear();
    this.symbols.release(this.pairs.nameOf(pair));
    this.symbols.release(this.pairs.valueOf(pair));
    this.pairs.remove(pair);
  }

  #findPairs(wanted: readonly number[]): number {
    const { labelsAt, labelsCount } = this.series;
    const { data } = this.#labels;
    let hash = wanted.length;
    for (let i = 0; i < wanted.length; i++) hash = mixHash(hash, wanted[i]!);
    const entry = this.#byLabels.find(hash, (slot) => {
      if (labelsCount[slot] !== wanted.length) return false;
      const at = labelsAt[slot]!;
      for (let i = 0; i < wanted.length; i++) if (data[at + i] !== wanted[i]) return false;
      return true;
    });
    return entry < 0 ? 0 : entry;
  }

  // Called for every series when the table grows.
  #hashOf(slot: number): number {
    const { data } = this.#labels;
    const at = this.series.labelsAt[slot]!;
    const count = this.series.labelsCount[slot]!;
    let hash = count;
    for (let i = 0; i < count; i++) hash = mixHash(hash, data[at + i]!);
    return hash;
  }

  /** Makes a series; its labels must be new. */
  addSeries(labels: Labels, ref: SeriesRef = this.series.lastRef + 1): number {
    assert(ref <= 0xffffffff, "series refs fit 32 bits");
    const slot = this.series.add(ref);
    const count = labels.length / 2;
    const at = this.#labels.allocate(count);
    this.series.labelsAt[slot] = at;
    this.series.labelsCount[slot] = count;
    let hash = count;
    for (let i = 0; i < count; i++) {
      const pair = this.#usePair(labels, i);
      this.pairs.push(pair, ref);
      this.#labels.data[at + i] = pair;
      hash = mixHash(hash, pair);
    }
    this.#byLabels.add(hash, slot);
    this.counters.seriesCreated++;
    return slot;
  }

  labelsOf(slot: number): Labels {
    const flat: string[] = [];
    for (const pair of this.pairsOf(slot)) {
      flat.push(this.symbols.text(this.pairs.nameOf(pair)), this.symbols.text(this.pairs.valueOf(pair)));
    }
    return labelsFromSorted(flat);
  }

  /** Time of the series' last sample; -Infinity when it never had one. */
  lastTime(slot: number): number {
    return this.series.xor.t[slot]!;
  }

  /** Label pairs of the series, in order of names. Borrowed. */
  pairsOf(slot: number): Uint32Array {
    const at = this.series.labelsAt[slot]!;
    return this.#labels.data.subarray(at, at + this.series.labelsCount[slot]!);
  }

  /** Label pairs of all series: those of a slot are `labelsCount` numbers from `labelsAt` on. Borrowed. */
  get pairNumbers(): Uint32Array {
    return this.#labels.data;
  }

  /** Symbol numbers of the labels: name, value, name, value, … */
  labelSymbols(slot: number): Uint32Array {
    const pairs = this.pairsOf(slot);
    const symbols = new Uint32Array(2 * pairs.length);
    for (let i = 0; i < pairs.length; i++) {
      symbols[2 * i] = this.pairs.nameOf(pairs[i]!);
      symbols[2 * i + 1] = this.pairs.valueOf(pairs[i]!);
    }
    return symbols;
  }

  /** The symbol of a label's value, or -1; `name` is a symbol, too. */
  valueSymbol(slot: number, name: number): number {
    for (const pair of this.pairsOf(slot)) if (this.pairs.nameOf(pair) === name) return this.pairs.valueOf(pair);
    return -1;
  }

  /** Undefined without memory for it, and when the columns have outgrown that. */
  get appendKernel(): AppendKernel | undefined {
    return this.series.capacity <= (this.memory?.rowsMax ?? 0) ? this.#appendKernel : undefined;
  }

  /** Oldest time that an append may have now. */
  get appendMinTime(): number {
    return Math.max(this.minValidTime, this.maxTime - this.blockRangeMs / 2);
  }

  /** Appends to the open chunk, cutting it as Prometheus does; false when the sample is not newer than the last. */
  appendFloat(slot: number, t: number, high: number, low: number): boolean {
    const { series } = this;
    const { xor } = series;
    if (t <= xor.t[slot]!) return false;
    const count = xor.count[slot]!;
    if (series.openEncoding[slot] !== chunkEncoding.xor) this.beginChunk(slot, t, chunkEncoding.xor);
    else {
      if (count === chunkSamplesTarget / 4) this.predictCut(slot);
      const isFull =
        t >= series.cutTime[slot]! ||
        count >= chunkSamplesTarget * 2 ||
        xor.byteLength(slot) > chunkBytesMax - xorSampleBytesMax;
      if (isFull) this.beginChunk(slot, t, chunkEncoding.xor);
    }
    const start = (series.openPieces[slot]! - 1) * pieceDataBytes;
    const at = xor.bits[slot]! >>> 3;
    if (at - start + xorSampleBytesMax > pieceDataBytes) this.#appendAcross(slot, t, high, low);
    else {
      const place = series.openPlace[slot]!;
      xor.bytes = this.arena.slab(place);
      xor.base = this.arena.dataOffset(place) - start;
      appendXor(xor, slot, t, high, low);
    }
    if (t > this.maxTime) this.maxTime = t;
    if (t < this.minTime) this.minTime = t;
    return true;
  }

  /** As `appendFloat`, of a sample that has a start time or follows one that has; 0 for none. */
  appendStartedFloat(slot: number, time: StartedTime, value: { readonly high: number; readonly low: number }): boolean {
    const { t, startTime } = time;
    if (!this.appendFloat(slot, t, value.high, value.low)) return false;
    // XOR chunks have no place for it: then the log alone has it, as in Prometheus.
    if (this.chunkForm.floats === "xor2") this.startTimes.note(slot, t, startTime);
    return true;
  }

  /** Appends where the sample may reach into the next piece, but no further: aside first, then to its places. */
  #appendAcross(slot: number, t: number, high: number, low: number): void {
    const { series, arena } = this;
    const { xor } = series;
    const from = xor.bits[slot]! >>> 3;
    const isBegun = (xor.bits[slot]! & 7) !== 0;
    let place = series.openPlace[slot]!;
    const start = (series.openPieces[slot]! - 1) * pieceDataBytes;
    this.#aside[0] = isBegun ? arena.slab(place)[arena.dataOffset(place) + from - start]! : 0;
    xor.bytes = this.#aside;
    xor.base = -from;
    appendXor(xor, slot, t, high, low);
    const end = xor.byteLength(slot);
    const split = Math.min(end, start + pieceDataBytes);
    this.#copyAside(place, from - start, { start: 0, end: split - from });
    if (split === end) return;
    place = arena.allocate(place);
    series.openPieces[slot]!++;
    this.#copyAside(place, 0, { start: split - from, end: end - from });
    series.openPlace[slot] = place;
  }

  #copyAside(place: number, at: number, { start, end }: { readonly start: number; readonly end: number }): void {
    const slab = this.arena.slab(place);
    const to = this.arena.dataOffset(place) + at - start;
    for (let i = start; i < end; i++) slab[to + i] = this.#aside[i]!;
  }

  /** Appends to the open histogram chunk, or begins one; false when the sample is not newer than the last. */
  appendHistogram(
    slot: number,
    { t, startTime = 0 }: Partial<StartedTime> & { readonly t: number },
    histogram: Histogram,
  ): boolean {
    const { xor } = this.series;
    if (t <= xor.t[slot]!) return false;
    const isBehind = t >= this.series.cutTime[slot]!;
    const placement = placeHistogram(this.#histograms.get(slot), histogram, {
      hasStarts: this.chunkForm.histogramStarts,
    });
    const { encoder } = placement;
    if (placement.isNewChunk || isBehind) {
      this.beginChunk(slot, t, encoder.data().encoding);
      const isCutByTime = !placement.isNewChunk;
      const own = isCutByTime ? new HistogramEncoder({ ...encoder.kind, header: followingHeader(encoder) }) : encoder;
      this.#histograms.set(slot, own);
    } else this.#histograms.set(slot, encoder);
    (this.#histograms.get(slot) as HistogramEncoder).append(t, placement.histogram, startTime);
    xor.t[slot] = t;
    // No float has these bits: a float at the same time is a duplicate of another value.
    xor.high[slot] = 0xffffffff;
    xor.low[slot] = 0xffffffff;
    if (t > this.maxTime) this.maxTime = t;
    if (t < this.minTime) this.minTime = t;
    return true;
  }

  /** The last histogram of the open chunk, if that is what the series has. */
  lastHistogram(slot: number): Histogram | undefined {
    return this.#histograms.get(slot)?.last;
  }

  /** Begins an open chunk; the one before it ends. */
  beginChunk(slot: number, t: number, encoding: ChunkEncoding): void {
    this.closeOpenChunk(slot);
    const { series } = this;
    const last = series.xor.t[slot]!;
    series.xor.reset(slot);
    series.xor.t[slot] = last;
    series.openEncoding[slot] = encoding;
    series.openPlace[slot] = encoding === chunkEncoding.xor ? this.arena.allocate(0) : 0;
    series.openPieces[slot] = 1;
    series.openMinTime[slot] = t;
    series.cutTime[slot] = (Math.floor(t / this.blockRangeMs) + 1) * this.blockRangeMs;
    this.counters.chunksCreated++;
  }

  /** After a quarter of the target, moves the cut so that the rest of the range divides into equal chunks. */
  predictCut(slot: number): void {
    const { series } = this;
    const start = series.openMinTime[slot]!;
    const rest = series.cutTime[slot]! - start;
    const n = Math.floor(rest / ((series.xor.t[slot]! - start + 1) * 4));
    if (n > 1) series.cutTime[slot] = start + Math.floor(rest / n);
  }

  /** Ends the open chunk, if there is one; `writeClosedChunks` moves it out of memory. */
  closeOpenChunk(slot: number): void {
    const { series } = this;
    if (series.openEncoding[slot] === 0) return;
    const open = floatsInForm(this.openData(slot) as ChunkData, this.chunkForm);
    const bytes = open.bytes.slice(open.start, open.end);
    const [minTime, maxTime] = [series.openMinTime[slot]!, series.xor.t[slot]!];
    const place = { file: 0, position: 0, length: bytes.length };
    const entry = this.closed.add({ encoding: open.encoding, minTime, maxTime, ...place });
    this.#linkClosed(slot, entry);
    this.#unwritten.set(entry, { slot, bytes });
    this.#dropOpenChunk(slot);
  }

  #dropOpenChunk(slot: number): void {
    const place = this.series.openPlace[slot]!;
    this.pins.afterViews(() => this.arena.release(place));
    this.#histograms.delete(slot);
    this.startTimes.end(slot);
    this.series.openEncoding[slot] = 0;
    this.series.openPlace[slot] = 0;
  }

  #linkClosed(slot: number, entry: number): void {
    const last = this.series.closedLast[slot]!;
    if (last === 0) this.series.closedFirst[slot] = entry;
    else this.closed.link(last, entry);
    this.series.closedLast[slot] = entry;
  }

  /** Hangs chunks of chunks_head under their series, at replay. REQUIRES: in order of time, and newer than all the series has. */
  adoptClosed(slot: number, { first, last, count }: ClosedChain): void {
    const { closed } = this;
    closed.link(last, 0);
    this.#linkClosed(slot, first);
    this.series.closedLast[slot] = last;
    this.series.xor.t[slot] = closed.maxTime(last);
    this.minTime = Math.min(this.minTime, closed.minTime(first));
    this.maxTime = Math.max(this.maxTime, closed.maxTime(last));
    this.counters.chunksCreated += count;
  }

  /** Whether closed chunks stand in memory alone. */
  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  /** Moves closed chunks from memory to chunks_head. When the disk refuses they stay, for the next time. */
  writeClosedChunks(): void {
    if (this.#unwritten.size === 0) return;
    const offsets = new Map<number, number>();
    for (const [entry, { slot }] of this.#unwritten) {
      offsets.set(entry, this.chunkFiles.pendingBytes);
      const { minTime, maxTime } = this.closed.at(entry);
      this.chunkFiles.add(this.series.ref[slot]!, { minTime, maxTime, data: this.closedData(slot, entry) });
    }
    let start: { readonly file: number; readonly position: number };
    try {
      start = this.chunkFiles.flush();
    } catch {
      // The samples are safe in the WAL and in memory; the failure shows in the counter.
      this.counters.chunkWriteFailures++;
      return;
    }
    for (const [entry, offset] of offsets) {
      this.closed.place(entry, start.file, start.position + offset);
    }
    this.#unwritten.clear();
  }

  /** Data of a closed chunk. Borrowed. */
  closedData(slot: number, entry: number): ChunkData {
    const { encoding, file, position, length } = this.closed.at(entry);
    if (file !== 0) return this.chunkFiles.read({ file, position, length, ref: this.series.ref[slot]! });
    const unwritten = this.#unwritten.get(entry);
    assert(unwritten !== undefined, "a closed chunk is in a file or in memory");
    return { encoding, bytes: unwritten.bytes, start: 0, end: length };
  }

  /** Data of the open chunk, or undefined. Borrowed until the next call. */
  openData(slot: number): ChunkData | undefined {
    const { series } = this;
    if (series.openEncoding[slot] === 0) return undefined;
    const histograms = this.#histograms.get(slot);
    if (histograms) return histograms.data();
    const bytes = this.#gathered;
    const length = series.xor.byteLength(slot);
    this.arena.gather(series.openPlace[slot]!, length, this.#gatherTarget);
    series.xor.writeCount(slot, bytes);
    const open = { encoding: chunkEncoding.xor, bytes, start: 0, end: length };
    return withStartTimes(open, this.startTimes.runsOf(slot));
  }

  /** Drops closed chunks that end before `minTime`; returns the oldest time the series still has, or Infinity. */
  dropChunksBefore(slot: number, minTime: number): number {
    const { closed, series } = this;
    let entry = series.closedFirst[slot]!;
    while (entry !== 0 && closed.maxTime(entry) < minTime) {
      const next = closed.next(entry);
      closed.remove(entry);
      this.#unwritten.delete(entry);
      this.counters.chunksRemoved++;
      entry = next;
    }
    series.closedFirst[slot] = entry;
    if (entry === 0) series.closedLast[slot] = 0;
    else return closed.minTime(entry);
    if (series.openEncoding[slot] === 0) return Number.POSITIVE_INFINITY;
    if (series.xor.t[slot]! >= minTime) return series.openMinTime[slot]!;
    this.#dropOpenChunk(slot);
    this.counters.chunksRemoved++;
    return Number.POSITIVE_INFINITY;
  }

  /** Forgets series that hold nothing. `slots` must have no chunk and not be pending. */
  removeSeries(slots: readonly number[]): void {
    const dead = new Set(slots.map((slot) => this.series.ref[slot]!));
    const touched = new Set<number>();
    for (const slot of slots) for (const pair of this.pairsOf(slot)) touched.add(pair);
    for (const slot of slots) this.#byLabels.remove(this.#hashOf(slot), slot);
    for (const pair of touched) {
      this.pairs.removeRefs(pair, (ref) => dead.has(ref));
      if (this.pairs.lengthOf(pair) === 0) this.#dropPair(pair);
    }
    for (const slot of slots) this.#forget(slot);
    this.unlogged = this.unlogged.filter((ref) => !dead.has(ref));
    this.counters.seriesRemoved += slots.length;
  }

  #forget(slot: number): void {
    this.#labels.release(this.series.labelsAt[slot]!, this.series.labelsCount[slot]!);
    this.metadata.delete(this.series.ref[slot]!);
    this.deleted.remove(this.series.ref[slot]!);
    this.series.remove(slot);
  }
}

/** The header of a chunk that goes on where this one ends. */
function followingHeader(encoder: HistogramEncoder): ResetHeader {
  return encoder.kind.header === resetHeader.gauge ? resetHeader.gauge : resetHeader.notReset;
}
