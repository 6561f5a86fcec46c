// kill -9 in the middle, start again: nothing that was stored is lost, `for` goes on, nobody hears a thing twice.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { alertState, alerts, ask, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, freePorts, freshFolder, type Running, root, start, startNarthex } from "./processes.js";
import { Receiver } from "./receivers.js";

type Matrix = {
  readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly [number, string][] }[];
};

it("comes back after kill -9 with its samples, its pending alerts and its notification log", async () => {
  const receiver = await Receiver.listen();
  const folder = freshFolder();
  const [shopPort, ...ports] = await freePorts(3);
  const [server, alertmanager] = ports.map((port) => `127.0.0.1:${port}`);
  const base = `http://${server}`;
  const write = (file: string, text: string): string => {
    writeFileSync(join(folder, file), text);
    return join(folder, file);
  };
  write(
    "rules.yml",
    `groups:
- name: restart
  interval: 1s
  rules:
  - {alert: Fast, expr: shop_orders_waiting > 100}
  - {alert: Slow, expr: shop_orders_waiting > 100, for: 60s}
  - {alert: Later, expr: shop_orders_waiting > 300}
`,
  );
  const prometheus = write(
    "prometheus.yml",
    `global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['${alertmanager}']}]}]}
scrape_configs: [{job_name: shop, static_configs: [{targets: ['127.0.0.1:${shopPort}']}]}]
`,
  );
  const alertmanagerFile = write(
    "alertmanager.yml",
    `route: {receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 4h}
receivers: [{name: hook, webhook_configs: [{url: '${receiver.url}/webhook'}]}]
`,
  );
  const flags = [
    `--config.file=${prometheus}`,
    `--storage.tsdb.path=${join(folder, "tsdb")}`,
    `--web.listen-address=${server}`,
    "--rules.alert.for-grace-period=5s",
    "--rules.alert.resend-delay=5s",
  ];
  const alertmanagerFlags = [
    `--config.file=${alertmanagerFile}`,
    `--storage.path=${join(folder, "alertmanager")}`,
    `--web.listen-address=${alertmanager}`,
    "--cluster.listen-address=",
  ];
  const startBoth = async (): Promise<Running[]> => {
    const both = [startNarthex(["alertmanager", ...alertmanagerFlags]), startNarthex(["server", ...flags])];
    await answers(both[0] as Running, `http://${alertmanager}/-/ready`);
    await answers(both[1] as Running, `${base}/-/ready`);
    return both;
  };

  const shop = start(process.execPath, [join(root, "apptest", "programs", "shop.mjs"), String(shopPort)]);
  await answers(shop, `http://127.0.0.1:${shopPort}/metrics`);
  await fetch(`http://127.0.0.1:${shopPort}/waiting/200`);
  const first = await startBoth();
  await eventually("Fast was notified", async () => receiver.webhooks().length === 1);
  await eventually(
    "Slow is pending for some seconds",
    async () => ((await value(base, 'count_over_time(ALERTS_FOR_STATE{alertname="Slow"}[1m])')) ?? 0) >= 5,
  );
  const activeAt = (await alerts(base)).find((alert) => alert.labels["alertname"] === "Slow")?.activeAt as string;
  const end = Date.now() / 1000;
  const range = `/api/v1/query_range?${new URLSearchParams({ query: "shop_orders_waiting", start: String(end - 30), end: String(end), step: "1" })}`;
  const before = await ask<Matrix>(base, range);
  expect(before.result[0]?.values.length).toBeGreaterThan(3);

  for (const one of first) await one.kill("SIGKILL");
  await startBoth();
  expect(await ask<Matrix>(base, range)).toEqual(before);
  await eventually("Slow is pending again", async () => (await alertState(base, "Slow")) === "pending");
  const restored = await eventually("the state of `for` is restored", async () => {
    const slow = (await alerts(base)).find((alert) => alert.labels["alertname"] === "Slow");
    const shiftMs = Date.parse(slow?.activeAt ?? "") - Date.parse(activeAt);
    // Shifted by the time away (seconds), not begun anew.
    return shiftMs < 20_000 ? { shiftMs } : undefined;
  });
  expect(restored.shiftMs).toBeGreaterThanOrEqual(-1000);
  await eventually("Fast fires again and is held by the Alertmanager", async () => {
    const held = (await (await fetch(`http://${alertmanager}/api/v2/alerts`)).json()) as {
      labels: Record<string, string>;
    }[];
    return held.some((one) => one.labels["alertname"] === "Fast");
  });
  // A new alert's group waits as long as Fast's, and begins later: when it has spoken, Fast's has been flushed, too.
  await fetch(`http://127.0.0.1:${shopPort}/waiting/400`);
  await eventually("Later was notified", async () =>
    receiver.webhooks().some((one) => one.groupLabels["alertname"] === "Later"),
  );
  expect(receiver.webhooks().map((one) => one.groupLabels["alertname"])).toEqual(["Fast", "Later"]);
  receiver.close();
});
