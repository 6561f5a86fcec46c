// All series of every group, for aggregations that a running result is not enough for.
import type { Labels } from "@narthex/model";
import type { AggregationPlan } from "../../plan/node.js";
import type { Column, ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { groupingOf } from "./group.js";

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
  const grouping = groupingOf(plan.grouping, plan.without);
  const groups = new Map<string, CollectedGroup>();
  let held = 0;
  evaluateVector(plan.inner, evaluation, (column) => {
    const key = grouping.key(column.labels);
    let group = groups.get(key);
    if (!group) {
      group = { labels: grouping.labels(column.labels), columns: [] };
      groups.set(key, group);
    }
    const points = column.pointCount();
    held += points;
    evaluation.budget.hold(points);
    group.columns.push(column.copy());
  });
  evaluation.budget.release(held);
  return [...groups.values()];
}
