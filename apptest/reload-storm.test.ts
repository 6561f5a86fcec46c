// Reloads, half of them broken, while targets are scraped and queries run: no sample is lost, nothing is left over.
// RELOADS sets how many (200 for the long run).
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { ask, longestGapMs, query } from "./api.js";
import { eventually } from "./eventually.js";
import type { Running } from "./processes.js";
import { startServer } from "./server.js";

const reloads = Number(process.env["RELOADS"] ?? 16);
const scrapeIntervalMs = 1000;
/** Some reloads between two scrapes, and some scrapes while the storm lasts. */
const reloadEveryMs = 300;
const steadyTargets = 10;
/** Of a machine that does other things, too. */
const gapMsMax = 2500;
/** Beyond what was held when a fifth of the reloads was done. */
const grownMiBMax = 60;
const grownHandlesMax = 8;

/** Every job of a storm, some of which come and go; in an even round all is well. */
function configOf(round: number, port: number): string {
  const steady = Array.from({ length: steadyTargets }, (_, i) => `"127.0.0.${i + 1}:${port}"`);
  const global = `{ scrape_interval: ${scrapeIntervalMs}ms, scrape_timeout: ${scrapeIntervalMs}ms, evaluation_interval: 1s }`;
  return `
global: ${global}
rule_files: [rules-${round % 2}.yml, steady-rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:${round % 3 === 0 ? 1 : 2}"] }] }] }
scrape_configs:
- job_name: steady
  static_configs: [{ targets: [${steady.join(", ")}] }]
- job_name: changing-${round % 5}
  metrics_path: /metrics/${round}
  basic_auth: { username: u, password: p${round} }
  static_configs: [{ targets: ["127.0.0.1:${port}", "127.0.0.2:${port}"] }]
  metric_relabel_configs: [{ target_label: round, replacement: "${round}" }]
- job_name: found
  http_sd_configs: [{ url: "http://127.0.0.1:${port}/sd/${round % 4}", refresh_interval: 1s }]
`;
}

const broken: readonly ((good: string) => string)[] = [
  (good) => good.replace("scrape_configs", "scrape_config"),
  (good) => `${good}\n- job_name: steady\n`,
  (good) => good.slice(0, good.length / 2),
  (good) => good.replace("rules-", "broken-rules-"),
  () => "global: [",
];

const rules = (name: string): string =>
  `groups:\n- name: ${name}\n  rules:\n  - { record: "${name}:up", expr: sum by (job) (up) }\n  - { alert: ${name}, expr: vector(1) }\n`;

function serveTargets(): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/sd/")) {
      const target = [{ targets: [`127.0.0.3:${(server.address() as AddressInfo).port}`] }];
      return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(target));
    }
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(Array.from({ length: 50 }, (_, i) => `m{i="${i}"} ${i}\n`).join(""));
  });
  return new Promise((resolve) => server.listen(0, "0.0.0.0", () => resolve(server)));
}

type Held = {
  readonly residentMiB: number;
  readonly files: number;
  readonly threads: number;
  readonly handles: number;
};

async function heldBy({ child }: Running, base: string): Promise<Held> {
  const process = `/proc/${child.pid}`;
  const status = readFileSync(`${process}/status`, "utf8");
  const metrics = await (await fetch(`${base}/metrics`)).text();
  return {
    residentMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    files: readdirSync(`${process}/fd`).length,
    threads: readdirSync(`${process}/task`).length,
    handles: Number(/^nodejs_active_resources_total (\d+)/m.exec(metrics)?.[1]),
  };
}

async function askUntil(base: string, isOver: () => boolean): Promise<number> {
  let asked = 0;
  while (!isOver()) {
    await query(base, "sum by (job) (rate(m[10s]))");
    await ask(base, "/api/v1/targets");
    asked++;
  }
  return asked;
}

it(`goes through ${reloads} reloads, half of them broken`, { timeout: 60_000 + reloads * 3000 }, async () => {
  const targets = await serveTargets();
  const targetsPort = (targets.address() as AddressInfo).port;
  const brokenRules = "groups: [{ name: g, rules: [{ record: r, expr: 'sum(' }] }]";
  const files = { "broken-rules-0.yml": brokenRules, "broken-rules-1.yml": brokenRules };
  const goodRules = ["rules-0", "rules-1", "steady-rules"].map((name) => [
    `${name}.yml`,
    rules(name.replace(/-/g, "_")),
  ]);
  try {
    const { program, base, write } = await startServer({
      config: configOf(0, targetsPort),
      files: { ...files, ...Object.fromEntries(goodRules) },
      flags: ["--web.enable-lifecycle", "--scrape.discovery-reload-interval=1s"],
    });
    await eventually("all steady targets are up", async () => {
      return (await query(base, 'up{job="steady"} == 1')).length === steadyTargets;
    });
    const since = Date.now();
    let isOver = false;
    const asking = askUntil(base, () => isOver);
    let before: Held | undefined;
    for (let round = 1; round <= reloads; round++) {
      const good = configOf(round, targetsPort);
      const isGood = round % 2 === 0;
      const text = isGood ? good : (broken[Math.floor(round / 2) % broken.length] as (good: string) => string)(good);
      write("prometheus.yml", text);
      const { status } = await fetch(`${base}/-/reload`, { method: "POST" });
      expect([round, status]).toEqual([round, isGood ? 200 : 500]);
      if (round === Math.ceil(reloads / 5)) before = await heldBy(program, base);
      await sleep(reloadEveryMs);
    }
    isOver = true;
    expect(await asking).toBeGreaterThan(0);
    write("prometheus.yml", configOf(reloads, targetsPort));
    expect((await fetch(`${base}/-/reload`, { method: "POST" })).status).toBe(200);
    const after = await eventually("workers and connections of former rounds are gone", async () => {
      const held = await heldBy(program, base);
      const { files, handles, threads } = before as Held;
      const isFlat = held.files <= files + grownHandlesMax && held.handles <= handles + grownHandlesMax;
      return isFlat && held.threads <= threads + 1 && held;
    });
    expect(await query(base, 'up{job="steady"} == 1')).toHaveLength(steadyTargets);
    const gapMs = await longestGapMs(base, `up{job="steady"}`, since);
    console.log(`${reloads} reloads; longest gap ${gapMs} ms; ${JSON.stringify(before)} → ${JSON.stringify(after)}`);
    expect(gapMs).toBeLessThan(gapMsMax);
    expect(after.residentMiB).toBeLessThan((before as Held).residentMiB + grownMiBMax);
  } finally {
    targets.closeAllConnections();
    targets.close();
  }
});
