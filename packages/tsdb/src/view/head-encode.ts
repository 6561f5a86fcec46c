// The head → a view of selected series, at one moment: what is appended later is not in it.
// Comes from: view/database, on the thread that owns the head. Only the index is read, and slice by slice, so that
// appends go on. Whoever takes a view pins it first (head/pins.ts).
import type { SeriesRef } from "@narthex/model";
import { ByteWriter } from "@narthex/stdx";
import type { StartRuns } from "../chunk/encode.js";
import { type ChunkData, chunkEncoding } from "../chunk/encoding.js";
import type { Head } from "../head/head.js";
import { headIndex } from "../head/lookup.js";
import { matchersKey, matchSteps } from "../index/match.js";
import { union } from "../index/postings.js";
import {
  arenaStore,
  bytesStore,
  chunkFields,
  type HeadView,
  rowFields,
  type SelectedRows,
  type TimedSelection,
} from "./head-view.js";
import { LabelsEncoder } from "./labels-encode.js";
import { Moment } from "./moment.js";
import { Float64List, Uint32List } from "./numbers.js";

/** Series of one moment: some 5 ms of the head's thread. Where a view has more, the next so many are of a later one. */
const momentSeriesMax = 100_000;
/** Series between two steps: some 50 µs. */
const stepSeries = 64;
/** Rows of a selection between two steps: as long. */
const stepRows = 8192;

/** Steps of some microseconds each; between them samples may be appended and series may come and go. */
export function* headViewSteps(head: Head, selections: readonly TimedSelection[]): Generator<void, HeadView> {
  const joined = joinRanges(selections);
  const lists: Uint32Array[] = [];
  for (const { matchers } of joined) lists.push(yield* matchSteps(headIndex(head), matchers));
  // One row serves all selections of a series, so its chunks are those that any of them wants.
  const start = Math.min(...joined.map((selection) => selection.start));
  const end = Math.max(...joined.map((selection) => selection.end));
  const refs = union(lists);
  yield;
  const encoder = new ViewEncoder(head, { start, end }, new LabelsEncoder(head, refs.length));
  encoder.reserve(refs.length);
  yield;
  const rows = new Int32Array(refs.length);
  for (let from = 0; from < refs.length; from += momentSeriesMax) {
    const part = refs.subarray(from, from + momentSeriesMax);
    yield* encoder.addSteps(new Moment(head, part), rows.subarray(from, from + part.length));
  }
  const selected: SelectedRows[] = [];
  for (const [i, { matchers, ...range }] of joined.entries()) {
    const own = yield* rowsOf(lists[i] as Uint32Array, refs, rows);
    selected.push({ key: matchersKey(matchers), ...range, rows: own });
  }
  return encoder.release(selected);
}

/** A view of some series, at once, without labels and selections: rows of those with a chunk in the range, in the order of `refs`. */
export function encodeHeadSeries(head: Head, refs: Uint32Array, range: Range): HeadView {
  const encoder = new ViewEncoder(head, range);
  for (const _ of encoder.addSteps(new Moment(head, refs), new Int32Array(refs.length)));
  return encoder.release([]);
}

/** A view of what came late of some series, at once: a row for each, with none of its chunks in order. */
export function encodeLateSeries(head: Head, refs: readonly SeriesRef[]): HeadView {
  const always = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  const encoder = new ViewEncoder(head, always, new LabelsEncoder(head, refs.length));
  for (const ref of refs) encoder.addLateRow(ref);
  return encoder.release([]);
}

/** Rows of some of the refs, without those that have none. REQUIRES: `some` is in the order of `refs`. */
function* rowsOf(some: Uint32Array, refs: Uint32Array, rows: Int32Array): Generator<void, Uint32Array<ArrayBuffer>> {
  const found = new Uint32Array(some.length);
  let count = 0;
  let i = 0;
  for (let k = 0; k < some.length; k++) {
    while (refs[i] !== some[k]) i++;
    if (rows[i]! >= 0) found[count++] = rows[i]!;
    if (k % stepRows === stepRows - 1) yield;
  }
  return found.subarray(0, count);
}

class ViewEncoder {
  readonly #head: Head;
  readonly #range: Range;
  readonly #rows = new Uint32List();
  /** Absent where labels are not wanted. */
  readonly #labels: LabelsEncoder | undefined;
  readonly #chunks = new Uint32List();
  readonly #chunkTimes = new Float64List();
  readonly #startTimes = new Float64List();
  readonly #deleted = new Float64List();
  readonly #bytes = new ByteWriter(256);

