// Aggregations that stand in a query more than once are evaluated once: `a / (a + b)`, or `a > 0.1 and a`. Their results are small,
// and kept until the query ends; those of selectors are as large as what is read.
// Comes from: engine.ts. Goes to: aggregate/.
import type { AggregationPlan, Plan } from "../plan/node.js";
import type { Annotations } from "./annotations.js";
import type { Budget } from "./budget.js";
import type { Column, ColumnSink } from "./column.js";
import { partsOf } from "./leaves.js";
import type { StepGrid } from "./step-grid.js";

/** Of queries with more aggregations none are looked for: texts of nested ones grow with the square of their depth. */
export const aggregationsMax = 50;

/** What is used of an evaluation. */
type Use = {
  readonly grid: StepGrid;
  readonly budget: Budget;
  readonly annotations: Annotations;
  /** Who counts the samples of each step counts them where they are read. */
  readonly counts: object | undefined;
};

type Kept = { readonly columns: readonly Column[]; readonly looked: number };

export class Repeats {
  /** By plan, of those only that stand there more than once: what is the same of all. */
  readonly #texts = new Map<AggregationPlan, string>();
  readonly #kept = new Map<string, Kept>();
  /** Parts of what is kept need not be. */
  #isWithin = false;

  constructor(plan: Plan) {
    const plans: AggregationPlan[] = [];
    collect(plan, plans);
    if (plans.length < 2 || plans.length > aggregationsMax) return;
    const texts = plans.map(textOf);
    plans.forEach((one, i) => {
      const text = texts[i] as string;
      if (texts.indexOf(text) !== texts.lastIndexOf(text)) this.#texts.set(one, text);
    });
  }

  /** Calls `sink` as `run` does, which evaluates the plan. */
  evaluate(plan: AggregationPlan, of: { readonly use: Use; readonly sink: ColumnSink }, run: RunPlan): void {
    const { use, sink } = of;
    const text = this.#texts.get(plan);
    if (text === undefined || this.#isWithin || use.counts) {
      run(sink);
      return;
    }
    const { start, step, count } = use.grid;
    const key = `${start} ${step} ${count} ${text}`;
    const known = this.#kept.get(key);
    if (known) {
      use.budget.totalQueryableSamples += known.looked;
      for (const column of known.columns) sink(column.copy());
      return;
    }
    const { columns, looked, isSilent } = this.#collect(use, run);
    // Annotations name the place of what they are about, so that each place must be evaluated that has some.
    if (isSilent) this.#kept.set(key, { columns, looked });
    for (const column of columns) sink(isSilent ? column.copy() : column);
  }

  #collect({ budget, annotations }: Use, run: RunPlan): Kept & { readonly isSilent: boolean } {
    const columns: Column[] = [];
    const lookedBefore = budget.totalQueryableSamples;
    const annotationsBefore = annotations.count;
    this.#isWithin = true;
    try {
      run((column) => {
        // Until the query ends.
        budget.hold(column.pointCount());
        columns.push(column.copy());
      });
    } finally {
      this.#isWithin = false;
    }
    const isSilent = annotations.count === annotationsBefore;
    return { columns, looked: budget.totalQueryableSamples - lookedBefore, isSilent };
  }
}

type RunPlan = (sink: ColumnSink) => void;

function collect(plan: Plan, plans: AggregationPlan[]): void {
  if (plan.kind === "aggregation") plans.push(plan);
  for (const part of partsOf(plan)) collect(part, plans);
}

/** All that matters of a plan: neither where it stands in the query, nor what is compiled of a matcher. */
function textOf(plan: Plan): string {
  return JSON.stringify(plan, (key, value: unknown) => {
    if (key === "range" || key === "regex") return undefined;
    if (typeof value !== "number") return value;
    return Object.is(value, -0) ? "-0" : String(value);
  });
}
