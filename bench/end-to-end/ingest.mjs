// Ingestion side by side: each system in turn scrapes the same synthetic targets; prints CPU time per sample, memory per series
// and disk per sample; of Narthex also how late its event loop came, as it says itself. Linux only (/proc).
// 100,000 samples a second: node bench/end-to-end/ingest.mjs narthex 100 1000 1 60
// usage: node bench/end-to-end/ingest.mjs SYSTEM[,SYSTEM…] [TARGETS=100] [SERIES=1000] [INTERVAL_S=5] [SECONDS=60]
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setUpRig } from "./rig.mjs";
import { cpuSeconds, residentBytes, sleep } from "./systems.mjs";

const [names = "narthex,prometheus", ...numbers] = process.argv.slice(2);
const [targetCount = 100, seriesCount = 1000, intervalS = 5, seconds = 60] = numbers.map(Number);
const targetsPort = Number(process.env.BENCH_PORT ?? 19700);
const systemPort = targetsPort + 1;

function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? folderBytes(path) : statSync(path).blocks * 512;
  }
  return bytes;
}

const served = async () => Number(await (await fetch(`http://127.0.0.1:${targetsPort}/served`)).text());

/** Milliseconds, from a look every 100 ms since the call before; absent where the system does not say. */
async function eventLoopDelays() {
  const text = await (await fetch(`http://127.0.0.1:${systemPort}/metrics`)).text();
  const delay = (name) => {
    const seconds = new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, "m").exec(text)?.[1];
    return seconds && Number((1000 * Number(seconds)).toFixed(1));
  };
  return { eventLoopDelayP50Ms: delay("p50"), eventLoopDelayP99Ms: delay("p99"), eventLoopDelayMaxMs: delay("max") };
}

async function measure(system) {
  const rig = setUpRig(system, { targetsPort, systemPort, targetCount, seriesCount, intervalS });
  await sleep(1500);
  const child = rig.start();
  await sleep(Math.max(30, 4 * intervalS) * 1000);
  await eventLoopDelays();
  const before = { cpu: cpuSeconds(child.pid), scrapes: await served(), time: Date.now() };
  await sleep(seconds * 1000);
  const after = { cpu: cpuSeconds(child.pid), scrapes: await served(), time: Date.now() };
  const samples = (after.scrapes - before.scrapes) * seriesCount;
  const resident = residentBytes(child.pid);
  const delays = await eventLoopDelays();
  const result = {
    system,
    samplesPerSecond: Math.round(samples / ((after.time - before.time) / 1000)),
    cpuMicrosPerSample: Number(((1e6 * (after.cpu - before.cpu)) / samples).toFixed(3)),
    residentMiB: Math.round(resident / 2 ** 20),
    residentBytesPerSeries: Math.round(resident / (targetCount * seriesCount)),
    diskBytesPerSample: Number((folderBytes(rig.data) / (after.scrapes * seriesCount)).toFixed(2)),
    ...delays,
  };
  await rig.end();
  return result;
}

for (const system of names.split(",")) console.log(JSON.stringify(await measure(system)));
