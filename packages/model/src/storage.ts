// The seam: the one place where writers (scrape, rules, remote), keepers (tsdb) and readers (promql, api) meet.
// All calls are synchronous: they run on the thread that owns the memory or the file descriptors.
import type { Exemplar } from "./exemplar.js";
import type { Histogram } from "./histogram.js";
import type { Labels } from "./labels.js";
import type { Matcher } from "./matcher.js";
import type { Metadata } from "./metadata.js";
import type { SampleColumns } from "./sample.js";

/** Finds a series within one run of one storage. 0 means none. */
export type SeriesRef = number;

/** What becomes of each sample of a batch, in `AppendColumns.outcomes`. */
export const appendOutcome = {
  appended: 0,
  outOfOrder: 1,
  outOfBounds: 2,
  tooOld: 3,
  duplicate: 4,
  unknownSeries: 5,
} as const;

export type AppendOutcome = (typeof appendOutcome)[keyof typeof appendOutcome];

/** Prometheus' error text for each outcome. */
export const appendOutcomeText: Readonly<Record<AppendOutcome, string>> = {
  0: "",
  1: "out of order sample",
  2: "out of bounds",
  3: "too old sample",
  4: "duplicate sample for timestamp",
  5: "unknown series",
};

/** What becomes of an exemplar; "duplicate": the newest of its series again, "unkept": the storage keeps none. */
export type ExemplarOutcome = "appended" | "duplicate" | "outOfOrder" | "tooLong" | "unkept";

/** Rows 0 … count - 1: sample `v` at `t` ms for series `refs`. Stale markers by bits (staleness.ts). */
export type AppendColumns = {
  count: number;
  refs: Uint32Array;
  t: Float64Array;
  v: Float64Array;
  /** Start timestamps in ms, 0 for unknown; absent where no row has one. */
  startTimes?: Float64Array | undefined;
  /** Written by `append`: an AppendOutcome per row. */
  outcomes: Uint8Array;
};

/** Time of a sample whose start timestamp is known; both in ms. */
export interface StartedTime {
  readonly t: number;
  readonly startTime: number;
}

/** One batch. Nothing is visible to readers before `commit`; after commit or rollback it is dead. */
export interface Appender {
  /**
   * The series with these labels, made if it is new. Throws SeriesLimitError when the storage takes no new series, or when
   * it holds `jobSeriesMax` with the same job label; 0 or absent for no such limit.
   */
  series(labels: Labels, jobSeriesMax?: number): SeriesRef;
  /** Returns how many rows were taken; the others' outcomes say why not. */
  append(columns: AppendColumns): number;
  appendHistogram(ref: SeriesRef, t: number | StartedTime, histogram: Histogram): AppendOutcome;
  /**
   * A sample is in order where it is newer than this, in ms; Infinity where that cannot be told. For zeros of a time when
   * counting began, which come late only to be forgotten.
   */
  inOrderAfter(ref: SeriesRef): number;
  appendExemplar(ref: SeriesRef, exemplar: Exemplar): ExemplarOutcome;
  setMetadata(ref: SeriesRef, metadata: Metadata): void;
  /** Writes the batch to the WAL, then shows it to readers. Throws when the disk refuses; the batch is then gone whole. */
  commit(): void;
  rollback(): void;
}

export interface Appendable {
  appender(): Appender;
}

/** What a reader wants of a select: `start` and `end` in ms, both inclusive. */
export type Selection = {
  readonly matchers: readonly Matcher[];
  readonly start: number;
  readonly end: number;
  /** Series in order of `compareLabels`. */
  readonly sorted?: boolean;
  /** At most so many series; 0 or absent for all. */
  readonly limit?: number;
};

/** One selected series; its samples are decoded when asked for. */
export interface SeriesSource {
  readonly labels: Labels;
  /** Replaces the content of `columns` by the samples in [start, end] of the selection; may hold a few more at both sides. */
  read(columns: SampleColumns): void;
}

/** Of each series of a selection the last sample up to its end: what an instant query looks at. */
export interface LatestSamples {
  /** In the order of `select`; row i of the others is about series i. */
  readonly labels: readonly Labels[];
  /** ms; it may be before the selection's start. NaN where the series must be read to know. */
  readonly t: Float64Array;
  readonly v: Float64Array;
  /** Bits of `v`: for stale markers, see staleness.ts. */
  readonly words: Uint32Array;
  source(i: number): SeriesSource;
}

/** Samples of many series, floats alone: the rows of one behind those of the other. */
export interface SeriesRows {
  /** ms; there is room for 8,192 rows at the least. */
  readonly t: Float64Array;
  /** Bits of the values. */
  readonly words: Uint32Array;
  /** Of each series the row behind its last; the first begins at row 0. */
  readonly ends: Int32Array;
  /** What may be of each series' rows: `rowNotes`. */
  readonly notes: Uint8Array;
}

export type LabelQuery = {
  readonly matchers: readonly Matcher[];
  /** At most so many; 0 or absent for all. */
  readonly limit?: number;
};

/** A read view over one time range. Close it. */
export interface Querier {
  select(selection: Selection): SeriesSource[];
  /** As `select`, with the last samples, where the storage finds those with less work than all; undefined where it does not. */
  latest?(selection: Selection): LatestSamples | undefined;
  /**
   * Reads series of a `select` of this querier from the one at `first` on, as many as there is room for and are read with less work
   * together; returns how many, 0 where the one at `first` must be read by itself.
   */
  readMany?(sources: readonly SeriesSource[], first: number, rows: SeriesRows): number;
  /** Sorted, unique. */
  labelNames(query: LabelQuery): string[];
  /** Sorted, unique. */
  labelValues(name: string, query: LabelQuery): string[];
  close(): void;
}

export interface Queryable {
  /** `start` and `end` in ms, both inclusive. */
  querier(range: { readonly start: number; readonly end: number }): Querier;
}

/** The storage holds as many series as it may; existing series go on. */
export class SeriesLimitError extends Error {
  override readonly name = "SeriesLimitError";
}
