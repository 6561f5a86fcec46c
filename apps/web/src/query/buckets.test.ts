import { expect, it } from "vitest";
import { bucketsFrom, histogramMean, printBucketRange } from "./buckets.js";

it("bounds print with brackets by rule", () => {
  expect([0, 1, 2, 3].map((rule) => printBucketRange([rule, "-1", "1", "5"]))).toEqual([
    "(-1, 1]",
    "[-1, 1)",
    "(-1, 1)",
    "[-1, 1]",
  ]);
});

it("buckets are drawn against the fullest", () => {
  const h = {
    count: "6",
    sum: "9",
    buckets: [
      [0, "0", "1", "4"],
      [0, "1", "2", "2"],
    ] as [number, string, string, string][],
  };
  expect(bucketsFrom(h)).toEqual([
    { range: "(0, 1]", count: 4, share: 1 },
    { range: "(1, 2]", count: 2, share: 0.5 },
  ]);
  expect(histogramMean(h)).toBe(1.5);
  expect(bucketsFrom({ count: "0", sum: "0" })).toEqual([]);
});
