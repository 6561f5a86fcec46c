// The leaves of a plan: where series are read, and become columns one by one. Threads that evaluate the same plan name them by
// their number. Comes from: engine.ts. Goes to: parallel/.
import type { Plan, RangeCallPlan, SelectPlan } from "../plan/node.js";

/** A selector, or a function of a range selector. */
export type LeafPlan = SelectPlan | RangeCallPlan;

/** In an order that depends on the plan alone. */
export function leavesOf(plan: Plan): LeafPlan[] {
  const leaves: LeafPlan[] = [];
  collect(plan, leaves);
  return leaves;
}

function collect(plan: Plan, leaves: LeafPlan[]): void {
  if (plan.kind === "select") leaves.push(plan);
  if (plan.kind === "range-call" && plan.matrix.kind === "window") leaves.push(plan);
  for (const part of partsOf(plan)) collect(part, leaves);
}

/** What is evaluated for a plan; not the selector of a window, which is part of it. */
export function partsOf(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case "subquery":
    case "negate":
    case "invariant":
    case "scalar-of":
    case "scalar-negate":
      return [plan.inner];
    case "range-call":
      return plan.matrix.kind === "subquery" ? [plan.matrix, ...plan.parameters] : plan.parameters;
    case "call":
      return plan.arguments;
    case "aggregation":
      return plan.parameter ? [plan.inner, plan.parameter] : [plan.inner];
    case "binary":
    case "scalar-binary":
      return [plan.left, plan.right];
    case "vector-scalar":
      return [plan.vector, plan.scalar];
    default:
      return [];
  }
}
