// What a sample costs from batch to log and chunk, and what a series costs in memory.
// Small within the test run; real: BENCH=1 npx vitest run packages/tsdb/src/head/appender.bench.ts
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { type AppendColumns, labelsFrom, matcherFrom, SampleColumns } from "@narthex/model";
import { expect, test } from "vitest";
import { openTsdb, type Tsdb } from "../tsdb.js";

interface AppendBenchResult {
  readonly samples: number;
  readonly nsPerSample: number;
  readonly walBytesPerSample: number;
  readonly chunkBytesPerSeries: number;
  readonly residentBytesPerSeries: number;
  readonly decodeNsPerSample: number;
  readonly replayNsPerSample: number;
  readonly checksum: number;
}

interface AppendBenchOptions {
  readonly targets: number;
  readonly seriesPerTarget: number;
  readonly scrapes: number;
}

/** Counters and gauges as exporters have them, a scrape every 15 s per target. */
async function benchAppend(options: AppendBenchOptions): Promise<AppendBenchResult> {
  const folder = mkdtempSync(`${tmpdir()}/tsdb-bench-`);
  try {
    const before = process.memoryUsage().rss;
    const db = await openTsdb({ path: folder });
    const batches = makeBatches(db, options);
    const samples = options.targets * options.seriesPerTarget * options.scrapes;
    const started = process.cpuUsage();
    for (let scrape = 0; scrape < options.scrapes; scrape++) {
      for (const batch of batches) appendScrape(db, batch, scrape);
    }
    const nsPerSample = (cpuMicros(started) * 1000) / samples;
    const series = options.targets * options.seriesPerTarget;
    const stats = db.stats();
    const resident = process.memoryUsage().rss - before;
    const decodeStarted = process.cpuUsage();
    const { count, sum } = readAll(db);
    const decodeNsPerSample = (cpuMicros(decodeStarted) * 1000) / count;
    await db.close();
    const replayStarted = process.cpuUsage();
    const again = await openTsdb({ path: folder });
    const replayNsPerSample = (cpuMicros(replayStarted) * 1000) / samples;
    await again.close();
    return {
      samples,
      nsPerSample,
      walBytesPerSample: stats.walBytesWritten / samples,
      chunkBytesPerSeries: stats.openChunkBytesReserved / series,
      residentBytesPerSeries: resident / series,
      decodeNsPerSample,
      replayNsPerSample,
      checksum: sum,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function cpuMicros(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function makeBatches(db: Tsdb, options: AppendBenchOptions): AppendColumns[] {
  return Array.from({ length: options.targets }, (_, target) => {
    const count = options.seriesPerTarget;
    const appender = db.appender();
    const refs = Uint32Array.from({ length: count }, (_, i) =>
      appender.series(
        labelsFrom({
          __name__: `metric_${i % 100}_total`,
          job: "bench",
          instance: `host-${target}:9100`,
          shard: `s${Math.floor(i / 100)}`,
          mode: ["user", "system", "idle"][i % 3] as string,
        }),
      ),
    );
    appender.commit();
    return { count, refs, t: new Float64Array(count), v: new Float64Array(count), outcomes: new Uint8Array(count) };
  });
}

function appendScrape(db: Tsdb, batch: AppendColumns, scrape: number): void {
  batch.t.fill(1_700_000_000_000 + scrape * 15_000);
  // A third never changes, a third counts, a third is a gauge with a fraction.
  for (let i = 0; i < batch.count; i++) {
    batch.v[i] = i % 3 === 0 ? i : i % 3 === 1 ? scrape * (i % 50) : Math.round(1000 * Math.sin(scrape + i)) / 10;
  }
  const appender = db.appender();
  appender.append(batch);
  appender.commit();
}

function readAll(db: Tsdb): { count: number; sum: number } {
  const range = { start: 0, end: 1e15 };
  const querier = db.querier(range);
  const columns = new SampleColumns();
  let count = 0;
  let sum = 0;
  for (const source of querier.select({ matchers: [matcherFrom("=", "job", "bench")], ...range })) {
    source.read(columns);
    count += columns.count;
    sum += columns.v[columns.count - 1] ?? 0;
  }
  querier.close();
  return { count, sum };
}

const isReal = process.env["BENCH"] === "1";

test("append, read and replay", { timeout: 300_000 }, async () => {
  const options = isReal
    ? { targets: 100, seriesPerTarget: 1000, scrapes: 240 }
    : { targets: 2, seriesPerTarget: 100, scrapes: 20 };
  const result = await benchAppend(options);
  expect(result.samples).toBe(options.targets * options.seriesPerTarget * options.scrapes);
  if (isReal) console.info(result);
});
