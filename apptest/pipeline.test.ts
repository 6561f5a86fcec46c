// The main job: an application's number crosses a threshold and somebody hears of it, through real processes and sockets.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertState, silence, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, freePorts, freshFolder, type Running, root, start, startNarthex } from "./processes.js";
import { Receiver } from "./receivers.js";

type Place = {
  readonly folder: string;
  readonly shop: string;
  readonly server: string;
  readonly alertmanager: string;
  readonly pushgateway: string;
  readonly node: string;
};

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.listen();
});
afterAll(() => receiver.close());

async function place(): Promise<Place> {
  const [shop, server, alertmanager, pushgateway, node] = (await freePorts(5)).map((port) => `127.0.0.1:${port}`);
  const folder = freshFolder();
  return { folder, shop, server, alertmanager, pushgateway, node } as Place;
}

const groupHead = `groups:
- name: apptest
  interval: 1s
  rules:
`;

const shopRules = `${groupHead}
  - record: shop:orders_waiting:sum
    expr: sum(shop_orders_waiting)
  - alert: OrdersWaiting
    expr: shop_orders_waiting > 100
    for: 3s
    labels: {severity: page}
    annotations: {summary: "{{ $value }} orders wait in {{ $labels.queue }}"}
  - alert: OrdersWaitingMuch
    expr: shop_orders_waiting > 150
    for: 3s
`;

// Alone in its test: whatever else runs on the machine may fire it.
const cpuRules = `${groupHead}
  - alert: HostHighCpuLoad
    expr: 100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5s]))) > 70
    for: 2s
`;

/** Fast versions of the built-in configuration. */
function writeConfig(at: Place, rules: string): { prometheus: string; alertmanager: string } {
  const files = { prometheus: join(at.folder, "prometheus.yml"), alertmanager: join(at.folder, "alertmanager.yml") };
  const job = (name: string, address: string): string =>
    `- {job_name: ${name}, static_configs: [{targets: ['${address}']}]}\n`;
  writeFileSync(
    files.prometheus,
    `global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['${at.alertmanager}']}]}]}
scrape_configs:
${job("narthex", at.server)}${job("shop", at.shop)}${job("node", at.node)}- {job_name: pushgateway, honor_labels: true, static_configs: [{targets: ['${at.pushgateway}']}]}
`,
  );
  writeFileSync(join(at.folder, "rules.yml"), rules);
  writeFileSync(
    files.alertmanager,
    `route: {receiver: team, group_by: [job], group_wait: 2s, group_interval: 2s, repeat_interval: 1h}
receivers:
- name: team
  webhook_configs: [{url: '${receiver.url}/webhook'}]
  slack_configs: [{api_url: '${receiver.url}/slack', channel: '#ops', send_resolved: true}]
`,
  );
  return files;
}

async function startTogether(at: Place, rules: string): Promise<void> {
  const files = writeConfig(at, rules);
  const narthex = startNarthex([
    "up",
    `--config.file=${files.prometheus}`,
    `--alertmanager.config.file=${files.alertmanager}`,
    `--storage.path=${join(at.folder, "data")}`,
    `--web.listen-address=${at.server}`,
    `--alertmanager.listen-address=${at.alertmanager}`,
    `--pushgateway.listen-address=${at.pushgateway}`,
    `--node-exporter.listen-address=${at.node}`,
  ]);
  await answers(narthex, `http://${at.server}/-/ready`);
}

async function startApart(at: Place, rules: string): Promise<void> {
  const files = writeConfig(at, rules);
  const parts: [Running, string][] = [
    [startNarthex(["exporter", "node", `--web.listen-address=${at.node}`]), `${at.node}/metrics`],
    [startNarthex(["pushgateway", `--web.listen-address=${at.pushgateway}`]), `${at.pushgateway}/-/ready`],
    [
      startNarthex([
        "alertmanager",
        `--config.file=${files.alertmanager}`,
        `--storage.path=${join(at.folder, "alertmanager")}`,
        `--web.listen-address=${at.alertmanager}`,
        "--cluster.listen-address=",
      ]),
      `${at.alertmanager}/-/ready`,
    ],
    [
      startNarthex([
        "server",
        `--config.file=${files.prometheus}`,
        `--storage.tsdb.path=${join(at.folder, "tsdb")}`,
        `--web.listen-address=${at.server}`,
      ]),
      `${at.server}/-/ready`,
    ],
  ];
  for (const [part, url] of parts) await answers(part, `http://${url}`);
}

async function startShop(at: Place): Promise<(waiting: number) => Promise<void>> {
  const shop = start(process.execPath, [
    join(root, "apptest", "programs", "shop.mjs"),
    at.shop.split(":")[1] as string,
  ]);
  await answers(shop, `http://${at.shop}/metrics`);
  return async (waiting) => void (await fetch(`http://${at.shop}/waiting/${waiting}`));
}

