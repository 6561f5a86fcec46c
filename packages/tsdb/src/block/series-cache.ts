// Series entries of block indexes, parsed: dashboards ask for the same series again and again.
// Comes from: block/index-reader. Bounded over all blocks; entries go by generations, the longest unused ones first.
import type { IndexedSeries } from "./index-reader.js";

/** By block, then by series ref. */
type Generation = Map<number, Map<number, IndexedSeries>>;

export class SeriesCache {
  readonly #generationMax: number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #youngCount = 0;

  constructor(seriesMax: number) {
    this.#generationMax = Math.max(1, Math.floor(seriesMax / 2));
  }

  /** `parse` is called for what is not cached. `block` is any number that no other block has. */
  series(block: number, ref: number, parse: (ref: number) => IndexedSeries): IndexedSeries {
    const known = this.#young.get(block)?.get(ref);
    if (known) return known;
    const series = this.#old.get(block)?.get(ref) ?? parse(ref);
    this.#add(block, ref, series);
    return series;
  }

  #add(block: number, ref: number, series: IndexedSeries): void {
    if (this.#youngCount === this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCount = 0;
    }
    let ofBlock = this.#young.get(block);
    if (!ofBlock) {
      ofBlock = new Map();
      this.#young.set(block, ofBlock);
    }
    ofBlock.set(ref, series);
    this.#youngCount++;
  }

  /** Forgets a block that was closed. */
  drop(block: number): void {
    this.#youngCount -= this.#young.get(block)?.size ?? 0;
    this.#young.delete(block);
    this.#old.delete(block);
  }
}
