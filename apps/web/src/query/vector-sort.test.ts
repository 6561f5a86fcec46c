import { expect, it } from "vitest";
import type { VectorSeries } from "../api/prometheus.js";
import { resultSize } from "./result-size.js";
import { type SortOrder, sortVector } from "./vector-sort.js";

const series: VectorSeries[] = ["2", "NaN", "-Inf", "10"].map((v) => ({ metric: { v }, value: [0, v] }));
series.push({ metric: { v: "h" }, histogram: [0, { count: "1", sum: "1" }] });

function check(order: SortOrder, expected: string): void {
  expect(
    sortVector(series, order)
      .map(({ metric }) => metric["v"])
      .join(" "),
  ).toBe(expected);
}

it("values sort as numbers, with NaN and histograms last", () => {
  check("server", "2 NaN -Inf 10 h");
  check("ascending", "-Inf 2 10 NaN h");
  check("descending", "10 2 -Inf NaN h");
});

it("answers are counted by series and points", () => {
  expect(resultSize({ resultType: "vector", result: series })).toEqual({ seriesCount: 5, pointCount: 5 });
  expect(
    resultSize({
      resultType: "matrix",
      result: [
        {
          metric: {},
          values: [
            [0, "1"],
            [1, "2"],
          ],
          histograms: [],
        },
      ],
    }),
  ).toEqual({ seriesCount: 1, pointCount: 2 });
  expect(resultSize({ resultType: "scalar", result: [0, "1"] })).toEqual({ seriesCount: 1, pointCount: 1 });
});
