// Runs a server in this process for a moment, as it starts, scrapes, evaluates rules and answers, and has storage replayed and compacted:
// the functions that V8 compiles for it are kept with the bundle. Comes from: bundle.mjs.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const config = (port) => `
global: { scrape_interval: 200ms, evaluation_interval: 200ms }
rule_files: [rules.yml]
scrape_configs: [{ job_name: narthex, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }]
`;
// Rules are evaluated on the main thread, by the code that query workers run.
const rules = `
groups:
  - name: all
    rules:
      - { record: "job:requests:rate1m", expr: "sum by (job) (rate(prometheus_http_requests_total[1m]))" }
      - { alert: Slow, expr: "histogram_quantile(0.9, rate(prometheus_http_request_duration_seconds_bucket[1m])) > 9", for: 1m }
`;
/** More than the main thread evaluates itself. */
const everything = '{__name__=~".+"}';
/** Asked as of now and over the last seconds: as dashboards do of one host, or of a job. */
const queries = [
  'prometheus_http_requests_total{handler="/metrics",code=~"2..",job!=""}',
  'rate(prometheus_http_requests_total{job="narthex"}[1m])',
  "sum by (handler) (increase(prometheus_http_requests_total[1m])) / on () group_left sum(prometheus_http_requests_total) > bool 0",
  "histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[1m])))",
  "topk(2, max_over_time(up[1m]) or vector(1.5)) and up offset 1s",
  "avg_over_time(process_resident_memory_bytes[1m]) * 100",
];
const paths = [
  "query?query=up",
  "query?query=1%2B1",
  `query?query=${encodeURIComponent(everything)}`,
  "query_range?query=up&start=0&end=10&step=1",
  "rules",
  "alerts",
  "targets",
  "labels",
  "label/job/values",
  "series?match[]=up",
  "metadata",
  "status/buildinfo",
];

function* askedNow() {
  for (const query of queries) {
    const now = Date.now() / 1000;
    yield `query?${new URLSearchParams({ query, time: now })}`;
    yield `query_range?${new URLSearchParams({ query, start: now - 5, end: now, step: 0.1 })}`;
  }
}
const readyMsMax = 10_000;
/** Some scrapes and evaluations. */
const useMs = 800;

const hour = 3_600_000;
const sampleMs = 15_000;
const seriesCount = 50;

/** Starts on a log of ten hours, and makes blocks of it on this thread, by the code that a thread for it runs. */
export async function useStorage(openTsdb) {
  const folder = mkdtempSync(join(tmpdir(), "narthex-bundle-"));
  const options = { path: folder, memorySnapshot: false };
  const written = await openTsdb(options);
  appendHours(written, 10);
  await written.close();
  const opened = await openTsdb(options);
  await opened.compact();
  const blocks = opened.blocks();
  await opened.close();
  rmSync(folder, { recursive: true, force: true });
  if (!blocks.some(({ compaction }) => compaction.level > 1)) throw new Error("storage of the bundle merges no blocks");
}

function appendHours(db, hours) {
  const appender = db.appender();
  const labels = (i) => ["__name__", `metric_${i % 5}`, "path", `/${i}`];
  const refs = Uint32Array.from({ length: seriesCount }, (_, i) => appender.series(labels(i)));
  appender.commit();
  const start = Math.floor((Date.now() - 18 * hour) / (6 * hour)) * 6 * hour;
  for (let t = start; t < start + hours * hour; t += sampleMs) {
    const columns = { t: new Float64Array(seriesCount).fill(t), v: Float64Array.from(refs, (ref) => ref * t) };
    const batch = db.appender();
    batch.append({ count: seriesCount, refs, ...columns, outcomes: new Uint8Array(seriesCount) });
    batch.commit();
  }
}

/** `program`: what the bundle's program exports. */
export async function useServer({ runProgram, Optimization }) {
  const folder = mkdtempSync(join(tmpdir(), "narthex-bundle-"));
  const port = await freePort();
  writeFileSync(join(folder, "prometheus.yml"), config(port));
  writeFileSync(join(folder, "rules.yml"), rules);
  process.argv = [
    process.execPath,
    "narthex",
    "server",
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--log.level=error",
  ];
  runProgram();
  const base = `http://127.0.0.1:${port}`;
  const end = Date.now() + readyMsMax;
  while (Date.now() < end && !(await answers(`${base}/-/ready`))) await sleep(50);
  await sleep(useMs);
  for (const path of [...paths, ...askedNow()]) {
    if (!(await answers(`${base}/api/v1/${path}`))) throw new Error(`a server of the bundle does not answer ${path}`);
  }
  // The options that a command begins with: V8 takes code for the same ones only.
  new Optimization().beAsUsual();
  rmSync(folder, { recursive: true, force: true });
}

async function answers(url) {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Nobody is there yet.
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
