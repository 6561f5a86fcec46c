import { expect, test } from "vitest";
import { seriesQueryable } from "../../../array-series.js";
import { Engine } from "../../../engine.js";
import type { QueryValue } from "../../../result.js";

const second = 1000;

function valuesOf(value: QueryValue): number[] {
  return value.type === "matrix" ? value.series.flatMap(({ v }) => [...v]) : [];
}

/** Compiled code, and plain code. */
function answers(v: readonly number[], expression: string, step: number): [number[], number[]] {
  const queryable = seriesQueryable([{ labels: { __name__: "m" }, t: v.map((_, i) => i * second), v }]);
  const times = { start: 0, end: v.length * second, step };
  const [compiled, plain] = [new Engine(), new Engine({ compiled: false })];
  return [
    valuesOf(compiled.range({ expression, queryable, ...times }).value),
    valuesOf(plain.range({ expression, queryable, ...times }).value),
  ];
}

test.each([
  ["a window of hundreds of values", Array.from({ length: 3000 }, (_, i) => (i * 7919) % 1009), "10m", 7 * second],
  // Too many for the kernel, which says so in the midst of a series.
  [
    "a window of tens of thousands",
    Array.from({ length: 40_000 }, (_, i) => i + ((i * 7) % 10)),
    "39000s",
    1000 * second,
  ],
  ["zeros of both signs", Array.from({ length: 90 }, (_, i) => (i % 4 < 2 ? -0 : 0)), "5s", second],
  ["steps that skip values", Array.from({ length: 900 }, (_, i) => (i * 31) % 97), "5s", 60 * second],
])("%s has the same quantiles, whatever code finds them", (_, v, window, step) => {
  for (const q of ["0.9", "0", "1", "time() / 41000"]) {
    const [compiled, plain] = answers(v, `quantile_over_time(${q}, m[${window}])`, step);
    expect(compiled.length).toBeGreaterThan(10);
    expect(compiled).toEqual(plain);
  }
});
