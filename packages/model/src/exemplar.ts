import type { Labels } from "./labels.js";

/** A trace, or the like, behind one observation. `t` in ms; undefined where the source gave none. */
export interface Exemplar {
  readonly labels: Labels;
  readonly v: number;
  readonly t: number | undefined;
}
