// The heads of series, `{"metric":{"__name__":"up","job":"x"}`, as they were printed before: dashboards ask for the same series again and
// again, and writing out their labels costs more than reading and printing a sample.
// Comes from: http-api/query-result. Bounded; when there is no room left, it begins anew. Known by the array of labels itself, which
// storages keep from query to query; labels without a metric name are not, most of which an operator made for one answer.
import { type Labels, metricNameLabel } from "@narthex/model";

/** Some 20,000 series. */
export const labelTextBytesMax: number = 2 * 1024 * 1024;

/** Texts are no longer. */
const textBytesMax = 1 << 12;

export class LabelTexts {
  readonly #bytes: Uint8Array;
  #used = 0;
  /** Where each begins, times `textBytesMax`, and its length. */
  #places = new WeakMap<Labels, number>();

  constructor(bytesMax: number = labelTextBytesMax) {
    this.#bytes = new Uint8Array(bytesMax);
  }

  /** Borrowed until the next `keep`. */
  find(labels: Labels): Uint8Array | undefined {
    if (labels[0] !== metricNameLabel) return undefined;
    const place = this.#places.get(labels);
    if (place === undefined) return undefined;
    const start = Math.floor(place / textBytesMax);
    return this.#bytes.subarray(start, start + (place % textBytesMax));
  }

  /** Copies the text. */
  keep(labels: Labels, text: Uint8Array): void {
    if (labels[0] !== metricNameLabel) return;
    if (text.length >= textBytesMax || text.length > this.#bytes.length) return;
    if (this.#used + text.length > this.#bytes.length) {
      this.#places = new WeakMap();
      this.#used = 0;
    }
    this.#bytes.set(text, this.#used);
    this.#places.set(labels, this.#used * textBytesMax + text.length);
    this.#used += text.length;
  }
}
