// count and group: whether and how often there is anything, float or histogram.
import { absent, Column } from "../column.js";
import type { SeriesKernel } from "../series-kernel.js";
import type { GroupContext, RunningGroup } from "./group.js";

export class CountGroup implements RunningGroup {
  dropsName = false;
  readonly #context: GroupContext;
  readonly #kind: "count" | "group";
  readonly #counts: Float64Array;
  readonly #kernel: SeriesKernel | undefined;

  constructor(context: GroupContext, kind: "count" | "group") {
    this.#context = context;
    this.#kind = kind;
    const { kernel, grid } = context.evaluation;
    this.#counts = kernel?.floats(grid.count) ?? new Float64Array(grid.count);
    this.#kernel = kernel?.holds(this.#counts) ? kernel : undefined;
  }

  add(column: Column): void {
    if (this.#kernel?.requestColumn(column)) {
      this.#kernel.functions.addToCounts(this.#counts.byteOffset);
      return;
    }
    const counts = this.#counts;
    const { present } = column;
    for (let i = 0; i < counts.length; i++) if (present[i] !== absent) counts[i] = (counts[i] as number) + 1;
  }

  column(): Column {
    const column = new Column(this.#context.labels, this.#counts.length);
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i] as number;
      if (count > 0) column.setFloat(i, this.#kind === "count" ? count : 1);
    }
    return column;
  }
}
