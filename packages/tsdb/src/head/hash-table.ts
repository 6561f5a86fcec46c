// Open addressing from a 32-bit hash to a small number. The entries themselves stand elsewhere, in columns; the caller
// compares them, and tells an entry's hash again when the table grows or closes a hole: keeping it would cost as much
// memory as the table.

const loadMax = 0.7;

export class HashTable {
  readonly #hashOf: (entry: number) => number;
  #capacity = 1024;
  /** Entry + 1; 0 is free. */
  #entries = new Uint32Array(this.#capacity);
  size = 0;

  /** `hashOf`: the hash that an entry was added with, as long as it is in the table. */
  constructor(hashOf: (entry: number) => number) {
    this.#hashOf = hashOf;
  }

  /** The entry with this hash that `isWanted` accepts, or -1. */
  find(hash: number, isWanted: (entry: number) => boolean): number {
    const mask = this.#capacity - 1;
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const entry = this.#entries[i]!;
      if (entry === 0) return -1;
      if (isWanted(entry - 1)) return entry - 1;
    }
  }

  /** REQUIRES: the entry is not in the table. */
  add(hash: number, entry: number): void {
    if (this.size + 1 > this.#capacity * loadMax) this.#grow();
    this.#place(hash, entry + 1);
    this.size++;
  }

  /** Takes the entry out; later entries of its run move up, so no grave stays behind. */
  remove(hash: number, entry: number): void {
    const mask = this.#capacity - 1;
    let i = hash & mask;
    while (this.#entries[i] !== entry + 1) i = (i + 1) & mask;
    for (let next = (i + 1) & mask; this.#entries[next] !== 0; next = (next + 1) & mask) {
      const distance = (next - (this.#hashOf(this.#entries[next]! - 1) & mask)) & mask;
      if (distance >= ((next - i) & mask)) {
        this.#entries[i] = this.#entries[next]!;
        i = next;
      }
    }
    this.#entries[i] = 0;
    this.size--;
  }

  #place(hash: number, stored: number): void {
    const mask = this.#capacity - 1;
    let i = hash & mask;
    while (this.#entries[i] !== 0) i = (i + 1) & mask;
    this.#entries[i] = stored;
  }

  #grow(): void {
    const entries = this.#entries;
    this.#capacity *= 2;
    this.#entries = new Uint32Array(this.#capacity);
    for (const stored of entries) if (stored !== 0) this.#place(this.#hashOf(stored - 1), stored);
  }
}

/** Mixes `value` into `hash`; 32 bits, unsigned. */
export function mixHash(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0x85ebca77) >>> 0;
}
