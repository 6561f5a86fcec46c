// Runs queries on workers: each waits for one, gets a view of the database, and ends when it is done, out of time, or
// nobody wants its answer any more.
// Comes from: api/query, query/rules. Goes to: query/thread, by query/pool.
import { matcherFrom } from "@narthex/model";
import { Engine, type EngineOptions, QueryError, type QueryNeeds, type QueryResult } from "@narthex/promql";
import type { Clock } from "@narthex/stdx";
import type { LeasedView, TimedSelection, Tsdb } from "@narthex/tsdb";
import { buffersOf } from "../remote/read/data.js";
import type { HeldData, ReadOptions, Remotes } from "../remote/read/remotes.js";
import { type ActiveQueries, ActiveQuery, StopReason } from "./active.js";
import type { AnswerParts, PartSource } from "./answer-parts.js";
import { Assistants, type UnseenQuery } from "./assistants.js";
import { lookAfter } from "./delivery.js";
import type { EndedQuery } from "./log.js";
import { type Lookup, selectionsOf } from "./lookup/lookup.js";
import { type WorkerPool, waitingQueriesMax } from "./pool.js";
import type { Answered, AnswerForm, BodyForm, FromWorker, LookupMessage, PlainSelection } from "./protocol.js";
import type { Query } from "./query.js";
import type { SmallQueries } from "./small.js";
import { type QueryThread, type ThreadAnswer, WorkerLostError } from "./thread.js";
import type { QueryTracker } from "./tracker.js";

export type RunnerOptions = {
  readonly engine: EngineOptions;
  readonly tsdb: Tsdb;
  /** Asked besides the database; nobody when absent. */
  readonly remotes?: Remotes | undefined;
  readonly pool: WorkerPool;
  /** Evaluates some here; absent where each query goes to a worker. */
  readonly small?: SmallQueries | undefined;
  readonly active: ActiveQueries;
  readonly tracker: QueryTracker;
  /** --query.timeout */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Milliseconds from any start. */
  readonly stopwatchMs: () => number;
  readonly onEnd?: (query: EndedQuery) => void;
};

