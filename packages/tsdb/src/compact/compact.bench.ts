// What compaction costs: CPU of the whole process per sample, and the longest time for which it holds up the thread that
// scrapes and answers, without what it waits for a core: the kernel's account of that is Linux'. Real: npm run bench -- compact
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AppendColumns, labelsFrom } from "@narthex/model";
import { nodeFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { processes } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";

const hour = 3_600_000;
const isReal = process.env["BENCH"] === "1";
const [seriesCount, intervalMs] = isReal ? [100_000, 60_000] : [50, 600_000];

function fill(db: Tsdb, endMs: number): void {
  const appender = db.appender();
  const refs = Uint32Array.from({ length: seriesCount }, (_, i) =>
    appender.series(labelsFrom({ __name__: `m_${i % 100}`, job: "bench", instance: `host-${i % 500}`, shard: `${i}` })),
  );
  appender.commit();
  const v = new Float64Array(seriesCount);
  const batchSeries = 1000;
  for (let t = 0; t < endMs; t += intervalMs) {
    for (let i = 0; i < seriesCount; i++) v[i]! += i % 4 === 0 ? 0 : (i * 7919 + t / 1000) % 100;
    for (let from = 0; from < seriesCount; from += batchSeries) {
      const count = Math.min(batchSeries, seriesCount - from);
      const columns: AppendColumns = {
        count,
        refs: refs.subarray(from, from + count),
        t: new Float64Array(count).fill(t),
        v: v.slice(from, from + count),
        outcomes: new Uint8Array(count),
      };
      const batch = db.appender();
      batch.append(columns);
      batch.commit();
    }
  }
}

interface Cost {
  readonly cpuUsPerSample: number;
  /** Longest first. */
  readonly longestHoldsMs: readonly number[];
}

/** For how long this thread was ready to run and did not, so far. */
function waitedForCoreMs(): number {
  return process.platform === "linux"
    ? Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[1]) / 1e6
    : 0;
}

const tickMs = 2;

/** Times for which the thread did nothing else, until `stop`. */
function watchHolds(): { readonly stop: () => number[] } {
  const holds: number[] = [];
  let last = performance.now();
  let waited = waitedForCoreMs();
  const look = (): void => {
    const now = performance.now();
    const waitedNow = waitedForCoreMs();
    holds.push(now - last - (waitedNow - waited) - tickMs);
    last = now;
    waited = waitedNow;
  };
  const timer = setInterval(look, tickMs);
  return {
    stop() {
      clearInterval(timer);
      look();
      return holds.sort((a, b) => b - a);
    },
  };
}

async function costOf(samples: number, work: () => Promise<unknown>): Promise<Cost> {
  const watch = watchHolds();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuUsPerSample: (user + system) / samples, longestHoldsMs: watch.stop().slice(0, 5) };
}

function blockBytes(path: string): number {
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => /^01.{24}\/./.test(name));
  return files
    .map((name) => statSync(join(path, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

test.each(["caller", "worker"] as const)("compaction by the %s", { timeout: 600_000 }, async (compactionThread) => {
  const path = mkdtempSync(join(tmpdir(), "narthex-bench-"));
  try {
    const common = { path, compactionThread, fileSystem: nodeFileSystem, processes, retentionMs: 0 };
    let db = await openTsdb({ ...common, blockRangeMaxMs: 2 * hour });
    fill(db, 9.6 * hour);
    const perBlock = ((2 * hour) / intervalMs) * seriesCount;
    const head = await costOf(4 * perBlock, () => db.compact());
    expect(db.blocks().map(({ stats }) => stats.numSamples)).toEqual(Array(4).fill(perBlock));
    const bytesPerSample = blockBytes(path) / (4 * perBlock);
    await db.close();
    db = await openTsdb({ ...common, blockRangeMaxMs: 6 * hour });
    const merge = await costOf(3 * perBlock, () => db.compact());
    expect(db.blocks().map(({ stats }) => stats.numSamples)).toEqual([3 * perBlock, perBlock]);
    await db.close();
    if (isReal) console.info({ compactionThread, head, merge, bytesPerSample });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
