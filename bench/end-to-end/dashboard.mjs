// How late scrapes are while a dashboard of 20 queries is asked for again and again, and without it, in one run; seen by the
// targets, against each target's own earliest phase. Linux only.
// usage: node bench/end-to-end/dashboard.mjs [SYSTEM=narthex] [TARGETS=100] [SERIES=1000] [INTERVAL_S=1] [SECONDS=60]
import { setUpRig } from "./rig.mjs";
import { cpuSeconds, sleep } from "./systems.mjs";

const [system = "narthex", ...numbers] = process.argv.slice(2);
const [targetCount = 100, seriesCount = 1000, intervalS = 1, seconds = 60] = numbers.map(Number);
const targetsPort = Number(process.env.BENCH_PORT ?? 19700);
const systemPort = targetsPort + 1;
const refreshMs = 5000;

const panels = [0, 3, 6, 9].flatMap((family) => [
  `sum by (job) (rate(bench_requests_total_${family}[1m]))`,
  `sum by (handler) (rate(bench_requests_total_${family}[1m]))`,
  `topk(5, sum by (instance) (rate(bench_requests_total_${family}[1m])))`,
  `avg by (method) (bench_temperature_celsius_${family + 1})`,
  `max_over_time(bench_temperature_celsius_${family + 1}{instance="host-1"}[5m])`,
]);

const arrivals = async () => (await fetch(`http://127.0.0.1:${targetsPort}/arrivals`)).json();

/** How much later than in its earliest round each target was scraped, ms, in order. */
function delaysOf(times) {
  const delays = times.flatMap((own) => {
    const phases = own.map((t) => t - own[0] - 1000 * intervalS * Math.round((t - own[0]) / (1000 * intervalS)));
    const earliest = Math.min(...phases);
    return phases.map((phase) => phase - earliest);
  });
  return delays.sort((a, b) => a - b);
}

async function askOnce(query) {
  const end = Date.now() / 1000;
  const body = new URLSearchParams({ query, start: String(end - 1800), end: String(end), step: "10" });
  const started = performance.now();
  const response = await fetch(`http://127.0.0.1:${systemPort}/api/v1/query_range`, { method: "POST", body });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${query}: ${response.status}`);
  return performance.now() - started;
}

/** All panels at once, every few seconds until the time is over; returns how long each query took. */
async function watchDashboard(until) {
  const took = [];
  while (Date.now() < until) {
    const next = Date.now() + refreshMs;
    took.push(...(await Promise.all(panels.map(askOnce))));
    await sleep(Math.max(0, next - Date.now()));
  }
  return took.sort((a, b) => a - b);
}

const at = (sorted, share) => Number((sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1));

async function measure(pid, dashboard) {
  await arrivals();
  const cpu = cpuSeconds(pid);
  const took = await dashboard(Date.now() + seconds * 1000);
  const cpuShare = (cpuSeconds(pid) - cpu) / seconds;
  const delays = delaysOf(await arrivals());
  const numbersOf = {
    scrapes: delays.length,
    delayP50Ms: at(delays, 0.5),
    delayP99Ms: at(delays, 0.99),
    delayMaxMs: at(delays, 0.9999),
  };
  return {
    ...numbersOf,
    cores: Number(cpuShare.toFixed(2)),
    queries: took.length,
    queryP50Ms: at(took, 0.5),
    queryP99Ms: at(took, 0.99),
  };
}

const idle = async (until) => {
  await sleep(until - Date.now());
  return [];
};

const rig = setUpRig(system, { targetsPort, systemPort, targetCount, seriesCount, intervalS });
await sleep(1500);
const child = rig.start();
try {
  await sleep(20_000);
  for (const [name, dashboard] of [
    ["without", idle],
    ["with", watchDashboard],
  ]) {
    console.log(JSON.stringify({ system, dashboard: name, ...(await measure(child.pid, dashboard)) }));
  }
} finally {
  await rig.end();
}
