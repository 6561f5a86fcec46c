// What taking a view costs the thread that owns the head, and what reading through it costs the other.
// Small within the test run; real: BENCH=1 npx vitest run packages/tsdb/src/view/view.bench.ts
import { labelsFrom, matcherFrom, SampleColumns } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { columnsOf, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import type { LeasedView } from "./database.js";
import { TsdbReader } from "./reader.js";

const range = { start: 0, end: 1e15 };
const matchers = [matcherFrom("=", "job", "bench")];

interface ViewBenchResult {
  /** CPU time. */
  readonly takeNsPerSeries: number;
  /** How long the thread was held at most, of the best round. */
  readonly holdMs: number;
  readonly bytesPerSeries: number;
  readonly readNsPerSample: number;
  readonly samples: number;
}

async function fillBench(seriesCount: number, scrapes: number, fileSystem: SimFileSystem): Promise<Tsdb> {
  const db = await openTsdb(simulated(fileSystem));
  const appender = db.appender();
  const refs = Array.from({ length: seriesCount }, (_, i) =>
    appender.series(labelsFrom({ __name__: `m_${i % 100}`, job: "bench", instance: `host-${i % 500}`, shard: `${i}` })),
  );
  appender.commit();
  for (let scrape = 1; scrape <= scrapes; scrape++) {
    const batch = db.appender();
    batch.append(
      columnsOf(
        refs,
        refs.map((_, i): Row => ["", scrape * 15_000, i * scrape]),
      ),
    );
    batch.commit();
  }
  return db;
}

async function longestHold(taking: Promise<LeasedView>): Promise<number> {
  let isTaken = false;
  const release = taking.then(({ release: end }) => {
    isTaken = true;
    end();
  });
  let longest = 0;
  for (let last = performance.now(); !isTaken; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await release;
  return longest;
}

async function benchView(seriesCount: number, scrapes: number): Promise<ViewBenchResult> {
  const fileSystem = new SimFileSystem();
  const db = await fillBench(seriesCount, scrapes, fileSystem);
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  let takeMicros = Number.POSITIVE_INFINITY;
  let holdMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    const started = process.cpuUsage();
    const held = longestHold(db.view([{ matchers, ...range }]));
    holdMs = Math.min(holdMs, await held);
    const { user, system } = process.cpuUsage(started);
    takeMicros = Math.min(takeMicros, user + system);
  }
  const { view, buffers, release } = await db.view([{ matchers, ...range }]);
  const open = reader.open(view);
  const started = performance.now();
  const columns = new SampleColumns();
  let samples = 0;
  for (const source of open.querier(range).select({ matchers, ...range })) {
    source.read(columns);
    samples += columns.count;
  }
  const readMs = performance.now() - started;
  const bytes = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  open.close();
  release();
  return {
    takeNsPerSeries: (takeMicros * 1000) / seriesCount,
    holdMs,
    bytesPerSeries: bytes / seriesCount,
    readNsPerSample: (readMs * 1e6) / samples,
    samples,
  };
}

const isReal = process.env["BENCH"] === "1";

test("take and read a view", { timeout: 300_000 }, async () => {
  const [series, scrapes] = isReal ? [100_000, 20] : [100, 150];
  const result = await benchView(series, scrapes);
  expect(result.samples).toBe(series * scrapes);
  if (isReal) console.info(result);
});
