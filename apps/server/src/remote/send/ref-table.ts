// Small numbers by series ref: what a Map of numbers is, in 16 to 36 bytes for each. Refs are above 0.

const emptyLength = 256;

export class RefTable {
  #refs = new Float64Array(emptyLength);
  #values = new Uint32Array(emptyLength);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** -1 where it is not known. */
  find(ref: number): number {
    const refs = this.#refs;
    const mask = refs.length - 1;
    for (let at = placeOf(ref, mask); ; at = (at + 1) & mask) {
      if (refs[at] === ref) return this.#values[at]!;
      if (refs[at] === 0) return -1;
    }
  }

  /** REQUIRES: the ref is not known. */
  add(ref: number, value: number): void {
    if (4 * (this.#size + 1) > 3 * this.#refs.length) this.#spread(2 * this.#refs.length);
    this.#insert(ref, value);
  }

  /** Keeps those that `isKept` says; asks once for each. */
  keep(isKept: (value: number) => boolean): void {
    const refs = this.#refs;
    const values = this.#values;
    const stays = new Uint8Array(refs.length);
    let count = 0;
    for (let at = 0; at < refs.length; at++) {
      if (refs[at] === 0 || !isKept(values[at]!)) continue;
      stays[at] = 1;
      count++;
    }
    if (count === this.#size) return;
    let length = emptyLength;
    while (3 * length < 4 * (count + 1)) length *= 2;
    this.#clear(length);
    for (let at = 0; at < refs.length; at++) if (stays[at] === 1) this.#insert(refs[at]!, values[at]!);
  }

  #spread(length: number): void {
    const refs = this.#refs;
    const values = this.#values;
    this.#clear(length);
    for (let at = 0; at < refs.length; at++) if (refs[at] !== 0) this.#insert(refs[at]!, values[at]!);
  }

  #clear(length: number): void {
    this.#refs = new Float64Array(length);
    this.#values = new Uint32Array(length);
    this.#size = 0;
  }

  #insert(ref: number, value: number): void {
    const mask = this.#refs.length - 1;
    let at = placeOf(ref, mask);
    while (this.#refs[at] !== 0) at = (at + 1) & mask;
    this.#refs[at] = ref;
    this.#values[at] = value;
    this.#size++;
  }
}

function placeOf(ref: number, mask: number): number {
  const mixed = Math.imul((ref % 0x100000000) ^ Math.floor(ref / 0x100000000), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) & mask;
}
