// quantile: of each group's floats at each step.
import { texts } from "../annotations.js";
import { Column, isFloat } from "../column.js";
import { quantile } from "../quantile.js";
import type { CollectedGroup, CollectingAggregation } from "./collect.js";
import { informOfIgnored } from "./extreme.js";

export function aggregateQuantile({ plan, parameters, evaluation, collect, sink }: CollectingAggregation): void {
  const groups = collect();
  for (const q of groups.length > 0 ? parameters : []) {
    if (q >= 0 && q <= 1) continue;
    evaluation.annotations.warn(plan.parameter?.range ?? plan.range, texts.invalidQuantile(q));
  }
  for (const group of groups) {
    for (const column of group.columns) if (column.h) informOfIgnored({ plan, evaluation }, column);
    const result = new Column(group.labels, parameters.length);
    result.dropsName = group.columns.some((column) => column.dropsName);
    for (let i = 0; i < parameters.length; i++) {
      const values = floatsAt(group, i);
      if (values.length > 0) result.setFloat(i, quantile(parameters[i] as number, values));
    }
    if (!result.isEmpty()) sink(result);
  }
}

function floatsAt({ columns }: CollectedGroup, i: number): Float64Array {
  const values = new Float64Array(columns.length);
  let count = 0;
  for (const { present, v } of columns) if (present[i] === isFloat) values[count++] = v[i] as number;
  return values.subarray(0, count);
}
