// count_values: one series per value that occurs, with the value in a label.

import { type Labels, labelsKey, quote, withLabel } from "@narthex/model";
import { printFloat } from "@narthex/stdx";
import { QueryError } from "../../error.js";
import { printHistogram } from "../../histogram/print.js";
import type { AggregationPlan } from "../../plan/node.js";
import { absent, Column, type ColumnSink, isFloat } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { reservedLabels } from "../names.js";
import { Groups } from "./group.js";

export function countValues(plan: AggregationPlan, label: string, evaluation: Evaluation, sink: ColumnSink): void {
  if (label === "" || /\p{Surrogate}|\ufffd/u.test(label))
    throw new QueryError("execution", `invalid label name ${quote(label)}`);
  const counts = new Map<string, Column>();
  // The value's label is there before series are grouped: `without` takes it off again.
  const isDropped = plan.without && (plan.grouping.includes(label) || reservedLabels.has(label));
  const columnOf = (groupLabels: Labels, value: string): Column => {
    const labels = isDropped ? groupLabels : withLabel(groupLabels, label, value);
    const key = labelsKey(labels);
    const known = counts.get(key);
    if (known) return known;
    const { count } = evaluation.grid;
    evaluation.budget.hold(count);
    const made = new Column(labels, count);
    counts.set(key, made);
    return made;
  };
  const groups = new Groups<ValueGroup>(plan);
  evaluateVector(plan.inner, evaluation, (column) => {
    const group = groups.of(column.labels, (labels) => ({ labels, byFloat: new Map() }));
    for (let i = 0; i < column.present.length; i++) {
      if (column.present[i] === absent) continue;
      const result =
        column.present[i] === isFloat
          ? ofFloat(group, column.v[i] as number, columnOf)
          : columnOf(group.labels, printHistogram(column.histogramAt(i)));
      if (column.dropsName) result.dropsName = true;
      result.setFloat(i, (result.present[i] === isFloat ? (result.v[i] as number) : 0) + 1);
    }
  });
  for (const column of counts.values()) {
    evaluation.budget.release(column.present.length);
    sink(column);
  }
}

/** Two groups may come to count in one column, where the label is one that they are grouped by. */
type ValueGroup = { readonly labels: Labels; readonly byFloat: Map<number, Column> };

// Printing costs more than looking up.
function ofFloat(
  { labels, byFloat }: ValueGroup,
  value: number,
  columnOf: (groupLabels: Labels, value: string) => Column,
): Column {
  // A map takes -0 for 0.
  if (Object.is(value, -0)) return columnOf(labels, printFloat(value));
  let column = byFloat.get(value);
  if (!column) {
    column = columnOf(labels, printFloat(value));
    byFloat.set(value, column);
  }
  return column;
}
