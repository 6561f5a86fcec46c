import { labelsFrom, type Queryable } from "@narthex/model";
import { expect, test } from "vitest";
import { Engine } from "../engine.js";
import { MemoryStorage } from "../promqltest/storage.js";
import { aggregationsMax } from "./repeats.js";

const storage = new MemoryStorage();
for (const name of ["a_total", "b"]) {
  for (const job of ["x", "y"]) {
    for (let i = 0; i < 20; i++) {
      storage.append(labelsFrom({ __name__: name, job }), { t: 60_000 * i, value: i * (job === "x" ? 2 : 3) });
    }
  }
}

/** How many series a query reads, and what it says. */
function read(expression: string): { series: number; infos: readonly string[]; looked: number } {
  let series = 0;
  const queryable: Queryable = {
    querier: (range) => {
      const querier = storage.querier(range);
      return {
        ...querier,
        close: () => querier.close(),
        select: (selection) =>
          querier.select(selection).map((source) => ({
            labels: source.labels,
            read: (columns) => {
              series++;
              source.read(columns);
            },
          })),
      };
    },
  };
  const times = { start: 300_000, end: 900_000, step: 60_000 };
  const { infos, stats } = new Engine().range({ expression, queryable, ...times });
  return { series, infos, looked: stats.totalQueryableSamples };
}

const sum = "sum(rate(a_total[5m]))";

test.each([
  [sum, 2],
  [`${sum} / ${sum}`, 2],
  [`${sum} / (${sum} + sum(rate(b[5m])))`, 4],
  [`sum by (job) (rate(a_total[5m])) > 1 and ${"sum by (job) (rate(a_total[5m]))"}`, 2],
  [`${sum} + sum without (x) (rate(a_total[5m]))`, 4],
  [`${sum} + sum(rate(a_total[5m] offset 1m))`, 4],
  [`${sum} + sum(rate(a_total{job="x"}[5m]))`, 3],
  ["quantile(NaN, a_total) + quantile(+Inf, a_total)", 4],
  // On other steps it is something else.
  [`${sum} + max_over_time(${sum}[2m:30s])`, 4],
  // Each place has a warning of its own.
  ["sum(rate(b[5m])) + sum(rate(b[5m]))", 4],
])("%s reads so many series", (expression, series) => {
  expect(read(expression).series).toBe(series);
});

test("of very many aggregations each is evaluated", () => {
  const sums = (count: number): string => Array.from({ length: count }, () => sum).join(" + ");
  expect(read(sums(aggregationsMax)).series).toBe(2);
  expect(read(sums(aggregationsMax + 1)).series).toBe(2 * (aggregationsMax + 1));
});

test("what stands twice looks at twice as many samples, and is told of at both places", () => {
  expect(read(`${sum} + ${sum}`).looked).toBe(2 * read(sum).looked);
  expect(read("sum(rate(b[5m])) + sum(rate(b[5m]))").infos).toHaveLength(2);
});

test("what is done with one result leaves the other as it was", () => {
  const engine = new Engine();
  const times = { start: 300_000, end: 900_000, step: 60_000 };
  const valuesOf = (expression: string): number[][] => {
    const { value } = engine.range({ expression, queryable: storage, ...times });
    return value.type === "matrix" ? value.series.map(({ v }) => [...v]) : [];
  };
  expect(valuesOf("-sum by (job) (a_total) + sum by (job) (a_total)").flat()).toEqual(Array(22).fill(0));
});
