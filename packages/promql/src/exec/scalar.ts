// Scalars: one number per step.
import { unreachable } from "@narthex/stdx";
import type { ScalarPlan, VectorPlan } from "../plan/node.js";
import { scalarOperation } from "./binary/element.js";
import { isFloat } from "./column.js";
import { type Evaluation, evaluateVector } from "./evaluation.js";
import { timeAt } from "./step-grid.js";

/** A fresh array, one element per step of the grid. */
export function evaluateScalar(plan: ScalarPlan, evaluation: Evaluation): Float64Array {
  const { grid } = evaluation;
  switch (plan.kind) {
    case "number":
      return new Float64Array(grid.count).fill(plan.value);
    case "time":
      return Float64Array.from({ length: grid.count }, (_, i) => timeAt(grid, i) / 1000);
    case "scalar-of":
      return scalarOf(plan.inner, evaluation);
    case "scalar-negate":
      return evaluateScalar(plan.inner, evaluation).map((value) => -value);
    case "scalar-binary": {
      const operation = scalarOperation(plan.operator);
      const right = evaluateScalar(plan.right, evaluation);
      return evaluateScalar(plan.left, evaluation).map((value, i) => operation(value, right[i] as number));
    }
    default:
      return unreachable(plan);
  }
}

// The value of the only float at each step; NaN where there is none or more than one.
function scalarOf(inner: VectorPlan, evaluation: Evaluation): Float64Array {
  const values = new Float64Array(evaluation.grid.count).fill(NaN);
  const seen = new Uint8Array(evaluation.grid.count);
  evaluateVector(inner, evaluation, (column) => {
    for (let i = 0; i < values.length; i++) {
      if (column.present[i] !== isFloat) continue;
      values[i] = seen[i] === 0 ? (column.v[i] as number) : NaN;
      seen[i] = 1;
    }
  });
  return values;
}
