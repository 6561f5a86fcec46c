// The face of the evaluator: parse, plan, run, collect.
import { emptyLabels, type Queryable, quote } from "@narthex/model";
import type { Expression, ValueType } from "./ast.js";
import { QueryError } from "./error.js";
import { Annotations } from "./exec/annotations.js";
import { Budget, type CancelSignal } from "./exec/budget.js";
import { collectMatrix, collectVector, collectWindows } from "./exec/collect.js";
import { type Evaluation, evaluationFrom } from "./exec/evaluation.js";
import { type LeafPlan, leavesOf } from "./exec/leaves.js";
import { Overlaps } from "./exec/overlaps.js";
import { Assistant, type AssistantOptions } from "./exec/parallel/assistant.js";
import { Leader, type LeaderOptions } from "./exec/parallel/leader.js";
import { hasKernel, slideForLeader } from "./exec/range-call.js";
import { Repeats } from "./exec/repeats.js";
import { evaluateScalar } from "./exec/scalar.js";
import { evaluateSelect } from "./exec/select.js";
import { needsOf, type PlannedSelection, type QueryNeeds } from "./exec/selections.js";
import { SeriesKernel } from "./exec/series-kernel.js";
import { StepCounts } from "./exec/step-counts.js";
import { type StepGrid, timeAt } from "./exec/step-grid.js";
import { dispatchVector } from "./exec/vector.js";
import type { PromqlFeature } from "./feature.js";
import { parseExpression } from "./parse/parser.js";
import type { MatrixPlan, Plan, ScalarPlan, StringPlan, VectorPlan } from "./plan/node.js";
import { planExpression } from "./plan/planner.js";
import { printExpression } from "./print/printer.js";
import type { MatrixSeries, QueryResult, QueryStats, QueryValue } from "./result.js";

export type EngineOptions = {
  /** Samples a query may hold at once. */
  readonly samplesMax?: number;
  readonly timeoutMs?: number;
  readonly lookbackDeltaMs?: number;
  /** Step of a subquery that names none. */
  readonly subqueryStepMs?: number;
  readonly delayedNameRemoval?: boolean;
  readonly useStartTimestamps?: boolean;
  /** What is a counter is told by the label `__type__`, not by the metric's name. */
  readonly typeAndUnitLabels?: boolean;
  /** Parts of the language behind flags; none unless named, as in Prometheus. */
  readonly features?: ReadonlySet<PromqlFeature>;
  /** Whether WebAssembly does what it can, where there is any. */
  readonly compiled?: boolean;
  /** Milliseconds; for the timeout and the stats. */
  readonly now?: () => number;
};

type RequestBase = {
  readonly expression: string | Expression;
  /** What the expression was parsed from: annotations point into it. Printed anew where absent. */
  readonly text?: string;
  /** What `needs` said of the same request; planned where absent. */
  readonly plan?: Plan;
  readonly queryable: Queryable;
  readonly lookbackDeltaMs?: number;
  readonly signal?: CancelSignal;
  /** Told how many samples were decoded, series by series. */
  readonly onRead?: (samples: number) => void;
  /** Other threads may help. */
  readonly leader?: LeaderOptions;
  /** Samples are counted for each step: `QueryStats.perStep`. */
  readonly countsSteps?: boolean;
};

/** What of a request says which data it needs. */
export type SelectionRequest = Pick<RequestBase, "expression" | "lookbackDeltaMs"> &
  ({ readonly time: number } | { readonly start: number; readonly end: number; readonly step: number });

/** Times in ms. */
export type InstantRequest = RequestBase & { readonly time: number };
export type RangeRequest = RequestBase & { readonly start: number; readonly end: number; readonly step: number };

const defaults: Required<EngineOptions> = {
  samplesMax: 50_000_000,
  timeoutMs: 120_000,
  lookbackDeltaMs: 300_000,
  subqueryStepMs: 60_000,
  delayedNameRemoval: false,
  useStartTimestamps: false,
  typeAndUnitLabels: false,
  features: new Set<PromqlFeature>(),
  compiled: true,
  now: Date.now,
};

export class Engine {
  readonly #options: Required<EngineOptions>;
  #kernel: SeriesKernel | undefined;
  #isStarted = false;

