// What rules of a backtest read: the stored data, and from the first tick on what the backtest itself records. What the
// rules once recorded under the same names is not seen from there on.
import {
  type Labels,
  labelsKey,
  labelValue,
  metricNameLabel,
  type Querier,
  type Queryable,
  SampleColumns,
  type Selection,
  type SeriesSource,
} from "@narthex/model";
import type { MemoryStorage } from "@narthex/promql";

export type BacktestData = {
  readonly stored: Queryable;
  readonly recorded: MemoryStorage;
  /** Metric names that the rules write. */
  readonly names: ReadonlySet<string>;
  /** ms. */
  readonly start: number;
};

export function backtestQueryable({ stored, recorded, names, start }: BacktestData): Queryable {
  return {
    querier(range) {
      const [old, own] = [stored.querier(range), recorded.querier(range)];
      const isOwn = (labels: Labels): boolean => names.has(labelValue(labels, metricNameLabel));
      return {
        select: (selection) => joined({ old, own, isOwn, start }, selection),
        labelNames: (query) => [...new Set([...old.labelNames(query), ...own.labelNames(query)])].sort(),
        labelValues: (name, query) =>
          [...new Set([...old.labelValues(name, query), ...own.labelValues(name, query)])].sort(),
        close() {
          old.close();
          own.close();
        },
      };
    },
  };
}

type Sources = {
  readonly old: Querier;
  readonly own: Querier;
  readonly isOwn: (labels: Labels) => boolean;
  readonly start: number;
};

function joined({ old, own, isOwn, start }: Sources, selection: Selection): SeriesSource[] {
  const recorded = new Map(own.select(selection).map((source) => [labelsKey(source.labels), source]));
  const sources = old.select(selection).map((source) => {
    if (!isOwn(source.labels)) return source;
    const key = labelsKey(source.labels);
    const later = recorded.get(key);
    recorded.delete(key);
    return behind(source, { later, start });
  });
  return [...sources, ...recorded.values()];
}

/** Stored samples before `start`, recorded ones behind. */
function behind(
  source: SeriesSource,
  { later, start }: { readonly later: SeriesSource | undefined; readonly start: number },
): SeriesSource {
  return {
    labels: source.labels,
    read(columns) {
      source.read(columns);
      while (columns.count > 0 && columns.t[columns.count - 1]! >= start) columns.count--;
      if (columns.h) columns.h.length = columns.count;
      if (!later) return;
      const rows = new SampleColumns();
      later.read(rows);
      for (let row = 0; row < rows.count; row++) {
        const h = rows.h?.[row];
        if (h) columns.pushHistogram(rows.t[row]!, h);
        else if (rows.isStaleAt(row)) columns.pushStale(rows.t[row]!);
        else columns.pushFloat(rows.t[row]!, rows.v[row]!);
      }
    },
  };
}
