// From a panel's range and resolution to the start, end and step of a range query.
import type { Density, Panel, Resolution } from "./panel.js";

/** Points per series for each density; as Prometheus' own UI has them. */
const densityPoints: Record<Density, number> = { low: 100, medium: 250, high: 750 };

/** The server refuses more points per series than this. */
export const pointsMax = 11_000;

/** Start, end (inclusive) and step, in ms. */
export interface Window {
  start: number;
  end: number;
  step: number;
}

/** The step in ms: whole seconds, and never so small that the server would refuse the query. */
export function stepFor(rangeMs: number, resolution: Resolution): number {
  const wanted = resolution.kind === "fixed" ? resolution.stepMs : autoStep(rangeMs, resolution.density);
  const smallest = Math.ceil(rangeMs / pointsMax);
  return Math.max(wanted, smallest, 1);
}

function autoStep(rangeMs: number, density: Density): number {
  return Math.max(1, Math.floor(rangeMs / densityPoints[density] / 1000)) * 1000;
}

/**
 * The window to ask for. One that ends now is moved to a multiple of its step, so that a refresh evaluates the same
 * moments again and the curve does not shiver.
 */
export function windowFor(panel: Pick<Panel, "rangeMs" | "end" | "resolution">, now: number): Window {
  const step = stepFor(panel.rangeMs, panel.resolution);
  const end = panel.end ?? Math.floor(now / step) * step;
  return { start: end - panel.rangeMs, end, step };
}

export const rangePresets: readonly string[] = [
  "5m",
  "15m",
  "30m",
  "1h",
  "3h",
  "6h",
  "12h",
  "1d",
  "2d",
  "1w",
  "2w",
  "4w",
];

/** Ranges that + and - walk through, ms. */
const rangeLadder = [
  10_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000,
  604_800_000, 1_209_600_000, 2_419_200_000, 4_838_400_000, 15_768_000_000, 31_536_000_000,
];

export function shorterRange(rangeMs: number): number {
  return rangeLadder.findLast((candidate) => candidate < rangeMs) ?? rangeMs;
}

export function longerRange(rangeMs: number): number {
  return rangeLadder.find((candidate) => candidate > rangeMs) ?? rangeMs;
}
