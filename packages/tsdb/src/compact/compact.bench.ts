// What compaction costs: CPU of the whole process per sample, and the longest time for which it holds up the thread that
// scrapes and answers. Real: npm run bench -- compact
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
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
  for (let t = 0; t < endMs; t += intervalMs) {
    for (let i = 0; i < seriesCount; i++) v[i]! += i % 4 === 0 ? 0 : (i * 7919 + t / 1000) % 100;
    const columns: AppendColumns = {
      count: seriesCount,
      refs,
      t: new Float64Array(seriesCount).fill(t),
      v: v.slice(),
      outcomes: new Uint8Array(seriesCount),
    };
    const batch = db.appender();
    batch.append(columns);
    batch.commit();
  }
}

interface Cost {
  readonly cpuUsPerSample: number;
  readonly delayMaxMs: number;
}

async function costOf(samples: number, work: () => Promise<unknown>): Promise<Cost> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = process.cpuUsage();
  delay.enable();
  await work();
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  return { cpuUsPerSample: (user + system) / samples, delayMaxMs: delay.max / 1e6 };
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
