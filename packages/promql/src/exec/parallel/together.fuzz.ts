// Queries that threads evaluate together give what one thread gives. Needs the built package: `npm run build`.
import { Worker } from "node:worker_threads";
import { randomFrom } from "@narthex/stdx";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ArraySeries, seriesQueryable } from "../../array-series.js";
import { Engine } from "../../engine.js";
import { queryInMemory } from "./assistant.js";
import { batchState, cellOf, ParallelMemory, parallelMemoryBytes, ringBatches } from "./memory.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 40);
const assistantCount = 2;
const memory = new SharedArrayBuffer(parallelMemoryBytes);
/** Assistants at work; series that assistants have read. */
const counts = new Int32Array(new SharedArrayBuffer(8));

const series = makeSeries(700);
const queryable = seriesQueryable(series);
const engine = new Engine();

/** Counters with resets, gauges, gaps, NaN and native histograms. */
function makeSeries(count: number): ArraySeries[] {
  const random = randomFrom(7);
  return Array.from({ length: count }, (_, i) => {
    const t: number[] = [];
    const v: number[] = [];
    let value = 0;
    for (let k = 0; k < 240; k++) {
      if (i % 5 === 0 && random() < 0.1) continue;
      value = random() < 0.02 ? 0 : value + Math.floor(random() * 100);
      t.push(k * 15_000 + (i % 3) * (i % 7 === 0 ? Math.floor(random() * 900) : 1));
      v.push(i % 11 === 0 && random() < 0.05 ? Number.NaN : i % 4 === 0 ? random() : value);
    }
    return { labels: { __name__: i % 2 === 0 ? "a_total" : "b", job: `j${i % 6}`, i: String(i) }, t, v };
  });
}

const assistantProgram = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.built).then(({ Engine, seriesQueryable }) => {
    const engine = new Engine();
    const inner = seriesQueryable(workerData.series);
    const counted = (source) => ({
      labels: source.labels,
      read: (columns) => { Atomics.add(workerData.counts, 1, 1); source.read(columns); },
    });
    const queryable = {
      querier: (range) => {
        const querier = inner.querier(range);
        return { ...querier, select: (selection) => querier.select(selection).map(counted), close: () => querier.close() };
      },
    };
    parentPort.on("message", (request) => {
      Atomics.add(workerData.counts, 0, 1);
      const assistant = { ...request.assistant, signal: { aborted: false } };
      engine.help({ ...request, queryable, assistant });
      Atomics.sub(workerData.counts, 0, 1);
    });
    parentPort.postMessage("ready");
  });
`;

let workers: Worker[];
beforeAll(async () => {
  const built = new URL("../../../dist/index.js", import.meta.url).href;
  workers = Array.from(
    { length: assistantCount },
    () => new Worker(assistantProgram, { eval: true, workerData: { built, series, counts } }),
  );
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
});
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

type Asked = {
  readonly expression: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly countsSteps?: boolean;
};

function ask(asked: Asked, onHelpWanted: () => void): unknown {
  const leader = { memory, workBefore: 10_000, onHelpWanted };
  const { stats, ...answer } = engine.range({ ...asked, queryable, leader });
  return { ...answer, stats: { ...stats, evalMs: 0 } };
}

function askAlone(asked: Asked): unknown {
  const { stats, ...answer } = engine.range({ ...asked, queryable });
  return { ...answer, stats: { ...stats, evalMs: 0 } };
}

const functions = ["rate", "increase", "delta", "irate", "max_over_time", "sum_over_time", "avg_over_time", "deriv"];
const windows = ["1m", "90s", "5m", "20m"];
const forms = [
  (leaf: string) => leaf,
  (leaf: string) => `sum by (job) (${leaf})`,
  (leaf: string) => `topk(3, ${leaf})`,
  (leaf: string) => `max_over_time(sum(${leaf})[10m:1m])`,
  (leaf: string) => `sum by (job) (${leaf}) / on (job) avg by (job) (b)`,
  (leaf: string) => `quantile(0.9, ${leaf}) + count(a_total > 5)`,
  (leaf: string) => `${leaf} or b`,
  (leaf: string) => `stddev_over_time(b[5m]) - on (i) ${leaf}`,
];

test("threads together give what one gives, in any order of their work", () => {
  const random = randomFrom(3);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let calls = 0;
  for (let round = 0; round < rounds; round++) {
    const matchers = pick(["a_total", "b", '{__name__=~"a_total|b"}']);
    const leaf = random() < 0.2 ? matchers : `${pick(functions)}(${matchers}[${pick(windows)}])`;
    const expression = pick(forms)(leaf);
    const start = Math.floor(random() * 1_000_000);
    const asked = {
      expression,
      start,
      end: start + 1_000_000 + Math.floor(random() * 1_500_000),
      step: pick([7_000, 60_000, 300_000]),
      countsSteps: random() < 0.5,
    };
    const answer = ask(asked, () => {
      calls++;
      const query = queryInMemory(memory);
      for (const [assistant, worker] of workers.entries()) {
        worker.postMessage({ ...asked, assistant: { memory, query, assistant } });
      }
      // They are threads: they come while this one waits.
      const before = Atomics.load(counts, 0);
      Atomics.wait(counts, 0, before, random() < 0.5 ? 0 : 50);
    });
    expect({ asked, answer }).toEqual({ asked, answer: askAlone(asked) });
  }
  expect(calls).toBeGreaterThan(rounds / 2);
  expect(Atomics.load(counts, 1)).toBeGreaterThan(0);
});

test("batches of an assistant that was lost are evaluated by the leader", () => {
  const asked = { expression: "rate(a_total[5m])", start: 0, end: 3_000_000, step: 60_000 };
  const { cells } = new ParallelMemory(memory);
  const answer = ask(asked, () => {
    for (let batch = 1; batch < ringBatches; batch += 2) cells[batch] = cellOf(batch, batchState.assistants);
  });
  expect(answer).toEqual(askAlone(asked));
});

test("where columns are longer than the memory a query goes on alone", () => {
  const asked = { expression: "sum by (job) (last_over_time(b[5m]))", start: 0, end: 20_000_000, step: 1000 };
  expect(ask(asked, () => undefined)).toEqual(askAlone(asked));
});
