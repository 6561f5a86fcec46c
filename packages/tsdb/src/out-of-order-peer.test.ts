// Samples that came late, in our directory: Debian's prometheus reads them from wbl and chunks_head, and we do after it.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { labelsFrom } from "@narthex/model";
import { expect, onTestFinished, test } from "vitest";
import { columnsOf, dump } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const isInstalled = spawnSync("prometheus", ["--version"]).status === 0;
const base = "http://127.0.0.1:21145";
const start = 1_700_000_000_000 - (1_700_000_000_000 % 7_200_000);
const clock = { now: () => start, after: () => () => undefined };

function put(db: Tsdb, t: number, v: number): void {
  const appender = db.appender();
  const ref = appender.series(labelsFrom({ __name__: "x", job: "test" }));
  appender.append(columnsOf([ref], [["x", t, v]]));
  appender.commit();
}

async function untilReady(): Promise<void> {
  for (;;) {
    try {
      if ((await fetch(`${base}/-/ready`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function prometheusAnswers(folder: string): Promise<string> {
  writeFileSync(`${folder}/p.yml`, "storage: {tsdb: {out_of_order_time_window: 10h}}\n");
  const flags = [`--config.file=${folder}/p.yml`, `--storage.tsdb.path=${folder}/data`];
  const limits = ["--storage.tsdb.retention.time=100y", `--web.listen-address=${new URL(base).host}`];
  const server = spawn("prometheus", [...flags, ...limits], { stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    await untilReady();
    const response = await fetch(`${base}/api/v1/query?query=x[10h]&time=${(start + 10_000_000) / 1000}`);
    const body = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
    const values = body.data.result[0]?.values ?? [];
    return ["x", ...values.map(([t, v]) => `${Math.round(t * 1000)}=${v}`)].join(" ");
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
}

test.skipIf(!isInstalled)(
  "prometheus reads our late samples, and we read them after it",
  async () => {
    const folder = mkdtempSync(`${tmpdir()}/tsdb-late-`);
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const options = { path: `${folder}/data`, clock, retentionMs: 0, outOfOrderTimeWindowMs: 36_000_000 };
    const db = await openTsdb(options);
    put(db, start + 10_000_000, 1);
    for (let i = 0; i < 80; i++) put(db, start + 9_000_000 - ((i * 37) % 80) * 60_000, i);
    const ours = dump(db);
    expect(ours[0]?.split(" ")).toHaveLength(82);
    await db.close();
    expect([await prometheusAnswers(folder)]).toEqual(ours);
    const again = await openTsdb(options);
    expect(dump(again)).toEqual(ours);
    await again.close();
  },
  60_000,
);
