// sum: compensated sums of floats, or sums of histograms; a mix of both has no result.
import { HistogramAccumulator } from "../../histogram/accumulator.js";
import { absent, Column, isFloat } from "../column.js";
import type { SeriesKernel } from "../series-kernel.js";
import type { GroupContext, RunningGroup } from "./group.js";
import { HistogramSums } from "./histogram-sums.js";

export class SumGroup implements RunningGroup {
  dropsName = false;
  readonly #context: GroupContext;
  readonly #sums: Column;
  readonly #rests: Float64Array;
  /** Where all of the group is in its memory. */
  readonly #kernel: SeriesKernel | undefined;
  #histograms: HistogramSums<HistogramAccumulator> | undefined;

  constructor(context: GroupContext) {
    const { kernel, grid } = context.evaluation;
    this.#context = context;
    this.#sums = kernel?.column(grid.count) ?? new Column(context.labels, grid.count);
    this.#rests = kernel?.floats(grid.count) ?? new Float64Array(grid.count);
    this.#kernel = this.#sums.at > 0 && kernel?.holds(this.#rests) ? kernel : undefined;
  }

  add(column: Column): void {
    const { v, present, at } = this.#sums;
    if (this.#kernel?.requestColumn(column)) {
      this.#kernel.functions.addToSums(at, this.#rests.byteOffset, present.byteOffset);
    } else addFloats(column, v, this.#rests, present);
    if (!column.h) return;
    this.#histograms ??= new HistogramSums(this.#context, (first) => new HistogramAccumulator(first));
    this.#histograms.add(column);
  }

  column(): Column {
    const { v, present } = this.#sums;
    const column = new Column(this.#context.labels, v.length);
    for (let i = 0; i < v.length; i++) {
      if (present[i] === absent) continue;
      const sum = v[i] as number;
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
