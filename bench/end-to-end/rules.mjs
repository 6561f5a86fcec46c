// Rules of a cluster's size on Narthex and Prometheus at once, over the same samples and at the same times: CPU time per rule, and
// whether both had the same alerts, and recorded the same, at every evaluation.
// usage: node rules.mjs [RULES] [NODES] [MINUTES]     1000 45 5; a node has about 2,300 series
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { aheadMs, kubernetesRules } from "./kubernetes.mjs";
import { groupNameOnSameGrid } from "./same-grid.mjs";
import { cpuSeconds, residentBytes, sleep, startSystem } from "./systems.mjs";

const [ruleCount = 1000, nodeCount = 45, minutes = 5] = process.argv.slice(2).map(Number);
const names = ["narthex", "prometheus"];
const ports = { narthex: 19_401, prometheus: 19_402 };
const intervalS = 15;
const intervalMs = intervalS * 1000;
/** Both have started, found their targets and scraped them in vain. */
const startUpMs = 20_000;
const baseMs = 60_000;

const folder = mkdtempSync(join(tmpdir(), "bench-rules-"));
const ruleFile = join(folder, "rules.yml");
// Of `(t, value)` a part in so many may differ: sums are added up in another order.
const tolerance = 1e-9;

function configOf(name, { targetsPort, rules }) {
  const targets = Array.from(
    { length: nodeCount },
    (_, i) =>
      `  - {targets: ['127.0.0.1:${targetsPort}'], labels: {__metrics_path__: /node/${i}, instance: node-${i}}}\n`,
  );
  return `global: {scrape_interval: ${intervalS}s, scrape_timeout: ${intervalS}s, evaluation_interval: ${intervalS}s}
rule_files: [${rules}]
scrape_configs:
- job_name: kubernetes
  params: {system: [${name}]}
  static_configs:
${targets.join("")}`;
}

/** Both systems and their cluster, whose samples begin at `start`. */
function startAll(targetsPort, rules) {
  const place = join(folder, String(targetsPort));
  mkdirSync(place);
  const start = Math.ceil((Date.now() + startUpMs) / intervalMs) * intervalMs;
  const script = fileURLToPath(new URL("kubernetes.mjs", import.meta.url));
  const cluster = spawn(process.execPath, [script, targetsPort, start, intervalS].map(String));
  const children = Object.fromEntries(
    names.map((name) => {
      const config = join(place, `${name}.yml`);
      writeFileSync(config, configOf(name, { targetsPort, rules }));
      const log = openSync(join(place, `${name}.log`), "w");
      return [name, startSystem(name, { config, data: join(place, name), port: ports[name] }, log)];
    }),
  );
  const end = async () => {
    for (const child of [...Object.values(children), cluster]) child.kill();
    await Promise.all(Object.values(children).map((child) => new Promise((resolve) => child.on("exit", resolve))));
  };
  return { start, end, pidOf: (name) => children[name].pid };
}

const sleepUntil = (time) => sleep(Math.max(0, time - Date.now()));
const cpuOf = ({ pidOf }) => Object.fromEntries(names.map((name) => [name, cpuSeconds(pidOf(name))]));

async function metricOf(name, metric) {
  const text = await (await fetch(`http://127.0.0.1:${ports[name]}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${metric}\\{.*\\} (\\S+)$`, "gm"))].map(([, v]) => Number(v));
  return values.reduce((sum, v) => sum + v, 0);
}

/** Samples as they are stored: "labels time" → value. */
async function storedIn(name, selector, { start, end }) {
  const query = `${selector}[${(end - start) / 1000}s]`;
  const body = new URLSearchParams({ query, time: String(end / 1000) });
  const answer = await (await fetch(`http://127.0.0.1:${ports[name]}/api/v1/query`, { method: "POST", body })).json();
  if (answer.status !== "success") throw new Error(`${name}: ${answer.error}`);
  const samples = new Map();
  for (const { metric, values } of answer.data.result) {
    const labels = JSON.stringify(Object.entries(metric).sort());
    for (const [t, v] of values) samples.set(`${t} ${labels}`, Number(v));
  }
  return samples;
}

const isSame = (a, b) =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));

async function compare(what, selector, range) {
  const [own, peer] = await Promise.all(names.map((name) => storedIn(name, selector, range)));
  const missing = [...peer.keys()].filter((key) => !own.has(key));
  const extra = [...own.keys()].filter((key) => !peer.has(key));
  const other = [...own].filter(([key, v]) => peer.has(key) && !isSame(v, peer.get(key)));
  const times = new Set([...peer.keys()].map((key) => key.slice(0, key.indexOf(" "))));
  console.log(
    `${what}: ${own.size} samples at ${times.size} times, ${peer.size} in Prometheus; ` +
      `${missing.length} missing, ${extra.length} too many, ${other.length} of another value`,
  );
  for (const key of missing.slice(0, 5)) console.log(`  - ${key}`);
  for (const key of extra.slice(0, 5)) console.log(`  + ${key}`);
  for (const [key, v] of other.slice(0, 5)) console.log(`  ${key}: ${v}, ${peer.get(key)} in Prometheus`);
}

try {
  const idle = startAll(19_400, "");
  await sleepUntil(idle.start + intervalMs);
  const before = cpuOf(idle);
  await sleep(baseMs);
  const base = cpuOf(idle);
  await idle.end();

  const nameOf = (i) => groupNameOnSameGrid(ruleFile, `group-${i}`, intervalMs);
  writeFileSync(ruleFile, kubernetesRules(ruleCount, nodeCount, nameOf));
  const world = startAll(19_403, ruleFile);
  await sleepUntil(world.start + intervalMs);
  const started = { time: Date.now(), cpu: cpuOf(world), evaluations: {} };
  for (const name of names) started.evaluations[name] = await metricOf(name, "prometheus_rule_evaluations_total");
  await sleep(minutes * 60_000);
  const elapsedS = (Date.now() - started.time) / 1000;
  const end = cpuOf(world);
  for (const name of names) {
    const evaluations = (await metricOf(name, "prometheus_rule_evaluations_total")) - started.evaluations[name];
    const missed = await metricOf(name, "prometheus_rule_group_iterations_missed_total");
    const scrapingS = ((base[name] - before[name]) / (baseMs / 1000)) * elapsedS;
    const rulesS = end[name] - started.cpu[name] - scrapingS;
    console.log(
      `${name}: ${evaluations} rules evaluated in ${elapsedS.toFixed(0)} s, ${missed} iterations of groups missed; ` +
        `${((rulesS / evaluations) * 1e6).toFixed(0)} µs of CPU per rule; scraping ${(scrapingS / elapsedS).toFixed(3)} cores; ` +
        `${Math.round(residentBytes(world.pidOf(name)) / 2 ** 20)} MiB resident`,
    );
  }
  // From the first sample on: both have the same history. What is being evaluated now is left out.
  const range = {
    start: world.start + aheadMs - intervalMs,
    end: Math.floor(Date.now() / intervalMs - 1) * intervalMs,
  };
  await compare("alerts", "ALERTS", range);
  await compare("recorded", '{__name__=~".+:.+"}', range);
  await world.end();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
