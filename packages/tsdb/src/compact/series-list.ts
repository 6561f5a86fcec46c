// All series of a block that is made of the head, put in order of labels. Nothing but numbers is kept of each: its ref, and a label pair's
// number for each label.
// Comes from: compact/head-source, part by part. Goes to: compact/head-block, which asks for their chunks in that order.
import { compareUtf8 } from "@narthex/stdx";
import { CountingSort, orderSequences } from "../counting-sort.js";
import { NumberPool } from "../head/number-pool.js";

/** Some series, as plain arrays, to be transferred. */
export interface ListedSeries {
  readonly refs: Uint32Array<ArrayBuffer>;
  /** How many labels each has. */
  readonly counts: Uint16Array<ArrayBuffer>;
  /** Label pairs of all, in order of names. Pairs are numbered as they first come. */
  readonly pairs: Uint32Array<ArrayBuffer>;
  /** Name and value of each pair that did not come before. Symbols are numbered as they first come, too. */
  readonly newPairs: Uint32Array<ArrayBuffer>;
  readonly newSymbols: readonly string[];
}

/** In order of labels. */
export interface SortedSeries {
  /** Sorted by UTF-8 bytes. */
  readonly symbols: readonly string[];
  readonly refs: Uint32Array;
  /** Writes the labels of series number `i`, which are places among the symbols, to `numbers` from `at` on. */
  copyLabels(i: number, numbers: Uint32Array, at: number): void;
  /** How many numbers its labels are. */
  labelsLength(i: number): number;
  /** The most that one has. */
  readonly labelsLengthMax: number;
}

export class SeriesList {
  readonly #refs = new NumberPool();
  /** Where each one's pairs begin, and where the last one's end. */
  readonly #starts = new NumberPool();
  readonly #pairs = new NumberPool();
  readonly #symbolPairs = new NumberPool();
  readonly #texts: string[] = [];
  #count = 0;
  #pairCount = 0;
  #labelsMax = 0;
  // The first place that a pool gives out.
  #end = 1;

  constructor() {
    this.#starts.data[this.#starts.allocate(1)] = this.#end;
  }

  add({ refs, counts, pairs, newPairs, newSymbols }: ListedSeries): void {
    append(this.#refs, refs);
    append(this.#pairs, pairs);
    append(this.#symbolPairs, newPairs);
    const at = this.#starts.allocate(counts.length);
    for (let i = 0; i < counts.length; i++) {
      this.#end += counts[i]!;
      this.#starts.data[at + i] = this.#end;
      if (counts[i]! > this.#labelsMax) this.#labelsMax = counts[i]!;
    }
    this.#count += refs.length;
    this.#pairCount += newPairs.length / 2;
    for (const text of newSymbols) this.#texts.push(text);
  }

  /** To be called once, when all are added. */
  sort(): SortedSeries {
    const texts = this.#texts;
    const places = Uint32Array.from(texts.keys()).sort((a, b) => compareUtf8(texts[a] as string, texts[b] as string));
    this.#numberPairs(places);
    const order = this.#order(this.#ranks(texts.length));
    const [starts, pairs, symbolPairs] = [this.#starts.data, this.#pairs.data, this.#symbolPairs.data];
    return {
      symbols: Array.from(places, (place) => texts[place] as string),
      refs: order.map((series) => this.#refs.data[1 + series]!),
      labelsLengthMax: 2 * this.#labelsMax,
      labelsLength: (i) => 2 * (starts[order[i]! + 2]! - starts[order[i]! + 1]!),
      copyLabels(i, numbers, at) {
        const series = order[i]!;
        const end = starts[series + 2]!;
        for (let from = starts[series + 1]!, to = at; from < end; from++, to += 2) {
          const pair = 1 + 2 * pairs[from]!;
          numbers[to] = symbolPairs[pair]!;
          numbers[to + 1] = symbolPairs[pair + 1]!;
        }
      },
    };
  }

  /** From numbers of symbols as they came to their places among the sorted. */
  #numberPairs(places: Uint32Array): void {
    const numbers = new Uint32Array(places.length);
    for (let i = 0; i < places.length; i++) numbers[places[i]!] = i;
    const { data } = this.#symbolPairs;
    for (let i = 1; i <= 2 * this.#pairCount; i++) data[i] = numbers[data[i]!]!;
  }

  /** Each pair's place among all, ordered by name and value. */
  #ranks(symbolCount: number): Uint32Array {
    const { data } = this.#symbolPairs;
    const sort = new CountingSort(this.#pairCount, symbolCount);
    for (let pair = 0; pair < this.#pairCount; pair++) sort.push(pair);
    for (const field of [1, 0]) sort.run((pair) => data[1 + 2 * pair + field]!);
    const ranks = new Uint32Array(this.#pairCount);
    for (let i = 0; i < ranks.length; i++) ranks[sort.items[i]!] = i;
    return ranks;
  }

  #order(ranks: Uint32Array): Uint32Array {
    const [starts, pairs] = [this.#starts.data, this.#pairs.data];
    return orderSequences({
      count: this.#count,
      lengthMax: this.#labelsMax,
      keyBound: this.#pairCount,
      lengthOf: (series) => starts[series + 2]! - starts[series + 1]!,
      keyOf: (series, label) => ranks[pairs[starts[series + 1]! + label]!]!,
    });
  }
}

function append(pool: NumberPool, numbers: Uint32Array): void {
  const at = pool.allocate(numbers.length);
  pool.data.set(numbers, at);
}
