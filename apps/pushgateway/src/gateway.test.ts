// The Pushgateway as its clients see it, over a real socket: one table of requests, then what stands afterwards.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Gauge, Pushgateway, Registry } from "@narthex/client";
import { createLogger, parseFlags } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { afterEach, expect, test } from "vitest";
import { pushgatewayFlags } from "./flags.js";
import { type RunningPushgateway, startPushgateway } from "./gateway.js";
import { pushedLines, requests, send } from "./testdata/requests.js";

const log: string[] = [];
const logger = createLogger({ level: "info", format: "logfmt", write: (line) => void log.push(line) });
const folder = mkdtempSync(join(tmpdir(), "pushgateway-"));
const running: RunningPushgateway[] = [];

afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

type Started = { readonly url: string; readonly clock: SimClock; readonly quits: () => number };

async function start(...args: string[]): Promise<Started> {
  const all = ["--web.listen-address=127.0.0.1:0", ...args];
  const flags = parseFlags({ name: "pushgateway", description: "", table: pushgatewayFlags, args: all });
  const clock = new SimClock(1_700_000_000_000);
  let quits = 0;
  const gateway = await startPushgateway({ flags, logger, clock, quit: () => quits++ });
  running.push(gateway);
  return { url: gateway.urls[0] as string, clock, quits: () => quits };
}

async function put(url: string, path: string, body: string): Promise<number> {
  return (await send(url, { method: "PUT", path, body, status: 200 })).status;
}

test("requests are answered as the table says", async () => {
  const { url } = await start();
  for (const request of requests) {
    const { status, text } = await send(url, request);
    const name = `${request.method} ${request.path}`;
    expect({ name, status, text }).toEqual({
      name,
      status: request.status,
      text: expect.stringContaining(request.text ?? ""),
    });
  }
  const golden = fileURLToPath(new URL("testdata/pushed.txt", import.meta.url));
  const lines = await pushedLines(url);
  if (process.env["UPDATE"]) writeFileSync(golden, `${lines.join("\n")}\n`);
  expect(lines).toEqual(readFileSync(golden, "utf8").trim().split("\n"));
});

test("a failed push leaves the group as it was, and tells its time", async () => {
  const { url, clock } = await start();
  expect(await put(url, "/metrics/job/j", "a 1\n")).toBe(200);
  await clock.advance(5000);
  expect(await put(url, "/metrics/job/j", "a 2 99\n")).toBe(400);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('\na{instance="",job="j"} 1\n');
  expect(text).toContain('\npush_time_seconds{instance="",job="j"} 1.7e+09\n');
  expect(text).toContain('\npush_failure_time_seconds{instance="",job="j"} 1.700000005e+09\n');
  const { data } = (await (await fetch(`${url}/api/v1/metrics`)).json()) as { data: Record<string, unknown>[] };
  expect(data).toEqual([
    {
      labels: { job: "j" },
      last_push_successful: false,
      a: {
        time_stamp: "2023-11-14T22:13:20.000Z",
        type: "UNTYPED",
        metrics: [{ labels: { instance: "", job: "j" }, value: "1" }],
      },
      push_time_seconds: expect.objectContaining({ type: "GAUGE" }),
      push_failure_time_seconds: expect.objectContaining({ type: "GAUGE" }),
    },
  ]);
});

test("summaries and histograms stand in the JSON API with their parts", async () => {
  const { url } = await start();
  const body =
    '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 2\ns_count 3\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 5\nh_count 3\n';
  await put(url, "/metrics/job/j", body);
  const { data } = (await (await fetch(`${url}/api/v1/metrics`)).json()) as {
    data: Record<string, { metrics: unknown }>[];
  };
  const labels = { instance: "", job: "j" };
  expect(data[0]?.["s"]?.metrics).toEqual([{ labels, count: "3", sum: "2", quantiles: { "0.5": "1" } }]);
  expect(data[0]?.["h"]?.metrics).toEqual([{ labels, count: "3", sum: "5", buckets: { "1": "1" } }]);
});

test("a push that is not checked is accepted whatever it says", async () => {
  const { url } = await start("--push.disable-consistency-check");
  expect(await put(url, "/metrics/job/a", "# TYPE m gauge\nm 1\n")).toBe(202);
  expect(await put(url, "/metrics/job/b", "# TYPE m counter\nm 2\n")).toBe(202);
  const lines = await pushedLines(url);
  expect(lines.filter((line) => line.includes("m{"))).toEqual(['m{instance="",job="a"} 1']);
});

test("names in UTF-8 are taken where they are allowed", async () => {
  const body = '{"my.metric","my.label"="v"} 1\n';
  const strict = await start();
  expect(await put(strict.url, "/metrics/job/j", body)).toBe(400);
  expect(await put(strict.url, "/metrics/job/j/U__my_2e_group/v", "")).toBe(200);
  const { url } = await start("--push.enable-utf8-names");
  expect(await put(url, "/metrics/job/j/U__my_2e_group/v", body)).toBe(200);
  const accept = "application/openmetrics-text; version=1.0.0; escaping=allow-utf-8";
  const text = await (await fetch(`${url}/metrics`, { headers: { accept } })).text();
  expect(text).toContain('{"my.metric",instance="",job="j","my.group"="v","my.label"="v"} 1.0\n');
});

