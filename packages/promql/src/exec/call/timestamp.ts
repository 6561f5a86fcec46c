// timestamp and start_timestamp: of the very sample behind a selector; of anything else the evaluation time, or nothing.
import type { CallPlan, VectorPlan } from "../../plan/node.js";
import { absent, Column, type ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector, onFirstStep } from "../evaluation.js";
import { dropNames, isOneMetric } from "../names.js";
import { evaluateSelect, type SampleField } from "../select.js";
import { timeAt } from "../step-grid.js";
import { vectorArgument } from "./math.js";

export function timestamp(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const inner = vectorArgument(plan);
  dropNames(evaluation, { sink, isOneMetric: isOneMetric(inner) }, (target) => {
    if (selectField(inner, evaluation, { field: "timestamp", sink: target })) return;
    evaluateVector(inner, evaluation, (column) => {
      for (let i = 0; i < column.v.length; i++) {
        if (column.present[i] !== absent) column.setFloat(i, timeAt(evaluation.grid, i) / 1000);
      }
      target(column);
    });
  });
}

export function startTimestamp(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const inner = vectorArgument(plan);
  dropNames(evaluation, { sink, isOneMetric: isOneMetric(inner) }, (target) => {
    selectField(inner, evaluation, { field: "start-timestamp", sink: target });
  });
}

// Returns false where `inner` is no selector.
function selectField(inner: VectorPlan, evaluation: Evaluation, of: { field: SampleField; sink: ColumnSink }): boolean {
  if (inner.kind === "select") {
    evaluateSelect(inner, evaluation, of.sink, of.field);
    return true;
  }
  if (inner.kind !== "invariant" || inner.inner.kind !== "select") return false;
  const { count } = evaluation.grid;
  const select = inner.inner;
  onFirstStep(evaluation, (ofFirst) => {
    const repeat = (first: Column): void => {
      const column = new Column(first.labels, count);
      for (let i = 0; i < count; i++) column.copyPoint(i, first, 0);
      of.sink(column);
    };
    evaluateSelect(select, ofFirst, repeat, of.field);
  });
  return true;
}
