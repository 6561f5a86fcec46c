// Prometheus' scripts through all that a query of a server goes through behind HTTP: a data directory, the pool, worker threads, and the
// body of the answer. A few of few; all, some minutes: CORPORA_WHOLE=1 npx vitest run apps/server/src/query/corpus-threads.test.ts
// Needs the built worker: `npm run build`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseExpression } from "@narthex/promql";
import { scriptEngineOptions } from "@narthex/promql/testing";
import { systemClock } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";
import { describe, expect, it } from "vitest";
import { ActiveQueries } from "./active.js";
import { WorkerPool } from "./pool.js";
import { QueryRunner, wholeBody } from "./runner.js";
import { appendScene, chunkForm, type Eval, printedBody, type Scene, scenesOf, scripts } from "./testdata/corpus.js";
import { QueryThread } from "./thread.js";
import { QueryTracker } from "./tracker.js";

const isWhole = process.env["CORPORA_WHOLE"] !== undefined;
const takenOneIn = isWhole ? 1 : 20;
const few = ["at_modifier.test", "info.test", "limit.test"];
const taken = isWhole ? scripts : scripts.filter((name) => few.includes(name));

/** Asks all at once, so that they wait, and threads take turns. */
async function outcomesOf({ series, evals }: Scene): Promise<string[]> {
  const path = mkdtempSync(join(tmpdir(), "corpus-threads-"));
  const tsdb = await openTsdb({ path, chunkForm });
  const start = (): QueryThread =>
    new QueryThread({ setup: { engine: scriptEngineOptions, path, blockCacheBytesMax: 1 << 20 }, heapMbMax: 256 });
  const pool = new WorkerPool({ keptMax: 1, workersMax: 2, asideMax: 0, togetherMax: 2, clock: systemClock, start });
  try {
    appendScene(tsdb, series);
    const runner = new QueryRunner({
      engine: scriptEngineOptions,
      tsdb,
      pool,
      active: new ActiveQueries(),
      tracker: new QueryTracker(2),
      timeoutMs: 60_000,
      clock: systemClock,
      stopwatchMs: () => performance.now(),
    });
    return await Promise.all(evals.map((one) => outcomeOf(runner, one)));
  } finally {
    await pool.close();
    await tsdb.close();
    rmSync(path, { recursive: true });
  }
}

async function outcomeOf(runner: QueryRunner, { expression: text, times }: Eval): Promise<string> {
  try {
    const query = { text, expression: parseExpression(text), times };
    return printedBody(await wholeBody(await runner.body(query, { limit: 0, stats: "none" })));
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

describe.skipIf(taken.length === 0)("threads answer Prometheus' scripts as the engine does (need CORPORA)", () => {
  it.each(taken)("%s", { timeout: 600_000 }, async (name) => {
    const scenes = scenesOf(name, { takenOneIn });
    let count = 0;
    for (const scene of scenes) {
      const outcomes = await outcomesOf(scene);
      for (const [i, { expression, times, expectedBody }] of scene.evals.entries()) {
        expect(outcomes[i], `${expression} at ${JSON.stringify(times)}`).toBe(expectedBody);
        count++;
      }
    }
    if (isWhole) console.info({ script: name, scenes: scenes.length, evals: count });
  });
});
