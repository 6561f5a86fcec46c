// The head → a view of selected series, at one moment: what is appended later is not in it.
// Comes from: view/database, on the thread that owns the head. Only the index is read, so it takes a few microseconds
// for each series (view.bench.ts). Whoever takes a view pins it first (head/pins.ts).
import { ByteWriter } from "@narthex/stdx";
import { type ChunkData, chunkEncoding } from "../chunk/encoding.js";
import type { Head } from "../head/head.js";
import { headIndex } from "../head/lookup.js";
import { matchSeries } from "../index/match.js";
import {
  arenaStore,
  bytesStore,
  chunkFields,
  type HeadView,
  matchersKey,
  rowFields,
  type SelectedRows,
  type TimedSelection,
} from "./head-view.js";
import { Float64List, Uint32List } from "./numbers.js";

export function encodeHeadView(head: Head, selections: readonly TimedSelection[]): HeadView {
  return new ViewEncoder(head).encode(selections);
}

/** A view of some series, whatever their labels; the rows of those with a chunk in the range are its only selection. */
export function encodeHeadSeries(head: Head, refs: Iterable<number>, range: Range): HeadView {
  return new ViewEncoder(head).encodeSeries(refs, range);
}

class ViewEncoder {
  readonly #head: Head;
  readonly #rowOf = new Map<number, number>();
  readonly #rows = new Uint32List();
  readonly #labels = new Uint32List();
  /** Symbol of the head → symbol of the view. */
  readonly #symbols = new Map<number, number>();
  readonly #texts: string[] = [];
  readonly #symbolEnds = new Uint32List();
  #textLength = 0;
  readonly #chunks = new Uint32List();
  readonly #chunkTimes = new Float64List();
  readonly #deleted = new Float64List();
  readonly #bytes = new ByteWriter(256);

  constructor(head: Head) {
    this.#head = head;
  }

  encode(selections: readonly TimedSelection[]): HeadView {
    const joined = joinRanges(selections);
    // One row serves all selections of a series, so its chunks are those that any of them wants.
    const start = Math.min(...joined.map((selection) => selection.start));
    const end = Math.max(...joined.map((selection) => selection.end));
    return this.#view(joined.map((selection) => this.#select(selection, { start, end })));
  }

  encodeSeries(refs: Iterable<number>, range: Range): HeadView {
    const rows = new Uint32List();
    for (const ref of refs) {
      const row = this.#addRow(ref, range);
      if (row >= 0) rows.push(row);
    }
    return this.#view([{ key: "", ...range, rows: rows.toArray() }]);
  }

  #view(selections: readonly SelectedRows[]): HeadView {
    return {
      selections,
      rows: this.#rows.toArray(),
      labels: this.#labels.toArray(),
      symbolTexts: this.#texts.join(""),
      symbolEnds: this.#symbolEnds.toArray(),
      chunks: this.#chunks.toArray(),
      chunkTimes: this.#chunkTimes.toArray(),
      deleted: this.#deleted.toArray(),
      bytes: new Uint8Array(this.#bytes.bytes()),
    };
  }

