// The face of the evaluator: parse, plan, run, collect.
import type { Queryable } from "@narthex/model";
import type { Expression } from "./ast.js";
import { QueryError } from "./error.js";
import type { PromqlFeature } from "./feature.js";
import type { QueryResult } from "./result.js";

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

export class Engine {
  readonly options: EngineOptions;

  constructor(options: EngineOptions = {}) {
    this.options = options;
  }

  instant(request: InstantRequest): QueryResult {
    throw new QueryError("execution", `no evaluator yet at ${request.time}`);
  }

  range(request: RangeRequest): QueryResult {
    throw new QueryError("execution", `no evaluator yet at ${request.start}`);
  }
}
