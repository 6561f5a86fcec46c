// What every kernel takes and gives.
import type { Column } from "../../column.js";
import type { SeriesKernel, SeriesRequest } from "../../series-kernel.js";
import type { StepGrid } from "../../step-grid.js";

export type KernelInput = SeriesRequest & {
  readonly parameters: readonly Float64Array[];
  /** Times of evaluation: those of the windows, but for @ and offset. */
  readonly grid: StepGrid;
  /** Room for `count` numbers, with anything in it: nothing is allocated for a series. */
  readonly rows: Int32Array;
  /** Where the samples and the column are in its memory, and the request says so. */
  readonly kernel?: SeriesKernel | undefined;
};

/** Fills the column; false, with the column as it was, where this series needs the slow way. */
export type ColumnKernel = (input: KernelInput, column: Column) => boolean;
