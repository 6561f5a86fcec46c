// What every operator of one query shares, and the grid of steps it works on.
import type { Labels, Queryable, SampleColumns, SeriesSource } from "@narthex/model";
import type { VectorPlan } from "../plan/node.js";
import type { Annotations } from "./annotations.js";
import type { Budget } from "./budget.js";
import type { Column, ColumnSink } from "./column.js";
import type { LeafPlan } from "./leaves.js";

/** Step i is at start + i × step, in ms. */
export type StepGrid = { readonly start: number; readonly step: number; readonly count: number };

/** What evaluates any plan; operators reach one another through it, so that none has to know all. */
export type Dispatch = (plan: VectorPlan, evaluation: Evaluation, sink: ColumnSink) => void;

export type Evaluation = {
  readonly dispatch: Dispatch;
  readonly queryable: Queryable;
  readonly annotations: Annotations;
  readonly budget: Budget;
  readonly lookbackDeltaMs: number;
  readonly delayedNameRemoval: boolean;
  readonly useStartTimestamps: boolean;
  readonly grid: StepGrid;
  /** Whether the query itself is a range query. */
  readonly isRange: boolean;
  /** Whoever takes the result looks at no metric name, so that an operator over one metric need not take it off. */
  readonly keepsNames: boolean;
  /** How to go through series together with other threads. */
  readonly walk?: SeriesWalk | undefined;
};

/** What is done with the series of a selector. */
export type SeriesVisit = {
  readonly each: (source: SeriesSource, samples: SampleColumns) => void;
  /** Where other threads may evaluate some of the series. */
  readonly leaf?: LeafVisit | undefined;
};

export type LeafVisit = {
  readonly plan: LeafPlan;
  /** Where a column from another thread is put. */
  readonly column: Column;
  /** Called instead of `each` when it is there. */
  readonly taken: (labels: Labels) => void;
};

/** How a query goes through series; without one, alone. */
export interface SeriesWalk {
  walk(sources: readonly SeriesSource[], visit: SeriesVisit, evaluation: Evaluation): void;
}

export function gridEnd(grid: StepGrid): number {
  return grid.start + grid.step * (grid.count - 1);
}

export function timeAt(grid: StepGrid, i: number): number {
  return grid.start + grid.step * i;
}

type Change = { readonly grid?: StepGrid; readonly keepsNames?: boolean; readonly walk?: SeriesWalk | undefined };

/**
 * The same query, otherwise. Every evaluation is made here, so that all have one shape for V8: operators read them for each
 * series, and code that has met several shapes is thrown away and optimised anew.
 */
export function evaluationFrom(from: Evaluation, change: Change = {}): Evaluation {
  const { grid = from.grid, keepsNames = from.keepsNames, walk = from.walk } = change;
  return {
    dispatch: from.dispatch,
    queryable: from.queryable,
    annotations: from.annotations,
    budget: from.budget,
    lookbackDeltaMs: from.lookbackDeltaMs,
    delayedNameRemoval: from.delayedNameRemoval,
    useStartTimestamps: from.useStartTimestamps,
    grid: { start: grid.start, step: grid.step, count: grid.count },
    isRange: from.isRange,
    keepsNames,
    walk,
  };
}

/** The same query over other steps. */
export function onGrid(evaluation: Evaluation, grid: StepGrid): Evaluation {
  return evaluationFrom(evaluation, { grid, keepsNames: false });
}

/** Only the first step: for parts that are the same at all of them. */
export function onFirstStep(evaluation: Evaluation): Evaluation {
  return onGrid(evaluation, { ...evaluation.grid, count: 1 });
}

/** Calls `sink` once for every series of the result; for who owns the column see `Column`. */
export function evaluateVector(plan: VectorPlan, evaluation: Evaluation, sink: ColumnSink): void {
  evaluation.dispatch(plan, evaluation, sink);
}
