// The node exporter as its clients see it: requests over a real socket.
import { createLogger, parseFlags, UsageError } from "@narthex/service";
import { afterEach, expect, test } from "vitest";
import { nodeExporterFlags } from "./flags.js";
import { type RunningExporter, startNodeExporter } from "./server.js";

const logger = createLogger({ level: "error", format: "logfmt", write: () => {} });

let running: RunningExporter | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(...args: string[]): Promise<string> {
  const all = ["--web.listen-address=127.0.0.1:0", "--collector.disable-defaults", "--collector.loadavg", ...args];
  const flags = parseFlags({ name: "exporter node", description: "", table: nodeExporterFlags, args: all });
  running = await startNodeExporter({ flags, logger });
  return running.urls[0] as string;
}

async function check(
  path: string,
  expected: { status: number; body: RegExp; absent?: RegExp; type?: RegExp },
): Promise<void> {
  const answer = await fetch(new URL(path, running?.urls[0]));
  expect(answer.status).toBe(expected.status);
  const text = await answer.text();
  expect(text).toMatch(expected.body);
  if (expected.absent) expect(text).not.toMatch(expected.absent);
  if (expected.type) expect(answer.headers.get("content-type")).toMatch(expected.type);
}

test("the metrics come in the text format, with the exporter's own", async () => {
  await start();
  await check("/metrics", { status: 200, body: /^node_load1 /m, type: /^text\/plain; version=0\.0\.4/ });
  await check("/metrics", { status: 200, body: /^process_cpu_seconds_total /m });
  await check("/metrics", { status: 200, body: /^promhttp_metric_handler_requests_total\{code="200"\} 2$/m });
  await check("/metrics", { status: 200, body: /^node_exporter_build_info\{.*version="0\.1\.0"\} 1$/m });
});

test("the exporter's own metrics can be left out", async () => {
  await start("--web.disable-exporter-metrics");
  await check("/metrics", { status: 200, body: /node_load1/, absent: /promhttp_/ });
});

test("a scraper that prefers OpenMetrics gets it", async () => {
  const url = await start();
  const answer = await fetch(`${url}/metrics`, { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
  expect(answer.headers.get("content-type")).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  expect((await answer.text()).endsWith("# EOF\n")).toBe(true);
});

test("collect[] and exclude[] choose among the enabled collectors", async () => {
  await start("--collector.entropy");
  await check("/metrics?collect[]=loadavg", { status: 200, body: /node_load1/, absent: /node_entropy/ });
  await check("/metrics?exclude[]=loadavg", { status: 200, body: /node_entropy/, absent: /node_load1/ });
  await check("/metrics?collect[]=cpu", { status: 400, body: /disabled collector: cpu/ });
  await check("/metrics?collect[]=nope", { status: 400, body: /missing collector: nope/ });
  await check("/metrics?collect[]=loadavg&exclude[]=entropy", { status: 400, body: /not allowed/ });
});

test("the landing page links to the telemetry path", async () => {
  await start("--web.telemetry-path=/here");
  await check("/", { status: 200, body: /<a href="\/here">/, type: /^text\/html/ });
  await check("/here", { status: 200, body: /node_load1/ });
  await check("/metrics", { status: 404, body: /./ });
});

test("a collector that fails is told as such and leaves the others alone", async () => {
  await start("--path.procfs=/nonexistent", "--collector.time");
  await check("/metrics", { status: 200, body: /^node_scrape_collector_success\{collector="loadavg"\} 0$/m });
  await check("/metrics", { status: 200, body: /^node_scrape_collector_success\{collector="time"\} 1$/m });
});

test("flags that cannot be are refused at start", async () => {
  await expect(start("--collector.vmstat", "--collector.vmstat.fields=(")).rejects.toThrow(UsageError);
  await expect(
    start("--collector.arp", "--collector.arp.device-include=a", "--collector.arp.device-exclude=b"),
  ).rejects.toThrow(/exclusive/);
});
