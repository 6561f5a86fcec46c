// Queries of rules. They are many and small, so each begins here, on the main thread, where it costs no message; one that
// reads more than a little goes to a worker, and its next evaluations begin there.
// Comes from: rules/group. Goes to: promql's engine here, or query/runner.
import type { Queryable } from "@narthex/model";
import {
  Engine,
  type EngineOptions,
  type Expression,
  type ParseOptions,
  parseExpression,
  printExpression,
  QueryError,
  type QueryResult,
  SampleLimitError,
} from "@narthex/promql";
import type { Remotes } from "../remote/read/remotes.js";
import type { EndedQuery, QueryOrigin } from "./log.js";
import type { QueryRunner } from "./runner.js";

export type RuleQueriesOptions = {
  readonly engine: EngineOptions;
  readonly queryable: Queryable;
  /** Whom a query may have to wait for, which it does not here. */
  readonly remotes?: Remotes | undefined;
  readonly runner: QueryRunner;
  /** Milliseconds from any start. */
  readonly stopwatchMs: () => number;
  readonly onEnd: (query: EndedQuery) => void;
};

/** A query may decode so many samples on the main thread, and hold so many: a few milliseconds. Counted, not timed, so that equal data take equal ways. */
export const inlineSamplesMax = 10_000;
/** A series costs as much as so many samples, however few are read of it. */
const seriesSamples = 20;
/** Evaluations on a worker before the query is tried here again: data may have become less. */
const workerRoundsMax = 100;

type RuleRequest = {
  readonly given: Expression | string;
  readonly time: number;
  readonly origin: QueryOrigin | undefined;
};

function textOf(given: Expression | string): string {
  return typeof given === "string" ? given : printExpression(given);
}

export class RuleQueries {
  readonly #engine: Engine;
  readonly #options: RuleQueriesOptions;
  readonly #language: ParseOptions;
  /** Rounds that a heavy query still goes to a worker. An expression is one object while its rule lives. */
  readonly #heavy = new WeakMap<Expression, number>();

  constructor(options: RuleQueriesOptions) {
    this.#options = options;
    const { features } = options.engine;
    this.#language = features ? { features } : {};
    const samplesMax = Math.min(inlineSamplesMax, options.engine.samplesMax ?? inlineSamplesMax);
    this.#engine = new Engine({ ...options.engine, samplesMax });
  }

  /** Rejects with ParseError and QueryError. */
  async evaluate(given: Expression | string, time: number, origin?: QueryOrigin): Promise<QueryResult> {
    const expression = typeof given === "string" ? parseExpression(given, this.#language) : given;
    const onWorker = (): Promise<QueryResult> =>
      this.#options.runner.result({ text: textOf(given), expression, times: { time }, origin });
    if (this.#needsRemotes(expression, time)) return onWorker();
    const rounds = this.#heavy.get(expression) ?? 0;
    if (rounds === 0) {
      const result = this.#evaluateHere({ given, time, origin });
      if (result) return result;
    }
    this.#heavy.set(expression, rounds === 0 ? workerRoundsMax : rounds - 1);
    return onWorker();
  }

  #needsRemotes(expression: Expression, time: number): boolean {
    const { remotes } = this.#options;
    if (!remotes || remotes.isEmpty) return false;
    return this.#engine.selections({ expression, time }).some((selection) => remotes.isWanted(selection));
  }

  /** Undefined when it is too much for this thread. */
  #evaluateHere({ given, time, origin }: RuleRequest): QueryResult | undefined {
    const { queryable, stopwatchMs, onEnd } = this.#options;
    const startedMs = stopwatchMs();
    // The text is printed for who looks at it: there are thousands of rules, and mostly no query log.
    const end = (how: Pick<EndedQuery, "stats" | "error">): void =>
      onEnd({
        get text() {
          return textOf(given);
        },
        times: { time },
        origin,
        timings: { queueMs: 0, evalMs: stopwatchMs() - startedMs },
        ...how,
      });
    let samples = 0;
    const onRead = (count: number): void => {
      samples += Math.max(count, seriesSamples);
    };
    const signal = {
      get aborted(): boolean {
        return samples > inlineSamplesMax;
      },
    };
    try {
      const result = this.#engine.instant({ expression: given, queryable, time, signal, onRead });
      end({ stats: result.stats, error: undefined });
      return result;
    } catch (error) {
      if (error instanceof SampleLimitError) return undefined;
      if (error instanceof QueryError && error.type === "canceled") return undefined;
      end({ stats: undefined, error: error as Error });
      throw error;
    }
  }
}