test("bounds are kept: body, decompressed body, groups, series, labels", async () => {
  const { url } = await start("--push.max-body-size=1KB", "--push.max-groups=2", "--push.max-series=3");
  expect(await put(url, "/metrics/job/j", `# ${"x".repeat(2000)}\n`)).toBe(413);
  const bomb = { method: "PUT", path: "/metrics/job/j", status: 413, headers: { "content-encoding": "gzip" } } as const;
  expect((await send(url, { ...bomb, body: gzipSync(`# ${"x".repeat(100_000)}\n`) })).status).toBe(413);
  expect(await put(url, "/metrics/job/a", "a 1\nb 1\n")).toBe(200);
  expect(await put(url, "/metrics/job/b", "c 1\nd 1\n")).toBe(503);
  expect(await put(url, "/metrics/job/b", "c 1\n")).toBe(200);
  expect(await put(url, "/metrics/job/c", "")).toBe(503);
  expect(await put(url, `/metrics/job/b${Array.from({ length: 70 }, (_, i) => `/l${i}/v`).join("")}`, "")).toBe(400);
});

test("the admin API wipes, where it is enabled", async () => {
  const { url } = await start("--web.enable-admin-api");
  await put(url, "/metrics/job/j", "a 1\n");
  expect(await put(url, "/api/v1/admin/wipe", "")).toBe(202);
  expect(await pushedLines(url)).toEqual([]);
});

test("the lifecycle API quits, where it is enabled", async () => {
  const { url, quits } = await start("--web.enable-lifecycle");
  expect(await put(url, "/-/quit", "")).toBe(200);
  expect(quits()).toBe(1);
});

test("all paths stand below the route prefix, that of the external URL by default", async () => {
  const { url } = await start("--web.external-url=http://example.org/push/", "--web.telemetry-path=/all");
  expect(await put(url, "/push/metrics/job/j", "a 1\n")).toBe(200);
  expect(await put(url, "/metrics/job/j", "a 1\n")).toBe(404);
  expect(await (await fetch(`${url}/push/all`)).text()).toContain('a{instance="",job="j"} 1');
  expect((await fetch(`${url}/push/-/ready`)).status).toBe(200);
});

test("pushes are counted by handler, method and status", async () => {
  const { url } = await start();
  await put(url, "/metrics/job/j", "a 1\n");
  await put(url, "/metrics/job/j", "a\n");
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('pushgateway_http_requests_total{code="200",handler="push",method="put"} 1\n');
  expect(text).toContain('pushgateway_http_requests_total{code="400",handler="push",method="put"} 1\n');
  expect(text).toContain('pushgateway_http_push_duration_seconds_count{method="put"} 2\n');
  expect(text).toContain('pushgateway_http_push_size_bytes_count{method="put"} 2\n');
  expect(text).toMatch(/^pushgateway_build_info\{.*version="0\.1\.0"\} 1$/m);
});

test("the client library pushes, adds and deletes", async () => {
  const { url } = await start();
  const registry = new Registry();
  const done = new Gauge({ name: "job_done", help: "When the job was done.", registers: [registry] });
  const gateway = new Pushgateway(url, {}, registry);
  const group = { jobName: "nightly/backup", groupings: { host: "a" } };
  done.set(5);
  await gateway.push(group);
  done.set(6);
  await gateway.pushAdd(group);
  expect(await pushedLines(url)).toContain('job_done{host="a",instance="",job="nightly/backup"} 6');
  await gateway.delete(group);
  expect(await pushedLines(url)).toEqual([]);
});

test("pushed metrics outlive a restart, and a crash once the interval is over", async () => {
  const args = ["--persistence.interval=10s", `--persistence.file=${join(folder, "kept")}`];
  const first = await start(...args);
  await put(first.url, "/metrics/job/j/x@base64/=", '# HELP a It.\n# TYPE a gauge\na{b="c"} NaN\n');
  await put(first.url, "/metrics/job/h", '# TYPE h histogram\nh_bucket{le="+Inf"} 3\nh_sum -Inf\nh_count 3\n');
  const before = await pushedLines(first.url);
  // The first still runs, as if it were killed now: what stands in the file is what a new one finds.
  await first.clock.advance(10_000);
  expect(await pushedLines((await start(...args)).url)).toEqual(before);
  await put(first.url, "/metrics/job/late", "late 1\n");
  await running.shift()?.close();
  expect(await pushedLines((await start(...args)).url)).toContain('late{instance="",job="late"} 1');
});

test("a file that cannot be read is put aside", async () => {
  const file = join(folder, "foreign");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, "\u0003\u0004gob");
  const { url } = await start(`--persistence.file=${file}`);
  expect(await pushedLines(url)).toEqual([]);
  expect(readFileSync(`${file}.unreadable-1700000000000`, "latin1")).toBe("\u0003\u0004gob");
  expect(log.join("")).toContain("this is no file of Narthex' Pushgateway");
});

test("the page shows groups with everything escaped", async () => {
  const { url } = await start();
  await put(url, "/metrics/job/<b>", '# HELP a <i>\na{x="<script>"} 1\n');
  const page = await (await fetch(url)).text();
  expect(page).toContain("job=&quot;&lt;b&gt;&quot;");
  expect(page).not.toMatch(/<script>|<i>|<b>/);
});
