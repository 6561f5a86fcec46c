// Last samples of selected series, as a list that grows with the series.
// Comes from: block, view/head-reader. Goes to: whoever asks a querier for them.
import { type Labels, type LatestSamples, type SeriesSource, wordsOf } from "@narthex/model";

/** `T`: what a series is known by where it is. */
export class LatestList<T> implements LatestSamples {
  readonly labels: Labels[] = [];
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly words: Uint32Array;
  readonly #series: T[] = [];
  readonly #sourceOf: (series: T) => SeriesSource;

  constructor(seriesMax: number, sourceOf: (series: T) => SeriesSource) {
    this.t = new Float64Array(seriesMax).fill(Number.NaN);
    this.v = new Float64Array(seriesMax);
    this.words = wordsOf(this.v);
    this.#sourceOf = sourceOf;
  }

  /** Returns the series' row, which says that it must be read until something else is put there. */
  add(labels: Labels, series: T): number {
    this.labels.push(labels);
    return this.#series.push(series) - 1;
  }

  source(i: number): SeriesSource {
    return this.#sourceOf(this.#series[i] as T);
  }
}
