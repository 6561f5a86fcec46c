import { expect, it } from "vitest";
import { SampleColumns } from "./sample.js";
import { isStale, staleNumber } from "./staleness.js";

it("columns grow and keep what they hold, stale markers too", () => {
  const columns = new SampleColumns(2);
  for (let i = 0; i < 100; i++) {
    if (i % 3 === 0) columns.pushStale(i);
    else columns.pushFloat(i, i % 3 === 1 ? i : Number.NaN);
  }
  expect(columns.count).toBe(100);
  for (let i = 0; i < 100; i++) {
    expect(columns.t[i]).toBe(i);
    expect(columns.isStaleAt(i)).toBe(i % 3 === 0);
    if (i % 3 === 1) expect(columns.v[i]).toBe(i);
  }
});

it("a stale number is known, an ordinary NaN is not one", () => {
  expect(isStale(staleNumber())).toBe(true);
  expect(isStale(Number.NaN)).toBe(false);
  expect(isStale(2)).toBe(false);
});
