// What every kernel takes and gives.
import type { Column } from "../../column.js";
import type { SeriesKernel } from "../../series-kernel.js";
import type { StepGrid } from "../../step-grid.js";

/** Floats of one series, rows 0 … count - 1, and where the windows end: at first + i × step, each `windowMs` long. */
export type KernelInput = {
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly count: number;
  /** A value may be below the one before it. */
  readonly mayFall: boolean;
  /** All times are the same apart. */
  readonly isRegular: boolean;
  readonly first: number;
  readonly step: number;
  readonly windowMs: number;
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
