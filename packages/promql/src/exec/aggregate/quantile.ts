// quantile: of each group's floats at each step.
import { texts } from "../annotations.js";
import { Column, isFloat } from "../column.js";
import { quantile } from "../quantile.js";
import type { CollectedGroup, CollectingAggregation } from "./collect.js";
import { informOfIgnored } from "./extreme.js";

export function aggregateQuantile({ plan, parameters, evaluation, collect, sink }: CollectingAggregation): void {
  const groups = collect();
  for (const q of extremesOf(parameters)) {
    if (!(q >= 0 && q <= 1)) evaluation.annotations.warn(plan.parameter?.range ?? plan.range, texts.invalidQuantile(q));
  }
  for (const group of groups) {
    for (const column of group.columns) if (column.h) informOfIgnored({ plan, evaluation }, column);
    const result = new Column(group.labels, parameters.length);
    result.dropsName = group.columns.some((column) => column.dropsName);
    for (let first = 0; first < parameters.length; first += stepsAtOnce) {
      floatsOfSteps(group, first).forEach((values, k) => {
        if (values.length > 0) result.setFloat(first + k, quantile(parameters[first + k] as number, values));
      });
    }
    if (!result.isEmpty()) sink(result);
  }
}

/** Of all steps the largest and the smallest, or NaN alone: what of a parameter is worth a warning. */
export function extremesOf(parameters: Float64Array): number[] {
  let largest = -Infinity;
  let smallest = Infinity;
  for (const parameter of parameters) {
    if (Number.isNaN(parameter)) return [NaN];
    largest = Math.max(largest, parameter);
    smallest = Math.min(smallest, parameter);
  }
  return [largest, smallest];
}

/** One step by itself would touch every column's memory for a number each. */
const stepsAtOnce = 16;

function floatsOfSteps({ columns }: CollectedGroup, first: number): Float64Array[] {
  const steps = Math.min(stepsAtOnce, (columns[0] as Column).v.length - first);
  const values = Array.from({ length: steps }, () => new Float64Array(columns.length));
  const counts = new Uint32Array(steps);
  for (const { present, v } of columns) {
    for (let k = 0; k < steps; k++) {
      if (present[first + k] === isFloat) (values[k] as Float64Array)[(counts[k] as number)++] = v[first + k] as number;
    }
  }
  return values.map((list, k) => list.subarray(0, counts[k]));
}
