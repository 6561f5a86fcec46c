// Which selections a plan will ask the storage for, and over what times, without evaluating it.
// Comes from: engine.ts. Goes to: whoever must get data ready first, such as a view for a query worker, or choose where to evaluate. A range may be
// wider than what is read in the end, never narrower.
import type { Matcher } from "@narthex/model";
import type { CallPlan, MatrixPlan, Plan, SelectPlan } from "../plan/node.js";
import { infoSelector } from "./call/info.js";

/** `start` and `end` in ms, both inclusive. */
export type PlannedSelection = { readonly matchers: readonly Matcher[]; readonly start: number; readonly end: number };

export type QueryNeeds = {
  readonly selections: PlannedSelection[];
  /** What is read says what evaluating takes: no part has more steps than the query, and none makes labels of others. */
  readonly isPlain: boolean;
  /** Nodes of the plan. */
  readonly operators: number;
  /** To evaluate the same request by. */
  readonly plan: Plan;
};

/** First and last evaluation time, in ms. */
type Times = { readonly first: number; readonly last: number };

export function needsOf(plan: Plan, times: Times, lookbackDeltaMs: number): QueryNeeds {
  const collector = new Collector(plan, lookbackDeltaMs);
  collector.visit(plan, times);
  return collector;
}

/** Labels may grow with each of these around another. */
const labelMakers: ReadonlySet<string> = new Set(["info", "label_join", "label_replace"]);

class Collector implements QueryNeeds {
  readonly selections: PlannedSelection[] = [];
  isPlain = true;
  operators = 0;
  readonly plan: Plan;
  readonly #lookbackDeltaMs: number;

  constructor(plan: Plan, lookbackDeltaMs: number) {
    this.plan = plan;
    this.#lookbackDeltaMs = lookbackDeltaMs;
  }

  visit(plan: Plan, times: Times): void {
    this.operators++;
    switch (plan.kind) {
      case "select":
        this.#add(plan, times, this.#lookbackDeltaMs);
        return;
      case "window":
      case "subquery":
        this.#visitMatrix(plan, times);
        return;
      case "range-call":
        this.#visitMatrix(plan.matrix, times);
        this.#visitAll(plan.parameters, times);
        return;
      case "call":
        this.#visitCall(plan, times);
        return;
      case "aggregation":
        this.#visitAll(plan.parameter ? [plan.inner, plan.parameter] : [plan.inner], times);
        return;
      case "binary":
      case "scalar-binary":
        this.#visitAll([plan.left, plan.right], times);
        return;
      case "vector-scalar":
        this.#visitAll([plan.vector, plan.scalar], times);
        return;
      case "negate":
      case "invariant":
      case "scalar-of":
      case "scalar-negate":
        this.visit(plan.inner, times);
        return;
      case "number":
      case "time":
      case "string":
    }
  }

  #visitAll(plans: readonly Plan[], times: Times): void {
    for (const plan of plans) this.visit(plan, times);
  }

  #visitCall(plan: CallPlan, times: Times): void {
    if (labelMakers.has(plan.fn)) this.isPlain = false;
    if (plan.fn !== "info") {
      this.#visitAll(plan.arguments, times);
      return;
    }
    // Its second argument is no vector to be read, but says which info series are.
    this.visit(plan.arguments[0] as Plan, times);
    this.#add(infoSelector(plan), times, this.#lookbackDeltaMs);
  }

  #visitMatrix(plan: MatrixPlan, times: Times): void {
    if (plan.kind === "window") {
      const before = plan.selector.extension ? this.#lookbackDeltaMs : 0;
      this.#add(plan.selector, times, plan.windowMs + before);
      return;
    }
    this.isPlain = false;
    const { first, last } = shifted(plan, times);
    this.visit(plan.inner, { first: first - plan.windowMs, last });
  }

  #add(plan: SelectPlan, times: Times, beforeMs: number): void {
    const { first, last } = shifted(plan, times);
    const afterMs = plan.extension === "smoothed" ? this.#lookbackDeltaMs : 0;
    this.selections.push({ matchers: plan.matchers, start: first - beforeMs, end: last + afterMs });
  }
}

function shifted(plan: { readonly at: number | undefined; readonly offsetMs: number }, { first, last }: Times): Times {
  return { first: (plan.at ?? first) - plan.offsetMs, last: (plan.at ?? last) - plan.offsetMs };
}
