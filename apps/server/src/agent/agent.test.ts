// A whole agent, through its HTTP API and its files.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseFlags } from "@narthex/service";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serverFlags } from "../flags.js";
import { freshFolder, openTestServer, type TestServer, writeFiles } from "../testing/server.js";
import { truncationTime } from "./storage.js";

const folder = freshFolder();
const config = `
global: { scrape_interval: 10s, external_labels: { site: x } }
scrape_configs:
- job_name: app
  static_configs: [{ targets: ["app:1"] }]
- job_name: down
  static_configs: [{ targets: ["down:1"] }]
`;
const body = `# TYPE requests_total counter
requests_total{code="200"} 5
requests_total{code="500"} 1
`;

let world: TestServer;

async function open(): Promise<TestServer> {
  const args = ["--agent", `--storage.agent.path=${join(folder, "agent")}`, "--web.enable-admin-api"];
  return openTestServer({ folder, files: { "prometheus.yml": config }, args, body });
}

beforeAll(async () => {
  world = await open();
  for (let i = 0; i < 60; i++) await world.clock.advance(1000);
});

afterAll(() => world.server.close());

async function ask(path: string, method = "GET"): Promise<string> {
  const response = await fetch(`${world.base}${path}`, { method, redirect: "manual" });
  return `${response.status} ${response.headers.get("location") ?? (await response.text())}`;
}

const refused = '422 {"status":"error","errorType":"execution","error":"unavailable with Prometheus Agent"}';

// What Prometheus 2.42 answers with --enable-feature=agent, where it has the endpoint.
test.each([
  ["GET", "/api/v1/query?query=up"],
  ["GET", "/api/v1/query_range?query=up&start=1&end=2&step=1"],
  ["GET", "/api/v1/query_exemplars?query=up&start=1&end=2"],
  ["POST", "/api/v1/format_query?query=up"],
  ["GET", "/api/v1/parse_query?query=up"],
  ["GET", "/api/v1/labels"],
  ["GET", "/api/v1/label/job/values"],
  ["GET", "/api/v1/series?match[]=up"],
  ["DELETE", "/api/v1/series?match[]=up"],
  ["GET", "/api/v1/alertmanagers"],
  ["GET", "/api/v1/rules"],
  ["GET", "/api/v1/alerts"],
  ["GET", "/api/v1/alerts/history"],
  ["GET", "/api/v1/status/tsdb"],
  ["GET", "/api/v1/status/tsdb/blocks"],
  ["GET", "/api/v1/status/queries"],
  ["POST", "/api/v1/admin/tsdb/snapshot"],
  ["PUT", "/api/v1/admin/tsdb/clean_tombstones"],
  ["POST", "/api/v1/admin/tsdb/delete_series?match[]=up"],
])("%s %s is unavailable", async (method, path) => {
  expect(await ask(path, method)).toBe(refused);
});

test.each([
  ["GET", "/-/ready", "200 Prometheus Agent is Ready.\n"],
  ["GET", "/-/healthy", "200 Prometheus Agent is Healthy.\n"],
  ["GET", "/", "302 /agent"],
  ["GET", "/federate?match[]=up", "500 unsupported operation with WAL-only storage\n"],
  ["POST", "/api/v1/read", "500 unsupported operation with WAL-only storage\n"],
  ["GET", "/api/v1/search/metric_names", '500 {"status":"error","errorType":"unavailable"'],
  ["GET", "/api/v1/scrape_pools", '200 {"status":"success","data":{"scrapePools":["app","down"]}}'],
  ["GET", "/api/v1/status/walreplay", '200 {"status":"success","data":{"min":0,"max":0,"current":0}}'],
  ["GET", "/api/v1/status/flags", '200 {"status":"success","data":{"agent":"true"'],
  ["POST", "/api/v1/write", "404 remote write receiver needs to be enabled"],
])("%s %s answers as an agent does", async (method, path, expected) => {
  expect(await ask(path, method)).toContain(expected);
});

test("what runs, what it can do and what it scrapes are told", async () => {
  expect(await ask("/api/v1/status/runtimeinfo")).toContain('"storageRetention":""');
  expect(await ask("/api/v1/features")).toContain('"agent_mode":true');
  expect(await ask("/api/v1/features")).toContain('"server_mode":false');
  expect(await ask("/api/v1/targets")).toMatch(/"health":"up".*"health":"down"/);
  const metrics = await ask("/metrics");
  // Two series and seven of the report, of each scrape; of the target that is down the report alone.
  for (const line of [
    "prometheus_agent_active_series 12",
    'prometheus_agent_samples_appended_total{type="float"}',
    'prometheus_agent_samples_appended_total{type="histogram"} 0',
    "prometheus_agent_out_of_order_samples_total 0",
    "prometheus_agent_truncate_duration_seconds_count 0",
    "prometheus_agent_data_replay_duration_seconds ",
    "prometheus_tsdb_wal_segment_current 0",
    "prometheus_ready 1",
  ]) {
    expect(metrics).toContain(line);
  }
  expect(metrics).not.toContain("prometheus_tsdb_head");
});

test("a reload refuses what an agent has no use for, and goes on", async () => {
  writeFiles(folder, { "prometheus.yml": `${config}\nrule_files: [rules.yml]\n` });
  expect(await ask("/-/reload", "POST")).toContain(
    "500 failed to reload config: field rule_files is not allowed in agent mode",
  );
  writeFiles(folder, { "prometheus.yml": config });
  expect(await ask("/-/reload", "POST")).toBe("200 ");
});

test("the log is truncated every two hours, and series that went are forgotten", async () => {
  writeFiles(folder, { "prometheus.yml": config.replace('["down:1"]', "[]") });
  await ask("/-/reload", "POST");
  const wal = join(folder, "agent", "wal");
  const hasCheckpoint = (): boolean => readdirSync(wal).some((name) => name.startsWith("checkpoint."));
  // Writing takes real time, in which many hours pass here.
  while (!hasCheckpoint()) await world.clock.advance(600_000);
  expect(await ask("/metrics")).toContain("prometheus_agent_active_series 7");
});

test.each([
  // Nothing sent yet: what is older than the greatest age goes.
  [[], 0, 20 * 3_600_000, 16 * 3_600_000],
  [[], 0, 3_600_000, 0],
  [[], 20 * 3_600_000 - 1000, 20 * 3_600_000, 20 * 3_600_000 - 301_000],
  [["--storage.agent.retention.min-time=1h"], 20 * 3_600_000, 20 * 3_600_000, 19 * 3_600_000],
  [["--storage.agent.retention.max-time=1h"], 0, 20 * 3_600_000, 18 * 3_600_000],
  [["--storage.agent.retention.max-time=1h", "--storage.agent.wal-truncate-frequency=30m"], 0, 7_200_000, 3_600_000],
])("%j, sent up to %i: at %i what is before %i may go", (args, lowestSentTime, now, expected) => {
  const flags = parseFlags({ name: "server", description: "", table: serverFlags, args });
  expect(truncationTime(flags, { now, lowestSentTime })).toBe(expected);
});
