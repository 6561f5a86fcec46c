// Labels of a view's series: numbers that stand for texts, each text once.
// Comes from: view/head-encode, series by series. Goes to: view/head-reader.
import type { Head } from "../head/head.js";
import { DenseNumberIndex, NumberIndex, Uint32List } from "./numbers.js";

/** Texts joined at once: few of them, so that joining never takes long. */
const joinedMax = 4096;
/** Where a view has one series for so many label pairs of the head, a place for each pair is less work than hashing those that come. */
const denseShare = 8;

/** Of a series' labels: room for those of most, so that it is not copied while it grows. What is not written to is no memory. */
const likelyNumbers = 14;
const reservedMax = 1 << 26;

export class LabelsEncoder {
  readonly #head: Head;
  /** Symbols of the view: name, value, name, value, … */
  readonly #labels = new Uint32List();
  /** Label pair of the head → its place in `#pairSymbols`. */
  readonly #pairs: NumberIndex | DenseNumberIndex;
  /** Name and value of each pair, as symbols of the view. */
  readonly #pairSymbols = new Uint32List();
  /** Symbol of the head → symbol of the view. */
  readonly #symbols: NumberIndex | DenseNumberIndex;
  readonly #symbolEnds = new Uint32List();
  readonly #joined: string[] = [];
  #texts: string[] = [];
  #textLength = 0;

  /** `seriesCount`: how many will be added, about. */
  constructor(head: Head, seriesCount: number) {
    this.#head = head;
    this.#labels.reserve(Math.min(likelyNumbers * seriesCount, reservedMax));
    const isDense = seriesCount * denseShare > head.pairs.size;
    this.#pairs = isDense ? new DenseNumberIndex(head.pairs.size) : new NumberIndex();
    this.#symbols = isDense ? new DenseNumberIndex(head.symbols.size) : new NumberIndex();
  }

  /** Numbers of all series so far. */
  get length(): number {
    return this.#labels.length;
  }

  /** Returns how many numbers the series' labels take. */
  add(slot: number): number {
    const { pairNumbers, series } = this.#head;
    const from = series.labelsAt[slot]!;
    const count = series.labelsCount[slot]!;
    const labels = this.#labels.reserve(2 * count);
    let at = this.#labels.length;
    for (let i = from; i < from + count; i++) {
      const place = this.#placeOf(pairNumbers[i]!);
      const symbols = this.#pairSymbols.reserve(0);
      labels[at++] = symbols[2 * place]!;
      labels[at++] = symbols[2 * place + 1]!;
    }
    this.#labels.length = at;
    return 2 * count;
  }

  #placeOf(pair: number): number {
    const known = this.#pairs.size;
    const place = this.#pairs.placeOf(pair);
    if (place === known) {
      this.#pairSymbols.push(this.#symbolOf(this.#head.pairs.nameOf(pair)));
      this.#pairSymbols.push(this.#symbolOf(this.#head.pairs.valueOf(pair)));
    }
    return place;
  }

  #symbolOf(symbol: number): number {
    const known = this.#symbols.size;
    const own = this.#symbols.placeOf(symbol);
    if (own === known) this.#addText(this.#head.symbols.text(symbol));
    return own;
  }

  #addText(text: string): void {
    this.#texts.push(text);
    this.#textLength += text.length;
    this.#symbolEnds.push(this.#textLength);
    if (this.#texts.length >= joinedMax) this.#join();
  }

  #join(): void {
    this.#joined.push(this.#texts.join(""));
    this.#texts = [];
  }

  /** The encoder is not to be used any more. */
  release(): {
    readonly labels: Uint32Array<ArrayBuffer>;
    readonly symbolTexts: string;
    readonly symbolEnds: Uint32Array<ArrayBuffer>;
  } {
    this.#join();
    const symbolTexts = this.#joined.join("");
    return { labels: this.#labels.release(), symbolTexts, symbolEnds: this.#symbolEnds.release() };
  }
}
