// From a series to the slot that stands for it: open addressing, 8 to 16 bytes per series where a Map takes 30 to 40.
import type { SeriesRef } from "@narthex/model";

export class SlotTable {
  readonly #refOf: (slot: number) => SeriesRef;
  /** Slot + 1; 0 is free. At most half of them are taken. */
  #slots = new Uint32Array(16);
  #size = 0;

  /** `refOf`: the ref that a slot was added with, as long as it is in the table. */
  constructor(refOf: (slot: number) => SeriesRef) {
    this.#refOf = refOf;
  }

  /** Every slot in the table. */
  slots(): number[] {
    return Array.from(
      this.#slots.filter((stored) => stored !== 0),
      (stored) => stored - 1,
    );
  }

  /** The slot, or -1. */
  find(ref: SeriesRef): number {
    return this.#slots[this.#indexOf(ref)]! - 1;
  }

  /** REQUIRES: the series has no slot. */
  add(ref: SeriesRef, slot: number): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#grow();
    this.#slots[this.#indexOf(ref)] = slot + 1;
    this.#size++;
  }

  /** Takes the series out; later entries of its run move up, so no grave stays behind. REQUIRES: it is there. */
  remove(ref: SeriesRef): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#indexOf(ref);
    for (let i = (hole + 1) & mask; slots[i] !== 0; i = (i + 1) & mask) {
      const home = homeOf(this.#refOf(slots[i]! - 1)) & mask;
      if (((i - home) & mask) < ((i - hole) & mask)) continue;
      slots[hole] = slots[i]!;
      hole = i;
    }
    slots[hole] = 0;
    this.#size--;
  }

  // Where the series stands, or the free place where it would.
  #indexOf(ref: SeriesRef): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let i = homeOf(ref) & mask;
    while (slots[i] !== 0 && this.#refOf(slots[i]! - 1) !== ref) i = (i + 1) & mask;
    return i;
  }

  #grow(): void {
    const before = this.slots();
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (const slot of before) this.#slots[this.#indexOf(this.#refOf(slot))] = slot + 1;
  }
}

// Refs are given out in order, so those of one target spread by themselves.
function homeOf(ref: SeriesRef): number {
  return ref ^ (ref >>> 16);
}
