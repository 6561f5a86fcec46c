// What a worker costs: a query's way there and back beside its evaluation, and memory of an idle worker. Needs the built
// worker. Small within the test run; real: BENCH=1 npx vitest run apps/server/src/query/runner.bench.ts
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine, parseExpression } from "@narthex/promql";
import { systemClock } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";
import { expect, onTestFinished, test } from "vitest";
import { ActiveQueries } from "./active.js";
import { WorkerPool } from "./pool.js";
import { QueryRunner } from "./runner.js";
import { QueryThread } from "./thread.js";
import { QueryTracker } from "./tracker.js";

const isReal = process.env["BENCH"] === "1";
const rounds = isReal ? 3000 : 20;
const warmUpRounds = isReal ? 1000 : 5;
const query = { text: "1", expression: parseExpression("1"), times: { time: 0 } };

/** Median microseconds of one call. */
async function medianMicros(call: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < warmUpRounds + rounds; i++) {
    const started = performance.now();
    await call();
    if (i >= warmUpRounds) times.push((performance.now() - started) * 1000);
  }
  return times.sort((a, b) => a - b)[rounds >> 1] as number;
}

function residentMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}

test("dispatch of a trivial query", { timeout: 120_000 }, async () => {
  const path = mkdtempSync(join(tmpdir(), "runner-bench-"));
  const tsdb = await openTsdb({ path });
  const start = (): QueryThread =>
    new QueryThread({ setup: { engine: {}, path, blockCacheBytesMax: 1 << 20 }, heapMbMax: 256 });
  const pool = new WorkerPool({ keptMax: 1, workersMax: 1, asideMax: 0, togetherMax: 1, clock: systemClock, start });
  onTestFinished(async () => {
    await pool.close();
    await tsdb.close();
    rmSync(path, { recursive: true });
  });
  const runner = new QueryRunner({
    engine: {},
    tsdb,
    pool,
    active: new ActiveQueries(),
    tracker: new QueryTracker(1),
    timeoutMs: 60_000,
    clock: systemClock,
    stopwatchMs: () => performance.now(),
  });
  const engine = new Engine();
  const inline = await medianMicros(() => engine.instant({ expression: "1", queryable: tsdb, time: 0 }));
  const before = residentMiB();
  await runner.body(query, { limit: 0, stats: "none" });
  const workerMiB = residentMiB() - before;
  const dispatched = await medianMicros(() => runner.body(query, { limit: 0, stats: "none" }));
  expect(dispatched).toBeGreaterThan(0);
  if (isReal) console.info({ inlineMicros: inline, dispatchedMicros: dispatched, idleWorkerMiB: workerMiB });
});
