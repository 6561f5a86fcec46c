// Durations to milliseconds, once step() and range() are known.
import type { Duration, DurationTerm } from "../ast.js";
import { QueryError } from "../error.js";
import { millisecondsFrom } from "../parse/duration.js";

/** In seconds. */
export type DurationBounds = { readonly stepSeconds: number; readonly rangeSeconds: number };

// Go's time.Duration ends at 2^63 - 1 ns.
const durationSecondsMax = 9_223_372_036;

/** Throws QueryError for what cannot be a duration: NaN, infinite, out of range. */
export function resolveDuration(duration: Duration, bounds: DurationBounds): number {
  if (duration.kind === "literal") return duration.ms;
  const seconds = secondsOf(duration, bounds);
  if (Number.isNaN(seconds) || !Number.isFinite(seconds)) throw new QueryError("bad_data", "invalid duration value");
  if (Math.abs(seconds) > durationSecondsMax) throw new QueryError("bad_data", "duration out of range");
  return millisecondsFrom(seconds);
}

/** As `resolveDuration`, for ranges and steps. */
export function resolvePositiveDuration(duration: Duration, bounds: DurationBounds): number {
  const ms = resolveDuration(duration, bounds);
  if (ms <= 0) throw new QueryError("bad_data", "duration must be greater than 0");
  return ms;
}

function secondsOf(term: DurationTerm, bounds: DurationBounds): number {
  switch (term.kind) {
    case "number":
      return term.value;
    case "step":
      return bounds.stepSeconds;
    case "range":
      return bounds.rangeSeconds;
    case "negate":
      return -secondsOf(term.operand, bounds);
    case "group":
      return secondsOf(term.inner, bounds);
    case "min_of":
      return Math.min(secondsOf(term.left, bounds), secondsOf(term.right, bounds));
    case "max_of":
      return Math.max(secondsOf(term.left, bounds), secondsOf(term.right, bounds));
    case "arithmetic":
      return arithmetic(term, bounds);
  }
}

function arithmetic(term: Extract<DurationTerm, { kind: "arithmetic" }>, bounds: DurationBounds): number {
  const left = secondsOf(term.left, bounds);
  const right = secondsOf(term.right, bounds);
  switch (term.operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0) throw new QueryError("bad_data", "division by zero");
      return left / right;
    case "%":
      if (right === 0) throw new QueryError("bad_data", "modulo by zero");
      return left % right;
    case "^":
      return left ** right;
  }
}
