// What every function of range vectors is.
import type { RangeCallPlan } from "../../plan/node.js";
import type { Evaluation } from "../evaluation.js";
import type { Window } from "../window.js";

/** What a range function knows besides its window. `parameters[k][i]` is scalar k at step i. */
export type RangeCall = {
  readonly plan: RangeCallPlan;
  readonly parameters: readonly Float64Array[];
  readonly evaluation: Evaluation;
};

/** Emits at most one point into the window's column. Returns nothing, since a number in an object would be allocated. */
export type RangeFunction = (window: Window, call: RangeCall) => void;

/** Which of rate, increase and delta it is. */
export type RateOptions = { readonly isCounter: boolean; readonly isRate: boolean };
