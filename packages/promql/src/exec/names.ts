// Dropping the metric name, and the labels that go with it.
// With delayed removal (a flag of Prometheus) the column is only marked, and the name goes when the query ends.
import { dropLabels, type Labels, labelsFromSorted, labelsKey, labelValue, metricNameLabel } from "@narthex/model";
import { QueryError } from "../error.js";
import type { Plan } from "../plan/node.js";
import type { Budget } from "./budget.js";
import { absent, type Column, type ColumnSink } from "./column.js";
import type { Evaluation } from "./evaluation.js";

export const reservedLabels: ReadonlySet<string> = new Set([metricNameLabel, "__type__", "__unit__"]);

export function withoutName(labels: Labels): Labels {
  // Names are in order of their bytes: the reserved ones stand together, and mostly there is only the metric's.
  if (labels[0] === metricNameLabel && labels[2]?.startsWith("__") !== true) return labelsFromSorted(labels.slice(2));
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string;
    if (name.startsWith("__") && reservedLabels.has(name)) return dropLabels(labels, reservedLabels);
  }
  return labels;
}

export function metricName(labels: Labels): string {
  return labelValue(labels, metricNameLabel);
}

/**
 * Runs an operator whose result has no metric name: takes the names off, or marks the columns.
 *
 * Series of one metric stay distinct without it and are passed on at once; those of several are kept until all are
 * there, and those that become one are merged.
 */
export function dropNames(
  evaluation: Evaluation,
  target: { readonly sink: ColumnSink; readonly isOneMetric: boolean },
  run: (sink: ColumnSink) => void,
): void {
  const { isOneMetric, sink } = target;
  if (evaluation.delayedNameRemoval) {
    run((column) => {
      column.dropsName = true;
      sink(column);
    });
  } else if (isOneMetric) {
    if (evaluation.keepsNames) run(sink);
    else
      run((column) => {
        column.labels = withoutName(column.labels);
        sink(column);
      });
  } else {
    const merger = new ColumnMerger(evaluation.budget);
    run((column) => {
      column.labels = withoutName(column.labels);
      merger.add(column);
    });
    merger.finish(sink);
  }
}

/** Whether all series of a plan's result have the same metric name, as far as the plan tells. */
export function isOneMetric(plan: Plan): boolean {
  switch (plan.kind) {
    case "select":
      return plan.matchers.some(({ name, type }) => name === metricNameLabel && type === "=");
    case "window":
      return isOneMetric(plan.selector);
    case "subquery":
    case "invariant":
    case "negate":
      return isOneMetric(plan.inner);
    case "range-call":
      return isOneMetric(plan.matrix);
    case "vector-scalar":
      return isOneMetric(plan.vector);
    case "aggregation":
      return !plan.without && !plan.grouping.some((name) => reservedLabels.has(name));
    default:
      return false;
  }
}

/** Keeps columns by their labels; points of columns with the same labels go together, two at one step are an error. */
export class ColumnMerger {
  readonly #budget: Budget;
  readonly #columns = new Map<string, Column>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Copies the column. */
  add(column: Column): void {
    const key = labelsKey(column.labels);
    const kept = this.#columns.get(key);
    if (kept) {
      mergeColumn(kept, column);
      return;
    }
    this.#budget.hold(column.pointCount());
    this.#columns.set(key, column.copy());
  }

  finish(sink: ColumnSink): void {
    for (const column of this.#columns.values()) {
      this.#budget.checkpoint();
      this.#budget.release(column.pointCount());
      sink(column);
    }
    this.#columns.clear();
  }
}

/** Adds the points of `other`, which has the same labels; throws where both have one. */
export function mergeColumn(column: Column, other: Column): void {
  if (other.dropsName) column.dropsName = true;
  for (let i = 0; i < other.present.length; i++) {
    if (other.present[i] === absent) continue;
    if (column.present[i] !== absent) throw sameLabelset();
    column.copyPoint(i, other);
  }
}

export function sameLabelset(): QueryError {
  return new QueryError("execution", "vector cannot contain metrics with the same labelset");
}
