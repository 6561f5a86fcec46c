// Labels of the head's series as this thread has seen them, from query to query: a series has one number and one set of labels for as
// long as the head lives. Views bring labels as numbers of texts; making texts and sets of those anew for each query, and comparing them with
// those of blocks, costs as much as reading a few samples.
// Comes from: view/reader. Bounded; when it is full, it begins anew.
import { type Labels, labelsFromSorted } from "@narthex/model";

/** About 200 bytes each, and their texts. */
export const headSeriesMax = 40_000;

export class HeadLabels {
  readonly #seriesMax: number;
  readonly #bySeries = new Map<number, Labels>();
  /** Texts of their own: a slice would keep all the view's text alive. */
  readonly #texts = new Map<string, string>();

  constructor(seriesMax: number = headSeriesMax) {
    this.#seriesMax = seriesMax;
  }

  get size(): number {
    return this.#bySeries.size;
  }

  /** `read` is called for a series that is not known; what it returns is not kept. */
  of(ref: number, read: () => readonly string[]): Labels {
    const known = this.#bySeries.get(ref);
    if (known) return known;
    const labels = labelsFromSorted(read().map((text) => this.#own(text)));
    this.share(ref, labels);
    return labels;
  }

  /** Takes an equal set for the series': one that others have, too. */
  share(ref: number, labels: Labels): void {
    if (this.#bySeries.size >= this.#seriesMax && !this.#bySeries.has(ref)) {
      this.#bySeries.clear();
      this.#texts.clear();
    }
    this.#bySeries.set(ref, labels);
  }

  #own(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const own = Buffer.from(text, "utf8").toString("utf8");
    this.#texts.set(own, own);
    return own;
  }
}
