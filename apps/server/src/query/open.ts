// Joins the parts that run queries: workers for the API and for rules, the list of what runs, and its file.
// Comes from: main.
import { availableParallelism } from "node:os";
import { type EngineOptions, threadsPerQueryMax } from "@narthex/promql";
import { errorText, type Logger } from "@narthex/service";
import { type Clock, nodeFileSystem } from "@narthex/stdx";
import type { Tsdb } from "@narthex/tsdb";
import type { Remotes } from "../remote/read/remotes.js";
import { ActiveQueries } from "./active.js";
import type { EndedQuery } from "./log.js";
import { WorkerPool } from "./pool.js";
import { RuleQueries } from "./rules.js";
import { QueryRunner } from "./runner.js";
import { SmallQueries } from "./small.js";
import { QueryThread } from "./thread.js";
import { QueryTracker } from "./tracker.js";

export type QueriesOptions = {
  readonly engine: Omit<EngineOptions, "now">;
  readonly tsdb: Tsdb;
  readonly remotes: Remotes;
  /** Resolves when the data directory is ours. */
  readonly opened: Promise<void>;
  /** The data directory. */
  readonly path: string;
  /** Called before a worker loads its program; what it returns, when it has. */
  readonly beforeThread: () => () => void;
  /** --query.max-concurrency */
  readonly queriesMax: number;
  /** --query.threads-per-query */
  readonly threadsPerQuery: number;
  /** --query.timeout */
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onEnd: (query: EndedQuery) => void;
};

export type Queries = {
  readonly runner: QueryRunner;
  /** The body of the API's answer, found by a worker. */
  readonly lookUp: QueryRunner["lookUp"];
  readonly rules: RuleQueries;
  readonly active: ActiveQueries;
  readonly stopwatchMs: () => number;
  /** Lets workers close the files of blocks that are gone. */
  readonly retainBlocks: () => void;
  readonly close: () => Promise<void>;
};

/** One for the main thread. */
const keptWorkersMax = Math.max(1, availableParallelism() - 1);
/** While all are at work for long; more would only take turns on the cores. */
const workersMax = keptWorkersMax + 3;
/** Wait for slow clients of long answers. */
const asideMax = 8;
/** Heavy rules must not wait for users' queries. */
const ruleWorkersMax = 2;
/** For pages of block files: with 8 MiB, instant queries over 10,000 series took half as much CPU again. */
const blockCacheBytesMax = 16 * 1024 * 1024;
const heapMbMax = 1024;

export function openQueries(options: QueriesOptions): Queries {
  const { engine, tsdb, remotes, path, clock, logger, timeoutMs, onEnd, queriesMax, threadsPerQuery } = options;
  const { beforeThread } = options;
  const stopwatchMs = (): number => performance.now();
  const active = new ActiveQueries();
  const togetherMax = threadsPerQuery === 0 ? Math.min(keptWorkersMax, threadsPerQueryMax) : threadsPerQuery;
  const startFor = (togetherMax: number) => (): QueryThread =>
    new QueryThread({
      setup: { engine, path, blockCacheBytesMax, alone: togetherMax === 1 },
      heapMbMax,
      beforeThread,
    });
  const tracker = new QueryTracker(queriesMax + ruleWorkersMax);
  const openTracker = (): void => {
    const unfinished = tracker.open(nodeFileSystem, path);
    if (unfinished.length === 0) return;
    logger.info({ queries: `[${unfinished.join(",")}]` }, "These queries didn't finish in prometheus' last run:");
  };
  // Where the directory cannot be had, the server does not start, and says so by itself.
  options.opened
    .then(openTracker, () => undefined)
    .catch((error: unknown) => logger.error({ err: errorText(error) }, "queries.active cannot be kept"));
  const pool = new WorkerPool({
    keptMax: Math.min(keptWorkersMax, queriesMax),
    workersMax: Math.min(workersMax, queriesMax),
    asideMax,
    togetherMax,
    clock,
    start: startFor(togetherMax),
  });
  const rulePool = new WorkerPool({
    keptMax: 1,
    workersMax: ruleWorkersMax,
    asideMax: 0,
    togetherMax: 1,
    clock,
    start: startFor(1),
  });
  const shared = { engine, tsdb, remotes, active, tracker, timeoutMs, clock, stopwatchMs, onEnd };
  const rules = new RuleQueries({
    engine,
    queryable: tsdb,
    remotes,
    runner: new QueryRunner({ ...shared, pool: rulePool }),
    stopwatchMs,
    onEnd,
  });
  const small = new SmallQueries({ engine, tsdb, stopwatchMs });
  const runner = new QueryRunner({ ...shared, pool, small });
  return {
    runner,
    lookUp: (lookup, signal) => runner.lookUp(lookup, signal),
    rules,
    active,
    stopwatchMs,
    retainBlocks: () => {
      for (const one of [pool, rulePool]) one.retain(tsdb.viewBlocks());
    },
    close: async () => {
      remotes.close();
      await Promise.all([pool.close(), rulePool.close()]);
      tracker.close();
    },
  };
}
