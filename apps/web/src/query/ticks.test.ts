import { expect, it } from "vitest";
import { printTick } from "./ticks.js";

it("ticks say as much as tells them apart", () => {
  const t = Date.UTC(2026, 2, 9, 14, 5, 7);
  const check = (at: number, [rangeMs, tickMs]: [number, number], expected: string): void =>
    expect(printTick(at, { rangeMs, tickMs, zone: "utc" })).toBe(expected);
  check(t, [60_000, 5000], "14:05:07");
  check(t, [300_000, 30_000], "14:05:07");
  check(t, [3_600_000, 300_000], "14:05");
  check(t, [7 * 86_400_000, 43_200_000], "03-09 14:05");
  check(Date.UTC(2026, 2, 9), [86_400_000, 7_200_000], "03-09");
});
