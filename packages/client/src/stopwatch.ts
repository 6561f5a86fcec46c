import { performance } from "node:perf_hooks";

/** Returns a function that tells the seconds since, by a clock that nobody sets. */
export function startStopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
