import { type Labels, labelsFrom, type Queryable } from "@narthex/model";
import { expect, test } from "vitest";
import { Engine } from "../engine.js";
import { MemoryStorage } from "../promqltest/storage.js";

const storage = new MemoryStorage();
for (const name of ["a_total", "b"]) {
  for (const job of ["x", "y"]) {
    for (const code of ["200", "404", "500"]) {
      for (let i = 0; i < 20; i++) {
        const labels = labelsFrom({ __name__: name, job, code });
        storage.append(labels, { t: 60_000 * i, value: i * (job === "x" ? 2 : 3) * Number(code) });
      }
    }
  }
}

type Change = { readonly labels?: (labels: Labels) => Labels; readonly step?: number };

/** How many series a query reads, and what it says. */
function read(expression: string, change: Change = {}) {
  let series = 0;
  const queryable: Queryable = {
    querier: (range) => {
      const querier = storage.querier(range);
      return {
        ...querier,
        close: () => querier.close(),
        select: (selection) =>
          querier.select(selection).map((source) => ({
            labels: change.labels?.(source.labels) ?? source.labels,
            read: (columns) => {
              series++;
              source.read(columns);
            },
          })),
      };
    },
  };
  const times = { start: 300_000, end: 900_000, step: change.step ?? 60_000 };
  const { infos, stats, value } = new Engine().range({ expression, queryable, ...times });
  return { series, infos, value, stats };
}

test.each([
  // Either may come first.
  ['sum(rate(a_total{code=~"5.."}[5m])) / sum(rate(a_total[5m]))', 6],
  ['sum(rate(a_total[5m])) - sum(rate(a_total{code=~"5.."}[5m]))', 6],
  ['a_total > 0 and a_total{job="x"}', 6],
  ['a_total and a_total{job="x"} and a_total{code="404",job="x"}', 6],
  ['sum(a_total{code="200"}) + sum(a_total{code="404"}) + sum(a_total)', 6],
  ['sum(a_total{code="200",job="x"}) + sum(a_total{job="x",code="200"}) + sum(a_total)', 6],
  ['sum by (job) (increase(a_total{code!="200"}[3m])) / on (job) sum by (job) (increase(a_total{}[3m]))', 6],
  // Of several metrics.
  ['sum(a_total{code="500"}) / sum({code="500"})', 4],
  ['max_over_time(sum(rate(a_total[2m]))[5m:1m]) - max_over_time(sum(rate(a_total{job="x"}[2m]))[5m:1m])', 6],
  ['sum(a_total @ 600) / sum(a_total{job="x"} @ 600)', 6],
  ['sum(quantile_over_time(0.5, a_total[5m])) / sum(quantile_over_time(0.5, a_total{job="x"}[5m]))', 6],
  // What they look at differs.
  ['sum(rate(a_total{job="x"}[5m])) / sum(increase(a_total[5m]))', 9],
  ['sum(rate(a_total{job="x"}[5m])) / sum(rate(a_total[4m]))', 9],
  ['sum(a_total{job="x"}) / sum(a_total offset 1m)', 9],
  ['sum(a_total{job="x"}) / sum(a_total @ 600)', 9],
  ['sum(quantile_over_time(0.4, a_total[5m])) / sum(quantile_over_time(0.5, a_total{job="x"}[5m]))', 9],
  ['sum(rate(a_total{job="x"}[2m])) / max_over_time(sum(rate(a_total[2m]))[5m:30s])', 9],
  // Neither's matchers are among the other's.
  ['sum(a_total{job="x"}) / sum(a_total{code="200"})', 5],
])("%s reads so many series", (expression, series) => {
  expect(read(expression).series).toBe(series);
});

test("what is too large to be kept is evaluated at each place", () => {
  const expression = 'sum(a_total) / sum(a_total{job="x"})';
  expect(read(expression).series).toBe(6);
  expect(read(expression, { step: 1 }).series).toBe(8);
});

test("of more than a hundred selectors each reads for itself", () => {
  const some = (count: number): string =>
    Array.from({ length: count }, (_, i) => `a_total{job="x",code!="${i}"}`).join(" or ");
  expect(read(`sum(a_total) + sum(${some(99)})`).series).toBe(6);
  expect(read(`sum(a_total) + sum(${some(100)})`).series).toBe(306);
});

test("samples count where they are looked at, whoever read them", () => {
  const whole = read("sum(rate(a_total[5m]))").stats;
  const part = read('sum(rate(a_total{job="x"}[5m]))').stats;
  const both = read('sum(rate(a_total{job="x"}[5m])) / sum(rate(a_total[5m]))').stats;
  expect(both.totalQueryableSamples).toBe(whole.totalQueryableSamples + part.totalQueryableSamples);
  expect(both.seriesRead).toBe(whole.seriesRead);
});

test("each place is told of what is to be said of it", () => {
  expect(read('sum(rate(b{job="x"}[5m])) + sum(rate(b[5m]))').infos).toHaveLength(2);
});

test("a storage that makes labels anew is read anew", () => {
  const labels = (all: Labels): Labels => [...all] as readonly string[] as Labels;
  const expression = 'sum(rate(a_total{code="500"}[5m])) / sum(rate(a_total[5m]))';
  const { series, value } = read(expression, { labels });
  expect(series).toBe(8);
  expect(value).toEqual(read(expression).value);
});

test("what is done with one column leaves the other as it was", () => {
  const { value } = read('(-a_total{job="x"}) + ignoring (x) a_total');
  expect(value.type === "matrix" && value.series.flatMap(({ v }) => [...v])).toEqual(Array(33).fill(0));
});