export type QueryLimits = {
  /** Shorter than the server's own timeout, or it does not count. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly lookbackDeltaMs?: number | undefined;
};

/** The body of the API's answer. */
export type AnswerBody = {
  /** All of it, or its first part; the receiver's own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly parts: PartSource | undefined;
};

/** In memory as a whole. */
export async function wholeBody({ bytes, parts }: AnswerBody): Promise<Uint8Array> {
  const all = [bytes];
  for (let part = await parts?.next(); part !== undefined; part = await parts?.next()) all.push(part);
  return all.length === 1 ? bytes : Buffer.concat(all);
}

/** A query that was told to end has so long before its worker is ended. */
export const graceMs = 2000;
/** Views that one query may take: each more only because of a selection that its plan did not show. */
const viewsMax = 10;

export class QueryRunner {
  readonly #engine: Engine;
  readonly #options: RunnerOptions;
  /** Queries that wait for remotes. */
  #readingCount = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#engine = new Engine(options.engine);
  }

  /** Resolves when the query is evaluated. Rejects with ParseError and QueryError. */
  async body(query: Query, options: BodyForm, limits: QueryLimits = {}): Promise<AnswerBody> {
    const { answer, parts } = await this.#run(query, { kind: "body", ...options }, limits);
    // What the form asks for.
    return { bytes: answer.body as Uint8Array<ArrayBuffer>, parts };
  }

  /** Rejects with ParseError and QueryError. */
  async result(query: Query, limits: QueryLimits = {}): Promise<QueryResult> {
    return (await this.#run(query, { kind: "result" }, limits)).answer.result as QueryResult;
  }

  /** Rejects with QueryError. */
  async lookUp(lookup: Lookup, signal: AbortSignal): Promise<AnswerBody> {
    const { clock, stopwatchMs } = this.#options;
    // No query, so that no list shows it.
    const active = new ActiveQuery({ id: "", expression: "", startTime: clock.now(), startedMs: stopwatchMs() });
    const release = this.#watch(active, { signal });
    let held: HeldData | undefined;
    try {
      const selections = selectionsOf(lookup);
      const hints = { step: 0, func: isOfLabels(lookup) ? "series" : "" };
      if (lookup.kind === "series" || lookup.kind === "read") {
        held = await this.#readRemotes(active, { selections: () => selections, hints });
      }
      const work = { kind: "lookup", lookup, remote: held?.data } as const;
      const { answer, parts } = await this.#withThread({ active, signal }, async (thread) => {
        const { answer, parts } = await this.#work(thread, active, { work, selections });
        if (answer.kind === "found") return { answer, parts };
        throw failure(answer as Extract<FromWorker, { kind: "failed" }>, active);
      });
      return { bytes: answer.body, parts };
    } catch (error) {
      throw error instanceof StopReason ? stopError(error, "query queue") : error;
    } finally {
      held?.release();
      release();
    }
  }

  async #run(query: Query, form: AnswerForm, limits: QueryLimits): Promise<Whole> {
    const { clock, stopwatchMs, pool } = this.#options;
    if (pool.waitingCount + this.#readingCount >= waitingQueriesMax)
      throw new QueryError("timeout", "too many queries wait");
    let planned: QueryNeeds | undefined;
    const needs = (): QueryNeeds => (planned ??= this.#needsOf(query, limits));
    const task = { query, form, limits, needs };
    const whole = this.#runHere(task);
    if (whole) return whole;
    const active = this.#options.active.begin({
      expression: query.text,
      startTime: clock.now(),
      startedMs: stopwatchMs(),
    });
    const release = this.#watch(active, limits);
    try {
      return await this.#runHeld(active, task);
    } catch (error) {
      throw error instanceof StopReason ? stopError(error, "query queue") : error;
    } finally {
      release();
      this.#options.active.end(active);
    }
  }

  /** Stops the query when its time is over and when its client hangs up; returns what ends the watch. */
  #watch(active: ActiveQuery, limits: QueryLimits): () => void {
    const { signal } = limits;
    const hangUp = (): void => active.stop(new StopReason("canceled"));
    if (signal?.aborted) hangUp();
    signal?.addEventListener("abort", hangUp);
    const ms = this.#timeoutMs(limits);
    const expire = (): void => active.stop(new StopReason("timeout"));
    // Less than any timer: over before it begins.
    if (ms < 1) expire();
    const cancel = this.#options.clock.after(ms, expire);
    return () => {
      cancel();
      signal?.removeEventListener("abort", hangUp);
    };
  }

  #timeoutMs({ timeoutMs = Number.POSITIVE_INFINITY }: QueryLimits): number {
    return Math.min(timeoutMs, this.#options.timeoutMs);
  }

  /** What is to be asked of remotes is asked before a worker is taken: it shall not wait for them. */
  async #runHeld(active: ActiveQuery, task: Task): Promise<Whole> {
    const hints = hintsOf(task);
    const held = await this.#readRemotes(active, { selections: () => task.needs().selections, hints });
    try {
      return await this.#runOnWorker(held, active, task);
    } finally {
      held?.release();
    }
  }

  /** Undefined where a worker is to evaluate it. Nobody can stop it nor look at it meanwhile, so that it is noted nowhere. */
  #runHere(task: Task): Whole | undefined {
    const { small, stopwatchMs } = this.#options;
    if (!small || this.#timeoutMs(task.limits) < 1 || !isSmall(small, task) || this.#needsRemotes(task))
      return undefined;
    const { query, form, limits } = task;
    const startedMs = stopwatchMs();
    try {
      const answer = small.answer(query, { needs: task.needs(), form, lookbackDeltaMs: limits.lookbackDeltaMs });
      if (!answer) return undefined;
      const { evalMs, stats } = answer;
      this.#tellEnd(query, { timings: { queueMs: 0, evalMs }, stats, error: undefined });
      return { answer, parts: undefined };
    } catch (error) {
      const evalMs = stopwatchMs() - startedMs;
      this.#tellEnd(query, { timings: { queueMs: 0, evalMs }, stats: undefined, error: error as Error });
      throw error;
    }
  }

  #needsRemotes({ needs }: Task): boolean {
    const { remotes } = this.#options;
    return remotes !== undefined && needs().selections.some((one) => remotes.isWanted(one));
  }

  /** Undefined where there is nobody to ask. */
  async #readRemotes(
    active: ActiveQuery,
    {
      selections,
      hints,
    }: { readonly selections: () => readonly TimedSelection[]; readonly hints: ReadOptions["hints"] },
  ): Promise<HeldData | undefined> {
    const { remotes } = this.#options;
    if (!remotes || remotes.isEmpty) return undefined;
    this.#readingCount++;
    try {
      return await remotes.read(selections(), { signal: active.signal, hints });
    } catch (error) {
      throw error instanceof StopReason ? stopError(error, "expression evaluation") : error;
    } finally {
      this.#readingCount--;
    }
  }

  #runOnWorker(held: HeldData | undefined, active: ActiveQuery, task: Task): Promise<Whole> {
    const { signal } = task.limits;
    return this.#withThread({ active, signal }, (thread) => {
      active.samplesRead = () => thread.samplesRead;
      return this.#noted(active, task.query, (queueMs) => this.#ask(thread, active, { ...task, queueMs, held }));
    });
  }

  /** Notes that the query runs, and how it ended. */
  async #noted(active: ActiveQuery, query: Query, evaluate: (queueMs: number) => Promise<Whole>): Promise<Whole> {
    const { tracker, stopwatchMs } = this.#options;
    active.state = "running";
    const queueMs = stopwatchMs() - active.startedMs;
    let untrack = (): void => undefined;
    try {
      untrack = tracker.begin(active.expression, active.startTime);
      const whole = await evaluate(queueMs);
      const { evalMs, stats } = whole.answer;
      this.#tellEnd(query, { timings: { queueMs, evalMs }, stats, error: undefined });
      return whole;
    } catch (error) {
      const evalMs = stopwatchMs() - active.startedMs - queueMs;
      this.#tellEnd(query, { timings: { queueMs, evalMs }, stats: undefined, error: error as Error });
      throw error;
    } finally {
      untrack();
    }
  }

  #tellEnd({ text, times, origin }: Query, end: Pick<EndedQuery, "timings" | "stats" | "error">): void {
    this.#options.onEnd?.({ text, times, origin, ...end });
  }

  /**
   * Waits for a worker; when `active` is stopped, so is what the worker does, and after a while the worker. It is free when the answer
   * is whole; until then it belongs to the client, whose hang-up is `signal`.
   */
  async #withThread<T extends { readonly parts: AnswerParts | undefined }>(
    { active, signal }: { readonly active: ActiveQuery; readonly signal: AbortSignal | undefined },
    use: (thread: QueryThread) => Promise<T>,
  ): Promise<T> {
    const { pool, clock } = this.#options;
    active.signal.throwIfAborted();
    const thread = await pool.acquire(active.signal);
    let parts: AnswerParts | undefined;
    let cancelGrace = (): void => undefined;
    const stop = (): void => {
      thread.stop();
      cancelGrace = clock.after(graceMs, () => void thread.end());
    };
    active.signal.addEventListener("abort", stop);
    try {
      const used = await use(thread);
      parts = used.parts;
      // Its time ended while the worker was at the first part; the others will not come.
      const reason: unknown = active.signal.reason;
      if (parts && reason instanceof StopReason) throw stopError(reason, "expression evaluation");
      return used;
    } finally {
      active.signal.removeEventListener("abort", stop);
      cancelGrace();
      const ender = active.signal.aborted ? active.signal : signal;
      if (parts) lookAfter({ thread, parts, pool, clock, signal: ender, graceMs });
      else pool.release(thread);
    }
  }

  #needsOf({ expression, times }: Query, { lookbackDeltaMs }: QueryLimits): QueryNeeds {
    const lookback = lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs };
    return this.#engine.needs({ expression, ...times, ...lookback });
  }

  async #ask(thread: QueryThread, active: ActiveQuery, task: Asked): Promise<Whole> {
    const { times } = task.query;
    const { lookbackDeltaMs } = task.limits;
    const selections: TimedSelection[] = [...task.needs().selections];
    const { form, queueMs } = task;
    const work = { kind: "query", expression: active.expression, times, lookbackDeltaMs, form, queueMs } as const;
    let { held } = task;
    try {
      for (let views = 0; views < viewsMax; views++) {
        const unseen = { ...work, remote: held?.data };
        const { answer, parts } = await this.#work(thread, active, { work: unseen, selections });
        if (answer.kind === "answered") return { answer, parts };
        if (answer.kind === "failed") throw failure(answer, active);
        if (answer.kind !== "unplanned") continue;
        selections.push(wholeSelection(answer.selection));
        held?.release();
        held = await this.#readRemotes(active, { selections: () => selections, hints: hintsOf(task) });
      }
    } finally {
      held?.release();
    }
    throw new Error(`no view answers the query ${active.expression}`);
  }

  async #work(
    thread: QueryThread,
    active: ActiveQuery,
    { work, selections }: { readonly work: Unseen; readonly selections: readonly TimedSelection[] },
  ): Promise<ThreadAnswer> {
    const { tsdb } = this.#options;
    const { view, buffers, release } = await this.#view(active, selections);
    const assistants = work.kind === "query" ? new Assistants(this.#options, thread, work) : undefined;
    try {
      const answer = thread.run({ ...work, view }, tsdb, {
        buffers: work.remote ? [...buffers, ...buffersOf(work.remote)] : buffers,
        onHelpWanted: (wanted) => assistants?.call(wanted),
      });
      // It may have been stopped while there was nothing to be stopped.
      if (active.signal.aborted) thread.stop();
      return await answer;
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      const reason: unknown = active.signal.reason;
      if (reason instanceof StopReason) throw stopError(reason, "expression evaluation");
      throw new QueryError("execution", error.message, { cause: error });
    } finally {
      await assistants?.end();
      release();
    }
  }

  async #view(active: ActiveQuery, selections: readonly TimedSelection[]): Promise<LeasedView> {
    try {
      return await this.#options.tsdb.view(selections, active.signal);
    } catch (error) {
      throw error instanceof StopReason ? stopError(error, "expression evaluation") : error;
    }
  }
}

