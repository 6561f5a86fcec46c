// stddev and stdvar of floats, by Welford's running variance.
import { Column, isFloat } from "../column.js";
import { informOfIgnored } from "./extreme.js";
import type { GroupContext, RunningGroup } from "./group.js";

export class VarianceGroup implements RunningGroup {
  dropsName = false;
  readonly #context: GroupContext;
  readonly #kind: "stddev" | "stdvar";
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor(context: GroupContext, kind: "stddev" | "stdvar") {
    const { count } = context.evaluation.grid;
    this.#context = context;
    this.#kind = kind;
    this.#counts = new Float64Array(count);
    this.#means = new Float64Array(count);
    this.#squares = new Float64Array(count);
  }

  add(column: Column): void {
    for (let i = 0; i < column.v.length; i++) {
      if (column.present[i] !== isFloat) continue;
      const value = column.v[i] as number;
      const count = (this.#counts[i] as number) + 1;
      const mean = this.#means[i] as number;
      const delta = value - mean;
      const nextMean = mean + delta / count;
      this.#counts[i] = count;
      this.#means[i] = nextMean;
      this.#squares[i] = (this.#squares[i] as number) + delta * (value - nextMean);
    }
    if (column.h) informOfIgnored(this.#context, column);
  }

  column(): Column {
    const column = new Column(this.#context.labels, this.#counts.length);
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i] as number;
      if (count === 0) continue;
      const variance = (this.#squares[i] as number) / count;
      column.setFloat(i, this.#kind === "stddev" ? Math.sqrt(variance) : variance);
    }
    return column;
  }
}
