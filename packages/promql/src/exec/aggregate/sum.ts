// sum: compensated sums of floats, or sums of histograms; a mix of both has no result.
import { HistogramAccumulator } from "../../histogram/accumulator.js";
import { Column, isFloat } from "../column.js";
import type { GroupContext, RunningGroup } from "./group.js";
import { HistogramSums } from "./histogram-sums.js";

export class SumGroup implements RunningGroup {
  dropsName = false;
  readonly #context: GroupContext;
  readonly #sums: Float64Array;
  readonly #rests: Float64Array;
  readonly #hasFloat: Uint8Array;
  #histograms: HistogramSums<HistogramAccumulator> | undefined;

  constructor(context: GroupContext) {
    const { count } = context.evaluation.grid;
    this.#context = context;
    this.#sums = new Float64Array(count);
    this.#rests = new Float64Array(count);
    this.#hasFloat = new Uint8Array(count);
  }

  add(column: Column): void {
    addFloats(column, this.#sums, this.#rests, this.#hasFloat);
    if (!column.h) return;
    this.#histograms ??= new HistogramSums(this.#context, (first) => new HistogramAccumulator(first));
    this.#histograms.add(column);
  }

  column(): Column {
    const column = new Column(this.#context.labels, this.#sums.length);
    for (let i = 0; i < this.#sums.length; i++) {
      if (this.#hasFloat[i] === 0) continue;
      const sum = this.#sums[i] as number;
      column.setFloat(i, sum - sum === 0 ? sum + (this.#rests[i] as number) : sum);
    }
    this.#histograms?.putInto(column);
    return column;
  }
}

// Hot: once per series and step.
function addFloats(column: Column, sums: Float64Array, rests: Float64Array, hasFloat: Uint8Array): void {
  const { v, present } = column;
  for (let i = 0; i < v.length; i++) {
    if (present[i] !== isFloat) continue;
    const value = v[i] as number;
    const sum = sums[i] as number;
    const next = sum + value;
    hasFloat[i] = 1;
    sums[i] = next;
    // As kahan.ts; an infinite or NaN sum has no rest.
    if (next - next === 0) {
      rests[i] = (rests[i] as number) + (Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum);
    }
  }
}
