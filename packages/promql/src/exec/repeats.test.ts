import { labelsFrom, type Queryable } from "@narthex/model";
import { expect, test } from "vitest";
import { Engine } from "../engine.js";
import { MemoryStorage } from "../promqltest/storage.js";

const storage = new MemoryStorage();
for (const name of ["a_total", "b"]) {
  for (const job of ["x", "y"]) {
    for (let i = 0; i < 20; i++) {
      storage.append(labelsFrom({ __name__: name, job }), { t: 60_000 * i, value: i * (job === "x" ? 2 : 3) });
    }
  }
}

/** How many series a query reads, and what it says. */
function read(expression: string, step = 60_000): { series: number; infos: readonly string[]; looked: number } {
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
  const times = { start: 300_000, end: 900_000, step };
  const { infos, stats } = new Engine().range({ expression, queryable, ...times });
  return { series, infos, looked: stats.totalQueryableSamples };
}

const sum = "sum(rate(a_total[5m]))";

test.each([
  [sum, 2],
  [`${sum} / ${sum}`, 2],
  [`${sum} / (${sum} + sum(rate(b[5m])))`, 4],
  [`sum by (job) (rate(a_total[5m])) > 1 and ${"sum by (job) (rate(a_total[5m]))"}`, 2],
  // Their parts are the same.
  [`${sum} + sum without (x) (rate(a_total[5m]))`, 2],
  ["quantile(NaN, a_total) + quantile(+Inf, a_total)", 2],
  ["a_total / (a_total + on (job) b)", 4],
  ["rate(a_total[5m]) > 0.01 and rate(a_total[5m]) < 1", 2],
  ["sum_over_time(a_total[5m]) / sum_over_time(a_total[4m])", 4],
  ['label_replace(a_total, "x", "1", "", "") == label_replace(a_total, "x", "1", "", "")', 2],
  [`${sum} + sum(rate(a_total[5m] offset 1m))`, 4],
  // On other steps it is something else.
  [`${sum} + max_over_time(${sum}[2m:30s])`, 4],
  // Each place has a warning of its own.
  ["sum(rate(b[5m])) + sum(rate(b[5m]))", 4],
])("%s reads so many series", (expression, series) => {
  expect(read(expression).series).toBe(series);
});

test("of very many the one is evaluated", () => {
  expect(read(Array.from({ length: 400 }, () => sum).join(" + ")).series).toBe(2);
});

test("a result that is too large to be kept is evaluated at each place", () => {
  const series = (step: number): number => read("a_total + a_total", step).series;
  expect(series(60_000)).toBe(2);
  expect(series(1)).toBe(4);
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
