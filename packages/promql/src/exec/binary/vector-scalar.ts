// A vector with a scalar: every series by itself.
import type { VectorScalarPlan } from "../../plan/node.js";
import { absent, type Column, type ColumnSink, isFloat, isHistogram } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { dropNames, isOneMetric } from "../names.js";
import { evaluateScalar } from "../scalar.js";
import { compare, isComparison, isTrim } from "./element.js";
import { combineValues } from "./float-columns.js";
import { combineHistograms, type ElementContext } from "./histogram-element.js";

export function evaluateVectorScalar(plan: VectorScalarPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const scalars = evaluateScalar(plan.scalar, evaluation);
  const isFilter = isComparison(plan.operator) && !plan.isBool;
  const map = (target: ColumnSink): void => {
    evaluateVector(plan.vector, evaluation, (column) => {
      if (isFilter) filterColumn(plan, column, scalars);
      else mapFloats(plan, column, scalars);
      if (column.h || isTrim(plan.operator)) combineColumn(plan, evaluation, column, scalars);
      if (!column.isEmpty()) target(column);
    });
  };
  const keepsName = isFilter || isTrim(plan.operator);
  if (keepsName) map(sink);
  else dropNames(evaluation, { sink, isOneMetric: isOneMetric(plan.vector) }, map);
}

// A comparison keeps the vector's own value, on whichever side it stands.
function filterColumn(plan: VectorScalarPlan, column: Column, scalars: Float64Array): void {
  const test = compare(plan.operator);
  const isLeft = plan.scalarSide === "left";
  for (let i = 0; i < scalars.length; i++) {
    if (column.present[i] !== isFloat) continue;
    const value = column.v[i] as number;
    const scalar = scalars[i] as number;
    if (!(isLeft ? test(scalar, value) : test(value, scalar))) column.present[i] = absent;
  }
}

function mapFloats(plan: VectorScalarPlan, column: Column, scalars: Float64Array): void {
  if (isTrim(plan.operator)) return;
  const { v } = column;
  if (plan.scalarSide === "left") combineValues(plan.operator, scalars, v, v);
  else combineValues(plan.operator, v, scalars, v);
}

// Histograms, and floats under operators that only histograms know.
function combineColumn(plan: VectorScalarPlan, evaluation: Evaluation, column: Column, scalars: Float64Array): void {
  const context: ElementContext = { operator: plan.operator, annotations: evaluation.annotations, range: plan.range };
  const knowsFloats = isTrim(plan.operator);
  for (let i = 0; i < scalars.length; i++) {
    const kind = column.present[i];
    if (kind !== isHistogram && !(knowsFloats && kind === isFloat)) continue;
    const value = kind === isHistogram ? column.histogramAt(i) : (column.v[i] as number);
    const scalar = scalars[i] as number;
    const [left, right] = plan.scalarSide === "left" ? [scalar, value] : [value, scalar];
    const result = combineHistograms(context, left, right);
    if (result && "histogram" in result) column.setHistogram(i, result.histogram);
    else column.present[i] = absent;
  }
}
