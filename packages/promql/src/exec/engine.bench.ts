// What a query costs per decoded sample, over series made here: no storage, so that only the evaluator is measured.
// `npm run bench -- engine`; a small size of it runs in the tests.

import {
  type Labels,
  labelsFrom,
  matchesAll,
  type Queryable,
  type SampleColumns,
  type SeriesSource,
} from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { Engine } from "../engine.js";

export type BenchOptions = {
  readonly series: number;
  readonly hours: number;
  readonly scrapeMs: number;
  readonly stepMs: number;
};

type StoredSeries = { readonly labels: Labels; readonly t: Float64Array; readonly v: Float64Array };

/** Counters with a reset now and then, of 10 jobs; fixed seed. */
export function syntheticQueryable({ series, hours, scrapeMs }: BenchOptions): Queryable {
  const random = randomFrom(1);
  const count = Math.floor((hours * 3_600_000) / scrapeMs);
  const stored: StoredSeries[] = Array.from({ length: series }, (_, i) => {
    const t = new Float64Array(count);
    const v = new Float64Array(count);
    let value = 0;
    for (let k = 0; k < count; k++) {
      value = random() < 0.001 ? 0 : value + Math.floor(random() * 10);
      t[k] = k * scrapeMs + (i % 7);
      v[k] = value;
    }
    return { labels: labelsFrom({ __name__: "m_total", job: `job-${i % 10}`, instance: `instance-${i}` }), t, v };
  });
  return {
    querier: () => ({
      select: (selection) => sources(stored, selection),
      labelNames: () => [],
      labelValues: () => [],
      close: () => {},
    }),
  };
}

function sources(
  stored: readonly StoredSeries[],
  selection: Parameters<ReturnType<Queryable["querier"]>["select"]>[0],
): SeriesSource[] {
  return stored
    .filter(({ labels }) => matchesAll(selection.matchers, labels))
    .map(({ labels, t, v }) => ({ labels, read: (columns) => readInto(columns, { t, v, ...selection }) }));
}

function readInto(columns: SampleColumns, of: { t: Float64Array; v: Float64Array; start: number; end: number }): void {
  const { t, v, start, end } = of;
  let first = 0;
  while (first < t.length && (t[first] as number) < start) first++;
  let last = first;
  while (last < t.length && (t[last] as number) <= end) last++;
  columns.clear();
  columns.reserve(last - first);
  columns.t.set(t.subarray(first, last));
  columns.v.set(v.subarray(first, last));
  columns.count = last - first;
}

export const benchQueries: readonly string[] = [
  "m_total",
  "sum by (job) (rate(m_total[5m]))",
  "rate(m_total[5m])",
  "sum(m_total)",
  "max_over_time(m_total[30m])",
  "avg_over_time(m_total[30m])",
  "quantile_over_time(0.9, m_total[30m])",
  "topk(5, rate(m_total[5m]))",
  "m_total / on (instance) m_total",
  "m_total > 100 and on (instance) m_total",
  "quantile by (job) (0.9, m_total)",
  "increase(m_total[5m]) * 2 + 1",
];

export type BenchResult = {
  readonly query: string;
  readonly ms: number;
  readonly nsPerSample: number;
  readonly checksum: number;
};

export function runBench(options: BenchOptions, queries: readonly string[] = benchQueries): BenchResult[] {
  const queryable = syntheticQueryable(options);
  const engine = new Engine({ delayedNameRemoval: false });
  const range = { start: 600_000, end: options.hours * 3_600_000, step: options.stepMs };
  return queries.map((query) => {
    let best = Infinity;
    let checksum = 0;
    let samples = 1;
    for (let run = 0; run < 6; run++) {
      const begin = performance.now();
      const { value, stats } = engine.range({ expression: query, queryable, ...range });
      best = Math.min(best, performance.now() - begin);
      samples = stats.samplesRead;
      checksum = 0;
      if (value.type === "matrix")
        for (const { v } of value.series) for (const x of v) checksum += Number.isFinite(x) ? x : 0;
    }
    return { query, ms: best, nsPerSample: (best * 1e6) / samples, checksum };
  });
}

const isReal = process.env["BENCH"] === "1";
const size: BenchOptions = isReal
  ? { series: 4000, hours: 4, scrapeMs: 15_000, stepMs: 60_000 }
  : { series: 20, hours: 1, scrapeMs: 15_000, stepMs: 60_000 };

test("queries over synthetic counters", { timeout: 600_000 }, () => {
  for (const { query, ms, nsPerSample, checksum } of runBench(size)) {
    expect(Number.isFinite(checksum)).toBe(true);
    if (!isReal) continue;
    const times = `${ms.toFixed(1).padStart(9)} ms ${nsPerSample.toFixed(1).padStart(7)} ns/sample`;
    console.log(`${times}  ${query}  checksum ${checksum.toPrecision(10)}`);
  }
  if (isReal) console.log(`${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB resident`);
});
