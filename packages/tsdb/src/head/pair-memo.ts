// Finds the label pairs of a series, and remembers those of the series that was looked up last by their places among its
// labels: the next series shares most of them, and a series that is not found is added at once. Used by head.
import type { Labels } from "@narthex/model";
import type { LabelPairs } from "./label-pairs.js";
import type { Symbols } from "./symbols.js";

export class PairMemo {
  readonly #symbols: Symbols;
  readonly #pairs: LabelPairs;
  /** The symbols' own texts: those of a caller may be parts of something large. */
  readonly #knownTexts: string[] = [];
  readonly #known: number[] = [];

  constructor(symbols: Symbols, pairs: LabelPairs) {
    this.#symbols = symbols;
    this.#pairs = pairs;
  }

  /** The pair of the label at `place` (0, 1, …), or -1 where no series has it. */
  find(labels: Labels, place: number): number {
    const name = labels[2 * place] as string;
    const value = labels[2 * place + 1] as string;
    const known = this.#known[place];
    const isKnown = known !== undefined && this.#knownTexts[2 * place + 1] === value;
    if (isKnown && this.#knownTexts[2 * place] === name) return known;
    const pair = this.#lookUp(name, value);
    if (pair >= 0) {
      this.#known[place] = pair;
      this.#knownTexts[2 * place] = this.#symbols.text(this.#pairs.nameOf(pair));
      this.#knownTexts[2 * place + 1] = this.#symbols.text(this.#pairs.valueOf(pair));
    }
    return pair;
  }

  #lookUp(name: string, value: string): number {
    const nameSymbol = this.#symbols.find(name);
    const valueSymbol = nameSymbol < 0 ? -1 : this.#symbols.find(value);
    return valueSymbol < 0 ? -1 : this.#pairs.find(nameSymbol, valueSymbol);
  }

  /** To be called when a pair is removed. */
  clear(): void {
    this.#known.length = 0;
    this.#knownTexts.length = 0;
  }
}
