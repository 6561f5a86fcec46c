// All series of every group, for aggregations that a running result is not enough for.
import type { Labels } from "@narthex/model";
import type { AggregationPlan } from "../../plan/node.js";
import type { Column, ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector, evaluationFrom } from "../evaluation.js";
import { Groups } from "./group.js";

/** `columns` are copies, in the order in which they came. */
export type CollectedGroup = { readonly labels: Labels; readonly columns: Column[] };

export type CollectingAggregation = {
  readonly plan: AggregationPlan;
  readonly parameters: Float64Array;
  readonly evaluation: Evaluation;
  readonly collect: () => CollectedGroup[];
  readonly sink: ColumnSink;
};

export function collectGroups(plan: AggregationPlan, evaluation: Evaluation): CollectedGroup[] {
  const groups = new Groups<CollectedGroup>(plan);
  let held = 0;
  evaluateVector(plan.inner, evaluationFrom(evaluation, { keepsNames: false }), (column) => {
    const group = groups.of(column.labels, (labels) => ({ labels, columns: [] }));
    const points = column.pointCount();
    held += points;
    evaluation.budget.hold(points);
    group.columns.push(column.copy());
  });
  evaluation.budget.release(held);
  return groups.all;
}
