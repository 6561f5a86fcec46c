// Many targets for a while: which scrapes were missed, how late the others came, and what the process holds as time goes. The
// targets say when they were asked, so nothing rests on what the system believes of itself. Linux only (/proc).
// usage: node bench/end-to-end/many-targets.mjs SYSTEM[,SYSTEM…] [TARGETS=2000] [SERIES=500] [INTERVAL_S=15] [SECONDS=600]
// BENCH_PORT: first of two ports, 19720 unless given.
import { loadavg } from "node:os";
import { setUpRig } from "./rig.mjs";
import { cpuSeconds, residentBytes, sleep } from "./systems.mjs";

const [names = "narthex", ...numbers] = process.argv.slice(2);
const [targetCount = 2000, seriesCount = 500, intervalS = 15, seconds = 600] = numbers.map(Number);
const targetsPort = Number(process.env.BENCH_PORT ?? 19720);
const systemPort = targetsPort + 1;
const intervalMs = intervalS * 1000;

const ask = async (port, path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
/** When each target was asked since the last such question, in ms of the targets' own clock. */
const arrivals = async () => JSON.parse(await ask(targetsPort, "/arrivals"));

const upSum = async () => {
  const { data } = JSON.parse(await ask(systemPort, `/api/v1/query?query=${encodeURIComponent("sum(up)")}`));
  return Number(data.result[0]?.value[1] ?? 0);
};

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

// Scrapes this close to one another in their interval came at the same time of it.
const punctualMs = 200;

/** When in its interval a target is due: where most of its scrapes came, the earliest of those. */
function phaseOf(times) {
  const after = (from, time) => (((time - from) % intervalMs) + intervalMs) % intervalMs;
  let best = { count: 0, phase: 0 };
  for (const from of times) {
    const count = times.filter((time) => after(from, time) < punctualMs).length;
    if (count > best.count) best = { count, phase: from % intervalMs };
  }
  return best.phase;
}

function judge(perTarget) {
  let missed = 0;
  let scrapes = 0;
  const delays = [];
  for (const times of perTarget) {
    const phase = phaseOf(times);
    let last;
    for (const time of times) {
      const slot = Math.floor((time - phase + punctualMs / 2) / intervalMs);
      if (last !== undefined && slot > last + 1) missed += slot - last - 1;
      last = slot;
      delays.push(Math.max(0, time - phase - slot * intervalMs));
    }
    scrapes += times.length;
  }
  delays.sort((a, b) => a - b);
  const ms = (share) => Number(percentile(delays, share).toFixed(1));
  return {
    scrapes,
    missed,
    missedPercent: Number(((100 * missed) / (scrapes + missed)).toFixed(3)),
    delayMs: { p50: ms(0.5), p90: ms(0.9), p99: ms(0.99), max: ms(1) },
  };
}

async function measure(system) {
  const rig = setUpRig(system, { targetsPort, systemPort, targetCount, seriesCount, intervalS });
  await sleep(3000);
  const child = rig.start();
  // The first meeting with so many series is another benchmark's (series.mjs); until it is over scrapes wait for one another.
  await sleep(5 * intervalMs);
  await arrivals();
  const cpuBefore = cpuSeconds(child.pid);
  const perTarget = Array.from({ length: targetCount }, () => []);
  const residentMiB = [];
  const load = [];
  const rounds = Math.max(1, Math.round(seconds / 30));
  for (let round = 0; round < rounds; round++) {
    await sleep((seconds / rounds) * 1000);
    for (const [i, times] of (await arrivals()).entries()) perTarget[i].push(...times);
    residentMiB.push(Math.round(residentBytes(child.pid) / 2 ** 20));
    load.push(loadavg()[0]);
  }
  const judged = judge(perTarget);
  const cpu = cpuSeconds(child.pid) - cpuBefore;
  const result = {
    system,
    series: targetCount * seriesCount,
    seconds,
    targetsUp: await upSum(),
    ...judged,
    cpuMicrosPerSample: Number(((1e6 * cpu) / (judged.scrapes * seriesCount)).toFixed(3)),
    residentMiB,
    load: { min: Math.min(...load), max: Math.max(...load) },
  };
  await rig.end();
  return result;
}

for (const system of names.split(",")) console.log(JSON.stringify(await measure(system)));
