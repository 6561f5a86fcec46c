// sort, sort_desc and sort_by_label: the order of an instant query's vector.
import { compareLabels, labelValue } from "@narthex/model";
import type { CallPlan, StringPlan } from "../../plan/node.js";
import { texts } from "../annotations.js";
import { type Column, type ColumnSink, isFloat } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { vectorArgument } from "./math.js";

/** Floats only; NaN comes last either way. */
export function sortByValue(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const sign = plan.fn === "sort" ? 1 : -1;
  sortColumns(plan, evaluation, {
    sink,
    isKept: (column) => column.present.includes(isFloat),
    compare: (a, b) => {
      const x = a.v[0] as number;
      const y = b.v[0] as number;
      if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return x === y ? 0 : sign * (x < y ? -1 : 1);
    },
  });
}

export function sortByLabel(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const names = plan.arguments.slice(1).map((argument) => (argument as StringPlan).value);
  const sign = plan.fn === "sort_by_label" ? 1 : -1;
  sortColumns(plan, evaluation, {
    sink,
    isKept: () => true,
    compare: (a, b) => {
      for (const name of names) {
        const order = compareNatural(labelValue(a.labels, name), labelValue(b.labels, name));
        if (order !== 0) return sign * order;
      }
      return sign * compareLabels(a.labels, b.labels);
    },
  });
}

type Sorting = {
  readonly sink: ColumnSink;
  readonly isKept: (column: Column) => boolean;
  readonly compare: (a: Column, b: Column) => number;
};

function sortColumns(plan: CallPlan, evaluation: Evaluation, { sink, isKept, compare }: Sorting): void {
  const inner = vectorArgument(plan);
  if (evaluation.isRange) {
    evaluation.annotations.warn(plan.range, texts.sortInRangeQuery);
    evaluateVector(inner, evaluation, (column) => {
      if (isKept(column)) sink(column);
    });
    return;
  }
  const columns: Column[] = [];
  evaluateVector(inner, evaluation, (column) => {
    if (!isKept(column)) return;
    evaluation.budget.hold(column.pointCount());
    columns.push(column.copy());
  });
  for (const column of columns.sort(compare)) {
    evaluation.budget.release(column.pointCount());
    sink(column);
  }
}

/** Runs of digits by their number, everything else by code units: "node2" before "node10". */
export function compareNatural(a: string, b: string): number {
  const x = chunks(a);
  const y = chunks(b);
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const left = x[i] as string;
    const right = y[i] as string;
    if (left === right) continue;
    if (/^\d/.test(left) && /^\d/.test(right)) {
      const order = Number(left) - Number(right);
      if (order !== 0) return order;
      return left.length - right.length;
    }
    return left < right ? -1 : 1;
  }
  return x.length - y.length;
}

function chunks(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}
