// Rules of a cluster's size on Narthex and Prometheus at once, over the same targets: CPU time per rule, and whether both
// have the same alerts at the end of each minute.
// usage: node rules.mjs [RULES] [NODES] [MINUTES]     3000 45 4; a node has about 2,300 series
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kubernetesRules } from "./kubernetes.mjs";
import { cpuSeconds, residentBytes, sleep, startSystem } from "./systems.mjs";

const [ruleCount = 3000, nodeCount = 45, minutes = 4] = process.argv.slice(2).map(Number);
const names = ["narthex", "prometheus"];
const targetsPort = 19_400;
const ports = { narthex: 19_401, prometheus: 19_402 };
const intervalS = 15;
const warmUpMs = 45_000;
const baseMs = 45_000;
/** Into a minute: both have scraped and evaluated what it brought. */
const comparedAtMs = 52_000;

const folder = mkdtempSync(join(tmpdir(), "bench-rules-"));
const config = join(folder, "prometheus.yml");
const targets = Array.from(
  { length: nodeCount },
  (_, i) =>
    `  - {targets: ['127.0.0.1:${targetsPort}'], labels: {__metrics_path__: /node/${i}, instance: node-${i}}}\n`,
);

function writeConfig(rules) {
  writeFileSync(
    config,
    `global: {scrape_interval: ${intervalS}s, scrape_timeout: ${intervalS}s, evaluation_interval: ${intervalS}s}
rule_files: [${rules}]
scrape_configs:
- job_name: kubernetes
  static_configs:
${targets.join("")}`,
  );
}

async function alertsOf(name) {
  const response = await fetch(`http://127.0.0.1:${ports[name]}/api/v1/alerts`);
  const { alerts } = (await response.json()).data;
  return new Set(alerts.map(({ labels, state }) => `${state} ${JSON.stringify(Object.entries(labels).sort())}`));
}

async function evaluationsOf(name) {
  const text = await (await fetch(`http://127.0.0.1:${ports[name]}/metrics`)).text();
  const values = [...text.matchAll(/^prometheus_rule_evaluations_total\{.*\} (\S+)$/gm)].map(([, v]) => Number(v));
  return values.reduce((sum, v) => sum + v, 0);
}

const untilInMinute = () => sleep((60_000 + comparedAtMs - (Date.now() % 60_000)) % 60_000);

writeConfig("");
writeFileSync(join(folder, "rules.yml"), kubernetesRules(ruleCount, nodeCount));
const cluster = spawn(process.execPath, [
  fileURLToPath(new URL("kubernetes.mjs", import.meta.url)),
  String(targetsPort),
]);
const children = Object.fromEntries(
  names.map((name) => {
    const place = { config, data: join(folder, name), port: ports[name] };
    return [name, startSystem(name, place, openSync(join(folder, `${name}.log`), "w"))];
  }),
);
const cpu = () => Object.fromEntries(names.map((name) => [name, cpuSeconds(children[name].pid)]));

await sleep(warmUpMs);
const before = cpu();
await sleep(baseMs);
const base = cpu();
writeConfig("rules.yml");
for (const child of Object.values(children)) child.kill("SIGHUP");
// The first minute is for code and caches to warm up, and for alerts to come to where they are.
await untilInMinute();
await sleep(20_000);
await untilInMinute();
const started = { time: Date.now(), cpu: cpu(), evaluations: {} };
for (const name of names) started.evaluations[name] = await evaluationsOf(name);
for (let minute = 0; minute < minutes; minute++) {
  await sleep(20_000);
  await untilInMinute();
  const [own, peer] = [await alertsOf("narthex"), await alertsOf("prometheus")];
  const missing = [...peer].filter((alert) => !own.has(alert));
  const extra = [...own].filter((alert) => !peer.has(alert));
  console.log(
    `minute ${minute + 1}: ${own.size} alerts, ${peer.size} in Prometheus; ${missing.length} missing, ${extra.length} too many`,
  );
  for (const line of [...missing.slice(0, 3).map((a) => `  - ${a}`), ...extra.slice(0, 3).map((a) => `  + ${a}`)])
    console.log(line);
}
const elapsedS = (Date.now() - started.time) / 1000;
const end = cpu();
for (const name of names) {
  const evaluations = (await evaluationsOf(name)) - started.evaluations[name];
  const scrapingS = ((base[name] - before[name]) / (baseMs / 1000)) * elapsedS;
  const rulesS = end[name] - started.cpu[name] - scrapingS;
  const mib = Math.round(residentBytes(children[name].pid) / 2 ** 20);
  console.log(
    `${name}: ${evaluations} rules evaluated in ${elapsedS.toFixed(0)} s; ${((rulesS / evaluations) * 1e6).toFixed(0)} µs of CPU per rule; ` +
      `scraping ${(scrapingS / elapsedS).toFixed(3)} cores; ${mib} MiB resident`,
  );
}
for (const child of [...Object.values(children), cluster]) child.kill();
await Promise.all(Object.values(children).map((child) => new Promise((resolve) => child.on("exit", resolve))));
rmSync(folder, { recursive: true, force: true });
