// avg: the compensated sum by the count, or a running mean from where the sum overflows.
import { HistogramAverage } from "../../histogram/average.js";
import { Column, isFloat } from "../column.js";
import { compensate } from "../kahan.js";
import type { SeriesKernel } from "../series-kernel.js";
import type { GroupContext, RunningGroup } from "./group.js";
import { HistogramSums } from "./histogram-sums.js";

export class AverageGroup implements RunningGroup {
  dropsName = false;
  readonly #context: GroupContext;
  /** Where all of the group is in its memory, and no sum has overflowed. */
  #kernel: SeriesKernel | undefined;
  /** The sum, or the mean where `isIncremental`. */
  readonly #sums: Float64Array;
  readonly #rests: Float64Array;
  readonly #counts: Float64Array;
  readonly #isIncremental: Uint8Array;
  #histograms: HistogramSums<HistogramAverage> | undefined;

  constructor(context: GroupContext) {
    const { kernel, grid } = context.evaluation;
    const { count } = grid;
    this.#context = context;
    this.#sums = kernel?.floats(count) ?? new Float64Array(count);
    this.#rests = kernel?.floats(count) ?? new Float64Array(count);
    this.#counts = kernel?.floats(count) ?? new Float64Array(count);
    // Room is given out in order: where the last has some, all have.
    this.#kernel = kernel?.holds(this.#counts) ? kernel : undefined;
    this.#isIncremental = new Uint8Array(count);
  }

  add(column: Column): void {
    for (let i = this.#addByKernel(column); i < column.v.length; i++) {
      if (column.present[i] === isFloat) this.#addAt(i, column.v[i] as number);
    }
    if (!column.h) return;
    this.#histograms ??= new HistogramSums(this.#context, (first) => new HistogramAverage(first));
    this.#histograms.add(column);
  }

  /** Returns how many steps are done. */
  #addByKernel(column: Column): number {
    const kernel = this.#kernel;
    if (!kernel?.requestColumn(column)) return 0;
    const done = kernel.functions.addToAverages(this.#sums.byteOffset, this.#rests.byteOffset, this.#counts.byteOffset);
    if (done < column.v.length) this.#kernel = undefined;
    return done;
  }

  #addAt(i: number, value: number): void {
    const before = this.#counts[i] as number;
    const count = before + 1;
    const sum = this.#sums[i] as number;
    const rest = this.#rests[i] as number;
    this.#counts[i] = count;
    if (this.#isIncremental[i] === 0) {
      const next = sum + value;
      const overflows = before > 0 && (next === Infinity || next === -Infinity);
      if (!overflows) {
        this.#rests[i] = compensate(sum, value, rest);
        this.#sums[i] = next;
        return;
      }
      this.#isIncremental[i] = 1;
      this.#addToMean(i, { value, mean: sum / before, rest: rest / before });
      return;
    }
    this.#addToMean(i, { value, mean: sum, rest });
  }

  #addToMean(i: number, { value, mean, rest }: { value: number; mean: number; rest: number }): void {
    const count = this.#counts[i] as number;
    const share = (count - 1) / count;
    this.#rests[i] = compensate(share * mean, value / count, share * rest);
    this.#sums[i] = share * mean + value / count;
  }

  column(): Column {
    const column = new Column(this.#context.labels, this.#sums.length);
    for (let i = 0; i < this.#sums.length; i++) {
      const count = this.#counts[i] as number;
      if (count === 0) continue;
      const sum = this.#sums[i] as number;
      const rest = this.#rests[i] as number;
      column.setFloat(i, this.#isIncremental[i] === 1 ? sum + rest : sum / count + rest / count);
    }
    this.#histograms?.putInto(column);
    return column;
  }
}