type Task = {
  readonly query: Query;
  readonly form: AnswerForm;
  readonly limits: QueryLimits;
  /** Planned once, when first asked for. Throws QueryError. */
  readonly needs: () => QueryNeeds;
};

/** What cannot be planned is not small: the error is noted where the query runs. */
function isSmall(small: SmallQueries, { query, needs }: Task): boolean {
  try {
    return small.isSmall(query, needs());
  } catch (error) {
    if (error instanceof QueryError) return false;
    throw error;
  }
}

type Asked = Task & { readonly queueMs: number; readonly held: HeldData | undefined };

function hintsOf({ query: { times } }: Task): ReadOptions["hints"] {
  return { step: "step" in times ? times.step : 0, func: "" };
}

function isOfLabels(lookup: Lookup): boolean {
  return lookup.kind === "series" || (lookup.kind === "read" && lookup.selections.every((one) => one.isLabelsOnly));
}

type Whole = { readonly answer: Answered; readonly parts: AnswerParts | undefined };

/** Work for a worker that has no view yet. */
type Unseen = UnseenQuery | Omit<LookupMessage, "slabs" | "view">;

function wholeSelection({ matchers, start, end }: PlainSelection): TimedSelection {
  return { matchers: matchers.map(({ type, name, value }) => matcherFrom(type, name, value)), start, end };
}

/** Prometheus' texts. */
function stopError({ type }: StopReason, phase: string): QueryError {
  return type === "timeout"
    ? new QueryError("timeout", `query timed out in ${phase}`)
    : new QueryError("canceled", `query was canceled in ${phase}`);
}

function failure({ type, message }: Extract<FromWorker, { kind: "failed" }>, active: ActiveQuery): Error {
  const reason: unknown = active.signal.reason;
  // The worker knows that it was stopped, not why.
  if (type === "canceled" && reason instanceof StopReason) return stopError(reason, "expression evaluation");
  return type === undefined ? new Error(message) : new QueryError(type, message);
}
