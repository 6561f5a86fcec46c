// Open addressing from a 32-bit hash to a small number. The entries themselves stand elsewhere, in columns; the caller
// compares them. Hashes are kept, so that growth and removal never ask for them again.

const loadMax = 0.7;

export class HashTable {
  #capacity = 1024;
  /** Entry + 1; 0 is free. */
  #entries = new Uint32Array(this.#capacity);
  #hashes = new Uint32Array(this.#capacity);
  size = 0;

  /** The entry with this hash that `isWanted` accepts, or -1. */
  find(hash: number, isWanted: (entry: number) => boolean): number {
    const mask = this.#capacity - 1;
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const entry = this.#entries[i]!;
      if (entry === 0) return -1;
      if (this.#hashes[i] === hash && isWanted(entry - 1)) return entry - 1;
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
      const distance = (next - (this.#hashes[next]! & mask)) & mask;
      if (distance >= ((next - i) & mask)) {
        this.#entries[i] = this.#entries[next]!;
        this.#hashes[i] = this.#hashes[next]!;
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
    this.#hashes[i] = hash;
  }

  #grow(): void {
    const entries = this.#entries;
    const hashes = this.#hashes;
    this.#capacity *= 2;
    this.#entries = new Uint32Array(this.#capacity);
    this.#hashes = new Uint32Array(this.#capacity);
    for (let i = 0; i < entries.length; i++) if (entries[i] !== 0) this.#place(hashes[i]!, entries[i]!);
  }
}

/** Mixes `value` into `hash`; 32 bits, unsigned. */
export function mixHash(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0x85ebca77) >>> 0;
}
