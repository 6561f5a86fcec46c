// Which series of a block some matchers select: dashboards ask the same again and again, and a block never changes.
// Comes from: block. Bounded over all blocks by what the answers take; the answer unused longest goes first.
import type { Matcher } from "@narthex/model";
import { matchersKey } from "../index/match.js";
import type { IndexedSeries } from "./index-reader.js";

/** What an answer takes besides its references to series, as so many of those: a place in the map, and characters of its key. */
const ownWeight = 16;
const charactersPerReference = 8;

export class SelectionCache {
  readonly #weightMax: number;
  // A Map remembers the order of insertion: the first is the one used longest ago.
  readonly #answers = new Map<string, IndexedSeries[]>();
  #weight = 0;

  /** `weightMax`: references to series, of 8 bytes. */
  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** `select` is called for what is not cached. `block` is any number that no other block has. */
  selected(block: number, matchers: readonly Matcher[], select: () => IndexedSeries[]): readonly IndexedSeries[] {
    const key = `${block} ${matchersKey(matchers)}`;
    const known = this.#answers.get(key);
    const answer = known ?? select();
    if (known) this.#forget(key, known);
    this.#keep(key, answer);
    return answer;
  }

  #keep(key: string, answer: IndexedSeries[]): void {
    const weight = weightOf(key, answer);
    if (weight > this.#weightMax) return;
    this.#weight += weight;
    this.#answers.set(key, answer);
    for (const [oldest, other] of this.#answers) {
      if (this.#weight <= this.#weightMax) return;
      this.#forget(oldest, other);
    }
  }

  #forget(key: string, answer: IndexedSeries[]): void {
    this.#weight -= weightOf(key, answer);
    this.#answers.delete(key);
  }

  /** Forgets a block that was closed. */
  drop(block: number): void {
    for (const [key, answer] of this.#answers) if (key.startsWith(`${block} `)) this.#forget(key, answer);
  }
}

function weightOf(key: string, answer: readonly IndexedSeries[]): number {
  return answer.length + ownWeight + Math.ceil(key.length / charactersPerReference);
}
