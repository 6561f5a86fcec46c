// Series in memory: both sides of the seam, for tests, unit tests of rules and browsers.
// Comes from: runner and whoever appends. Goes to: the engine, through the seam in @narthex/model.
import {
  type Appendable,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  compareLabels,
  type LabelQuery,
  type Labels,
  labelEntries,
  labelsKey,
  labelValue,
  matchesAll,
  type Querier,
  type Queryable,
  SampleColumns,
  type Selection,
  type SeriesRef,
  type SeriesSource,
} from "@narthex/model";
import { assert, compareUtf8 } from "@narthex/stdx";
import { histogramsEqual } from "../histogram/equality.js";
import { MemoryAppender, type Sample, type SampleKeeper } from "./appender.js";
import { HintTracker } from "./counter-hints.js";

type StoredSeries = {
  readonly ref: SeriesRef;
  readonly labels: Labels;
  readonly columns: SampleColumns;
  readonly hints: HintTracker;
};

export class MemoryStorage implements Queryable, Appendable, SampleKeeper {
  private readonly byKey = new Map<string, StoredSeries>();
  /** Series `ref` stands at ref - 1. */
  private byRef: StoredSeries[] = [];
  // Kept sorted lazily: appends come in runs, selects come in runs.
  private sorted: StoredSeries[] | undefined;

  clear(): void {
    this.byKey.clear();
    this.byRef = [];
    this.sorted = undefined;
  }

  appender(): Appender {
    return new MemoryAppender(this);
  }

  /** Appends in ascending time; the same sample again is ignored. Throws Error "out of order sample". */
  append(labels: Labels, sample: Sample): void {
    this.appendTo(this.refOf(labels), sample);
  }

  appendTo(ref: SeriesRef, sample: Sample): void {
    const series = this.seriesOf(ref);
    if (this.outcomeOf(ref, sample) !== appendOutcome.appended) throw new Error(`out of order sample at ${sample.t}`);
    if (!isLastSample(series.columns, sample)) pushSample(series, sample);
  }

  outcomeOf(ref: SeriesRef, sample: Sample): AppendOutcome {
    const { columns } = this.seriesOf(ref);
    const lastTime = this.lastTime(ref);
    if (sample.t > lastTime || isLastSample(columns, sample)) return appendOutcome.appended;
    return sample.t === lastTime ? appendOutcome.duplicate : appendOutcome.outOfOrder;
  }

  lastTime(ref: SeriesRef): number {
    const { columns } = this.seriesOf(ref);
    return columns.count === 0 ? -Infinity : (columns.t[columns.count - 1] as number);
  }

  refOf(labels: Labels): SeriesRef {
    return this.series(labels).ref;
  }

  private seriesOf(ref: SeriesRef): StoredSeries {
    const series = this.byRef[ref - 1];
    assert(series !== undefined, "a ref comes from this storage");
    return series;
  }

  private series(labels: Labels): StoredSeries {
    const key = labelsKey(labels);
    const existing = this.byKey.get(key);
    if (existing) return existing;
    const created = { ref: this.byRef.length + 1, labels, columns: new SampleColumns(16), hints: new HintTracker() };
    this.byKey.set(key, created);
    this.byRef.push(created);
    this.sorted = undefined;
    return created;
  }

  querier(range: { readonly start: number; readonly end: number }): Querier {
    return {
      select: (selection) => this.select(selection),
      labelNames: (query) => {
        const names = new Set<string>();
        for (const { labels } of this.matching(query, range))
          for (const [name] of labelEntries(labels)) names.add(name);
        return limited([...names].sort(compareUtf8), query.limit);
      },
      labelValues: (name, query) => {
        const values = new Set(this.matching(query, range).map(({ labels }) => labelValue(labels, name)));
        values.delete("");
        return limited([...values].sort(compareUtf8), query.limit);
      },
      close: () => undefined,
    };
  }

  private select(selection: Selection): SeriesSource[] {
    return limited(this.matching(selection, selection), selection.limit).map(({ labels, columns }) => ({
      labels,
      read: (target) => copyRows(columns, target, selection),
    }));
  }

  private matching(query: LabelQuery, range: { readonly start: number; readonly end: number }): StoredSeries[] {
    this.sorted ??= [...this.byKey.values()].sort((a, b) => compareLabels(a.labels, b.labels));
    return this.sorted.filter(({ labels, columns }) => hasRows(columns, range) && matchesAll(query.matchers, labels));
  }
}

function limited<T>(items: T[], limit: number | undefined): T[] {
  return limit ? items.slice(0, limit) : items;
}

function isLastSample(columns: SampleColumns, { t, value }: Sample): boolean {
  const last = columns.count - 1;
  if (last < 0 || columns.t[last] !== t) return false;
  if (value === "stale") return columns.isStaleAt(last);
  const h = columns.h?.[last];
  if (typeof value === "number") return h === undefined && Object.is(columns.v[last], value);
  return h !== undefined && histogramsEqual(h, value);
}

function pushSample({ columns, hints }: StoredSeries, { t, value, startTime }: Sample): void {
  if (value === "stale") {
    columns.pushStale(t);
    hints.end();
  } else if (typeof value === "number") {
    columns.pushFloat(t, value);
    hints.end();
  } else {
    columns.pushHistogram(t, hints.next(value));
  }
  if (startTime !== undefined) columns.setStartTime(startTime);
}

function hasRows(columns: SampleColumns, { start, end }: { start: number; end: number }): boolean {
  const from = firstRow(columns, start);
  return from < columns.count && (columns.t[from] as number) <= end;
}

/** First row at or after `t`. */
function firstRow(columns: SampleColumns, t: number): number {
  let low = 0;
  let high = columns.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((columns.t[middle] as number) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copyRows(source: SampleColumns, target: SampleColumns, { start, end }: { start: number; end: number }): void {
  const from = firstRow(source, start);
  const to = firstRow(source, end + 1);
  target.clear();
  target.reserve(to - from);
  target.t.set(source.t.subarray(from, to));
  // As bits: a stale marker must survive.
  target.words.set(source.words.subarray(2 * from, 2 * to));
  target.count = to - from;
  const histograms = source.h?.slice(from, to);
  if (histograms?.some((h) => h !== undefined)) target.h = histograms;
  if (source.startTimes) {
    target.startTimes = new Float64Array(target.t.length);
    target.startTimes.set(source.startTimes.subarray(from, to));
  }
}
