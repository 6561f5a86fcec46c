// Queries on real threads over a real data directory. Needs the built worker: `npm run build`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { labelsFrom } from "@narthex/model";
import { Engine, parseExpression, QueryError } from "@narthex/promql";
import { type Clock, nodeFileSystem, systemClock } from "@narthex/stdx";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ActiveQueries } from "./active.js";
import { writeAnswer } from "./answer.js";
import type { EndedQuery } from "./log.js";
import { answerLookup } from "./lookup/answer.js";
import type { Lookup } from "./lookup/lookup.js";
import { WorkerPool } from "./pool.js";
import { partBytesMax, type QueryTimes } from "./protocol.js";
import type { Query } from "./query.js";
import { type AnswerBody, QueryRunner, wholeBody } from "./runner.js";
import { SmallQueries } from "./small.js";
import { QueryThread } from "./thread.js";
import { QueryTracker } from "./tracker.js";

const folder = mkdtempSync(join(tmpdir(), "query-runner-"));
const minute = 60_000;
const seriesCount = 200;
const end = 400 * minute;
let tsdb: Tsdb;

function appendMinute(t: number): void {
  const appender = tsdb.appender();
  const refs = Uint32Array.from({ length: seriesCount }, (_, i) =>
    appender.series(labelsFrom({ __name__: "m", i: String(i), even: String(i % 2 === 0) })),
  );
  const v = Float64Array.from(refs, (_, i) => t * i);
  appender.append({
    count: refs.length,
    refs,
    t: new Float64Array(refs.length).fill(t),
    v,
    outcomes: new Uint8Array(refs.length),
  });
  appender.commit();
}

beforeAll(async () => {
  tsdb = await openTsdb({ path: folder });
  for (let t = 0; t <= end; t += minute) appendMinute(t);
  await tsdb.compact();
});

afterAll(async () => {
  await tsdb.close();
  rmSync(folder, { recursive: true });
});

type Setup = {
  readonly heapMbMax?: number;
  readonly samplesMax?: number;
  readonly workersMax?: number;
  readonly togetherMax?: number;
};

type Threads = {
  readonly setup: Setup;
  readonly pool: WorkerPool;
  readonly started: readonly QueryThread[];
};

type Opened = Omit<Threads, "setup"> & {
  readonly runner: QueryRunner;
  readonly active: ActiveQueries;
};

type RunnerSetup = {
  /** Whether small queries are evaluated on this thread. */
  readonly evaluatesSmall?: boolean;
  readonly onEnd?: (query: EndedQuery) => void;
};

const timeoutMs = 60_000;
const clock: Clock = systemClock;
const engineOf = ({ samplesMax = 50_000_000 }: Setup) => ({ samplesMax, timeoutMs });

function startThreads(setup: Setup = {}): Threads {
  const { heapMbMax = 512, workersMax = 2, togetherMax = 1 } = setup;
  const started: QueryThread[] = [];
  const engine = engineOf(setup);
  const pool = new WorkerPool({
    keptMax: 1,
    workersMax,
    asideMax: 2,
    togetherMax,
    clock,
    start: () => {
      const thread = new QueryThread({ setup: { engine, path: folder, blockCacheBytesMax: 1 << 22 }, heapMbMax });
      started.push(thread);
      return thread;
    },
  });
  return { setup, pool, started };
}

/** For the tests of a group or of the file, one after the other: a thread takes half a second to start. */
function sharedThreads(setup?: Setup): () => Threads {
  let threads: Threads;
  beforeAll(() => {
    threads = startThreads(setup);
  });
  afterAll(() => threads.pool.close());
  return () => threads;
}

/** Of this test alone. */
function ownThreads(setup?: Setup): Threads {
  const threads = startThreads(setup);
  onTestFinished(() => threads.pool.close());
  return threads;
}

/** Closed at the end of the test. */
function openRunner({ setup, pool, started }: Threads, runnerSetup: RunnerSetup = {}): Opened {
  const engine = engineOf(setup);
  const active = new ActiveQueries();
  const tracker = new QueryTracker(4);
  tracker.open(nodeFileSystem, folder);
  onTestFinished(() => tracker.close());
  const stopwatchMs = (): number => performance.now();
  const small = runnerSetup.evaluatesSmall ? new SmallQueries({ engine, tsdb, stopwatchMs }) : undefined;
  const { onEnd = () => undefined } = runnerSetup;
  const runner = new QueryRunner({ engine, tsdb, pool, small, active, tracker, timeoutMs, clock, stopwatchMs, onEnd });
  return { runner, active, pool, started };
}

