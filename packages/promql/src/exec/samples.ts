// The samples of one series, floats and histograms apart, without stale markers: what range functions look at.
import { type Histogram, type Labels, rowNotes, type SampleColumns } from "@narthex/model";
import { isCounterReset } from "../histogram/reset-detection.js";
import { withHint } from "../histogram/reset-hint.js";
import { type Column, isFloat, isHistogram } from "./column.js";
import type { SeriesKernel } from "./series-kernel.js";
import { type StepGrid, timeAt } from "./step-grid.js";

/** Reused from series to series. Rows 0 … count - 1 of each kind are valid, ascending in time. */
export class SeriesSamples {
  floatCount = 0;
  floatTimes: Float64Array = new Float64Array(0);
  floats: Float64Array = new Float64Array(0);
  /** Start timestamps in ms, 0 for unknown; undefined when no sample has one. */
  floatStarts: Float64Array | undefined;
  /** A float may be below the one before it. */
  mayFall = true;
  /** The floats are all the same time apart. */
  isRegular = false;
  histogramCount = 0;
  histogramTimes: Float64Array = new Float64Array(0);
  histograms: Histogram[] = [];
  histogramStarts: Float64Array | undefined;
  dropsName = false;
  labels!: Labels;

  /** Takes the columns' arrays over as they are, where there is neither histogram nor stale marker: the common case. */
  takeColumns(labels: Labels, columns: SampleColumns): void {
    this.labels = labels;
    this.dropsName = false;
    dropStale(columns);
    this.histogramCount = 0;
    if (columns.h === undefined) {
      this.floatCount = columns.count;
      this.floatTimes = columns.t;
      this.floats = columns.v;
      this.floatStarts = columns.startTimes;
      this.mayFall = columns.may(rowNotes.hasFall);
      this.isRegular = !columns.may(rowNotes.hasJitter);
      return;
    }
    this.#split(columns, columns.h);
  }

  #split(columns: SampleColumns, h: readonly (Histogram | undefined)[]): void {
    this.#own(columns.count);
    const starts = columns.startTimes;
    this.floatStarts = starts && new Float64Array(columns.count);
    this.histogramStarts = starts && new Float64Array(columns.count);
    for (let i = 0; i < columns.count; i++) {
      const histogram = h[i];
      const t = columns.t[i] as number;
      const start = starts ? (starts[i] as number) : 0;
      if (histogram) this.#pushHistogram(t, histogram, start);
      else this.#pushFloat(t, columns.v[i] as number, start);
    }
  }

  /** The points of a subquery's column. */
  takeColumn(column: Column, grid: StepGrid, kernel?: SeriesKernel): void {
    this.labels = column.labels;
    this.dropsName = column.dropsName;
    this.floatStarts = undefined;
    this.histogramStarts = undefined;
    this.#own(column.v.length, kernel);
    for (let i = 0; i < column.present.length; i++) {
      const kind = column.present[i];
      if (kind === isFloat) this.#pushFloat(timeAt(grid, i), column.v[i] as number, 0);
      else if (kind === isHistogram) this.#pushHistogram(timeAt(grid, i), withoutHint(column.histogramAt(i)), 0);
    }
    this.isRegular = this.floatCount === column.v.length;
  }

  // Fresh arrays: the present ones may belong to a SampleColumns.
  #own(size: number, kernel?: SeriesKernel): void {
    this.mayFall = true;
    this.isRegular = false;
    this.floatCount = 0;
    this.histogramCount = 0;
    const { t, v } = kernel?.points(size) ?? { t: new Float64Array(size), v: new Float64Array(size) };
    this.floatTimes = t;
    this.floats = v;
    this.histogramTimes = new Float64Array(size);
    this.histograms = [];
  }

  #pushFloat(t: number, v: number, start: number): void {
    this.floatTimes[this.floatCount] = t;
    this.floats[this.floatCount] = v;
    if (this.floatStarts) this.floatStarts[this.floatCount] = start;
    this.floatCount++;
  }

  #pushHistogram(t: number, h: Histogram, start: number): void {
    this.histogramTimes[this.histogramCount] = t;
    this.histograms.push(h);
    if (this.histogramStarts) this.histogramStarts[this.histogramCount] = start;
    this.histogramCount++;
  }
}

// A subquery may skip samples or give one twice, so what a hint says of the sample before is not true any more.
function withoutHint(histogram: Histogram): Histogram {
  return histogram.counterResetHint === "gauge" ? histogram : withHint(histogram, "unknown");
}

/**
 * Sets unknown hints by comparing with the sample before, as Prometheus' storage does for queries that look only at
 * counts and sums (tsdb HistogramStatsIterator); it shows only in warnings of conflicting resets.
 */
export function detectHints({ count, h }: SampleColumns): void {
  let previous: Histogram | undefined;
  for (let i = 0; h && i < count; i++) {
    const current = h[i];
    if (current && previous && current.counterResetHint === "unknown") {
      h[i] = withHint(current, isCounterReset(current, previous) ? "reset" : "not_reset");
    }
    previous = current;
  }
}

function dropStale(columns: SampleColumns): void {
  const { count, t, v, words, h, startTimes } = columns;
  if (!columns.may(rowNotes.hasNaN)) return;
  let kept = firstNaN(v, count);
  // Most series have no stale marker.
  for (let i = kept; i < count; i++) {
    const value = v[i] as number;
    // Only a NaN can be stale; comparing is cheaper than looking at words.
    if (Number.isNaN(value) && columns.isStaleAt(i)) continue;
    if (kept !== i) {
      t[kept] = t[i] as number;
      words[2 * kept] = words[2 * i] as number;
      words[2 * kept + 1] = words[2 * i + 1] as number;
      if (h) h[kept] = h[i];
      if (startTimes) startTimes[kept] = startTimes[i] as number;
    }
    kept++;
  }
  columns.count = kept;
}

function firstNaN(v: Float64Array, count: number): number {
  let i = 0;
  while (i < count && !Number.isNaN(v[i])) i++;
  return i;
}
