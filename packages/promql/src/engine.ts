// The face of the evaluator: parse, plan, run, collect.
import { emptyLabels, type Queryable, quote } from "@narthex/model";
import type { Expression, ValueType } from "./ast.js";
import { QueryError } from "./error.js";
import { Annotations } from "./exec/annotations.js";
import { Budget } from "./exec/budget.js";
import { collectMatrix, collectVector, collectWindows } from "./exec/collect.js";
import { type Evaluation, timeAt } from "./exec/evaluation.js";
import { evaluateScalar } from "./exec/scalar.js";
import type { PromqlFeature } from "./feature.js";
import { parseExpression } from "./parse/parser.js";
import type { MatrixPlan, Plan, ScalarPlan, StringPlan, VectorPlan } from "./plan/node.js";
import { planExpression } from "./plan/planner.js";
import { printExpression } from "./print/printer.js";
import type { MatrixSeries, QueryResult, QueryValue } from "./result.js";

export type EngineOptions = {
  /** Samples a query may hold at once. */
  readonly samplesMax?: number;
  readonly timeoutMs?: number;
  readonly lookbackDeltaMs?: number;
  /** Step of a subquery that names none. */
  readonly subqueryStepMs?: number;
  readonly delayedNameRemoval?: boolean;
  readonly useStartTimestamps?: boolean;
  readonly features?: ReadonlySet<PromqlFeature>;
  /** Milliseconds; for the timeout and the stats. */
  readonly now?: () => number;
};

/** What stops a running query: an AbortSignal, or anything that says so. */
export type CancelSignal = { readonly aborted: boolean };

type RequestBase = {
  readonly expression: string | Expression;
  readonly queryable: Queryable;
  readonly lookbackDeltaMs?: number;
  readonly signal?: CancelSignal;
};

/** Times in ms. */
export type InstantRequest = RequestBase & { readonly time: number };
export type RangeRequest = RequestBase & { readonly start: number; readonly end: number; readonly step: number };

const defaults = {
  samplesMax: 50_000_000,
  timeoutMs: 120_000,
  lookbackDeltaMs: 300_000,
  subqueryStepMs: 60_000,
} as const;

export class Engine {
  readonly #options: EngineOptions;

  constructor(options: EngineOptions = {}) {
    this.#options = options;
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

  #run(
    request: RequestBase,
    bounds: { start: number; end: number; step: number },
    evaluate: (plan: Plan, evaluation: Evaluation) => QueryValue,
  ): QueryResult {
    const { features, now = Date.now, subqueryStepMs = defaults.subqueryStepMs } = this.#options;
    const { expression: given, signal } = request;
    const text = typeof given === "string" ? given : printExpression(given);
    const expression = typeof given === "string" ? parseExpression(given, features ? { features } : {}) : given;
    const { samplesMax = defaults.samplesMax, timeoutMs = defaults.timeoutMs } = this.#options;
    const budget = new Budget({ samplesMax, timeoutMs, now, signal });
    const annotations = new Annotations(text);
    const plan = planExpression(expression, { ...bounds, subqueryStepMs });
    const count =
      bounds.end < bounds.start ? 0 : bounds.step > 0 ? Math.floor((bounds.end - bounds.start) / bounds.step) + 1 : 1;
    const value = evaluate(plan, {
      queryable: request.queryable,
      annotations,
      budget,
      lookbackDeltaMs: request.lookbackDeltaMs ?? this.#options.lookbackDeltaMs ?? defaults.lookbackDeltaMs,
      delayedNameRemoval: this.#options.delayedNameRemoval ?? false,
      useStartTimestamps: this.#options.useStartTimestamps ?? false,
      grid: { start: bounds.start, step: bounds.step, count },
      isRange: bounds.step > 0,
    });
    const { peakSamples, samplesRead, seriesRead, totalQueryableSamples } = budget;
    const stats = { peakSamples, samplesRead, seriesRead, totalQueryableSamples, evalMs: now() - budget.startedAt };
    return { value, warnings: annotations.warnings(), infos: annotations.infos(), stats };
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
