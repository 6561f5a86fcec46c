// Load of many series side by side: each system in turn scrapes the same synthetic targets; prints what the first scrape of a
// series costs, what it then occupies, and how late the event loop runs (Narthex only). Linux only (/proc).
// usage: node bench/end-to-end/series.mjs SYSTEM[,SYSTEM…] [SERIES=100000] [PER_TARGET=1000] [INTERVAL_S=15] [SECONDS=60]
// BENCH_PORT: first of two ports, 19710 unless given.
import { readFileSync } from "node:fs";
import { setUpRig } from "./rig.mjs";
import { cpuSeconds, residentBytes, sleep } from "./systems.mjs";

const [names = "narthex,prometheus", ...numbers] = process.argv.slice(2);
const [seriesCount = 100_000, perTarget = 1000, intervalS = 15, seconds = 60] = numbers.map(Number);
const targetCount = Math.ceil(seriesCount / perTarget);
const targetsPort = Number(process.env.BENCH_PORT ?? 19710);
const systemPort = targetsPort + 1;

const text = async (port, path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
const served = async () => Number(await text(targetsPort, "/served"));

/** Values of the system's own metrics by name, as far as it has them. Reading them starts the event loop's statistics over. */
async function readMetrics(...names) {
  const lines = (await text(systemPort, "/metrics")).split("\n");
  const found = names.map((name) => lines.find((line) => line.startsWith(`${name} `)));
  return found.map((line) => line && Number(line.slice(line.indexOf(" ") + 1)));
}

/** MiB by kind, as the kernel counts them: pages of files (program and libraries), and all others. */
function residentKinds(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (field) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return { fileMiB: mib("RssFile"), anonymousMiB: mib("RssAnon") };
}

async function until(isReached, secondsMax) {
  for (let i = 0; i < secondsMax && !(await isReached()); i++) await sleep(1000);
}

async function measure(system) {
  const rig = setUpRig(system, { targetsPort, systemPort, targetCount, seriesCount: perTarget, intervalS });
  await until(() => served().then(Number.isFinite, () => false), 60);
  const child = rig.start();
  // Targets are spread over the interval: after one and a bit each was scraped, the first time at the least.
  await until(async () => (await served()) >= targetCount, 4 * intervalS);
  await sleep(2000);
  const loaded = { cpu: cpuSeconds(child.pid), scrapes: await served() };
  await sleep(intervalS * 1000);
  await readMetrics();
  const before = { cpu: cpuSeconds(child.pid), scrapes: await served() };
  await sleep(seconds * 1000);
  const after = { cpu: cpuSeconds(child.pid), scrapes: await served() };
  const resident = residentBytes(child.pid);
  const [headSeries, eventLoopLagP99Seconds] = await readMetrics(
    "prometheus_tsdb_head_series",
    "nodejs_eventloop_lag_p99_seconds",
  );
  const cpuPerSample = (after.cpu - before.cpu) / ((after.scrapes - before.scrapes) * perTarget);
  const repeated = (loaded.scrapes - targetCount) * perTarget * cpuPerSample;
  const series = targetCount * perTarget;
  const result = {
    system,
    series,
    residentBytesPerSeries: Math.round(resident / series),
    residentMiB: Math.round(resident / 2 ** 20),
    peakMiB: Math.round(residentBytes(child.pid, "VmHWM") / 2 ** 20),
    ...residentKinds(child.pid),
    // Starting the process included.
    cpuMicrosPerNewSeries: Number(((1e6 * (loaded.cpu - repeated)) / series).toFixed(1)),
    cpuMicrosPerSample: Number((1e6 * cpuPerSample).toFixed(3)),
    scrapesServed: after.scrapes,
    headSeries,
    eventLoopLagP99Seconds,
  };
  await rig.end();
  return result;
}

for (const system of names.split(",")) console.log(JSON.stringify(await measure(system)));
