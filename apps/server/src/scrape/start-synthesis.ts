// --enable-feature=st-synthesis: a start time for series that count up and whose target tells none. The first sample of a series
// is held back: its time is the start of those that come later, and they are told less its value. Where a count falls, the
// target has begun anew, as if a millisecond before, and values stand as they come.
// A body that is refused in the end has moved this on all the same: what it counted was seen.
import type { ExpositionColumns } from "@narthex/formats";
import type { Histogram } from "@narthex/model";
import { isCounterReset, subtractHistograms } from "@narthex/promql";

/** How far a series has counted. */
type Count<T> = {
  /** In ms. */
  startTime: number;
  /** What had been counted before; undefined after a reset, for nothing. */
  reference: T | undefined;
  last: T;
  lastTime: number;
};

type Sample<T> = { readonly t: number; readonly value: T };
type Started<T> = { readonly startTime: number; readonly value: T };

/** How the values of a kind are compared, and taken from one another. */
type Arithmetic<T> = {
  readonly isReset: (value: T, last: T) => boolean;
  readonly minus: (value: T, reference: T) => T;
};

const ofFloats: Arithmetic<number> = {
  isReset: (value, last) => value < last,
  minus: (value, reference) => value - reference,
};

const ofHistograms: Arithmetic<Histogram> = {
  isReset: isCounterReset,
  // There is a difference: a histogram whose buckets are of another kind is a reset.
  minus: (value, reference) => ({ ...subtractHistograms(value, reference)!.histogram, counterResetHint: "unknown" }),
};

export type SynthesisRows = {
  readonly isCumulative: (slot: number) => boolean;
  /** In ms. */
  readonly timeOf: (row: number) => number;
};

export class StartSynthesis {
  /** By slot. */
  readonly #floats: (Count<number> | undefined)[] = [];
  readonly #histograms: (Count<Histogram> | undefined)[] = [];
  /** Rows of the body in work. */
  readonly #heldBack = new Set<number>();

  /** Whether the row's sample is one that others count from, which is not stored. */
  isHeldBack(row: number): boolean {
    return this.#heldBack.has(row);
  }

  /** The slot's line means another series from now on, or one that counts otherwise. */
  forget(slot: number): void {
    this.#floats[slot] = undefined;
    this.#histograms[slot] = undefined;
  }

  /** Gives start times to rows that count up and have none, and makes their values those since then. */
  apply(columns: ExpositionColumns, { isCumulative, timeOf }: SynthesisRows): void {
    this.#heldBack.clear();
    let next = 0;
    for (let row = 0; row < columns.count; row++) {
      const slot = columns.slots[row]!;
      const at = columns.histograms[next]?.row === row ? next++ : -1;
      if (!isCumulative(slot) || columns.startTimes.has(row)) continue;
      const t = timeOf(row);
      if (at < 0) {
        const value = columns.v[row]!;
        // No number counts on from NaN or an infinity.
        if (!Number.isFinite(value)) continue;
        const started = advance(this.#floats, slot, { t, value }, ofFloats);
        if (this.#note(columns, row, started)) columns.v[row] = started.value;
      } else {
        const value = columns.histograms[at]!.histogram;
        const started = advance(this.#histograms, slot, { t, value }, ofHistograms);
        if (this.#note(columns, row, started)) columns.histograms[at] = { row, histogram: started.value };
      }
    }
  }

  #note<T>(columns: ExpositionColumns, row: number, started: Started<T> | undefined): started is Started<T> {
    if (started === undefined) this.#heldBack.add(row);
    else columns.startTimes.set(row, started.startTime);
    return started !== undefined;
  }
}

/** Undefined for a sample that others count from. */
function advance<T>(
  counts: (Count<T> | undefined)[],
  slot: number,
  { t, value }: Sample<T>,
  { isReset, minus }: Arithmetic<T>,
): Started<T> | undefined {
  const count = counts[slot];
  if (count === undefined) {
    counts[slot] = { startTime: t, reference: value, last: value, lastTime: t };
    return undefined;
  }
  if (t <= count.startTime) return undefined;
  if (t > count.lastTime) {
    if (isReset(value, count.last)) {
      count.startTime = t - 1;
      count.reference = undefined;
    }
    count.last = value;
    count.lastTime = t;
  }
  const { startTime, reference } = count;
  return { startTime, value: reference === undefined ? value : minus(value, reference) };
}
