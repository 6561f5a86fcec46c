// What taking a view costs the thread that owns the head, and what reading through it costs the other.
// Small within the test run; real: BENCH=1 npx vitest run packages/tsdb/src/view/view.bench.ts
import { labelsFrom, matcherFrom, SampleColumns } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { columnsOf, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { TsdbReader } from "./reader.js";

const range = { start: 0, end: 1e15 };
const matchers = [matcherFrom("=", "job", "bench")];

interface ViewBenchResult {
  readonly takeNsPerSeries: number;
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

async function benchView(seriesCount: number, scrapes: number): Promise<ViewBenchResult> {
  const fileSystem = new SimFileSystem();
  const db = await fillBench(seriesCount, scrapes, fileSystem);
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  let takeMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    const started = performance.now();
    db.view([{ matchers, ...range }]).release();
    takeMs = Math.min(takeMs, performance.now() - started);
  }
  const { view, buffers, release } = db.view([{ matchers, ...range }]);
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
    takeNsPerSeries: (takeMs * 1e6) / seriesCount,
    bytesPerSeries: bytes / seriesCount,
    readNsPerSample: (readMs * 1e6) / samples,
    samples,
  };
}

const isReal = process.env["BENCH"] === "1";

test("take and read a view", { timeout: 300_000 }, async () => {
  const [series, scrapes] = isReal ? [50_000, 300] : [100, 150];
  const result = await benchView(series, scrapes);
  expect(result.samples).toBe(series * scrapes);
  if (isReal) console.info(result);
});
