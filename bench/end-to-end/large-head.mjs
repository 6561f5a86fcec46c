// A head of many series past its first block, in simulated time: three hours are appended as fast as that goes, then the head is
// compacted while appends go on at the pace of scrapes every 15 s. Prints memory, CPU and duration of the compaction, how late the
// event loop ran meanwhile, and whether an append was refused. In this process, with the compaction in its worker. Linux only (/proc).
// usage: node bench/end-to-end/large-head.mjs [SERIES=1000000] [INTERVAL_S=60]
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { labelsFrom } from "@narthex/model";
import { openTsdb } from "@narthex/tsdb";

const [seriesCount = 1_000_000, intervalSeconds = 60] = process.argv.slice(2).map(Number);
const perBatch = 1000;
const hour = 3_600_000;
const start = Math.floor(Date.now() / (2 * hour)) * 2 * hour - 12 * hour;
const path = mkdtempSync(join(tmpdir(), "bench-large-head-"));

const memory = (field) =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))[1]) >> 10;
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const turn = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const db = await openTsdb({ path, memorySnapshot: false, compactionThread: "worker", retentionMs: 0 });
const refs = new Uint32Array(seriesCount);
for (let from = 0; from < seriesCount; from += perBatch) addTarget(from);

/** A target's first scrape makes its series. */
function addTarget(from) {
  const appender = db.appender();
  for (let i = from; i < Math.min(from + perBatch, seriesCount); i++) refs[i] = appender.series(labelsOf(i));
  appender.commit();
}

function labelsOf(i) {
  return labelsFrom({
    __name__: `metric_${i % 100}_total`,
    code: String(200 + (Math.floor(i / 100) % 5)),
    instance: `host-${Math.floor(i / perBatch)}`,
    job: `job-${Math.floor(i / perBatch) % 20}`,
    path: `/api/v1/path${Math.floor(i / 500) % 2}`,
  });
}

let refused = 0;
let appended = 0;
const columns = { t: new Float64Array(perBatch), v: new Float64Array(perBatch), outcomes: new Uint8Array(perBatch) };

/** Batch number `n` of all: one target's scrape. */
function appendBatch(n) {
  const round = Math.floor((n * perBatch) / seriesCount);
  const from = (n * perBatch) % seriesCount;
  columns.t.fill(start + round * intervalSeconds * 1000 + Math.floor(from / perBatch));
  for (let i = 0; i < perBatch; i++)
    columns.v[i] = (from + i) % 3 ? Math.floor(round * ((from + i) % 97) * 1.7) : Math.sin(round + i);
  const batch = db.appender();
  const taken = batch.append({ count: perBatch, refs: refs.subarray(from, from + perBatch), ...columns });
  batch.commit();
  refused += perBatch - taken;
  appended += taken;
}

const batchesPerRound = seriesCount / perBatch;
const filled = Math.ceil(((3 * hour) / 1000 / intervalSeconds + 2) * batchesPerRound);
const fillStart = cpuSeconds();
for (let n = 0; n < filled; n++) {
  appendBatch(n);
  if (n % 100 === 0) await turn(0);
}
const fillSeconds = cpuSeconds() - fillStart;
await turn(2000);
const before = { resident: memory("VmRSS"), peak: memory("VmHWM") };

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const compactionStart = { cpu: cpuSeconds(), time: performance.now() };
let isDone = false;
const compaction = db.compact().finally(() => {
  isDone = true;
});
let resident = 0;
let beside = 0;
for (let n = filled; !isDone; n++) {
  appendBatch(n);
  beside++;
  resident = Math.max(resident, memory("VmRSS"));
  // A target of 1,000 series every 15 s.
  await turn(15_000 / batchesPerRound);
}
await compaction;
delay.disable();
const compactionCpu = cpuSeconds() - compactionStart.cpu;
const seconds = (performance.now() - compactionStart.time) / 1000;
const ms = (nanos) => Math.round(nanos / 1e5) / 10;
const [block] = db.blocks();
console.log({
  series: seriesCount,
  appended,
  refused,
  appendMicrosPerSample: +((1e6 * fillSeconds) / (filled * perBatch)).toFixed(3),
  residentMiB: before.resident,
  peakBeforeMiB: before.peak,
  residentWhileCompactingMiB: resident,
  residentAfterMiB: memory("VmRSS"),
  compactionSeconds: +seconds.toFixed(1),
  compactionCpuSeconds: +compactionCpu.toFixed(1),
  microsPerSampleInBlock: +((1e6 * compactionCpu) / block.stats.numSamples).toFixed(3),
  batchesMeanwhile: beside,
  loopDelayMs: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
  blocks: db.blocks().length,
  checkpoints: db.stats().maintenance.checkpoints,
});
await db.close();
rmSync(path, { recursive: true, force: true });
