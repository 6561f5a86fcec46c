// What stands in a query more than once is evaluated once: `a / (a + b)`, or `rate(a) > 0.1 and rate(a) < 1`. Its columns are kept
// until the query ends, as many as fit in a bound; beyond it each place evaluates for itself.
// Comes from: engine.ts. Goes to: vector.ts.
import { emptyLabels } from "@narthex/model";
import type { Plan, VectorPlan } from "../plan/node.js";
import type { Annotations } from "./annotations.js";
import type { Budget } from "./budget.js";
import { Column, type ColumnSink } from "./column.js";
import { leavesOf } from "./leaves.js";
import { planText } from "./plan-text.js";
import type { StepGrid } from "./step-grid.js";

/** Points that are kept of a query at the most; a column counts as so many more. */
const keptMax = 1_000_000;
const columnCost = 20;

/** What is used of an evaluation. */
type Use = {
  readonly grid: StepGrid;
  readonly keepsNames: boolean;
  readonly budget: Budget;
  readonly annotations: Annotations;
  /** Who counts the samples of each step counts them where they are read. */
  readonly counts: object | undefined;
};

type Kept = { readonly columns: readonly Column[]; readonly looked: number };

export class Repeats {
  /** Of those only that stand there more than once: a number that all of the same have. */
  readonly #numbers: ReadonlyMap<Plan, number>;
  readonly #kept = new Map<string, Kept>();
  #room = keptMax;

  constructor(plan: Plan) {
    // Most queries, and nearly all rules, read one selection: there is nothing to be had twice.
    this.#numbers = leavesOf(plan).length > 1 ? numberRepeats(plan) : new Map();
  }

  has(plan: VectorPlan): boolean {
    return this.#numbers.has(plan);
  }

  /** Calls `sink` as `run` does, which evaluates the plan. */
  evaluate(plan: VectorPlan, of: { readonly use: Use; readonly sink: ColumnSink }, run: RunPlan): void {
    const { use, sink } = of;
    if (use.counts) {
      run(sink);
      return;
    }
    const { start, step, count } = use.grid;
    const key = `${this.#numbers.get(plan)} ${use.keepsNames} ${start} ${step} ${count}`;
    const known = this.#kept.get(key);
    if (!known) {
      const kept = this.#keep(use, { sink, run });
      if (kept) this.#kept.set(key, kept);
      return;
    }
    use.budget.totalQueryableSamples += known.looked;
    // A sink may change what it gets.
    const lent = new Column(emptyLabels, use.grid.count);
    for (const column of known.columns) {
      lent.assign(column);
      sink(lent);
    }
  }

  #keep({ budget, annotations, grid }: Use, of: { readonly sink: ColumnSink; run: RunPlan }): Kept | undefined {
    const columns: Column[] = [];
    const lookedBefore = budget.totalQueryableSamples;
    const annotationsBefore = annotations.count;
    const cost = grid.count + columnCost;
    let held = 0;
    let fits = true;
    const forget = (): undefined => {
      budget.release(held);
      this.#room += columns.length * cost;
      columns.length = 0;
      held = 0;
      fits = false;
    };
    of.run((column) => {
      if (fits && this.#room < cost) forget();
      if (fits) {
        const points = column.pointCount();
        budget.hold(points);
        held += points;
        this.#room -= cost;
        columns.push(column.copy());
      }
      of.sink(column);
    });
    // Annotations name the place of what they are about, so that each place must be evaluated that has some.
    if (annotations.count > annotationsBefore) return forget();
    return fits ? { columns, looked: budget.totalQueryableSamples - lookedBefore } : undefined;
  }
}

type RunPlan = (sink: ColumnSink) => void;

// Plans that say the same get the same number. One repeats when two others of different numbers have it as a part, or one has
// it twice; within what repeats as a whole, parts are evaluated once anyway.
function numberRepeats(root: Plan): ReadonlyMap<Plan, number> {
  const numbers = new Map<Plan, number>();
  const numbersByText = new Map<string, number>();
  const uses: number[] = [];
  const numberOf = (plan: Plan): number => {
    const parts: number[] = [];
    const text = planText(plan, (part) => {
      const number = numberOf(part);
      parts.push(number);
      return number;
    });
    let number = numbersByText.get(text);
    if (number === undefined) {
      number = numbersByText.size;
      numbersByText.set(text, number);
      uses.push(0);
      // The selector of a window is no vector of its own.
      if (plan.kind !== "window") for (const part of parts) uses[part] = (uses[part] as number) + 1;
    }
    numbers.set(plan, number);
    return number;
  };
  numberOf(root);
  for (const [plan, number] of numbers) if ((uses[number] as number) < 2) numbers.delete(plan);
  return numbers;
}
