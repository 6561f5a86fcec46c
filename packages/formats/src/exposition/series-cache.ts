// Remembers which series each line of a target's body meant at the scrape before.
// Comes from: the parsers, line by line. Goes to: scrape/append, which keeps what belongs to a slot (its ref, or that
// relabelling dropped it).
//
// A target's lines come in the same order every time. So the keys of the last body are kept, as a layout that targets with the
// same lines share; when one comes that is not expected, they are opened: keys of this target's own, with a hash table.
import { viewOf } from "@narthex/stdx";
import { endOfSameKey } from "./key-bytes.js";
import { type LineLayout, noLines, type SealedLines } from "./line-layout.js";
import { LineLayouts } from "./line-layouts.js";
import type { OpenLines } from "./open-lines.js";

/** Instead of a body that was dealt with: its memory is not ours any more. */
const noBody: Uint8Array = new Uint8Array(0);

/**
 * Maps key bytes to small integers, the slots. Per scrape: `begin`, `attach`, then `matchNext` or `find`/`add` for each line,
 * then `commit` (the body was good) or `rollback` (it was not: as if it had never come).
 */
export class SeriesCache {
  readonly #layouts: LineLayouts;
  #sealed: SealedLines = noLines;
  #layoutView = viewOf(noLines.layout.keys);
  /** Instead of `#sealed`, while lines change from body to body. */
  #open: OpenLines | undefined;
  /** Whether the lines were opened for the first body. */
  #isFirst = false;
  /** While sealed: how many lines came as they came. */
  #expected = 0;
  #body = noBody;
  #bodyView = viewOf(noBody);

  /** The slot of the line that `matchNext` recognised last. */
  slot = 0;

  /** `layouts`: of all caches that may have the same lines. */
  constructor(layouts: LineLayouts = new LineLayouts()) {
    this.#layouts = layouts;
  }

  /** Keys in use. */
  get size(): number {
    return this.#open?.size ?? this.#sealed.slotCount - this.#sealed.free.length;
  }

  /** Slots are below this number. */
  get slotsEnd(): number {
    return this.#open?.slotsEnd ?? this.#sealed.slotCount;
  }

  /** Before `commit`: whether the body in work has the lines of the last one, in their order. */
  get isUnchanged(): boolean {
    return this.#open?.isUnchanged ?? this.#expected === this.#sealed.layout.count;
  }

  /** The keys of the last body; undefined while they are this target's own. */
  get layout(): LineLayout | undefined {
    return this.#open === undefined ? this.#sealed.layout : undefined;
  }

  begin(): void {
    this.#expected = 0;
    this.#open?.begin();
  }

  /** Names the bytes that the following `matchNext` will walk. */
  attach(bytes: Uint8Array): void {
    this.#body = bytes;
    this.#bodyView = viewOf(bytes);
    this.#open?.attach(bytes);
  }

  /** Offset after the key at `start` of the attached bytes if it is the one expected here, its slot then in `slot`; 0 if it is another. */
  matchNext(start: number): number {
    const open = this.#open;
    if (open !== undefined) {
      const end = open.matchNext(start);
      this.slot = open.slot;
      return end;
    }
    const { layout, order } = this.#sealed;
    const line = this.#expected;
    if (line >= layout.count) return 0;
    const from = layout.starts[line]!;
    const place = { view: this.#layoutView, start: from, length: layout.starts[line + 1]! - from };
    const end = endOfSameKey(this.#bodyView, start, place);
    if (end === 0) return 0;
    this.#expected++;
    this.slot = order?.[line] ?? line;
    return end;
  }

  /** Where in the order of the last body the next line is expected. */
  get expected(): number {
    return this.#open?.expected ?? this.#expected;
  }

  /**
   * Copies the keys that are expected next, end to end, as far as they stand so in memory and fit; returns how many.
   * `lengths` are theirs.
   */
  copyExpected(keys: Uint8Array, lengths: Uint32Array): number {
    if (this.#open !== undefined) return this.#open.copyExpected(keys, lengths);
    const { starts, count, keys: all } = this.#sealed.layout;
    const first = this.#expected;
    const last = Math.min(count, first + lengths.length);
    const from = starts[first]!;
    let line = first;
    for (; line < last && starts[line + 1]! - from <= keys.length; line++) {
      lengths[line - first] = starts[line + 1]! - starts[line]!;
    }
    keys.set(all.subarray(from, starts[line]));
    return line - first;
  }

  /** Bytes between two keys that `copyExpected` copied together, by their place in the order. */
  bytesBetween(first: number, last: number): number {
    if (this.#open !== undefined) return this.#open.bytesBetween(first, last);
    const { starts } = this.#sealed.layout;
    return starts[last]! - starts[first]!;
  }

  /** The next `count` expected lines came; their slots go to `slots` from `row` on. */
  takeExpected(count: number, slots: Uint32Array, row: number): void {
    if (this.#open !== undefined) {
      this.#open.takeExpected(count, slots, row);
      return;
    }
    const { order } = this.#sealed;
    const first = this.#expected;
    if (order !== undefined) slots.set(order.subarray(first, first + count), row);
    else for (let i = 0; i < count; i++) slots[row + i] = first + i;
    this.#expected += count;
  }

  /** The slot of a key, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#opened().find(bytes, start, end);
  }

  /** Takes up a key that `find` did not know. */
  add(bytes: Uint8Array, start: number, end: number): number {
    return this.#opened().add(bytes, start, end);
  }

  /**
   * Ends a good body. Returns the slots of the last body that did not come again; they are free from now on, so whatever
   * belongs to them must be dropped before the next `begin`. Two keys may spell one series: before a stale marker is
   * written for a vanished slot, make sure that none of the present slots stands for its series.
   */
  commit(): number[] {
    const isSealed = this.#open === undefined && this.isUnchanged;
    const vanished = isSealed ? [] : this.#commitOpen(this.#opened());
    this.attach(noBody);
    return vanished;
  }

  #commitOpen(open: OpenLines): number[] {
    const { isUnchanged } = open;
    const vanished = open.commit();
    if (isUnchanged || this.#isFirst) this.#seal(open);
    return vanished;
  }

  /** Forgets the body in work. */
  rollback(): void {
    this.#open?.rollback();
    this.attach(noBody);
  }

  #opened(): OpenLines {
    if (this.#open !== undefined) return this.#open;
    this.#isFirst = this.#sealed.slotCount === 0;
    this.#open = this.#layouts.open(this.#sealed, this.#expected);
    this.#open.attach(this.#body);
    this.#sealed = noLines;
    return this.#open;
  }

  #seal(open: OpenLines): void {
    this.#sealed = this.#layouts.seal(open);
    this.#layoutView = viewOf(this.#sealed.layout.keys);
    this.#open = undefined;
    this.#isFirst = false;
  }
}
