// Series that are decoded and evaluated many at a time: what each of them costs besides its samples is paid once for some dozens.
// Comes from: select.ts, window.ts. Goes to: series.ts, which asks the storage for them.
import type { Labels, SeriesRows } from "@narthex/model";
import type { Column } from "./column.js";
import type { ManyRequest, SeriesKernel } from "./series-kernel.js";
import type { StepGrid } from "./step-grid.js";

/** Takes the column of a series, borrowed, as `Column` says; how many samples were read for it, and at how many steps it has something. */
export type TakeColumn = (column: Column, samples: number, found: number) => void;

/** Fewer series are not worth the columns. */
export const manySeriesMin = 8;

/** Of an evaluation. */
type Surroundings = {
  readonly kernel: SeriesKernel | undefined;
  /** Who counts the samples of each step looks at the series one by one. */
  readonly counts: object | undefined;
  readonly grid: StepGrid;
};

export class ManySeries {
  readonly #kernel: SeriesKernel;
  readonly #request: ManyRequest;
  readonly #steps: number;
  readonly #take: TakeColumn;
  #columns: readonly Column[] | undefined;
  readonly #found: Int32Array;
  readonly #ends: Int32Array;

  private constructor(
    kernel: SeriesKernel,
    request: ManyRequest,
    { steps, take }: { steps: number; take: TakeColumn },
  ) {
    this.#kernel = kernel;
    this.#request = request;
    this.#steps = steps;
    this.#take = take;
    this.#found = new Int32Array(kernel.found.length);
    this.#ends = new Int32Array(kernel.found.length);
  }

  /** Undefined where series are to be evaluated one by one. */
  static of({ kernel, counts, grid }: Surroundings, request: ManyRequest, take: TakeColumn): ManySeries | undefined {
    return kernel && !counts ? new ManySeries(kernel, request, { steps: grid.count, take }) : undefined;
  }

  /** Where the storage puts samples for `evaluate`; undefined where there is no room for columns. */
  rows(): SeriesRows | undefined {
    this.#columns ??= this.#kernel.columns(this.#steps) ?? [];
    const count = this.#columns.length;
    const { rows } = this.#kernel;
    if (count === 0) return undefined;
    return count === rows.ends.length ? rows : { ...rows, ends: rows.ends.subarray(0, count) };
  }

  /** Evaluates the first `count` series of the rows. Each is then to be taken in turn. */
  evaluate(count: number): void {
    const { rows, found } = this.#kernel;
    this.#kernel.evaluateMany(count, this.#columns as readonly Column[], this.#request);
    // Whoever takes a column may evaluate others.
    for (let i = 0; i < count; i++) {
      this.#found[i] = found[i] as number;
      this.#ends[i] = rows.ends[i] as number;
    }
  }

  /** How many samples series `i` has; -1 where it must be read by itself. */
  samples(i: number): number {
    if ((this.#found[i] as number) < 0) return -1;
    return (this.#ends[i] as number) - (i === 0 ? 0 : (this.#ends[i - 1] as number));
  }

  /** REQUIRES: it need not be read by itself. */
  take(i: number, labels: Labels): void {
    const column = (this.#columns as readonly Column[])[i] as Column;
    column.labels = labels;
    column.dropsName = false;
    column.h = undefined;
    this.#take(column, this.samples(i), this.#found[i] as number);
  }
}
