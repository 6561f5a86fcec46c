// The dispatcher: which operator evaluates which plan node.
import { unreachable } from "@narthex/stdx";
import { multiply } from "../histogram/arithmetic.js";
import type { VectorPlan } from "../plan/node.js";
import { evaluateAggregation } from "./aggregate/aggregation.js";
import { evaluateVectorScalar } from "./binary/vector-scalar.js";
import { evaluateBinary } from "./binary/vectors.js";
import { evaluateCall } from "./call/call.js";
import { absent, Column, type ColumnSink, isFloat, isHistogram } from "./column.js";
import { type Evaluation, evaluateVector, onFirstStep } from "./evaluation.js";
import { dropNames, isOneMetric } from "./names.js";
import { evaluateRangeCall } from "./range-call.js";
import { evaluateSelect } from "./select.js";

export function dispatchVector(plan: VectorPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const { repeats } = evaluation;
  if (!repeats?.has(plan)) evaluateNode(plan, evaluation, sink);
  else repeats.evaluate(plan, { use: evaluation, sink }, (target) => evaluateNode(plan, evaluation, target));
}

function evaluateNode(plan: VectorPlan, evaluation: Evaluation, sink: ColumnSink): void {
  switch (plan.kind) {
    case "select":
      evaluateSelect(plan, evaluation, sink);
      return;
    case "invariant":
      evaluateInvariant(plan.inner, evaluation, sink);
      return;
    case "aggregation":
      evaluateAggregation(plan, evaluation, sink);
      return;
    case "range-call":
      evaluateRangeCall(plan, evaluation, sink);
      return;
    case "call":
      evaluateCall(plan, evaluation, sink);
      return;
    case "binary":
      evaluateBinary(plan, evaluation, sink);
      return;
    case "vector-scalar":
      evaluateVectorScalar(plan, evaluation, sink);
      return;
    case "negate":
      evaluateNegate(plan.inner, evaluation, sink);
      return;
    default:
      unreachable(plan);
  }
}

// Evaluates one step and repeats it over all.
function evaluateInvariant(inner: VectorPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const { count } = evaluation.grid;
  if (count === 1) {
    evaluateVector(inner, evaluation, sink);
    return;
  }
  onFirstStep(evaluation, (ofFirst) => {
    evaluateVector(inner, ofFirst, (first) => {
      const column = new Column(first.labels, count);
      column.dropsName = first.dropsName;
      column.present.fill(first.present[0] ?? absent);
      column.v.fill(first.v[0] as number);
      if (first.h) column.h = Array.from({ length: count }, () => first.h?.[0]);
      sink(column);
    });
  });
}

function evaluateNegate(inner: VectorPlan, evaluation: Evaluation, sink: ColumnSink): void {
  dropNames(evaluation, { sink, isOneMetric: isOneMetric(inner) }, (target) => {
    evaluateVector(inner, evaluation, (column) => {
      for (let i = 0; i < column.v.length; i++) {
        if (column.present[i] === isFloat) column.v[i] = -(column.v[i] as number);
        else if (column.present[i] === isHistogram) column.setHistogram(i, multiply(column.histogramAt(i), -1));
      }
      target(column);
    });
  });
}
