// Memory snapshots both ways with Debian's prometheus: it starts from ours, and we from its. The log before the snapshot
// is spoilt each time, so that nobody can have read it instead.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { labelsFrom } from "@narthex/model";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../testdata/prometheus.js";
import { columnsOf, dump, type Row } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";

const isInstalled = spawnSync("prometheus", ["--version"]).status === 0;
const missing = isInstalled ? "" : " (left out: prometheus is not installed)";
const port = await freePort();
const count = 300;
const step = 15_000;
// Not long ago: Prometheus would make blocks of older samples at once.
const start = Math.floor(Date.now() / 60_000) * 60_000 - count * step;

function temporaryFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/tsdb-snapshot-`);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// Floats alone: Prometheus 2.42 has no native histograms in snapshots.
function fill(db: Tsdb): void {
  for (let i = 0; i < count; i++) {
    const t = start + i * step;
    const appender = db.appender();
    const [a = 0, b = 0] = ["a", "b"].map((name) => appender.series(labelsFrom({ __name__: name, job: "test" })));
    const rows: Row[] = [
      ["a", t, i],
      ["b", t, i % 7 === 6 ? "stale" : Math.sin(i)],
    ];
    appender.append(columnsOf([a, b], rows));
    appender.commit();
  }
}

type Matrix = { readonly metric: { readonly __name__: string }; readonly values: [number, string][] };

/** Runs Prometheus on the folder with snapshots on, asks it for all samples, and ends it. */
async function prometheusAnswers(folder: string): Promise<{ lines: string[]; log: string }> {
  writeFileSync(`${folder}.yml`, "global: {scrape_interval: 1h}\n");
  const features = "--enable-feature=memory-snapshot-on-shutdown";
  const server = spawn(
    "prometheus",
    [
      `--config.file=${folder}.yml`,
      `--storage.tsdb.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      features,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  server.stderr.on("data", (part: Buffer) => (log += part.toString()));
  const ended = new Promise((resolve) => server.once("close", resolve));
  try {
    await untilReady();
    const parameters = new URLSearchParams({ query: '{job="test"}[1d]', time: String((start + count * step) / 1000) });
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${parameters}`);
    const { data } = (await response.json()) as { data: { result: Matrix[] } };
    const lines = data.result.map(printSeries).sort();
    return { lines, log };
  } finally {
    server.kill("SIGTERM");
    await ended;
    rmSync(`${folder}.yml`);
  }
}

function printSeries({ metric, values }: Matrix): string {
  return [metric.__name__, ...values.map(([t, v]) => `${Math.round(t * 1000)}=${Number(v)}`)].join(" ");
}

async function untilReady(): Promise<void> {
  for (;;) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/-/ready`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Prometheus leaves stale markers out of its answers. */
const withoutStale = (lines: string[]): string[] => lines.map((line) => line.replaceAll(/ \d+=stale/g, ""));

const snapshotOf = (folder: string): string | undefined =>
  readdirSync(folder).find((name) => name.startsWith("chunk_snapshot."));

/** Zeros in the place of the log up to the snapshot: as a sparse file of the same length. */
function spoilLogBefore(folder: string): void {
  const [, segment = "", offset = ""] = (snapshotOf(folder) as string).split(".");
  for (const name of readdirSync(`${folder}/wal`)) {
    if (!/^\d+$/.test(name) || Number(name) > Number(segment)) continue;
    const path = `${folder}/wal/${name}`;
    const { size } = statSync(path);
    // What stands behind the place goes, too: nothing but metadata does.
    truncateSync(path, 0);
    truncateSync(path, Number(name) === Number(segment) ? Number(offset) : size);
  }
}

describe.skipIf(!isInstalled)(`with Debian's prometheus${missing}`, () => {
  test("it starts from our snapshot, and we from its", { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    let db = await openTsdb({ path: folder });
    fill(db);
    const written = dump(db);
    await db.close();
    spoilLogBefore(folder);
    const ours = snapshotOf(folder);
    const { lines, log } = await prometheusAnswers(folder);
    expect(log).toContain("Chunk snapshot loading time");
    expect(log).not.toContain("Failed to load chunk snapshot");
    expect(lines).toEqual(withoutStale(written));
    // Prometheus has left a snapshot of its own.
    expect(snapshotOf(folder)).not.toBe(ours);
    spoilLogBefore(folder);
    const errors: string[] = [];
    db = await openTsdb({ path: folder, onCorruption: (error) => errors.push(error.message) });
    expect(errors).toEqual([]);
    expect(dump(db)).toEqual(written);
    await db.close();
  });
});
