// What a late sample costs beside one in order, what a window costs where nothing is late, and how long the making of late
// blocks keeps the thread.
// Small within the test run; real: BENCH=1 npx vitest run packages/tsdb/src/head/late-batch.bench.ts
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { type AppendColumns, labelsFrom } from "@narthex/model";
import { expect, test } from "vitest";
import { openTsdb, type Tsdb } from "../tsdb.js";

const isReal = process.env["BENCH"] === "1";
const seriesCount = isReal ? 20_000 : 200;
const scrapes = isReal ? 40 : 4;
const batchSeries = 1000;
const stepMs = 15_000;
const compactionThread = process.env["THREAD"] === "caller" ? "caller" : "worker";
const hour = 3_600_000;
const start = 1_700_006_400_000;

function makeBatches(db: Tsdb): AppendColumns[] {
  const batches: AppendColumns[] = [];
  for (let first = 0; first < seriesCount; first += batchSeries) {
    const count = Math.min(batchSeries, seriesCount - first);
    const appender = db.appender();
    const refs = Uint32Array.from({ length: count }, (_, i) =>
      appender.series(labelsFrom({ __name__: `metric_${i % 100}`, job: "bench", series: String(first + i) })),
    );
    appender.commit();
    batches.push({
      count,
      refs,
      t: new Float64Array(count),
      v: new Float64Array(count),
      outcomes: new Uint8Array(count),
    });
  }
  return batches;
}

/** One sample of each series; returns the CPU time in µs. */
function appendAll(db: Tsdb, batches: readonly AppendColumns[], t: number): number {
  for (const batch of batches) {
    batch.t.fill(t);
    for (let i = 0; i < batch.count; i++) batch.v[i] = (t / stepMs) * (i % 50);
  }
  const started = process.cpuUsage();
  for (const batch of batches) {
    const appender = db.appender();
    expect(appender.append(batch)).toBe(batch.count);
    appender.commit();
  }
  return microsSince(started);
}

function microsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return user + system;
}

/** CPU time of this thread; Linux tells it. */
function threadMicros(): number {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1000;
}

async function withDatabase<T>(outOfOrderTimeWindowMs: number, use: (db: Tsdb) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(`${tmpdir()}/tsdb-late-bench-`);
  const db = await openTsdb({ path: folder, retentionMs: 0, outOfOrderTimeWindowMs, compactionThread });
  try {
    return await use(db);
  } finally {
    await db.close();
    rmSync(folder, { recursive: true });
  }
}

/** ns of CPU per sample, for samples `offsetMs` apart from those in order that are there. */
function appendCost(db: Tsdb, from: number): number {
  const batches = makeBatches(db);
  let micros = 0;
  for (let i = 0; i < scrapes; i++) micros += appendAll(db, batches, from + i * stepMs);
  return (micros * 1000) / (scrapes * seriesCount);
}

/** CPU time of the longest stretch in which nothing else of the thread ran, in ms; `totalMs` is of all threads. */
async function longestStretch(
  task: Promise<unknown>,
): Promise<{ readonly totalMs: number; readonly longestMs: number }> {
  const begun = process.cpuUsage();
  let isOver = false;
  let longest = 0;
  const over = task.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const started = threadMicros();
    await new Promise((resolve) => setImmediate(resolve));
    longest = Math.max(longest, threadMicros() - started);
  }
  await over;
  return { totalMs: microsSince(begun) / 1000, longestMs: longest / 1000 };
}

test("late appends, and their blocks", { timeout: 300_000 }, async () => {
  const withoutWindow = await withDatabase(0, (db) => appendCost(db, start));
  const withWindow = await withDatabase(4 * hour, (db) => appendCost(db, start));
  const { late, compaction } = await withDatabase(4 * hour, async (db) => {
    const batches = makeBatches(db);
    appendAll(db, batches, start);
    appendAll(db, batches, start + 3.5 * hour);
    const cost = appendCost(db, start + hour);
    expect(db.stats().head.outOfOrderAppended).toBe(scrapes * seriesCount);
    return { late: cost, compaction: await longestStretch(db.compact()) };
  });
  if (isReal) console.info({ seriesCount, scrapes, nsPerSample: { withoutWindow, withWindow, late }, compaction });
});
