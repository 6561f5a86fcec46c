// What matters of a plan as a text, so that equal texts mean equal plans.
import type { Plan } from "../plan/node.js";

/**
 * Neither where it stands in the query, nor what is compiled of a matcher. `partText` gives what stands for a part that is evaluated by
 * itself; without it, the part's own text.
 */
export function planText(plan: Plan, partText: (part: Plan) => unknown = (part) => part): string {
  return JSON.stringify(plan, (key, value: unknown) => {
    if (key === "range" || key === "regex") return undefined;
    if (isPlan(value) && value !== plan) return partText(value);
    if (typeof value !== "number") return value;
    return Object.is(value, -0) ? "-0" : String(value);
  });
}

function isPlan(value: unknown): value is Plan {
  return typeof value === "object" && value !== null && "kind" in value;
}