  constructor(head: Head, range: Range, labels?: LabelsEncoder) {
    this.#head = head;
    this.#range = range;
    this.#labels = labels;
  }

  /**
   * Makes room for so many series, as far as can be told. Memory that is not written to is none, while lists that grow are copied: tens of ms
   * at a time for a million series.
   */
  reserve(count: number): void {
    const { closed, series, minTime, maxTime } = this.#head;
    const { start, end } = this.#range;
    const share = (Math.min(end, maxTime) - Math.max(start, minTime)) / (maxTime - minTime);
    const closedEach = series.size > 0 && share > 0 ? (share * closed.size) / series.size : 0;
    const chunkCount = Math.ceil(count * (1 + closedEach));
    this.#rows.reserve(rowFields.count * count);
    this.#chunks.reserve(chunkFields.count * chunkCount);
    this.#chunkTimes.reserve(2 * chunkCount);
  }

  /** Writes to `rows` each series' row, or -1 where it has no chunk in the range. */
  *addSteps(moment: Moment, rows: Int32Array): Generator<void, void> {
    for (let i = 0; i < rows.length; i++) {
      rows[i] = this.#addRow(moment, i);
      if (i % stepSeries === stepSeries - 1) yield;
    }
  }

  /** The view; the encoder is not to be used any more. */
  release(selections: readonly SelectedRows[]): HeadView {
    return {
      selections,
      rows: this.#rows.release(),
      ...(this.#labels?.release() ?? noLabels()),
      chunks: this.#chunks.release(),
      startTimes: this.#startTimes.release(),
      chunkTimes: this.#chunkTimes.release(),
      deleted: this.#deleted.release(),
      bytes: new Uint8Array(this.#bytes.bytes()),
    };
  }

  #addRow(moment: Moment, i: number): number {
    const head = this.#head;
    const ref = moment.refs[i]!;
    const slot = moment.slot[i]!;
    // A series that has gone since is in a block, with all it had.
    if (slot === 0 || head.series.ref[slot] !== ref) return -1;
    const chunksAt = this.#chunkTimes.length / 2;
    // Closed chunks end before the open one begins, so that who wants no more than that need not look at them.
    if (!moment.hasOpenAt(i, this.#range.start)) this.#addClosedChunks(slot, moment.closedEnd(i));
    if (moment.isCurrent(i)) this.#addCurrentChunk(slot);
    else this.#addOpenChunk(moment, i);
    const chunksCount = this.#chunkTimes.length / 2 - chunksAt;
    if (head.outOfOrder.has(ref)) this.#addLateChunks(ref);
    const lateCount = this.#chunkTimes.length / 2 - chunksAt - chunksCount;
    if (chunksCount + lateCount === 0) return -1;
    const row = this.#pushRow(ref, slot, { chunksAt, chunksCount, lateCount });
    const numbers = this.#rows.reserve(0);
    numbers[row * rowFields.count + rowFields.lastLow] = moment.lastLow[i]!;
    numbers[row * rowFields.count + rowFields.lastHigh] = moment.lastHigh[i]!;
    return row;
  }

  addLateRow(ref: SeriesRef): void {
    const chunksAt = this.#chunkTimes.length / 2;
    this.#addLateChunks(ref);
    const lateCount = this.#chunkTimes.length / 2 - chunksAt;
    this.#pushRow(ref, this.#head.series.slotOf(ref), { chunksAt, chunksCount: 0, lateCount });
  }

  #pushRow(
    ref: SeriesRef,
    slot: number,
    chunks: { readonly chunksAt: number; readonly chunksCount: number; readonly lateCount: number },
  ): number {
    const { chunksAt, chunksCount, lateCount } = chunks;
    const at = this.#rows.length;
    const numbers = this.#rows.reserve(rowFields.count);
    numbers[at + rowFields.ref] = ref;
    numbers[at + rowFields.labelsAt] = this.#labels?.length ?? 0;
    numbers[at + rowFields.labelsLength] = this.#labels?.add(slot) ?? 0;
    numbers[at + rowFields.chunksAt] = chunksAt;
    numbers[at + rowFields.chunksCount] = chunksCount;
    numbers[at + rowFields.deletedAt] = this.#deleted.length / 2;
    numbers[at + rowFields.deletedCount] = this.#addDeleted(ref);
    numbers[at + rowFields.lateCount] = lateCount;
    this.#rows.length += rowFields.count;
    return at / rowFields.count;
  }

  #addDeleted(ref: number): number {
    const intervals = this.#head.deleted.of(ref);
    for (const { minTime, maxTime } of intervals) {
      this.#deleted.push(minTime);
      this.#deleted.push(maxTime);
    }
    return intervals.length;
  }

  #addClosedChunks(slot: number, closedEnd: number): void {
    const { closed, series } = this.#head;
    for (let entry = series.closedFirst[slot]!; entry !== 0; entry = closed.next(entry)) {
      const minTime = closed.minTime(entry);
      if (minTime >= closedEnd) return;
      if (!this.#addTimes(minTime, closed.maxTime(entry))) continue;
      // Until the disk takes it, a closed chunk is in the heap of this thread.
      if (!closed.isWritten(entry)) this.#addBytes(this.#head.closedData(slot, entry));
      else {
        const { encoding, file, position, length } = closed.at(entry);
        this.#addChunk({ encoding, store: file, place: position, length, samples: 0 });
      }
    }
  }

  #addOpenChunk(moment: Moment, i: number): void {
    if (moment.encoding[i] === 0 || !this.#addTimes(moment.openMinTime[i]!, moment.maxTime[i]!)) return;
    const encoding = chunkEncoding.xor;
    this.#addStartTimes(moment.startRuns.get(i));
    const [place, length, samples] = [moment.place[i]!, moment.length[i]!, moment.samples[i]!];
    this.#addChunk({ encoding, store: arenaStore, place, length, samples });
  }

  /** Of the chunk that comes next. */
  #addStartTimes(runs: StartRuns | undefined): void {
    if (!runs) return;
    this.#startTimes.push(this.#chunks.length / chunkFields.count);
    this.#startTimes.push(runs.length / 2);
    for (const number of runs) this.#startTimes.push(number);
  }

