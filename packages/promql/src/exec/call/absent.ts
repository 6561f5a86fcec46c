// absent and absent_over_time: 1 where there is nothing, with what labels the selector tells.
import { type Labels, labelsFromEntries, type Matcher, metricNameLabel } from "@narthex/model";
import type { CallPlan, Plan, RangeCallPlan } from "../../plan/node.js";
import { absent, Column, type ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { eachWindow } from "../window.js";
import { vectorArgument } from "./math.js";

export function absentVector(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const inner = vectorArgument(plan);
  const seen = new Uint8Array(evaluation.grid.count);
  evaluateVector(inner, evaluation, ({ present }) => {
    for (let i = 0; i < seen.length; i++) if (present[i] !== absent) seen[i] = 1;
  });
  emitUnseen(seen, labelsOf(inner), sink);
}

export function absentOverTime(plan: RangeCallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const seen = new Uint8Array(evaluation.grid.count);
  eachWindow(plan.matrix, evaluation, {
    each: (window) => {
      if (window.floatCount + window.histogramCount > 0) seen[window.i] = 1;
    },
    finish: () => {},
  });
  emitUnseen(seen, labelsOf(plan.matrix), sink);
}

function emitUnseen(seen: Uint8Array, labels: Labels, sink: ColumnSink): void {
  const column = new Column(labels, seen.length);
  for (let i = 0; i < seen.length; i++) if (seen[i] === 0) column.setFloat(i, 1);
  if (!column.isEmpty()) sink(column);
}

function labelsOf(plan: Plan): Labels {
  if (plan.kind === "invariant") return labelsOf(plan.inner);
  if (plan.kind === "window") return labelsOf(plan.selector);
  return labelsFromEntries(plan.kind === "select" ? equalities(plan.matchers) : []);
}

// Labels that the selector fixes, as Prometheus reads them: a label that is named again is taken off, unless its only = comes last.
function equalities(matchers: readonly Matcher[]): [string, string][] {
  const labels = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, type, value } of matchers) {
    if (name === metricNameLabel) continue;
    if (type === "=" && !seen.has(name)) {
      labels.set(name, value);
      seen.add(name);
    } else labels.delete(name);
  }
  return [...labels];
}