  constructor(options: EngineOptions = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** Throws ParseError and QueryError. */
  instant(request: InstantRequest): QueryResult {
    const { time } = request;
    return this.#run(request, { start: time, end: time, step: 0 }, (plan, evaluation) => {
      switch (typeOfPlan(plan)) {
        case "string":
          return { type: "string", t: time, value: (plan as StringPlan).value };
        case "scalar":
          return { type: "scalar", t: time, v: evaluateScalar(plan as ScalarPlan, evaluation)[0] as number };
        case "matrix":
          return { type: "matrix", series: collectWindows(plan as MatrixPlan, evaluation) };
        case "vector":
          return { type: "vector", points: collectVector(plan as VectorPlan, evaluation) };
      }
    });
  }

  /** One point per step from start to end, both inclusive. Throws ParseError and QueryError. */
  range(request: RangeRequest): QueryResult {
    const { start, end, step } = request;
    if (!(step > 0)) throw new QueryError("bad_data", "zero or negative query resolution step widths are not accepted");
    return this.#run(request, { start, end, step }, (plan, evaluation) => {
      const type = typeOfPlan(plan);
      if (type === "vector") return { type: "matrix", series: collectMatrix(plan as VectorPlan, evaluation) };
      if (type === "scalar") return { type: "matrix", series: [scalarSeries(plan as ScalarPlan, evaluation)] };
      const name = type === "matrix" ? "range vector" : "string";
      throw new QueryError(
        "bad_data",
        `invalid expression type ${quote(name)} for range query, must be Scalar or instant Vector`,
      );
    });
  }

  /** What the query will select, and over what times, at the most. Throws ParseError and QueryError. */
  selections(request: SelectionRequest): PlannedSelection[] {
    return this.needs(request).selections;
  }

  /** As `selections`, and how far they tell what the query takes. Throws ParseError and QueryError. */
  needs(request: SelectionRequest): QueryNeeds {
    const bounds = boundsOf(request);
    const lookbackDeltaMs = request.lookbackDeltaMs ?? this.#options.lookbackDeltaMs;
    return withinStack(() => {
      const plan = this.#plan(request.expression, bounds);
      return needsOf(plan, { first: bounds.start, last: bounds.end }, lookbackDeltaMs);
    });
  }

  /**
   * Helps another thread with a query, until it is over: evaluates series for it, in the memory that both share. The request is
   * the other's, over the same data. Throws ParseError and QueryError where the plan alone is wrong.
   */
  help(request: (InstantRequest | RangeRequest) & { readonly assistant: AssistantOptions }): void {
    const bounds = boundsOf(request);
    const plan = this.#plan(request.expression, bounds);
    const assistant = new Assistant({ ...request.assistant, countsSteps: request.countsSteps ?? false });
    const { signal } = request.assistant;
    assistant.help(leavesOf(plan), (leaf, grid, walk) => {
      // The leader counts what is read, and knows how long it may take.
      const limits = { samplesMax: Number.POSITIVE_INFINITY, timeoutMs: Number.POSITIVE_INFINITY };
      const budget = new Budget({ ...limits, now: this.#options.now, signal });
      const annotations = new Annotations("");
      const own = {
        annotations,
        budget,
        grid,
        isRange: bounds.step > 0,
        counts: countsFor(request, grid),
        repeats: undefined,
        overlaps: undefined,
      };
      const evaluation = evaluationFrom(this.#evaluation(request, own), { walk });
      if (leaf.kind === "select") evaluateSelect(leaf, evaluation, (column) => assistant.put(column));
      else slideForLeader(leaf, evaluation, assistant);
    });
  }

  #run(
    request: RequestBase,
    bounds: Bounds,
    evaluate: (plan: Plan, evaluation: Evaluation) => QueryValue,
  ): QueryResult {
    const { samplesMax, timeoutMs, now } = this.#options;
    const { signal, onRead } = request;
    const budget = new Budget({ samplesMax, timeoutMs, now, signal, onRead });
    const annotations = new Annotations(textOf(request));
    const grid = gridFrom(bounds);
    const counts = countsFor(request, grid);
    const value = withinStack(() => {
      const plan = request.plan ?? this.#plan(request.expression, bounds);
      budget.hold(grid.count);
      const isRange = bounds.step > 0;
      const repeats = new Repeats(plan);
      // Who counts the samples of each step counts them where they are read.
      const overlaps = counts ? undefined : new Overlaps(plan, makesColumns);
      const own = { annotations, budget, grid, isRange, counts, repeats, overlaps };
      const walk =
        request.leader && new Leader(leavesOf(plan), { ...request.leader, countsSteps: counts !== undefined });
      try {
        return evaluate(plan, evaluationFrom(this.#evaluation(request, own), { walk }));
      } finally {
        walk?.end();
      }
    });
    const stats = statsFrom(budget, counts, now() - budget.startedAt);
    return { value, warnings: annotations.warnings(), infos: annotations.infos(), stats };
  }

  #plan(given: string | Expression, bounds: Bounds): Plan {
    const { features, subqueryStepMs } = this.#options;
    const expression = typeof given === "string" ? parseExpression(given, { features }) : given;
    return planExpression(expression, { ...bounds, subqueryStepMs });
  }

  #evaluation(request: RequestBase, own: OwnParts): Evaluation {
    const { delayedNameRemoval, typeAndUnitLabels, useStartTimestamps } = this.#options;
    const lookbackDeltaMs = request.lookbackDeltaMs ?? this.#options.lookbackDeltaMs;
    return {
      ...own,
      dispatch: dispatchVector,
      queryable: request.queryable,
      lookbackDeltaMs,
      delayedNameRemoval,
      useStartTimestamps,
      typeAndUnitLabels,
      keepsNames: false,
      kernel: this.#startKernel(),
    };
  }

  /** For one query: what is in its memory is that query's. Made for the first one, since not every engine is asked. */
  #startKernel(): SeriesKernel | undefined {
    if (!this.#isStarted && this.#options.compiled) this.#kernel = SeriesKernel.start();
    this.#isStarted = true;
    this.#kernel?.restart();
    return this.#kernel;
  }
}

function makesColumns(leaf: LeafPlan): boolean {
  return leaf.kind === "select" ? leaf.extension === undefined : hasKernel(leaf);
}

type OwnParts = Pick<Evaluation, "annotations" | "budget" | "counts" | "grid" | "isRange" | "repeats" | "overlaps">;

function countsFor({ countsSteps }: Pick<RequestBase, "countsSteps">, grid: StepGrid): StepCounts | undefined {
  return countsSteps ? new StepCounts(grid) : undefined;
}

function statsFrom(budget: Budget, counts: StepCounts | undefined, evalMs: number): QueryStats {
  const { peakSamples, samplesRead, seriesRead, totalQueryableSamples } = budget;
  if (!counts) return { peakSamples, samplesRead, seriesRead, totalQueryableSamples, evalMs, perStep: undefined };
  const { looked, read, grid } = counts;
  const totals = counts.totals();
  return {
    peakSamples,
    samplesRead: totals.read,
    seriesRead,
    totalQueryableSamples: totals.looked,
    evalMs,
    perStep: { start: grid.start, step: grid.step, queryableSamples: looked, samplesRead: read },
  };
}

type Bounds = { readonly start: number; readonly end: number; readonly step: number };

function boundsOf(request: { readonly time: number } | Bounds): Bounds {
  return "time" in request ? { start: request.time, end: request.time, step: 0 } : request;
}

function gridFrom({ start, end, step }: Bounds): StepGrid {
  if (step === 0) return { start, step, count: 1 };
  return { start, step, count: end < start ? 0 : Math.floor((end - start) / step) + 1 };
}

// Positions in annotations are those in the text that was given.
function textOf({ expression, text }: RequestBase): string {
  return typeof expression === "string" ? expression : (text ?? printExpression(expression));
}

// Operators call one another as deep as the expression is nested; the parser's bound leaves room, callers' own stacks may not.
function withinStack<T>(evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof RangeError && error.message.startsWith("Maximum call stack"))) throw error;
    throw new QueryError("execution", "expression is nested too deeply to be evaluated", { cause: error });
  }
}

function scalarSeries(plan: ScalarPlan, evaluation: Evaluation): MatrixSeries {
  const v = evaluateScalar(plan, evaluation);
  const t = Float64Array.from(v, (_, i) => timeAt(evaluation.grid, i));
  return { labels: emptyLabels, count: v.length, t, v };
}

function typeOfPlan(plan: Plan): ValueType {
  switch (plan.kind) {
    case "string":
      return "string";
    case "number":
    case "time":
    case "scalar-of":
    case "scalar-negate":
    case "scalar-binary":
      return "scalar";
    case "window":
    case "subquery":
      return "matrix";
    default:
      return "vector";
  }
}
