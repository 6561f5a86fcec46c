import { expect, it } from "vitest";
import { parseDuration, printDuration, printRoughDuration } from "./duration.js";

it("durations are read as Prometheus writes them, and as plain seconds", () => {
  const cases: [string, number | undefined][] = [
    ["15s", 15_000],
    ["1h30m", 5_400_000],
    ["2w", 1_209_600_000],
    ["500ms", 500],
    ["3600", 3_600_000],
    ["0.5", 500],
    ["", undefined],
    ["m", undefined],
    ["30m1h", undefined],
    ["-5m", undefined],
  ];
  for (const [text, expected] of cases) expect(parseDuration(text), text).toBe(expected);
});

it("printing and reading a duration gives it back", () => {
  for (const durationMs of [1, 1500, 60_000, 5_400_000, 90_061_001, 604_800_000]) {
    expect(parseDuration(printDuration(durationMs))).toBe(durationMs);
  }
  expect(printDuration(0)).toBe("0s");
});

it("rough durations keep the two largest units", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [-400, "0s"],
    [12_400, "12s"],
    [125_000, "2m 5s"],
    [3_600_000, "1h"],
    [273_600_000, "3d 4h"],
  ];
  for (const [durationMs, expected] of cases) expect(printRoughDuration(durationMs)).toBe(expected);
});
