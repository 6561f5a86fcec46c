// Which slot a series ref has: pages of 4096 refs that exist while a ref of theirs lives.
// Pages stand in the head's memory, where the append kernel finds them by their addresses, or in arrays of their own.
import { type HeadMemory, slabBytes } from "./memory.js";

const pageBits = 12;
const pageRefs = 1 << pageBits;
const pageBytes = 4 * pageRefs;

interface Page {
  readonly slots: Uint32Array;
  /** Where it stands in the head's memory; 0 elsewhere. */
  readonly address: number;
  live: number;
}

export class RefMap {
  readonly #memory: HeadMemory | undefined;
  readonly #pages: (Page | undefined)[] = [];
  /** Addresses by page, for the kernel. */
  readonly #addresses: Uint32Array | undefined;
  /** Empty pages of the memory. */
  readonly #free: Page[] = [];

  constructor(memory: HeadMemory | undefined) {
    this.#memory = memory;
    this.#addresses =
      memory && new Uint32Array(memory.buffer, memory.kernel.constant("refPagesAt"), 2 ** 32 / pageRefs);
  }

  /** The slot of a ref, or 0. */
  slotOf(ref: number): number {
    const page = this.#pages[ref >>> pageBits];
    return page === undefined ? 0 : page.slots[ref & (pageRefs - 1)]!;
  }

  add(ref: number, slot: number): void {
    const index = ref >>> pageBits;
    const page = this.#pages[index] ?? this.#newPage();
    page.slots[ref & (pageRefs - 1)] = slot;
    page.live++;
    this.#pages[index] = page;
    if (this.#addresses) this.#addresses[index] = page.address;
  }

  /** REQUIRES: the ref is there. */
  remove(ref: number): void {
    const index = ref >>> pageBits;
    const page = this.#pages[index] as Page;
    page.slots[ref & (pageRefs - 1)] = 0;
    page.live--;
    if (page.live > 0) return;
    this.#pages[index] = undefined;
    if (this.#addresses) this.#addresses[index] = 0;
    if (page.address > 0) this.#free.push(page);
  }

  #newPage(): Page {
    if (this.#free.length === 0) this.#addSlab();
    return this.#free.pop() ?? { slots: new Uint32Array(pageRefs), address: 0, live: 0 };
  }

  #addSlab(): void {
    const slab = this.#memory?.slab();
    if (!slab) return;
    for (let at = slabBytes - pageBytes; at >= 0; at -= pageBytes) {
      const address = slab.address + at;
      this.#free.push({ slots: new Uint32Array(slab.buffer, address, pageRefs), address, live: 0 });
    }
  }
}
