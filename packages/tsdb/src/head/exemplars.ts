// The newest exemplars of all series, in a ring: a new one takes the place of the oldest.
import { type Exemplar, type Labels, labelsEqual, type SeriesRef } from "@narthex/model";
import type { ExemplarRecord } from "../wal/records.js";

/** Exemplars of one series, oldest first. */
export interface SeriesExemplars {
  readonly seriesLabels: Labels;
  readonly exemplars: (Exemplar & { readonly t: number })[];
}

export class ExemplarRing {
  readonly capacity: number;
  readonly #ring: (ExemplarRecord | undefined)[];
  readonly #newest = new Map<SeriesRef, ExemplarRecord>();
  #next = 0;
  appended = 0;
  outOfOrder = 0;

  /** `capacity` 0 keeps none. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#ring = Array.from({ length: capacity });
  }

  get size(): number {
    return Math.min(this.appended, this.capacity);
  }

  /**
   * Whether `add` would keep it at `t`: it is not older than the newest of its series, and not the same again. One without a
   * time of its own is the same again at whatever time it is seen.
   */
  isNew(ref: SeriesRef, exemplar: Exemplar, t: number): boolean {
    if (this.capacity === 0) return false;
    const newest = this.#newest.get(ref);
    if (!newest) return true;
    if (t < newest.t) {
      this.outOfOrder++;
      return false;
    }
    return (
      (exemplar.t !== undefined && t > newest.t) ||
      exemplar.v !== newest.v ||
      !labelsEqual(exemplar.labels, newest.labels)
    );
  }

  add(exemplar: ExemplarRecord): void {
    if (this.capacity === 0) return;
    const replaced = this.#ring[this.#next];
    if (replaced && this.#newest.get(replaced.ref) === replaced) this.#newest.delete(replaced.ref);
    this.#ring[this.#next] = exemplar;
    this.#newest.set(exemplar.ref, exemplar);
    this.#next = (this.#next + 1) % this.capacity;
    this.appended++;
  }

  /** Oldest first. */
  inOrder(): ExemplarRecord[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].filter((one) => one !== undefined);
  }

  /** Exemplars in [start, end] of the series that `labelsOf` knows (undefined: not wanted), by series. */
  select(
    range: { readonly start: number; readonly end: number },
    labelsOf: (ref: SeriesRef) => Labels | undefined,
  ): SeriesExemplars[] {
    const bySeries = new Map<SeriesRef, SeriesExemplars>();
    for (let i = 0; i < this.capacity; i++) {
      const exemplar = this.#ring[(this.#next + i) % this.capacity];
      if (!exemplar || exemplar.t < range.start || exemplar.t > range.end) continue;
      const seriesLabels = bySeries.get(exemplar.ref)?.seriesLabels ?? labelsOf(exemplar.ref);
      if (!seriesLabels) continue;
      const series = bySeries.get(exemplar.ref) ?? { seriesLabels, exemplars: [] };
      series.exemplars.push({ labels: exemplar.labels, v: exemplar.v, t: exemplar.t });
      bySeries.set(exemplar.ref, series);
    }
    return [...bySeries.values()];
  }
}
