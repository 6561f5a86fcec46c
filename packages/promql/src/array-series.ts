// Series that a program has in arrays, as something to evaluate queries over: nothing is copied before it is asked for.
import {
  compareLabels,
  type Histogram,
  type Labels,
  labelsFrom,
  labelsKey,
  matchesAll,
  type Queryable,
  type SampleColumns,
  type Selection,
  type SeriesSource,
} from "@narthex/model";
import { assert, compareUtf8 } from "@narthex/stdx";

/** Times in ms, ascending, and as many values: a number, NaN included, or a native histogram. */
export type ArraySeries = {
  readonly labels: Readonly<Record<string, string>>;
  readonly t: ArrayLike<number>;
  readonly v: ArrayLike<number | Histogram>;
};

type Stored = { readonly labels: Labels; readonly t: ArrayLike<number>; readonly v: ArrayLike<number | Histogram> };

/**
 * The arrays are read whenever a query is evaluated; samples may be added to them in between. Throws AssertionError where two series
 * have the same labels or there are not as many values as times.
 */
export function seriesQueryable(series: readonly ArraySeries[]): Queryable {
  const stored: Stored[] = series.map(({ labels, t, v }) => ({ labels: labelsFrom(labels), t, v }));
  assert(
    new Set(stored.map(({ labels }) => labelsKey(labels))).size === stored.length,
    "no two series have the same labels",
  );
  stored.sort((a, b) => compareLabels(a.labels, b.labels));
  const matching = (matchers: Selection["matchers"]): Stored[] =>
    stored.filter(({ labels }) => matchesAll(matchers, labels));
  return {
    querier: () => ({
      select: ({ matchers, start, end, limit }) => {
        const found = matching(matchers).map((one): SeriesSource => {
          return { labels: one.labels, read: (columns) => readInto(columns, one, { start, end }) };
        });
        return limit ? found.slice(0, limit) : found;
      },
      labelNames: ({ matchers, limit }) => {
        const names = matching(matchers).flatMap(({ labels }) => labels.filter((_, i) => i % 2 === 0));
        return sortedTexts(names, limit);
      },
      labelValues: (name, { matchers, limit }) => {
        const isValue = (labels: Labels, i: number): boolean => i % 2 === 1 && labels[i - 1] === name;
        const values = matching(matchers).flatMap(({ labels }) => labels.filter((_, i) => isValue(labels, i)));
        return sortedTexts(values, limit);
      },
      close: () => undefined,
    }),
  };
}

function readInto(
  columns: SampleColumns,
  { t, v }: Stored,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  assert(t.length === v.length, "a series has as many values as times");
  columns.clear();
  for (let i = firstAt(t, start); i < t.length && (t[i] as number) <= end; i++) {
    const value = v[i] as number | Histogram;
    if (typeof value === "number") columns.pushFloat(t[i] as number, value);
    else columns.pushHistogram(t[i] as number, value);
  }
}

/** The first row at `time` or later. */
function firstAt(t: ArrayLike<number>, time: number): number {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((t[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sortedTexts(texts: readonly string[], limit: number | undefined): string[] {
  const sorted = [...new Set(texts)].sort(compareUtf8);
  return limit ? sorted.slice(0, limit) : sorted;
}
