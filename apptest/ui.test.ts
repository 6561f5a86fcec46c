// The web UI in a real Chromium, on a `narthex up` with a firing alert. ui-checks.ts has the steps.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alertState } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, startNarthex } from "./processes.js";
import { checkUi } from "./ui-checks.js";

const chromiumPath = process.env["CHROMIUM"] ?? findProgram("chromium");

/** Resolves when an alert fires and the Alertmanager holds it. */
async function startFiring(): Promise<string> {
  const folder = freshFolder();
  const [server, alertmanager, pushgateway, node] = (await freePorts(4)).map((port) => `127.0.0.1:${port}`);
  writeFileSync(
    join(folder, "prometheus.yml"),
    `global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['${alertmanager}']}]}]}
scrape_configs:
- {job_name: narthex, static_configs: [{targets: ['${server}']}]}
- {job_name: node, static_configs: [{targets: ['${node}']}]}
- {job_name: gone, static_configs: [{targets: ['127.0.0.1:1']}]}
`,
  );
  writeFileSync(
    join(folder, "rules.yml"),
    `groups:
- name: ui
  rules:
  - {alert: InstanceDown, expr: up == 0, labels: {severity: critical}, annotations: {summary: "{{ $labels.instance }} is down"}}
  - {alert: TooManyInstances, expr: count(up) > 100}
`,
  );
  const narthex = startNarthex([
    "up",
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.path=${join(folder, "data")}`,
    `--web.listen-address=${server}`,
    `--alertmanager.listen-address=${alertmanager}`,
    `--pushgateway.listen-address=${pushgateway}`,
    `--node-exporter.listen-address=${node}`,
  ]);
  const base = `http://${server}`;
  await answers(narthex, `${base}/-/ready`);
  await eventually("InstanceDown fires", async () => (await alertState(base, "InstanceDown")) === "firing");
  await eventually("the Alertmanager holds it", async () => {
    const held = (await (await fetch(`${base}/alertmanager/api/v2/alerts`)).json()) as unknown[];
    return held.length > 0;
  });
  return base;
}

describe.skipIf(!chromiumPath)("the UI in Chromium (chromium)", () => {
  it("asks, draws, silences and shows targets in both themes, and axe finds nothing serious", async () => {
    const report = await checkUi(await startFiring(), chromiumPath as string);
    expect(report.pageErrors).toEqual([]);
    expect(report.violations).toEqual([]);
    expect(report.steps).toHaveLength(10);
  });
});
