// The same requests to Debian's Prometheus 2.42 and to Narthex over the same blocks and configuration: what a client can tell
// them apart by is listed in http-api/known, with the reason.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask } from "../api.js";
import { writeBlocks } from "../differential/data.js";
import { eventually } from "../eventually.js";
import { answers, findProgram, freePorts, freshFolder, start, startNarthex } from "../processes.js";
import { type ApiAnswer, answerFrom, differences } from "./compare.js";
import { knownDifference } from "./known.js";
import { type ApiCall, requests } from "./requests.js";

const prometheus = findProgram("prometheus");

const config = `
global: { scrape_interval: 1s, evaluation_interval: 1m, external_labels: { site: x } }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:1"] }] }] }
scrape_configs:
- { job_name: app, static_configs: [{ targets: ["127.0.0.1:1", "127.0.0.1:2"] }] }
- job_name: dropped
  static_configs: [{ targets: ["127.0.0.1:1"] }]
  relabel_configs: [{ action: drop, source_labels: [__address__], regex: ".*" }]
`;
const rules = `
groups:
- name: g
  interval: 1h
  rules:
  - { record: r, expr: sum(up), labels: { a: b } }
  - { alert: A, expr: up == 0, for: 5m, labels: { severity: page }, annotations: { summary: s } }
`;

describe.skipIf(!prometheus)("the HTTP API beside Debian's prometheus (prometheus)", () => {
  it(`answers ${requests.length} requests alike`, async () => {
    const [ours, theirs] = await startBoth();
    const unexpected: string[] = [];
    const known = new Map<string, number>();
    for (const request of requests) {
      const [own, peer] = await Promise.all([send(ours, request), send(theirs, request)]);
      for (const difference of differences(own, peer)) {
        const rule = knownDifference(request, difference);
        if (rule === undefined) unexpected.push(`${request.method ?? "GET"} ${request.path}: ${difference}`);
        else known.set(rule, (known.get(rule) ?? 0) + 1);
      }
    }
    const list = [...known].map(([rule, count]) => `${rule}: ${count}`).join("; ");
    console.log(`${requests.length} requests; known differences by rule: ${list}`);
    expect(unexpected.join("\n")).toBe("");
  });
});

async function startBoth(): Promise<[string, string]> {
  const folder = freshFolder();
  await writeBlocks(join(folder, "ours"), join(folder, "scratch"), 1);
  cpSync(join(folder, "ours"), join(folder, "theirs"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, config);
  writeFileSync(join(folder, "rules.yml"), rules);
  const [oursPort, theirsPort] = await freePorts(2);
  const flags = (data: string, port: number | undefined): string[] => [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, data)}`,
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.external-url=http://127.0.0.1/",
    `--web.user-assets=${join(folder, "empty")}`,
    `--web.console.templates=${join(folder, "empty")}`,
    "--web.enable-admin-api",
    "--web.enable-lifecycle",
  ];
  const [own, peer] = [`http://127.0.0.1:${oursPort}`, `http://127.0.0.1:${theirsPort}`];
  const narthex = startNarthex(["server", ...flags("ours", oursPort)]);
  const debian = start(prometheus as string, flags("theirs", theirsPort));
  await answers(narthex, `${own}/-/ready`);
  await answers(debian, `${peer}/-/ready`);
  for (const base of [own, peer]) {
    await eventually(`${base} has found and scraped its targets`, async () => {
      const { activeAlertmanagers } = await ask<{ activeAlertmanagers: unknown[] }>(base, "/api/v1/alertmanagers");
      const { scrapePools } = await ask<{ scrapePools: unknown[] }>(base, "/api/v1/scrape_pools");
      // Every target has been scraped, so that both have the same series from here on.
      const { result } = await ask<{ result: unknown[] }>(base, "/api/v1/query?query=up");
      return activeAlertmanagers.length === 1 && scrapePools.length === 2 && result.length === 2;
    });
  }
  return [own, peer];
}

async function send(base: string, { path, method = "GET", headers = {}, form, body }: ApiCall): Promise<ApiAnswer> {
  const sent = form ? new URLSearchParams(form) : body;
  const request = { method, headers, redirect: "manual", ...(sent === undefined ? {} : { body: sent }) } as const;
  return answerFrom(await fetch(`${base}${path}`, request));
}
