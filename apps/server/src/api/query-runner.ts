// Runs queries: how many at once, for how long, and until whom it may concern hangs up.
// Comes from: api/query, rules/group. Goes to: promql's engine, on this thread; moving it to workers changes this file alone.
import type { Queryable } from "@narthex/model";
import { Engine, type EngineOptions, type Expression, QueryError, type QueryResult } from "@narthex/promql";

export type RunnerOptions = {
  readonly engine: EngineOptions;
  readonly queryable: Queryable;
  /** --query.max-concurrency */
  readonly queriesMax: number;
  /** --query.timeout */
  readonly timeoutMs: number;
  /** Milliseconds from any start. */
  readonly stopwatchMs: () => number;
  readonly onEnd?: (timings: QueryTimings) => void;
};

export type QueryTimings = { readonly queueMs: number; readonly evalMs: number };

export type QueryLimits = {
  /** Shorter than the server's own timeout, or it does not count. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly lookbackDeltaMs?: number | undefined;
};

/** Times in ms. An expression given as text has annotations that point into it. */
export type InstantQuery = { readonly expression: string | Expression; readonly time: number };
export type RangeQuery = {
  readonly expression: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
};

export type RunResult = QueryResult & { readonly timings: QueryTimings };

/** Queries that wait for a place; more are refused. */
export const waitingQueriesMax = 10_000;

export class QueryRunner {
  readonly #engine: Engine;
  readonly #options: RunnerOptions;
  #runningCount = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#engine = new Engine(options.engine);
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  get queriesMax(): number {
    return this.#options.queriesMax;
  }

  /** Rejects with ParseError and QueryError. */
  instant(query: InstantQuery, limits: QueryLimits = {}): Promise<RunResult> {
    return this.#run(limits, (request) => this.#engine.instant({ ...query, ...request }));
  }

  range(query: RangeQuery, limits: QueryLimits = {}): Promise<RunResult> {
    return this.#run(limits, (request) => this.#engine.range({ ...query, ...request }));
  }

  async #run(limits: QueryLimits, evaluate: (request: EngineRequest) => QueryResult): Promise<RunResult> {
    const { stopwatchMs, queryable, onEnd } = this.#options;
    const start = stopwatchMs();
    const timeoutMs = Math.min(limits.timeoutMs ?? Number.POSITIVE_INFINITY, this.#options.timeoutMs);
    const deadline = start + timeoutMs;
    await this.#enter();
    try {
      if (limits.signal?.aborted) throw new QueryError("canceled", "query was canceled in query queue");
      const begin = stopwatchMs();
      if (begin > deadline) throw new QueryError("timeout", "query timed out in query queue");
      const signal = new Deadline(stopwatchMs, deadline, limits.signal);
      const { lookbackDeltaMs } = limits;
      const result = signal.explain(() =>
        evaluate({ queryable, signal, ...(lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs }) }),
      );
      const timings = { queueMs: begin - start, evalMs: stopwatchMs() - begin };
      onEnd?.(timings);
      return { ...result, timings };
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#runningCount < this.#options.queriesMax) {
      this.#runningCount++;
    } else {
      if (this.#waiting.length >= waitingQueriesMax) throw new QueryError("timeout", "too many queries wait");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    // Between two queries everything else has its turn: scrapes, other answers, clients that hang up.
    await new Promise((resolve) => setImmediate(resolve));
  }

  // The place goes to the one who waits longest.
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#runningCount--;
  }
}

type EngineRequest = { readonly queryable: Queryable; readonly signal: Deadline; readonly lookbackDeltaMs?: number };

/** The engine asks it again and again; time and the client's signal answer. */
class Deadline {
  readonly #stopwatchMs: () => number;
  readonly #endMs: number;
  readonly #client: AbortSignal | undefined;
  #isOver = false;

  constructor(stopwatchMs: () => number, endMs: number, client: AbortSignal | undefined) {
    this.#stopwatchMs = stopwatchMs;
    this.#endMs = endMs;
    this.#client = client;
  }

  get aborted(): boolean {
    this.#isOver ||= this.#stopwatchMs() > this.#endMs;
    return this.#isOver || this.#client?.aborted === true;
  }

  /** The engine takes every stop for a cancellation; one by time is a timeout. */
  explain<T>(evaluate: () => T): T {
    try {
      return evaluate();
    } catch (error) {
      if (!this.#isOver || !(error instanceof QueryError) || error.type !== "canceled") throw error;
      throw new QueryError("timeout", "query timed out in expression evaluation", { cause: error });
    }
  }
}
