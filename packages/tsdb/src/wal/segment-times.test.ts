import { expect, test } from "vitest";
import { SegmentTimes } from "./segment-times.js";

test("the last segment that has only what is older is known by where segments ended", () => {
  const times = new SegmentTimes();
  expect(times.lastBefore(100)).toBe(-1);
  times.noteEnd(2, 10);
  // Noted again, later: the first time counts.
  times.noteEnd(2, 20);
  times.noteEnd(5, 30);
  times.noteEnd(6, 30);
  expect([10, 11, 30, 31].map((time) => times.lastBefore(time))).toEqual([-1, 2, 2, 6]);
  times.drop(4);
  expect([11, 31].map((time) => times.lastBefore(time))).toEqual([-1, 6]);
});
