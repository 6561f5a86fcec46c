// and, unless, or: which series stay depends only on where the other side has points with the same signature.
import { labelsKey } from "@narthex/model";
import type { BinaryPlan } from "../../plan/node.js";
import { absent, type Column, type ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { mergeColumn } from "../names.js";
import { signatureOf } from "./signature.js";

export function evaluateSet(plan: BinaryPlan, evaluation: Evaluation, sink: ColumnSink): void {
  if (plan.operator === "or") {
    union(plan, evaluation, sink);
    return;
  }
  const { key } = signatureOf(plan.matching);
  const isKept = plan.operator === "and" ? 1 : 0;
  const others = new Map<string, Uint8Array>();
  evaluateVector(plan.right, evaluation, (column) => markPresence(others, key(column.labels), column));
  evaluateVector(plan.left, evaluation, (column) => {
    const other = others.get(key(column.labels));
    for (let i = 0; i < column.present.length; i++) {
      if ((other?.[i] ?? 0) !== isKept) column.present[i] = absent;
    }
    if (!column.isEmpty()) sink(column);
  });
}

/** Sets a byte of 1 where the column has a point. */
function markPresence(marks: Map<string, Uint8Array>, key: string, column: Column): void {
  let mark = marks.get(key);
  if (!mark) {
    mark = new Uint8Array(column.present.length);
    marks.set(key, mark);
  }
  for (let i = 0; i < mark.length; i++) if (column.present[i] !== absent) mark[i] = 1;
}

// The left side is kept: a series of the right side with the same labels goes on in the same column.
function union(plan: BinaryPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const { key } = signatureOf(plan.matching);
  const marks = new Map<string, Uint8Array>();
  const columns = new Map<string, Column>();
  evaluateVector(plan.left, evaluation, (column) => {
    markPresence(marks, key(column.labels), column);
    evaluation.budget.hold(column.pointCount());
    columns.set(labelsKey(column.labels), column.copy());
  });
  evaluateVector(plan.right, evaluation, (column) => {
    const mark = marks.get(key(column.labels));
    if (mark) for (let i = 0; i < mark.length; i++) if (mark[i] === 1) column.present[i] = absent;
    if (column.isEmpty()) return;
    const labels = labelsKey(column.labels);
    const same = columns.get(labels);
    if (same) mergeColumn(same, column);
    else {
      evaluation.budget.hold(column.pointCount());
      columns.set(labels, column.copy());
    }
  });
  for (const column of columns.values()) {
    evaluation.budget.release(column.pointCount());
    sink(column);
  }
}
