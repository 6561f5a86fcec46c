// A set of series refs, in pages of bits that exist where a ref is.
const pageBits = 12;
const pageWords = (1 << pageBits) / 32;

export class RefSet {
  readonly #pages: (Uint32Array | undefined)[] = [];

  constructor(refs: Iterable<number>) {
    for (const ref of refs) this.add(ref);
  }

  add(ref: number): void {
    const index = ref >>> pageBits;
    const page = this.#pages[index] ?? new Uint32Array(pageWords);
    this.#pages[index] = page;
    const word = (ref >>> 5) % pageWords;
    page[word] = page[word]! | (1 << (ref & 31));
  }

  has(ref: number): boolean {
    const page = this.#pages[ref >>> pageBits];
    return page !== undefined && ((page[(ref >>> 5) % pageWords]! >>> (ref & 31)) & 1) === 1;
  }
}