describe.each([
  ["narthex up", startTogether],
  ["the components as separate processes", startApart],
])("%s", (_, startAll) => {
  it("takes an application's number from scrape to notification and back", async () => {
    const at = await place();
    const server = `http://${at.server}`;
    const setWaiting = await startShop(at);
    await startAll(at, shopRules);
    const webhooksBefore = receiver.webhooks().length;
    const slacksBefore = receiver.slacks().length;

    const batch = start(process.execPath, [
      join(root, "apptest", "programs", "batch.mjs"),
      `http://${at.pushgateway}`,
      "42",
    ]);
    expect([await batch.exit(), batch.output()]).toEqual([0, ""]);
    await eventually(
      "the pushed number is stored",
      async () => (await value(server, 'batch_rows_imported{job="import"}')) === 42,
    );
    await eventually("the recording rule has run", async () => (await value(server, "shop:orders_waiting:sum")) === 0);
    await eventually("every target is up", async () => (await value(server, "sum(up)")) === 4);
    expect(await alertState(server, "OrdersWaiting")).toBeUndefined();

    await setWaiting(200);
    await eventually("the alert is pending", async () => (await alertState(server, "OrdersWaiting")) === "pending");
    await eventually("the alert is firing", async () => (await alertState(server, "OrdersWaiting")) === "firing");
    const webhook = await eventually("the webhook arrives", async () => receiver.webhooks()[webhooksBefore]);
    expect(webhook).toMatchObject({ version: "4", status: "firing", receiver: "team", groupLabels: { job: "shop" } });
    expect(webhook.alerts.map((alert) => [alert.labels["alertname"], alert.status]).sort()).toEqual([
      ["OrdersWaiting", "firing"],
      ["OrdersWaitingMuch", "firing"],
    ]);
    const annotated = webhook.alerts.find((alert) => alert.labels["alertname"] === "OrdersWaiting");
    expect(annotated?.annotations).toEqual({ summary: "200 orders wait in card" });
    const slack = await eventually("the Slack message arrives", async () => receiver.slacks()[slacksBefore]);
    expect(slack.channel).toBe("#ops");
    expect(slack.attachments[0]?.title).toContain("FIRING:2");

    await setWaiting(0);
    // Each rule sends its own alerts: a flush between the two tells of one resolved alert, and the next flush of the other.
    const resolved = await eventually("the resolved webhook arrives", async () =>
      receiver
        .webhooks()
        .slice(webhooksBefore + 1)
        .find((sent) => sent.status === "resolved"),
    );
    expect(resolved.alerts.every((alert) => alert.status === "resolved")).toBe(true);
    const told = receiver
      .webhooks()
      .slice(webhooksBefore + 1)
      .flatMap((sent) => sent.alerts);
    expect(
      told
        .filter(({ status }) => status === "resolved")
        .map(({ labels }) => labels["alertname"])
        .sort(),
    ).toEqual(["OrdersWaiting", "OrdersWaitingMuch"]);
    await eventually("the resolved Slack message arrives", async () =>
      receiver
        .slacks()
        .slice(slacksBefore + 1)
        .some((sent) => sent.attachments[0]?.title.includes("RESOLVED")),
    );
    const sentUntilResolved = { webhooks: receiver.webhooks().length, slacks: receiver.slacks().length };

    await silence(`http://${at.alertmanager}`, "OrdersWaiting");
    await silence(`http://${at.alertmanager}`, "OrdersWaitingMuch");
    await setWaiting(200);
    await eventually("the alert fires again", async () => (await alertState(server, "OrdersWaiting")) === "firing");
    await eventually("the Alertmanager holds it silenced", async () => {
      const response = await fetch(`http://${at.alertmanager}/api/v2/alerts?silenced=true&active=false`);
      const held = (await response.json()) as { labels: Record<string, string>; status: { state: string } }[];
      return held.some((one) => one.labels["alertname"] === "OrdersWaiting" && one.status.state === "suppressed");
    });
    // Past group_wait and group_interval: the flush has happened, and sent nothing.
    await eventually("the group was flushed", async () => {
      const metrics = await (await fetch(`http://${at.alertmanager}/metrics`)).text();
      return /alertmanager_notifications_suppressed_total\{[^}]*reason="silence"[^}]*\} [1-9]/.test(metrics);
    });
    expect({ webhooks: receiver.webhooks().length, slacks: receiver.slacks().length }).toEqual(sentUntilResolved);
  });
});

it("load on the machine's processors fires HostHighCpuLoad", async () => {
  const at = await place();
  await startTogether(at, cpuRules);
  const server = `http://${at.server}`;
  await eventually("the node exporter is scraped", async () => (await value(server, 'up{job="node"}')) === 1);
  // Of the lowest priority: whoever else is at work on the machine goes first.
  const spin = "require('os').setPriority(19); const end = Date.now() + 120000; while (Date.now() < end);";
  const load = cpus().map(() => start(process.execPath, ["-e", spin]));
  await eventually("HostHighCpuLoad fires", async () => (await alertState(server, "HostHighCpuLoad")) === "firing");
  const heard = await eventually("the notification arrives", async () =>
    receiver.webhooks().find((one) => one.alerts.some((alert) => alert.labels["alertname"] === "HostHighCpuLoad")),
  );
  expect(heard.status).toBe("firing");
  for (const one of load) await one.kill("SIGKILL");
});
