// What every operator of one query shares, and the grid of steps it works on.
import type { Labels, Querier, Queryable, SampleColumns, SeriesSource } from "@narthex/model";
import type { VectorPlan } from "../plan/node.js";
import type { Annotations } from "./annotations.js";
import type { Budget } from "./budget.js";
import type { Column, ColumnSink } from "./column.js";
import type { LeafPlan } from "./leaves.js";
import type { ManySeries } from "./many.js";
import type { Overlaps } from "./overlaps.js";
import type { Repeats } from "./repeats.js";
import type { SeriesKernel } from "./series-kernel.js";
import { StepCounts } from "./step-counts.js";
import type { StepGrid } from "./step-grid.js";

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
  readonly typeAndUnitLabels: boolean;
  readonly grid: StepGrid;
  /** Whether the query itself is a range query. */
  readonly isRange: boolean;
  /** Whoever takes the result looks at no metric name, so that an operator over one metric need not take it off. */
  readonly keepsNames: boolean;
  /** Undefined where there is no WebAssembly: then the plain code does the work. */
  readonly kernel: SeriesKernel | undefined;
  /** What stands in the query more than once. */
  readonly repeats: Repeats | undefined;
  /** Series that more than one selector of the query finds. */
  readonly overlaps: Overlaps | undefined;
  /** How to go through series together with other threads. */
  readonly walk?: SeriesWalk | undefined;
  /** On the same grid; where nobody wants to know, there are none. */
  readonly counts: StepCounts | undefined;
};

/** What is done with the series of a selector. */
export type SeriesVisit = {
  readonly each: (source: SeriesSource, samples: SampleColumns) => void;
  /** Does all that `each` would, without the samples, where it returns true. */
  readonly known?: ((labels: Labels) => boolean) | undefined;
  /** Where series of floats may be evaluated many at a time, instead of `each`. */
  readonly many?: ManySeries | undefined;
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

/** Series of a selection, and what reads them. */
export type Selected = { readonly sources: readonly SeriesSource[]; readonly querier: Querier };

/** How a query goes through series; without one, alone. */
export interface SeriesWalk {
  walk(selected: Selected, visit: SeriesVisit, evaluation: Evaluation): void;
}

type Change = { readonly [K in "grid" | "keepsNames" | "walk" | "counts"]?: Evaluation[K] };

/**
 * The same query, otherwise. Every evaluation is made here, so that all have one shape for V8: operators read them for each
 * series, and code that has met several shapes is thrown away and optimised anew.
 */
export function evaluationFrom(from: Evaluation, change: Change = {}): Evaluation {
  const { grid = from.grid, keepsNames = from.keepsNames, walk = from.walk } = change;
  const counts = "counts" in change ? change.counts : from.counts;
  return {
    dispatch: from.dispatch,
    queryable: from.queryable,
    annotations: from.annotations,
    budget: from.budget,
    lookbackDeltaMs: from.lookbackDeltaMs,
    delayedNameRemoval: from.delayedNameRemoval,
    useStartTimestamps: from.useStartTimestamps,
    typeAndUnitLabels: from.typeAndUnitLabels,
    grid: { start: grid.start, step: grid.step, count: grid.count },
    isRange: from.isRange,
    keepsNames,
    kernel: from.kernel,
    repeats: from.repeats,
    overlaps: from.overlaps,
    walk,
    counts,
  };
}

/** The same query over other steps, which are counted apart. */
export function onGrid(evaluation: Evaluation, grid: StepGrid): Evaluation {
  const counts = evaluation.counts && new StepCounts(grid);
  return evaluationFrom(evaluation, { grid, keepsNames: false, counts });
}

/** Only the first step: for parts that are the same at all of them. */
export function onFirstStep(evaluation: Evaluation, evaluate: (first: Evaluation) => void): void {
  const first = onGrid(evaluation, { ...evaluation.grid, count: 1 });
  evaluate(first);
  if (first.counts) evaluation.counts?.addInvariant(first.counts);
}

/** Calls `sink` once for every series of the result; for who owns the column see `Column`. */
export function evaluateVector(plan: VectorPlan, evaluation: Evaluation, sink: ColumnSink): void {
  evaluation.dispatch(plan, evaluation, sink);
}
