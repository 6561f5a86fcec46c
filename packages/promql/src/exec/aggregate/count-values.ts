// count_values: one series per value that occurs, with the value in a label.

import { labelsKey, quote, withLabel } from "@narthex/model";
import { printFloat } from "@narthex/stdx";
import { QueryError } from "../../error.js";
import { printHistogram } from "../../histogram/print.js";
import type { AggregationPlan } from "../../plan/node.js";
import { absent, Column, type ColumnSink, isFloat } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { groupLabels } from "./group.js";

export function countValues(plan: AggregationPlan, label: string, evaluation: Evaluation, sink: ColumnSink): void {
  if (label === "" || /\p{Surrogate}|\ufffd/u.test(label))
    throw new QueryError("execution", `invalid label name ${quote(label)}`);
  const counts = new Map<string, Column>();
  evaluateVector(plan.inner, evaluation, (column) => {
    const ownLabels = groupLabels(plan, column.labels);
    for (let i = 0; i < column.present.length; i++) {
      if (column.present[i] === absent) continue;
      const value =
        column.present[i] === isFloat ? printFloat(column.v[i] as number) : printHistogram(column.histogramAt(i));
      const labels = withLabel(ownLabels, label, value);
      const key = labelsKey(labels);
      let result = counts.get(key);
      if (!result) {
        evaluation.budget.hold(column.present.length);
        result = new Column(labels, column.present.length);
        counts.set(key, result);
      }
      if (column.dropsName) result.dropsName = true;
      result.setFloat(i, (result.present[i] === isFloat ? (result.v[i] as number) : 0) + 1);
    }
  });
  for (const column of counts.values()) {
    evaluation.budget.release(column.present.length);
    sink(column);
  }
}
