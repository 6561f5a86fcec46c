// The newest exemplars of all series, in a ring: a new one takes the place of the oldest.
import { type Exemplar, type ExemplarOutcome, type Labels, labelsEqual, type SeriesRef } from "@narthex/model";
import type { ExemplarRecord } from "../wal/records.js";

/** Exemplars of one series, oldest first. */
export interface SeriesExemplars {
  readonly seriesLabels: Labels;
  readonly exemplars: (Exemplar & { readonly t: number })[];
}

/** Prometheus: exemplar.ExemplarMaxLabelSetLength; characters of an exemplar's names and values together. */
export const exemplarCharactersMax = 128;

export class ExemplarRing {
  #ring: (ExemplarRecord | undefined)[];
  readonly #newest = new Map<SeriesRef, ExemplarRecord>();
  #next = 0;
  /** How many there are now. */
  size = 0;
  appended = 0;
  outOfOrder = 0;

  /** `capacity` 0 keeps none. */
  constructor(capacity: number) {
    this.#ring = Array.from({ length: capacity });
  }

  get capacity(): number {
    return this.#ring.length;
  }

  /** Whether there is one of the series. */
  has(ref: SeriesRef): boolean {
    return this.#newest.has(ref);
  }

  /** The newest stay. */
  resize(capacity: number): void {
    const kept = capacity === 0 ? [] : this.inOrder().slice(-capacity);
    this.#ring = Array.from({ length: capacity });
    this.#newest.clear();
    this.#next = 0;
    this.size = 0;
    for (const exemplar of kept) this.#put(exemplar);
  }

  /**
   * What `add` at `t` would come to: one that is older than the newest of its series is out of order. One without a time of its
   * own is a duplicate at whatever time it is seen again.
   */
  outcomeOf(ref: SeriesRef, exemplar: Exemplar, t: number): ExemplarOutcome {
    if (this.capacity === 0) return "unkept";
    const newest = this.#newest.get(ref);
    if (newest && t < newest.t) {
      this.outOfOrder++;
      return "outOfOrder";
    }
    const isOther =
      !newest ||
      (exemplar.t !== undefined && t > newest.t) ||
      exemplar.v !== newest.v ||
      !labelsEqual(exemplar.labels, newest.labels);
    if (!isOther) return "duplicate";
    return isShort(exemplar.labels) ? "appended" : "tooLong";
  }

  add(exemplar: ExemplarRecord): void {
    if (this.capacity === 0) return;
    this.#put(exemplar);
    this.appended++;
  }

  #put(exemplar: ExemplarRecord): void {
    const replaced = this.#ring[this.#next];
    if (replaced && this.#newest.get(replaced.ref) === replaced) this.#newest.delete(replaced.ref);
    this.#ring[this.#next] = exemplar;
    this.#newest.set(exemplar.ref, exemplar);
    this.#next = (this.#next + 1) % this.capacity;
    if (!replaced) this.size++;
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

/** Whether an exemplar with these labels may be kept. */
export function isShort(labels: Labels): boolean {
  let units = 0;
  for (const text of labels) units += text.length;
  if (units <= exemplarCharactersMax) return true;
  let characters = 0;
  for (const text of labels) characters += Array.from(text).length;
  return characters <= exemplarCharactersMax;
}
