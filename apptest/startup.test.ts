// Signals while a long log is replayed: SIGHUP waits its turn, SIGTERM ends the process at once and harms nothing.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labelsFrom } from "@narthex/model";
import { openTsdb } from "@narthex/tsdb";
import { expect, it } from "vitest";
import { value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, freePorts, freshFolder, startNarthex } from "./processes.js";

const seriesCount = 40_000;
const batches = 25;

/** A log that takes about a second to replay. */
async function writeLog(path: string): Promise<void> {
  const db = await openTsdb({ path, memorySnapshot: false });
  const first = db.appender();
  const refs = Uint32Array.from({ length: seriesCount }, (_, i) =>
    first.series(labelsFrom({ __name__: "old", i: String(i) })),
  );
  first.commit();
  const columns = { count: seriesCount, refs, t: new Float64Array(seriesCount), v: new Float64Array(seriesCount) };
  const start = Date.now() - batches * 1000;
  for (let i = 0; i < batches; i++) {
    columns.t.fill(start + i * 1000);
    for (let k = 0; k < seriesCount; k++) columns.v[k] = i + k;
    const batch = db.appender();
    batch.append({ ...columns, outcomes: new Uint8Array(seriesCount) });
    batch.commit();
  }
  await db.close();
}

it("SIGHUP during the replay reloads behind it; SIGTERM ends it, and the next start has everything", {
  timeout: 120_000,
}, async () => {
  const folder = freshFolder();
  const data = join(folder, "data");
  await writeLog(data);
  const [port] = await freePorts(1);
  const base = `http://127.0.0.1:${port}`;
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, "global: {scrape_interval: 1m}\n");
  const args = [
    "server",
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const logOf = (): string[] =>
    readdirSync(join(data, "wal")).map((name) => `${name} ${readFileSync(join(data, "wal", name)).length}`);
  const before = logOf();

  const first = startNarthex(args);
  await eventually("the replay has begun", async () => first.output().includes("WAL segment loading"));
  const signalled = performance.now();
  await first.kill("SIGTERM");
  expect(performance.now() - signalled).toBeLessThan(5000);
  expect(await first.exit()).toBe(0);
  expect(first.output()).not.toMatch(/is ready|level=error/);
  expect(logOf()).toEqual(before);
  expect(readdirSync(data).filter((name) => name === "lock" || name.startsWith("chunk_snapshot"))).toEqual([]);

  const second = startNarthex(args);
  await eventually("the replay has begun again", async () => second.output().includes("WAL segment loading"));
  second.child.kill("SIGHUP");
  const early = await fetch(`${base}/-/ready`).catch(() => undefined);
  expect(early?.status ?? 503).toBe(503);
  await answers(second, `${base}/-/ready`);
  await eventually("the reload is done", async () => second.output().includes("Completed loading of configuration"));
  expect(second.output().indexOf("Loading configuration file")).toBeGreaterThan(second.output().indexOf("is ready"));
  expect(await value(base, "count(count_over_time(old[5m]) == 25)")).toBe(seriesCount);
  await second.kill("SIGTERM");
  expect(await second.exit()).toBe(0);
});
