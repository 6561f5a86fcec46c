// The head's inverted index: for each label pair in use, the refs of the series that have it (postings).
// Refs are given out ascending, so lists are sorted as they grow; replay adds in any order and sorts once, when asked.
import { compareUtf8 } from "@narthex/stdx";
import { HashTable, mixHash } from "./hash-table.js";
import { NumberPool } from "./number-pool.js";

const emptyPostings = new Uint32Array(0);

export class LabelPairs {
  readonly #table = new HashTable();
  readonly #pool = new NumberPool();
  #names = new Uint32Array(1024);
  #values = new Uint32Array(1024);
  #lengths = new Uint32Array(1024);
  /** Where the list stands in the pool; of a list of one, the ref itself: most pairs have one series. */
  #places = new Uint32Array(1024);
  readonly #isUnsorted = new Set<number>();
  readonly #byName = new Map<number, number[]>();
  readonly #free: number[] = [];
  #used = 0;

  get size(): number {
    return this.#table.size;
  }

  /** Numbers of the names that have a pair. */
  names(): IterableIterator<number> {
    return this.#byName.keys();
  }

  /** Pairs with this name. Borrowed. */
  pairsOf(name: number): readonly number[] {
    return this.#byName.get(name) ?? [];
  }

  valueOf(pair: number): number {
    return this.#values[pair]!;
  }

  nameOf(pair: number): number {
    return this.#names[pair]!;
  }

  lengthOf(pair: number): number {
    return this.#lengths[pair]!;
  }

  /** The pair, or -1. */
  find(name: number, value: number): number {
    return this.#table.find(
      pairHash(name, value),
      (pair) => this.#names[pair] === name && this.#values[pair] === value,
    );
  }

  /** Sorted refs of the pair's series. Borrowed; valid until the next `add` or `removeRefs`. */
  postings(pair: number): Uint32Array {
    const length = this.#lengths[pair]!;
    const place = this.#places[pair]!;
    if (length === 0) return emptyPostings;
    if (length === 1) return this.#places.subarray(pair, pair + 1);
    const list = this.#pool.data.subarray(place, place + length);
    if (this.#isUnsorted.delete(pair)) list.sort();
    return list;
  }

  add(name: number, value: number, ref: number): void {
    let pair = this.find(name, value);
    if (pair < 0) pair = this.#addPair(name, value);
    const length = this.#lengths[pair]!;
    if (length === 0) this.#places[pair] = ref;
    else this.#push(pair, length, ref);
    this.#lengths[pair] = length + 1;
  }

  #push(pair: number, length: number, ref: number): void {
    const last = length === 1 ? this.#places[pair]! : this.#pool.data[this.#places[pair]! + length - 1]!;
    if (ref < last) this.#isUnsorted.add(pair);
    if (length === 1) {
      const at = this.#pool.allocate(2);
      this.#pool.data[at] = this.#places[pair]!;
      this.#places[pair] = at;
    } else if ((length & (length - 1)) === 0) {
      const from = this.#places[pair]!;
      const at = this.#pool.allocate(length * 2);
      this.#pool.data.copyWithin(at, from, from + length);
      this.#pool.release(from, length);
      this.#places[pair] = at;
    }
    this.#pool.data[this.#places[pair]! + length] = ref;
  }

  /** Takes refs out of one pair's list; a pair without series goes. */
  removeRefs(pair: number, isDead: (ref: number) => boolean): void {
    const alive = this.postings(pair).filter((ref) => !isDead(ref));
    const name = this.#names[pair]!;
    const value = this.#values[pair]!;
    this.#releaseList(pair);
    this.#lengths[pair] = 0;
    if (alive.length === 0) this.#removePair(pair, name, value);
    else this.#store(pair, alive);
  }

  #store(pair: number, refs: Uint32Array): void {
    this.#lengths[pair] = refs.length;
    if (refs.length === 1) {
      this.#places[pair] = refs[0]!;
      return;
    }
    const at = this.#pool.allocate(listCapacity(refs.length));
    this.#pool.data.set(refs, at);
    this.#places[pair] = at;
  }

  #releaseList(pair: number): void {
    const length = this.#lengths[pair]!;
    if (length > 1) this.#pool.release(this.#places[pair]!, listCapacity(length));
    this.#isUnsorted.delete(pair);
  }

  #addPair(name: number, value: number): number {
    const pair = this.#free.pop() ?? this.#used++;
    if (pair >= this.#names.length) this.#grow();
    this.#names[pair] = name;
    this.#values[pair] = value;
    this.#lengths[pair] = 0;
    this.#table.add(pairHash(name, value), pair);
    const siblings = this.#byName.get(name);
    if (siblings) siblings.push(pair);
    else this.#byName.set(name, [pair]);
    return pair;
  }

  #removePair(pair: number, name: number, value: number): void {
    this.#table.remove(pairHash(name, value), pair);
    const siblings = this.pairsOf(name).filter((sibling) => sibling !== pair);
    if (siblings.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, siblings);
    this.#free.push(pair);
  }

  #grow(): void {
    const grown = (from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
      const to = new Uint32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.#names = grown(this.#names);
    this.#values = grown(this.#values);
    this.#lengths = grown(this.#lengths);
    this.#places = grown(this.#places);
  }

  /** All pairs, ordered by name and value as texts. */
  sorted(text: (symbol: number) => string): number[] {
    const names = [...this.names()].sort((a, b) => compareUtf8(text(a), text(b)));
    return names.flatMap((name) =>
      [...this.pairsOf(name)].sort((a, b) => compareUtf8(text(this.valueOf(a)), text(this.valueOf(b)))),
    );
  }
}

function pairHash(name: number, value: number): number {
  return mixHash(mixHash(0x2545f491, name), value);
}

/** Lists have room for the next power of two. */
function listCapacity(length: number): number {
  return length <= 2 ? 2 : 2 ** (32 - Math.clz32(length - 1));
}
