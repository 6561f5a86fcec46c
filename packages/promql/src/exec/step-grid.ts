// The steps of an evaluation.

/** Step i is at start + i × step, in ms. */
export type StepGrid = { readonly start: number; readonly step: number; readonly count: number };

export function gridEnd(grid: StepGrid): number {
  return grid.start + grid.step * (grid.count - 1);
}

export function timeAt(grid: StepGrid, i: number): number {
  return grid.start + grid.step * i;
}
