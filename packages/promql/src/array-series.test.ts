import { expect, it } from "vitest";
import { type ArraySeries, seriesQueryable } from "./array-series.js";
import { Engine } from "./engine.js";
import { emptyHistogram } from "./histogram/accumulator.js";
import { parseSelector } from "./parse/parser.js";

const times = Float64Array.from({ length: 10 }, (_, i) => i * 60_000);
const histogram = { ...emptyHistogram, count: 4, sum: 8 };
const series: readonly ArraySeries[] = [
  { labels: { __name__: "m", job: "b" }, t: times, v: times.map((t) => t / 60_000) },
  { labels: { __name__: "m", job: "a", zone: "" }, t: times, v: times.map((t) => -t / 60_000) },
  { labels: { __name__: "h" }, t: [0, 60_000], v: [Number.NaN, histogram] },
];

function check(expression: string, time: number, expected: unknown): void {
  const { value } = new Engine().instant({ expression, queryable: seriesQueryable(series), time });
  const points = value.type === "vector" ? value.points.map(({ labels, v }) => [...labels, v]) : value;
  expect(points, expression).toEqual(expected);
}

it("gives queries what stands in the arrays, in order of labels", () => {
  check("m", 120_000, [
    ["__name__", "m", "job", "a", -2],
    ["__name__", "m", "job", "b", 2],
  ]);
  check("sum(delta(m{job='b'}[5m] offset 2m))", 540_000, [[4 * 1.25]]);
  check("count_over_time(m[1m]) > 1", 540_000, []);
  check("h", 0, [["__name__", "h", Number.NaN]]);
  check("histogram_avg(h)", 60_000, [[2]]);
  check("m", 10_000_000, []);
});

it("tells names and values of labels", () => {
  const querier = seriesQueryable(series).querier({ start: 0, end: 1 });
  expect(querier.labelNames({ matchers: [] })).toEqual(["__name__", "job"]);
  expect(querier.labelNames({ matchers: parseSelector("h") })).toEqual(["__name__"]);
  expect(querier.labelValues("job", { matchers: [] })).toEqual(["a", "b"]);
  expect(querier.labelValues("job", { matchers: [], limit: 1 })).toEqual(["a"]);
});

it("refuses two series of the same labels, and values without times", () => {
  const one = { labels: { a: "b" }, t: [1], v: [1] };
  expect(() => seriesQueryable([one, { ...one, labels: { a: "b", c: "" } }])).toThrow(
    "no two series have the same labels",
  );
  const queryable = seriesQueryable([{ ...one, v: [] }]);
  expect(() => new Engine().instant({ expression: "{a='b'}", queryable, time: 1 })).toThrow("as many values as times");
});
