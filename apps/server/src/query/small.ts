// Small queries of the API: evaluated on the main thread, where they need neither a view nor a message, nor a worker that
// has to be started first. A query is small when its text, its steps and what it reads of the head are; all of it is counted before,
// so that nothing that could hold up scrapes begins here.
// Comes from: query/runner. Goes to: promql's engine here.
import {
  Engine,
  type EngineOptions,
  QueryError,
  type QueryNeeds,
  type QueryResult,
  SampleLimitError,
} from "@narthex/promql";
import type { Tsdb } from "@narthex/tsdb";
import { writeAnswer } from "./answer.js";
import { type Answered, type AnswerForm, countsSteps } from "./protocol.js";
import type { Query } from "./query.js";

export type SmallQueriesOptions = {
  readonly engine: EngineOptions;
  readonly tsdb: Tsdb;
  /** Milliseconds from any start. */
  readonly stopwatchMs: () => number;
};

export type SmallForm = {
  /** What `isSmall` was asked about. */
  readonly needs: QueryNeeds;
  readonly form: AnswerForm;
  readonly lookbackDeltaMs: number | undefined;
};

/** Characters of the text, so that there are few operators. */
const textMax = 500;
export const smallStepsMax = 300;
/** Samples that are read, or points of answers: one or two milliseconds. */
export const smallSamplesMax = 2500;
/** What operators work on: at each step something of each series. Some 0.3 µs each at worst. */
const smallWorkMax = 8000;
/** A series costs as much as so many samples, however few are read of it. */
const seriesSamples = 20;
/** Between two samples, as long as nobody has read them. Where there are more of them, the query ends and goes to a worker. */
const likelyIntervalMs = 15_000;
/** Postings that are read to know how many series there are: some 50 µs. */
const postingsMax = 20_000;

export class SmallQueries {
  readonly #engine: Engine;
  readonly #options: SmallQueriesOptions;

  constructor(options: SmallQueriesOptions) {
    this.#options = options;
    const samplesMax = Math.min(2 * smallSamplesMax, options.engine.samplesMax ?? Number.POSITIVE_INFINITY);
    this.#engine = new Engine({ ...options.engine, samplesMax, now: options.stopwatchMs });
  }

  /** Whether the query is to be tried here. */
  isSmall({ text, times }: Query, needs: QueryNeeds): boolean {
    const steps = "time" in times ? 1 : 1 + Math.floor((times.end - times.start) / times.step);
    if (!needs.isPlain || text.length > textMax || steps > smallStepsMax) return false;
    let samples = 0;
    let seriesMax = 1;
    for (const selection of needs.selections) {
      const series = this.#options.tsdb.seriesCount(selection, postingsMax);
      if (series === undefined) return false;
      const likely = (selection.end - selection.start) / likelyIntervalMs;
      samples += series * Math.max(seriesSamples, steps, likely);
      if (samples > smallSamplesMax) return false;
      seriesMax = Math.max(seriesMax, series);
    }
    return needs.operators * steps * seriesMax <= smallWorkMax;
  }

  /** Undefined when it turns out to be too much for this thread. Throws QueryError. */
  answer(query: Query, how: SmallForm): Answered | undefined {
    const { stopwatchMs } = this.#options;
    const startedMs = stopwatchMs();
    const result = this.#evaluate(query, how);
    if (!result) return undefined;
    const evalMs = stopwatchMs() - startedMs;
    const { form } = how;
    const answered = { kind: "answered", hasMore: false, stats: result.stats, evalMs } as const;
    if (form.kind === "result") return { ...answered, body: undefined, result };
    const timings = { queueMs: 0, evalMs };
    const body = writeAnswer(result, { ...form, timings });
    return { ...answered, body, result: undefined };
  }

  #evaluate({ text, expression, times }: Query, { needs, lookbackDeltaMs, form }: SmallForm): QueryResult | undefined {
    let samples = 0;
    const request = {
      expression,
      text,
      plan: needs.plan,
      queryable: this.#options.tsdb,
      countsSteps: countsSteps(form),
      onRead: (count: number): void => {
        samples += count;
      },
      signal: {
        get aborted(): boolean {
          return samples > 2 * smallSamplesMax;
        },
      },
      ...(lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs }),
    };
    try {
      return "time" in times
        ? this.#engine.instant({ ...request, ...times })
        : this.#engine.range({ ...request, ...times });
    } catch (error) {
      const isTooMuch = error instanceof SampleLimitError || (error instanceof QueryError && error.type === "canceled");
      if (isTooMuch) return undefined;
      throw error;
    }
  }
}
