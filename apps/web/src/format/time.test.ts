import { expect, it } from "vitest";
import { parseApiTime, parseTime, printClock, printInputTime, printRelative, printTime } from "./time.js";

const t = Date.UTC(2026, 2, 9, 14, 5, 7);

it("a moment is printed and read back", () => {
  expect(printTime(t, "utc")).toBe("2026-03-09 14:05:07");
  expect(printClock(t, "utc")).toBe("14:05:07");
  expect(parseTime(printTime(t, "utc"), "utc")).toBe(t);
  expect(parseTime(printInputTime(t, "local"), "local")).toBe(t);
  expect(parseTime("2026-03-09T14:05", "utc")).toBe(t - 7000);
  expect(parseTime("yesterday", "utc")).toBeUndefined();
});

it("Go's zero time means never", () => {
  expect(parseApiTime("0001-01-01T00:00:00Z")).toBeUndefined();
  expect(parseApiTime("2026-03-09T14:05:07Z")).toBe(t);
});

it("distances have a direction", () => {
  expect(printRelative(t, t + 12_000)).toBe("12s ago");
  expect(printRelative(t + 12_000_000, t)).toBe("in 3h 20m");
  expect(printRelative(t, t + 400)).toBe("now");
});
