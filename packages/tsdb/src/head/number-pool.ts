// Many short lists of 32-bit numbers in one array: label sets and postings, without an object for each.

import { GrowingColumns } from "../growing-columns.js";

export class NumberPool {
  readonly #columns = new GrowingColumns().resize(4096);
  data: Uint32Array = this.#columns.uint32();
  // 0 is never given out, so that 0 may mean "none".
  #used = 1;
  readonly #free = new Map<number, number[]>();

  /** Room for `size` numbers; returns where in `data`. Content is what was there before. */
  allocate(size: number): number {
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return free;
    const at = this.#used;
    if (at + size > this.data.length) this.#grow(at + size);
    this.#used = at + size;
    return at;
  }

  release(at: number, size: number): void {
    const free = this.#free.get(size);
    if (free) free.push(at);
    else this.#free.set(size, [at]);
  }

  #grow(needed: number): void {
    const length = Math.max(needed, Math.ceil(this.data.length * 1.5));
    this.data = this.#columns.resize(length).uint32(this.data);
  }
}
