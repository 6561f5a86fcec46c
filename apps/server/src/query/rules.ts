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
import type { QueryRunner } from "./runner.js";

export type RuleQueriesOptions = {
  readonly engine: EngineOptions;
  readonly queryable: Queryable;
  readonly runner: QueryRunner;
};

/** A query may decode so many samples on the main thread, and hold so many: a few milliseconds. Counted, not timed, so that equal data take equal ways. */
export const inlineSamplesMax = 10_000;
/** Evaluations on a worker before the query is tried here again: data may have become less. */
const workerRoundsMax = 100;

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
  async evaluate(given: Expression | string, time: number): Promise<QueryResult> {
    const expression = typeof given === "string" ? parseExpression(given, this.#language) : given;
    const rounds = this.#heavy.get(expression) ?? 0;
    if (rounds === 0) {
      const result = this.#evaluateHere(given, time);
      if (result) return result;
    }
    this.#heavy.set(expression, rounds === 0 ? workerRoundsMax : rounds - 1);
    const text = typeof given === "string" ? given : printExpression(given);
    return this.#options.runner.result({ text, expression, times: { time } });
  }

  /** Undefined when it is too much for this thread. */
  #evaluateHere(expression: Expression | string, time: number): QueryResult | undefined {
    const { queryable } = this.#options;
    let samples = 0;
    const onRead = (count: number): void => {
      samples += count;
    };
    const signal = {
      get aborted(): boolean {
        return samples > inlineSamplesMax;
      },
    };
    try {
      return this.#engine.instant({ expression, queryable, time, signal, onRead });
    } catch (error) {
      if (error instanceof SampleLimitError) return undefined;
      if (error instanceof QueryError && error.type === "canceled") return undefined;
      throw error;
    }
  }
}
