// Compaction side by side: each system in turn is started on a copy of the same data directory, whose log holds ten hours; it
// makes four blocks of its head, and one of three of them. Prints CPU time until it is ready and from there until the blocks
// stand, per sample that went into blocks, and the blocks' bytes. Linux only (/proc).
// usage: node bench/end-to-end/compact.mjs [SERIES=5000] [ROUNDS=1]
// BENCH_PORT: the systems' port, 19730 unless given. The log is written by Narthex in a form that all read.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelsFrom } from "@narthex/model";
import { openTsdb } from "@narthex/tsdb";
import { cpuSeconds, residentBytes, sleep, startSystem } from "./systems.mjs";

const [seriesCount = 5000, rounds = 1] = process.argv.slice(2).map(Number);
const port = Number(process.env.BENCH_PORT ?? 19730);
const hour = 3_600_000;
const intervalMs = 15_000;
const perBatch = 1000;
const folder = mkdtempSync(join(tmpdir(), "bench-compact-"));
const config = join(folder, "prometheus.yml");
writeFileSync(config, "global: {scrape_interval: 1h}\n");

const labelsAt = (i) =>
  labelsFrom({
    __name__: `metric_${Math.floor(i / 10) % 100}_total`,
    code: "200",
    instance: `host-${Math.floor(i / perBatch)}`,
    job: "bench",
    path: `/api/v1/path${i % 10}`,
  });

/** Counters, gauges that change and gauges that stand. */
function valueAt(i, n) {
  if (i % 3 !== 0) return Math.floor(n * (i % 97) * 1.7);
  return i % 2 ? 5 : Math.round(Math.sin(n + i) * 1e5) / 1000;
}

async function writeData(path) {
  const db = await openTsdb({ path, memorySnapshot: false });
  const appender = db.appender();
  const refs = Uint32Array.from({ length: seriesCount }, (_, i) => appender.series(labelsAt(i)));
  appender.commit();
  const columns = { t: new Float64Array(perBatch), v: new Float64Array(perBatch), outcomes: new Uint8Array(perBatch) };
  const range = 6 * hour;
  const start = Math.floor((Date.now() - 12 * hour) / range) * range;
  for (let n = 0; n < (10 * hour) / intervalMs; n++) {
    for (let from = 0; from < seriesCount; from += perBatch) {
      columns.t.fill(start + n * intervalMs + from / perBatch);
      for (let i = 0; i < perBatch; i++) columns.v[i] = valueAt(from + i, n);
      const batch = db.appender();
      batch.append({ count: perBatch, refs: refs.subarray(from, from + perBatch), ...columns });
      batch.commit();
    }
  }
  await db.close();
}

function blocksOf(data) {
  const folders = readdirSync(data).filter((name) => existsSync(join(data, name, "meta.json")));
  return folders.map((name) => {
    const files = ["index", ...readdirSync(join(data, name, "chunks")).map((file) => join("chunks", file))];
    const bytes = files.reduce((sum, file) => sum + statSync(join(data, name, file)).size, 0);
    return { ...JSON.parse(readFileSync(join(data, name, "meta.json"), "utf8")), bytes };
  });
}

const lengthsOf = (blocks) => blocks.map(({ minTime, maxTime }) => Math.ceil((maxTime - minTime) / hour)).sort();

/** A folder may be on its way in or out. */
function isCompacted(data) {
  try {
    return lengthsOf(blocksOf(data)).join() === "2,6";
  } catch {
    return false;
  }
}

async function isReady() {
  try {
    return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function until(isReached, secondsMax) {
  const end = Date.now() + 1000 * secondsMax;
  while (!(await isReached())) {
    if (Date.now() > end) throw new Error(`not reached within ${secondsMax} s`);
    await sleep(100);
  }
}

async function measure(system, data) {
  const child = startSystem(system, { config, data, port }, openSync(join(folder, `${system}.log`), "w"));
  await until(isReady, 120);
  const ready = cpuSeconds(child.pid);
  await until(() => isCompacted(data), 300);
  // What is left to do when the last block stands: the checkpoint of the log.
  await sleep(5000);
  const done = cpuSeconds(child.pid);
  const resident = residentBytes(child.pid, "VmHWM");
  const blocks = blocksOf(data);
  child.kill();
  await new Promise((resolve) => child.on("exit", resolve));
  const samples = blocks.reduce((sum, { stats }) => sum + stats.numSamples, 0);
  const bytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
  return {
    system,
    samples,
    replaySeconds: Number(ready.toFixed(2)),
    compactionSeconds: Number((done - ready).toFixed(2)),
    microsPerSample: Number(((1e6 * (done - ready)) / samples).toFixed(3)),
    blockBytesPerSample: Number((bytes / samples).toFixed(3)),
    peakMiB: Math.round(resident / 2 ** 20),
  };
}

const original = join(folder, "original");
const data = join(folder, "data");
await writeData(original);
for (let round = 0; round < rounds; round++) {
  for (const system of ["narthex", "prometheus"]) {
    cpSync(original, data, { recursive: true });
    console.log(JSON.stringify(await measure(system, data)));
    rmSync(data, { recursive: true, force: true });
  }
}
rmSync(folder, { recursive: true, force: true });
