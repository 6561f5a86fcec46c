// The head, handed over for a block: first which series there are, then, in the order in which the block has them, where their chunks
// stand, so that whoever makes the block holds few of those at a time.
// Comes from: compact/maintenance, on the thread that owns the head. Goes to: compact/series-list and compact/head-block, on this
// thread or in a worker.
import type { SeriesRef } from "@narthex/model";
import type { Head } from "../head/head.js";
import { encodeHeadSeries } from "../view/head-encode.js";
import { DenseNumberIndex, Uint32List } from "../view/numbers.js";
import type { HeadSlice } from "./head-slices.js";
import type { BlockSpan } from "./series-chunks.js";
import type { ListedSeries } from "./series-list.js";

/** A few ms of the owner's thread, while the code is cold (view/view.bench.ts). */
const sliceSeriesMax = 512;
/** Slots that are looked at between two pauses: about a millisecond. */
const listedSlotsMax = 4096;

/**
 * REQUIRES: the head is pinned until the block is written, and no series leaves it. Slices may be taken at any time: samples of a span
 * that is old enough for a block come no more; where it is not, what comes meanwhile is in them or not.
 */
export class HeadSource {
  readonly #head: Head;
  readonly #span: BlockSpan;
  readonly #chosen: readonly SeriesRef[] | undefined;
  #slabs = 0;

  /** `chosen`: these series alone. One may have left the head. */
  constructor(head: Head, span: BlockSpan, chosen?: readonly SeriesRef[]) {
    this.#head = head;
    this.#span = span;
    this.#chosen = chosen;
  }

  /** The series with samples in the span. */
  *list(): Generator<ListedSeries> {
    const { series } = this.#head;
    const lister = new Lister(this.#head);
    const end = this.#chosen?.length ?? series.slotEnd;
    for (let from = this.#chosen ? 0 : 1; from < end; from += listedSlotsMax) {
      const to = Math.min(from + listedSlotsMax, end);
      for (let i = from; i < to; i++)
        this.#addSlot(this.#chosen ? series.slotOf(this.#chosen[i] as SeriesRef) : i, lister);
      yield lister.take();
    }
  }

  #addSlot(slot: number, lister: Lister): void {
    if (this.#head.series.ref[slot] !== 0 && hasChunkIn(this.#head, slot, this.#span)) lister.add(slot);
  }

  /** Where chunks of some of the series stand, which come in the order of `refs`. */
  *slices(refs: Uint32Array): Generator<HeadSlice> {
    const { minTime, maxTime } = this.#span;
    for (let from = 0; from < refs.length; from += sliceSeriesMax) {
      const some = refs.subarray(from, from + sliceSeriesMax);
      const view = encodeHeadSeries(this.#head, some, { start: minTime, end: maxTime - 1 });
      const slabs = this.#head.arena.slabsFrom(this.#slabs);
      this.#slabs += slabs.length;
      yield { view, slabs };
    }
  }
}

function hasChunkIn({ series, closed }: Head, slot: number, { minTime, maxTime }: BlockSpan): boolean {
  for (let entry = series.closedFirst[slot]!; entry !== 0; entry = closed.next(entry)) {
    if (closed.minTime(entry) >= maxTime) return false;
    if (closed.maxTime(entry) >= minTime) return true;
  }
  return series.openEncoding[slot] !== 0 && series.openMinTime[slot]! < maxTime && series.xor.t[slot]! >= minTime;
}

class Lister {
  readonly #head: Head;
  readonly #pairNumbers: DenseNumberIndex;
  readonly #symbolNumbers: DenseNumberIndex;
  #refs = new Uint32List();
  #counts = new Uint32List();
  #pairs = new Uint32List();
  #newPairs = new Uint32List();
  #newSymbols: string[] = [];

  constructor(head: Head) {
    this.#head = head;
    this.#pairNumbers = new DenseNumberIndex(head.pairs.size);
    this.#symbolNumbers = new DenseNumberIndex(head.symbols.size);
  }

  add(slot: number): void {
    const { pairNumbers, series } = this.#head;
    const at = series.labelsAt[slot]!;
    const count = series.labelsCount[slot]!;
    this.#refs.push(series.ref[slot]!);
    this.#counts.push(count);
    for (let i = at; i < at + count; i++) this.#pairs.push(this.#pairNumber(pairNumbers[i]!));
  }

  #pairNumber(pair: number): number {
    const known = this.#pairNumbers.size;
    const number = this.#pairNumbers.placeOf(pair);
    if (number === known) {
      this.#newPairs.push(this.#symbolNumber(this.#head.pairs.nameOf(pair)));
      this.#newPairs.push(this.#symbolNumber(this.#head.pairs.valueOf(pair)));
    }
    return number;
  }

  #symbolNumber(symbol: number): number {
    const known = this.#symbolNumbers.size;
    const number = this.#symbolNumbers.placeOf(symbol);
    if (number === known) this.#newSymbols.push(this.#head.symbols.text(symbol));
    return number;
  }

  /** What was added since the last call. */
  take(): ListedSeries {
    const part = {
      refs: this.#refs.release(),
      counts: Uint16Array.from(this.#counts.release()),
      pairs: this.#pairs.release(),
      newPairs: this.#newPairs.release(),
      newSymbols: this.#newSymbols,
    };
    this.#refs = new Uint32List();
    this.#counts = new Uint32List();
    this.#pairs = new Uint32List();
    this.#newPairs = new Uint32List();
    this.#newSymbols = [];
    return part;
  }
}