  #select(selection: TimedSelection, range: Range): SelectedRows {
    const rows = new Uint32List();
    for (const ref of matchSeries(headIndex(this.#head), selection.matchers)) {
      const row = this.#rowOf.get(ref) ?? this.#addRow(ref, range);
      if (row >= 0) rows.push(row);
    }
    const { start, end } = selection;
    return { key: matchersKey(selection.matchers), start, end, rows: rows.toArray() };
  }

  /** The series' row, or -1 when it has no chunk in the range. */
  #addRow(ref: number, range: Range): number {
    const head = this.#head;
    const slot = head.series.slotOf(ref);
    const chunksAt = this.#chunkTimes.length / 2;
    this.#addClosedChunks(slot, range);
    this.#addOpenChunk(slot, range);
    const chunksCount = this.#chunkTimes.length / 2 - chunksAt;
    if (head.outOfOrder.has(ref)) this.#addLateChunks(ref, range);
    const lateCount = this.#chunkTimes.length / 2 - chunksAt - chunksCount;
    if (chunksCount + lateCount === 0) return -1;
    const row = this.#rowOf.size;
    const numbers = this.#rows.reserve(rowFields.count);
    const at = this.#rows.length;
    numbers[at + rowFields.ref] = ref;
    numbers[at + rowFields.labelsAt] = this.#labels.length;
    numbers[at + rowFields.labelsLength] = this.#addLabels(head.labelSymbols(slot));
    numbers[at + rowFields.chunksAt] = chunksAt;
    numbers[at + rowFields.chunksCount] = chunksCount;
    numbers[at + rowFields.deletedAt] = this.#deleted.length / 2;
    numbers[at + rowFields.deletedCount] = this.#addDeleted(ref);
    numbers[at + rowFields.lateCount] = lateCount;
    this.#rows.length += rowFields.count;
    this.#rowOf.set(ref, row);
    return row;
  }

  #addLabels(symbols: Uint32Array): number {
    const numbers = this.#labels.reserve(symbols.length);
    for (let i = 0; i < symbols.length; i++) {
      const symbol = symbols[i]!;
      numbers[this.#labels.length++] = this.#symbols.get(symbol) ?? this.#addSymbol(symbol);
    }
    return symbols.length;
  }

  #addSymbol(symbol: number): number {
    const own = this.#symbols.size;
    const text = this.#head.symbols.text(symbol);
    this.#texts.push(text);
    this.#textLength += text.length;
    this.#symbolEnds.push(this.#textLength);
    this.#symbols.set(symbol, own);
    return own;
  }

  #addDeleted(ref: number): number {
    const intervals = this.#head.deleted.of(ref);
    for (const { minTime, maxTime } of intervals) {
      this.#deleted.push(minTime);
      this.#deleted.push(maxTime);
    }
    return intervals.length;
  }

  #addClosedChunks(slot: number, range: Range): void {
    const { closed, series } = this.#head;
    for (let entry = series.closedFirst[slot]!; entry !== 0; entry = closed.next[entry]!) {
      const minTime = closed.minTime[entry]!;
      const maxTime = closed.maxTime[entry]!;
      if (minTime > range.end || maxTime < range.start) continue;
      this.#chunkTimes.push(minTime);
      this.#chunkTimes.push(maxTime);
      // Until the disk takes it, a closed chunk is in the heap of this thread.
      if (closed.file[entry] === 0) this.#addBytes(this.#head.closedData(slot, entry));
      else {
        this.#addChunk({
          encoding: closed.encoding[entry]!,
          store: closed.file[entry]!,
          place: closed.position[entry]!,
          length: closed.length[entry]!,
          samples: 0,
        });
      }
    }
  }

  #addOpenChunk(slot: number, range: Range): void {
    const { series } = this.#head;
    const encoding = series.openEncoding[slot]!;
    const minTime = series.openMinTime[slot]!;
    const maxTime = series.xor.t[slot]!;
    if (encoding === 0 || minTime > range.end || maxTime < range.start) return;
    this.#chunkTimes.push(minTime);
    this.#chunkTimes.push(maxTime);
    if (encoding !== chunkEncoding.xor) this.#addBytes(this.#head.openData(slot) as ChunkData);
    else {
      const { xor } = series;
      const place = series.openPlace[slot]!;
      const samples = xor.count[slot]!;
      this.#addChunk({ encoding, store: arenaStore, place, length: xor.byteLength(slot), samples });
    }
  }

  #addLateChunks(ref: number, range: Range): void {
    const { outOfOrder } = this.#head;
    for (const chunk of outOfOrder.allChunksOf(ref)) {
      const { minTime, maxTime, place, encoding } = chunk;
      if (minTime > range.end || maxTime < range.start) continue;
      this.#chunkTimes.push(minTime);
      this.#chunkTimes.push(maxTime);
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