const threads = sharedThreads();
const oneThread = sharedThreads({ workersMax: 1 });

const query = (text: string, times: QueryTimes = { time: end }): Query => ({
  text,
  expression: parseExpression(text),
  times,
});

const form = { limit: 0, stats: "none" } as const;
const textOf = (body: Uint8Array): string => Buffer.from(body).toString();
const answerOf = async (runner: QueryRunner, asked: Query): Promise<string> =>
  textOf(await wholeBody(await runner.body(asked, form)));
/** Takes a minute where another thread starts in half a second, and is slowed down as that one is; a series of it takes no longer. */
const heavy = query("quantile_over_time(0.9, m[6h:1s])", { start: end - 3_600_000, end, step: 1000 });

type Counted = { readonly data: { readonly stats: { readonly samples: unknown } } };

describe("a long query", () => {
  const threads = sharedThreads({ togetherMax: 2 });
  const text = "sum by (even) (quantile_over_time(0.9, m[1h]))";
  const times = { start: end - 8_000 * 1000, end, step: 1000 };
  const here = (): string => {
    const result = new Engine().range({ expression: text, queryable: tsdb, ...times });
    return textOf(writeAnswer(result, { ...form, timings: { queueMs: 0, evalMs: 0 } }));
  };

  test("is evaluated by two workers where two may work on it, with the same answer", async () => {
    const { runner, pool } = openRunner(threads());
    for (let round = 0; round < 3; round++) expect(await answerOf(runner, query(text, times))).toBe(here());
    expect(pool.workerCount).toBe(2);
  });

  test("counts the samples of its steps together as it does alone", async () => {
    const countsOf = (body: Uint8Array): unknown => (JSON.parse(textOf(body)) as Counted).data.stats.samples;
    const { runner, pool } = openRunner(threads());
    // Their columns and counts have room in the memory that threads share.
    const ofFewer = { ...times, step: 2000 };
    const alone = new Engine().range({ expression: text, queryable: tsdb, ...ofFewer, countsSteps: true });
    const counted = { limit: 0, stats: "steps" } as const;
    const expected = writeAnswer(alone, { ...counted, timings: { queueMs: 0, evalMs: 0 } });
    for (let round = 0; round < 3; round++) {
      const body = await wholeBody(await runner.body(query(text, ofFewer), counted));
      expect(countsOf(body)).toEqual(countsOf(expected));
    }
    expect(pool.workerCount).toBe(2);
  });

  test.each([0, 30, 300])("goes on alone when its assistant is lost, %d turns after it came", async (turns) => {
    const { runner, started } = openRunner(ownThreads({ togetherMax: 2 }));
    const answer = answerOf(runner, query(text, times));
    while (started.length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await started[1]!.end();
    expect(await answer).toBe(here());
  });

  test("that is given up gives its assistant back", async () => {
    const { runner, pool } = openRunner(threads());
    const hangUp = new AbortController();
    const answer = runner.body(query(text, times), form, { signal: hangUp.signal });
    while (pool.workerCount < 2) await new Promise((resolve) => setImmediate(resolve));
    hangUp.abort();
    await expect(answer).rejects.toThrow("canceled");
    expect(await answerOf(runner, query(text, times))).toBe(here());
    expect(pool.workerCount).toBe(2);
  });
});

describe("a small query", () => {
  test("is answered without a worker, and told of at its end", async () => {
    const ended: EndedQuery[] = [];
    const { runner, active, pool } = openRunner(ownThreads(), {
      evaluatesSmall: true,
      onEnd: (query) => ended.push(query),
    });
    const { runner: other } = openRunner(threads());
    const asked = query('rate(m{i="7"}[5m])');
    expect(await answerOf(runner, asked)).toBe(await answerOf(other, asked));
    expect(pool.workerCount).toBe(0);
    expect(active.size).toBe(0);
    expect(ended.map(({ text, stats, error }) => [text, stats?.samplesRead, error])).toEqual([
      [asked.text, 5, undefined],
    ]);
  });

  test("fails as on a worker", async () => {
    const ended: EndedQuery[] = [];
    const { runner, pool } = openRunner(ownThreads(), { evaluatesSmall: true, onEnd: (query) => ended.push(query) });
    const asked = query('m{i="7"} + on () m{even="true",i=~"2|4"}');
    await expect(answerOf(runner, asked)).rejects.toThrow("found duplicate series for the match group");
    await expect(runner.body(asked, form, { timeoutMs: 0 })).rejects.toThrow("timed out in query queue");
    expect(pool.workerCount).toBe(0);
    expect(ended.map(({ error }) => error instanceof QueryError)).toEqual([true]);
  });

  test("is the only one that needs no worker", async () => {
    const ended: EndedQuery[] = [];
    const { runner, pool } = openRunner(ownThreads(), { evaluatesSmall: true, onEnd: (query) => ended.push(query) });
    await answerOf(runner, query("sum(rate(m[1h]))"));
    expect(pool.workerCount).toBe(1);
    expect(ended).toHaveLength(1);
  });
});

describe("a worker answers as the engine does here", () => {
  const ranges: QueryTimes[] = [{ time: end }, { time: 90 * minute }, { start: 0, end, step: 5 * minute }];
  test.each([
    "m",
    "sum by (even) (rate(m[5m]))",
    "topk(3, m)",
    "m offset 3h + on(i) m @ 60",
    "max_over_time(sum(m)[30m:7m])",
    "absent(nothing)",
    "absent_over_time(m{i='7'}[10m] offset 8h)",
    'label_replace(m{i=~"1.*"}, "x", "$1", "i", "(.)")',
    "1 + 2",
    "time()",
    "m > bool 5 or vector(1)",
    "count_values('n', m)",
    "scalar(sum(m)) * 2",
  ])("%s", async (text) => {
    const { runner } = openRunner(threads());
    for (const times of ranges) {
      const engine = new Engine();
      const result =
        "time" in times
          ? engine.instant({ expression: text, queryable: tsdb, ...times })
          : engine.range({ expression: text, queryable: tsdb, ...times });
      const expected = textOf(writeAnswer(result, { ...form, timings: { queueMs: 0, evalMs: 0 } }));
      expect(await answerOf(runner, query(text, times))).toBe(expected);
    }
  });
});

test("samples appended between two queries are in the second", async () => {
  const { runner } = openRunner(threads());
  const asked = query("count_over_time(m{i='1'}[5m])", { time: end + minute });
  expect(await answerOf(runner, asked)).toContain('"4"');
  appendMinute(end + minute);
  expect(await answerOf(runner, asked)).toContain('"5"');
});

test("errors of the query come back with their type and text", async () => {
  const { runner } = openRunner(ownThreads({ samplesMax: 10 }));
  await expect(runner.body(query("m[5m]"), form)).rejects.toThrow(
    new QueryError("execution", "query processing would load too many samples into memory in query execution"),
  );
});

/** Resolves when the query decodes samples. */
async function atWork(active: ActiveQueries): Promise<void> {
  while (!active.list().some((one) => one.samplesRead() > 0)) await new Promise((resolve) => setImmediate(resolve));
}

describe("a running query ends early, and its worker serves the next one", () => {
  const enders: readonly [string, string, string, (active: ActiveQueries, client: AbortController) => void][] = [
    [
      "when its client hangs up",
      "canceled",
      "query was canceled in expression evaluation",
      (_, client) => client.abort(),
    ],
    [
      "when it is cancelled by id",
      "canceled",
      "query was canceled in expression evaluation",
      (active) => active.cancel("1"),
    ],
  ];
  test.each(enders)("%s", async (_, type, message, stop) => {
    const { runner, active, started } = openRunner(threads());
    const client = new AbortController();
    const body = runner.body(heavy, form, { signal: client.signal });
    const failure = expect(body).rejects.toMatchObject({ type, message });
    await atWork(active);
    expect(active.list()).toMatchObject([{ id: "1", state: "running", expression: heavy.text }]);
    const startedBefore = started.length;
    stop(active, client);
    await failure;
    expect(active.list()).toEqual([]);
    expect(await answerOf(runner, query("1"))).toContain('"1"');
    expect(started).toHaveLength(startedBefore);
  });

  test("when its time is over", async () => {
    const { runner } = openRunner(threads());
    await expect(runner.body(heavy, form, { timeoutMs: 100 })).rejects.toMatchObject({
      type: "timeout",
      message: "query timed out in expression evaluation",
    });
  });
});

test("a worker looks up series, labels and newest samples as the storage does here", async () => {
  const { runner } = openRunner(threads());
  const { signal } = new AbortController();
  const set = (type: "=" | "=~", value: string) => [{ type, name: "i", value }];
  const base = { sets: [set("=", "7"), set("=~", "1.")], range: { start: end - 10 * minute, end } };
  const lookups: Lookup[] = [
    { kind: "series", limit: 0, ...base },
    { kind: "series", limit: 3, ...base },
    { kind: "labels", name: undefined, limit: 0, ...base },
    { kind: "labels", name: "i", limit: 4, ...base },
    { kind: "labels", name: "i", limit: 0, ...base, range: { start: 0, end: minute } },
    { kind: "federation", externalLabels: { site: "x" }, accept: undefined, ...base },
  ];
  for (const lookup of lookups) {
    const here = answerLookup(lookup, { queryable: tsdb, checkpoint: () => undefined });
    expect(here.length).toBeGreaterThan(40);
    expect(textOf(await wholeBody(await runner.lookUp(lookup, signal)))).toBe(textOf(here));
  }
});

test("a lookup that nobody waits for any more ends", async () => {
  const { runner, active } = openRunner(oneThread());
  const long = expect(runner.body(heavy, form)).rejects.toMatchObject({ type: "canceled" });
  await atWork(active);
  const hangUp = new AbortController();
  const lookup: Lookup = { kind: "series", limit: 0, sets: [], range: { start: 0, end } };
  const waiting = expect(runner.lookUp(lookup, hangUp.signal)).rejects.toMatchObject({ type: "canceled" });
  hangUp.abort();
  await waiting;
  active.cancel("1");
  await long;
});

describe("a long answer comes in parts", () => {
  // About 10 MB.
  const times = { start: 0, end, step: end / 2000 };
  const long = query("m", times);

  test("whose whole is what the engine prints here", async () => {
    const { runner, started, active } = openRunner(threads());
    const result = new Engine().range({ expression: "m", queryable: tsdb, ...times });
    const expected = writeAnswer(result, { ...form, timings: { queueMs: 0, evalMs: 0 } });
    const body = await runner.body(long, form);
    const startedBefore = started.length;
    expect(active.list()).toEqual([]);
    expect(body.bytes.length).toBeLessThanOrEqual(partBytesMax);
    expect(Buffer.compare(await wholeBody(body), expected)).toBe(0);
    expect(await answerOf(runner, query("1"))).toContain('"1"');
    expect(started).toHaveLength(startedBefore);
  });

  test("and not at all when the query is ended before this thread has the first", async () => {
    const { runner, active, pool } = openRunner(oneThread());
    const ended = expect(runner.body(long, form)).rejects.toMatchObject({
      type: "canceled",
      message: "query was canceled in expression evaluation",
    });
    await atWork(active);
    // The worker goes on meanwhile, until parts enough wait for this thread.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    const [query1] = active.list();
    active.cancel(query1!.id);
    await ended;
    expect(await answerOf(runner, query("1"))).toContain('"1"');
    expect(pool.workerCount).toBe(1);
  });

  test("and stops when its client hangs up", async () => {
    const { runner, pool } = openRunner(oneThread());
    const client = new AbortController();
    const { parts } = await runner.body(long, form, { signal: client.signal });
    await parts!.next();
    client.abort();
    await expect(parts!.next()).rejects.toThrow("the client hung up");
    expect(await answerOf(runner, query("1"))).toContain('"1"');
    expect(pool.workerCount).toBe(1);
  });

  test("which a slow client takes without keeping the pool's workers", async () => {
    const { runner, pool } = openRunner(oneThread());
    const slow: AnswerBody[] = [];
    for (let i = 0; i < 2; i++) slow.push(await runner.body(long, form));
    expect(await answerOf(runner, query("1"))).toContain('"1"');
    expect(pool.workerCount).toBe(1);
    const wholes = await Promise.all(slow.map(wholeBody));
    expect(new Set(wholes.map((whole) => whole.length)).size).toBe(1);
    expect(await answerOf(runner, query("1"))).toContain('"1"');
  });

  test("until there are too many slow ones: the one that has waited longest is cut", async () => {
    const { runner } = openRunner(oneThread());
    const slow: AnswerBody[] = [];
    for (let i = 0; i < 4; i++) slow.push(await runner.body(long, form));
    await expect(wholeBody(slow[0]!)).rejects.toThrow("its client is slow, as many others are");
    for (const { parts } of slow.slice(1)) parts!.cancel(new Error("enough"));
  });

  test("also of series and for federation", async () => {
    const { runner } = openRunner(threads());
    const appender = tsdb.appender();
    const names = Array.from({ length: 8000 }, (_, i) => `long-${i}-${"x".repeat(200)}`);
    const refs = Uint32Array.from(names, (name) => appender.series(labelsFrom({ __name__: "long", name })));
    const v = new Float64Array(refs.length);
    appender.append({ count: v.length, refs, t: v.slice().fill(end), v, outcomes: new Uint8Array(v.length) });
    appender.commit();
    const sets = [[{ type: "=" as const, name: "__name__", value: "long" }]];
    const base = { sets, range: { start: end - minute, end } };
    const lookups: Lookup[] = [
      { kind: "series", limit: 0, ...base },
      { kind: "labels", name: "name", limit: 0, ...base },
      { kind: "federation", externalLabels: {}, accept: undefined, ...base },
    ];
    for (const lookup of lookups) {
      const body = await runner.lookUp(lookup, new AbortController().signal);
      expect(body.parts).toBeDefined();
      const here = answerLookup(lookup, { queryable: tsdb, checkpoint: () => undefined });
      expect(Buffer.compare(await wholeBody(body), here)).toBe(0);
    }
  });
});

test("a short query does not wait for a long one", { timeout: 120_000 }, async () => {
  const { runner, active, pool } = openRunner(ownThreads());
  const long = expect(runner.body(heavy, form)).rejects.toMatchObject({ type: "canceled" });
  await atWork(active);
  expect(await answerOf(runner, query("count(m)"))).toContain(`"${seriesCount}"`);
  expect(active.list()).toMatchObject([{ id: "1", state: "running" }]);
  expect(pool.workerCount).toBe(2);
  active.cancel("1");
  await long;
});

test("a query that waits for a worker can be cancelled and can time out", async () => {
  const { runner, active } = openRunner(oneThread(), { evaluatesSmall: true });
  const long = expect(runner.body(heavy, form)).rejects.toMatchObject({ type: "canceled" });
  await atWork(active);
  const waiting = expect(runner.body(query("m"), form)).rejects.toMatchObject({
    type: "canceled",
    message: "query was canceled in query queue",
  });
  await nextTurn();
  expect(active.list()).toMatchObject([{ state: "running" }, { id: "2", state: "queued" }]);
  expect(active.cancel("2")).toBe(true);
  expect(active.cancel("9")).toBe(false);
  await waiting;
  await expect(runner.body(query("m"), form, { timeoutMs: 20 })).rejects.toMatchObject({
    type: "timeout",
    message: "query timed out in query queue",
  });
  active.cancel("1");
  await long;
});

test("a query that needs more memory than its worker has fails alone", { timeout: 120_000 }, async () => {
  const appender = tsdb.appender();
  const refs = Uint32Array.from({ length: 50_000 }, (_, i) =>
    appender.series(labelsFrom({ __name__: "wide", first: `first-${i}`, second: `second-${i}`, third: `third-${i}` })),
  );
  const v = new Float64Array(refs.length);
  appender.append({ count: v.length, refs, t: v.slice().fill(end), v, outcomes: new Uint8Array(v.length) });
  appender.commit();
  const { runner, pool } = openRunner(ownThreads({ heapMbMax: 20 }));
  await expect(runner.body(query("wide"), form)).rejects.toMatchObject({
    type: "execution",
    message: "query ran out of memory in its worker",
  });
  expect(await answerOf(runner, query("count(m)"))).toContain(`"${seriesCount}"`);
  expect(pool.workerCount).toBe(1);
});
