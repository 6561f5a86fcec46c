// A start on a long log side by side: each system in turn is started on a copy of the same data directory; prints the CPU time of
// its process until it is ready, per sample of the log. Narthex also from a memory snapshot. Linux only (/proc).
// usage: node bench/end-to-end/replay.mjs [SERIES=100000] [SAMPLES=100] [ROUNDS=3]
// BENCH_PORT: the systems' port, 19720 unless given. The log is written by Narthex in a form that all read.
import { cpSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelsFrom } from "@narthex/model";
import { openTsdb } from "@narthex/tsdb";
import { cpuSeconds, residentBytes, sleep, startSystem } from "./systems.mjs";

const [seriesCount = 100_000, sampleCount = 100, rounds = 3] = process.argv.slice(2).map(Number);
const port = Number(process.env.BENCH_PORT ?? 19720);
const perBatch = 1000;
const intervalMs = 15_000;
const folder = mkdtempSync(join(tmpdir(), "bench-replay-"));
const config = join(folder, "prometheus.yml");
writeFileSync(config, "global: {scrape_interval: 1h}\n");

const labelsAt = (target, i) =>
  labelsFrom({
    __name__: `metric_${Math.floor(i / 10)}_total`,
    code: "200",
    instance: `host-${target}`,
    job: "bench",
    path: `/api/v1/path${i % 10}`,
  });

/** Counters, gauges that change and gauges that stand. */
function valueAt(i, n) {
  if (i % 3 !== 0) return Math.floor(n * (i % 97) * 1.7);
  return i % 2 ? 5 : Math.sin(n + i) * 100;
}

async function writeData(path) {
  const db = await openTsdb({ path, memorySnapshot: false });
  const targets = Array.from({ length: Math.ceil(seriesCount / perBatch) }, (_, target) => {
    const appender = db.appender();
    const refs = Uint32Array.from({ length: perBatch }, (_unused, i) => appender.series(labelsAt(target, i)));
    appender.commit();
    return refs;
  });
  const columns = { t: new Float64Array(perBatch), v: new Float64Array(perBatch), outcomes: new Uint8Array(perBatch) };
  // Of one block's time, so that nobody compacts.
  const range = 7_200_000;
  const start = Math.floor(Date.now() / range) * range - range;
  for (let n = 0; n < sampleCount; n++) {
    for (const [target, refs] of targets.entries()) {
      columns.t.fill(start + n * intervalMs + target * 37);
      for (let i = 0; i < perBatch; i++) columns.v[i] = valueAt(i, n);
      const appender = db.appender();
      appender.append({ count: perBatch, refs, ...columns });
      appender.commit();
    }
  }
  await db.close();
}

async function isReady() {
  try {
    return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function measure(system, data) {
  const child = startSystem(system, { config, data, port }, openSync(join(folder, `${system}.log`), "w"));
  while (child.exitCode === null && !(await isReady())) await sleep(50);
  const cpu = cpuSeconds(child.pid);
  const resident = residentBytes(child.pid);
  child.kill();
  await new Promise((resolve) => child.on("exit", resolve));
  return { cpuSeconds: Number(cpu.toFixed(2)), residentMiB: Math.round(resident / 2 ** 20) };
}

const microsPerSample = (seconds) => Number(((1e6 * seconds) / (seriesCount * sampleCount)).toFixed(3));

const print = (what, { cpuSeconds: cpu, residentMiB }) =>
  console.log(JSON.stringify({ what, cpuSeconds: cpu, microsPerSample: microsPerSample(cpu), residentMiB }));

const original = join(folder, "original");
const data = join(folder, "data");
await writeData(original);
for (const system of ["narthex", "prometheus"]) {
  print(`${system}, empty directory`, await measure(system, data));
  rmSync(data, { recursive: true, force: true });
}
for (let round = 0; round < rounds; round++) {
  for (const system of ["narthex", "prometheus"]) {
    cpSync(original, data, { recursive: true });
    print(`${system}, log`, await measure(system, data));
    // It ended cleanly: the next start has its snapshot.
    if (system === "narthex") print("narthex, snapshot", await measure(system, data));
    rmSync(data, { recursive: true, force: true });
  }
}
rmSync(folder, { recursive: true, force: true });
