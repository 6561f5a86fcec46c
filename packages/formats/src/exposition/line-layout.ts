// The lines of a body that come as they came: their keys, end to end and in order. Targets of a fleet show the same lines, their
// instance being the scraper's to add: they share one layout, which is most of what a scrape keeps of a series.
// Comes from: open-lines. Goes to: series-cache, known-lines.

/** Never changes. */
export class LineLayout {
  readonly keys: Uint8Array;
  /** Where each key starts, and where the last one ends. */
  readonly starts: Uint32Array;

  constructor(keys: Uint8Array, starts: Uint32Array) {
    this.keys = keys;
    this.starts = starts;
  }

  get count(): number {
    return this.starts.length - 1;
  }
}

/** What a target's cache knows while its lines do not change. */
export interface SealedLines {
  readonly layout: LineLayout;
  /** Slot of each line; undefined where lines have the slots 0, 1, 2, … */
  readonly order: Uint32Array | undefined;
  /** Slots are below this number. */
  readonly slotCount: number;
  /** Of them, those that no line has. */
  readonly free: readonly number[];
}

export const noLines: SealedLines = {
  layout: new LineLayout(new Uint8Array(0), new Uint32Array(1)),
  order: undefined,
  slotCount: 0,
  free: [],
};
