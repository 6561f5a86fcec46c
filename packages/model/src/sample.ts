// Samples in columns: the unit in which series are read. Nothing is allocated per sample.
import { grown } from "@narthex/stdx";
import type { Histogram } from "./histogram.js";
import { isStaleAt, setStaleAt, wordsOf } from "./staleness.js";

/**
 * What may be of the rows of one series; who decodes them sees it for nothing. A value is NaN, as a stale marker is; a value is below
 * the one before it; times are not all the same apart.
 */
export const rowNotes = { hasNaN: 1, hasFall: 2, hasJitter: 4 } as const;

/**
 * The samples of one series, ascending in time, in arrays that are reused from series to series.
 * Rows 0 … count - 1 are valid. A row is a histogram sample where `h` holds one, else a float sample.
 */
export class SampleColumns {
  count = 0;
  /** Milliseconds since 1970. */
  t: Float64Array;
  v: Float64Array;
  /** Bits of `v`: for stale markers, see staleness.ts. */
  words: Uint32Array;
  /** Undefined while the series has no histogram sample; else as long as `count`, with holes for floats. */
  h: (Histogram | undefined)[] | undefined;
  /** Start timestamps in ms, 0 for unknown; undefined while no sample has one. */
  startTimes: Float64Array | undefined;
  /** Of the first so many rows `notes` says what may be of them; while it is not `count`, nothing is known of all rows. */
  notedCount = 0;
  notes = 0;

  constructor(capacity = 128) {
    this.t = new Float64Array(capacity);
    this.v = new Float64Array(capacity);
    this.words = wordsOf(this.v);
  }

  /** On arrays of equal length that somebody else made; more rows get arrays of their own. */
  static over(t: Float64Array, v: Float64Array): SampleColumns {
    const columns = new SampleColumns(0);
    columns.t = t;
    columns.v = v;
    columns.words = wordsOf(v);
    return columns;
  }

  clear(): void {
    this.count = 0;
    this.h = undefined;
    this.startTimes = undefined;
    this.notedCount = 0;
    this.notes = 0;
  }

  /** Notes what a decoder saw of the rows behind those that are noted: `rowNotes`. */
  noteRows(notes: number): void {
    const { count, notedCount: first, t, v } = this;
    this.notedCount = count;
    this.notes |= notes;
    if (first === 0) return;
    if ((v[first] as number) < (v[first - 1] as number)) this.notes |= rowNotes.hasFall;
    const interval = (t[1] as number) - (t[0] as number);
    const isRegular = (i: number): boolean => (t[i] as number) - (t[i - 1] as number) === interval;
    if (!isRegular(first) || !isRegular(count - 1)) this.notes |= rowNotes.hasJitter;
  }

  /** Whether one of `rowNotes` may be so. */
  may(note: number): boolean {
    return this.notedCount !== this.count || (this.notes & note) !== 0;
  }

  /** Makes room for `capacity` rows in all; keeps the rows there are. */
  reserve(capacity: number): void {
    if (capacity <= this.t.length) return;
    const size = Math.max(capacity, this.t.length * 2);
    this.t = grown(this.t, size);
    this.v = grown(this.v, size);
    this.words = wordsOf(this.v);
    if (this.startTimes) this.startTimes = grown(this.startTimes, size);
  }

  pushFloat(t: number, v: number): void {
    this.reserve(this.count + 1);
    this.t[this.count] = t;
    this.v[this.count] = v;
    this.count++;
  }

  pushStale(t: number): void {
    this.reserve(this.count + 1);
    this.t[this.count] = t;
    setStaleAt(this.words, this.count);
    this.count++;
  }

  pushHistogram(t: number, h: Histogram): void {
    this.reserve(this.count + 1);
    this.t[this.count] = t;
    // A histogram row's float is its sum, so that staleness is one test for both kinds.
    this.v[this.count] = h.sum;
    this.h ??= [];
    this.h[this.count] = h;
    this.count++;
  }

  isStaleAt(i: number): boolean {
    return isStaleAt(this.words, i);
  }

  /** Sets the start timestamp of the row pushed last. */
  setStartTime(startTime: number): void {
    this.startTimes ??= new Float64Array(this.t.length);
    this.startTimes[this.count - 1] = startTime;
  }
}
