// Counter reset hints: what is known of whether a histogram continues the one before it.
import type { CounterResetHint, Histogram } from "@narthex/model";

/** A gauge makes a gauge; unknown makes unknown; "reset" against "not_reset" is a collision and nothing is known. */
export function combineHints(a: CounterResetHint, b: CounterResetHint): CounterResetHint {
  if (a === b) return a;
  return a === "gauge" || b === "gauge" ? "gauge" : "unknown";
}

export function withHint(histogram: Histogram, hint: CounterResetHint): Histogram {
  return histogram.counterResetHint === hint ? histogram : { ...histogram, counterResetHint: hint };
}
