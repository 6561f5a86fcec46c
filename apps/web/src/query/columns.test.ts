import { expect, it } from "vitest";
import { columnsFrom, isolatedPoints, nearestColumn, stackColumns, summarizeColumn } from "./columns.js";

const window = { start: 10_000, end: 50_000, step: 10_000 };

it("every step has a place, and steps without a point are gaps", () => {
  const columns = columnsFrom(
    [
      {
        metric: { a: "1" },
        values: [
          [10, "1"],
          [30, "3"],
          [50, "5"],
        ],
      },
      {
        metric: { a: "2" },
        values: [
          [20.001, "NaN"],
          [40, "+Inf"],
          [50, "-2.5"],
        ],
      },
      { metric: { a: "3" }, histograms: [[10, { count: "1", sum: "2" }]] },
    ],
    window,
  );
  expect(columns).toEqual({
    times: [10, 20, 30, 40, 50],
    values: [
      [1, null, 3, null, 5],
      [null, null, null, null, -2.5],
    ],
    labels: [{ a: "1" }, { a: "2" }],
    histogramCount: 1,
    hasUndrawable: true,
  });
});

it("steps below a second find their place", () => {
  const columns = columnsFrom(
    [
      {
        metric: {},
        values: [
          [1.25, "1"],
          [1.5, "2"],
        ],
      },
    ],
    { start: 1000, end: 1500, step: 250 },
  );
  expect(columns.values).toEqual([[null, 1, 2]]);
});

it("a stack adds up, and its gaps stay", () => {
  expect(
    stackColumns([
      [1, null, 3],
      [10, 20, null],
      [100, 100, 100],
    ]),
  ).toEqual([
    [1, null, 3],
    [11, 20, null],
    [111, 120, 103],
  ]);
  expect(stackColumns([])).toEqual([]);
});

it("points that no line touches are found", () => {
  expect(isolatedPoints([1, null, 2, 3, null, 4])).toEqual([0, 5]);
  expect(isolatedPoints([null])).toEqual([]);
});

it("a column is summed up without its gaps", () => {
  expect(summarizeColumn([null, 4, 2, null])).toEqual({ minimum: 2, maximum: 4, mean: 3, last: 2 });
  expect(summarizeColumn([null])).toBeUndefined();
});

it("the nearest shown series is found", () => {
  const columns = [[1], [5], [null], [9]];
  expect(nearestColumn(columns, { index: 0, value: 6, isShown: () => true })).toBe(1);
  expect(nearestColumn(columns, { index: 0, value: 6, isShown: (i) => i !== 1 })).toBe(3);
  expect(nearestColumn([[null]], { index: 0, value: 6, isShown: () => true })).toBe(-1);
});