  /** The open chunk as it is now, of histograms or of what came after them. */
  #addCurrentChunk(slot: number): void {
    const { openEncoding, openMinTime, xor } = this.#head.series;
    if (openEncoding[slot] === 0 || !this.#addTimes(openMinTime[slot]!, xor.t[slot]!)) return;
    this.#addBytes(this.#head.openData(slot) as ChunkData);
  }

  /** False, with nothing added, when the times are outside the range. */
  #addTimes(minTime: number, maxTime: number): boolean {
    if (minTime > this.#range.end || maxTime < this.#range.start) return false;
    this.#chunkTimes.push(minTime);
    this.#chunkTimes.push(maxTime);
    return true;
  }

  #addLateChunks(ref: number): void {
    const { outOfOrder } = this.#head;
    for (const chunk of outOfOrder.allChunksOf(ref)) {
      const { minTime, maxTime, place, encoding } = chunk;
      if (!this.#addTimes(minTime, maxTime)) continue;
      // The reader looks for the series' own ref in the file.
      if (place.file === 0 || place.ref !== ref) this.#addBytes(outOfOrder.dataOf(chunk));
      else this.#addChunk({ encoding, store: place.file, place: place.position, length: place.length, samples: 0 });
    }
  }

  #addBytes({ encoding, bytes, start, end }: ChunkData): void {
    this.#addChunk({ encoding, store: bytesStore, place: this.#bytes.length, length: end - start, samples: 0 });
    this.#bytes.raw(bytes.subarray(start, end));
  }

  #addChunk(chunk: ChunkPlace): void {
    const numbers = this.#chunks.reserve(chunkFields.count);
    const at = this.#chunks.length;
    numbers[at + chunkFields.encoding] = chunk.encoding;
    numbers[at + chunkFields.store] = chunk.store;
    numbers[at + chunkFields.place] = chunk.place;
    numbers[at + chunkFields.length] = chunk.length;
    numbers[at + chunkFields.samples] = chunk.samples;
    this.#chunks.length += chunkFields.count;
  }
}

function noLabels(): Pick<HeadView, "labels" | "symbolTexts" | "symbolEnds"> {
  return { labels: new Uint32Array(0), symbolTexts: "", symbolEnds: new Uint32Array(0) };
}

interface ChunkPlace {
  readonly encoding: number;
  readonly store: number;
  readonly place: number;
  readonly length: number;
  readonly samples: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** One selection for equal matchers, over all their ranges. */
function joinRanges(selections: readonly TimedSelection[]): TimedSelection[] {
  const byKey = new Map<string, TimedSelection>();
  for (const { matchers, start, end } of selections) {
    const key = matchersKey(matchers);
    const known = byKey.get(key);
    const range = { start: Math.min(start, known?.start ?? start), end: Math.max(end, known?.end ?? end) };
    byKey.set(key, { matchers, ...range });
  }
  return [...byKey.values()];
}
