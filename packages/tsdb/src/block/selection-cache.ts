// Which series of a block some matchers select: dashboards ask the same again and again, and a block never changes.
// Comes from: block. Bounded over all blocks by the series that the answers name; the answer unused longest goes first.
import type { Matcher } from "@narthex/model";
import { matchersKey } from "../index/match.js";
import type { IndexedSeries } from "./index-reader.js";

export class SelectionCache {
  readonly #seriesMax: number;
  // A Map remembers the order of insertion: the first is the one used longest ago.
  readonly #answers = new Map<string, IndexedSeries[]>();
  #seriesCount = 0;

  constructor(seriesMax: number) {
    this.#seriesMax = seriesMax;
  }

  /** `select` is called for what is not cached. `block` is any number that no other block has. */
  selected(block: number, matchers: readonly Matcher[], select: () => IndexedSeries[]): readonly IndexedSeries[] {
    const key = `${block} ${matchersKey(matchers)}`;
    const known = this.#answers.get(key);
    if (known) this.#answers.delete(key);
    const answer = known ?? select();
    if (!known) this.#makeRoom(answer.length);
    if (answer.length <= this.#seriesMax) this.#answers.set(key, answer);
    return answer;
  }

  #makeRoom(count: number): void {
    if (count > this.#seriesMax) return;
    this.#seriesCount += count;
    for (const [key, answer] of this.#answers) {
      if (this.#seriesCount <= this.#seriesMax) return;
      this.#seriesCount -= answer.length;
      this.#answers.delete(key);
    }
  }

  /** Forgets a block that was closed. */
  drop(block: number): void {
    for (const [key, answer] of this.#answers) {
      if (!key.startsWith(`${block} `)) continue;
      this.#seriesCount -= answer.length;
      this.#answers.delete(key);
    }
  }
}
