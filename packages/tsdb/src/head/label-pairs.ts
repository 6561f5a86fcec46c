// The head's inverted index: for each label pair in use, the refs of the series that have it (postings).
// Refs are given out ascending, so lists are sorted as they grow; replay adds in any order and sorts once, when asked.
// Names and values are symbol numbers, whose meaning the owner keeps: the head's, or those of a block being written.
import { compareUtf8 } from "@narthex/stdx";
import { GrowingColumns } from "../growing-columns.js";
import { HashTable, mixHash } from "./hash-table.js";
import { PackedLists } from "./packed-lists.js";

const emptyPostings = new Uint32Array(0);

export class LabelPairs {
  readonly #lists = new PackedLists();
  readonly #table = new HashTable((pair) => pairHash(this.#names[pair]!, this.#values[pair]!));
  readonly #columns = new GrowingColumns().resize(1024);
  #names = this.#columns.uint32();
  #values = this.#columns.uint32();
  #lengths = this.#columns.uint32();
  /** The ref pushed last; of a list of one, which has no pieces, the list itself: most pairs have one series. */
  #lasts = this.#columns.uint32();
  /** First piece of the packed list, and where its next entry goes. */
  #places = this.#columns.uint32();
  #cursors = this.#columns.uint32();
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

  /** A pair without series. REQUIRES: it is not there. */
  create(name: number, value: number): number {
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

  /** Forgets a pair. REQUIRES: it has no series. */
  remove(pair: number): void {
    const name = this.#names[pair]!;
    this.#table.remove(pairHash(name, this.#values[pair]!), pair);
    const siblings = this.pairsOf(name).filter((sibling) => sibling !== pair);
    if (siblings.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, siblings);
    this.#free.push(pair);
  }

  /** Sorted refs of the pair's series. A copy. */
  postings(pair: number): Uint32Array {
    const length = this.#lengths[pair]!;
    if (length === 0) return emptyPostings;
    if (length === 1) return this.#lasts.slice(pair, pair + 1);
    const refs = new Uint32Array(length);
    this.#lists.read(this.#places[pair]!, refs);
    if (this.#isUnsorted.has(pair)) this.#replace(pair, refs.sort());
    return refs;
  }

  /** Adds a series to the pair's list. REQUIRES: it is not there yet. */
  push(pair: number, ref: number): void {
    const length = this.#lengths[pair]!;
    const last = this.#lasts[pair]!;
    if (length === 1) {
      const place = this.#lists.create();
      this.#places[pair] = place;
      this.#cursors[pair] = this.#lists.push(this.#lists.startOf(place), last, last);
    }
    if (length > 0) {
      this.#cursors[pair] = this.#lists.push(this.#cursors[pair]!, ref - last, ref);
      if (ref < last) this.#isUnsorted.add(pair);
    }
    this.#lasts[pair] = ref;
    this.#lengths[pair] = length + 1;
  }

  /** Takes refs out of one pair's list. */
  removeRefs(pair: number, isDead: (ref: number) => boolean): void {
    const alive = this.postings(pair).filter((ref) => !isDead(ref));
    this.#replace(pair, alive);
  }

  #replace(pair: number, refs: Uint32Array): void {
    if (this.#lengths[pair]! > 1) this.#lists.release(this.#places[pair]!);
    this.#isUnsorted.delete(pair);
    this.#lengths[pair] = 0;
    for (const ref of refs) this.push(pair, ref);
  }

  #grow(): void {
    const columns = this.#columns.resize(Math.ceil(this.#names.length * 1.5));
    this.#names = columns.uint32(this.#names);
    this.#values = columns.uint32(this.#values);
    this.#lengths = columns.uint32(this.#lengths);
    this.#lasts = columns.uint32(this.#lasts);
    this.#places = columns.uint32(this.#places);
    this.#cursors = columns.uint32(this.#cursors);
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
