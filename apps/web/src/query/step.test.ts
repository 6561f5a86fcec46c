import { expect, it } from "vitest";
import type { Resolution } from "./panel.js";
import { longerRange, pointsMax, shorterRange, stepFor, windowFor } from "./step.js";

const medium: Resolution = { kind: "auto", density: "medium" };

it("the step follows range and density, in whole seconds", () => {
  const cases: [rangeMs: number, resolution: Resolution, stepMs: number][] = [
    [3_600_000, medium, 14_000],
    [60_000, medium, 1000],
    [3_600_000, { kind: "auto", density: "low" }, 36_000],
    [3_600_000, { kind: "fixed", stepMs: 60_000 }, 60_000],
  ];
  for (const [rangeMs, resolution, stepMs] of cases) expect(stepFor(rangeMs, resolution)).toBe(stepMs);
});

it("a step that would give more points than the server allows is raised", () => {
  const week = 604_800_000;
  const stepMs = stepFor(week, { kind: "fixed", stepMs: 1000 });
  expect(week / stepMs).toBeLessThanOrEqual(pointsMax);
});

it("a window that ends now is aligned to its step; a chosen end is kept", () => {
  const panel = { rangeMs: 3_600_000, end: undefined, resolution: medium };
  expect(windowFor(panel, 1_000_005_000)).toEqual({ start: 996_392_000, end: 999_992_000, step: 14_000 });
  expect(windowFor({ ...panel, end: 1_000_005_000 }, 0).end).toBe(1_000_005_000);
});

it("ranges step through a ladder and stay at its ends", () => {
  expect([shorterRange(3_600_000), longerRange(3_600_000)]).toEqual([1_800_000, 10_800_000]);
  expect([shorterRange(7_200_000), longerRange(7_200_000)]).toEqual([3_600_000, 10_800_000]);
  expect([shorterRange(1), longerRange(1e15)]).toEqual([1, 1e15]);
});
