// What is no plain question and answer: live notifications, the query log, consoles and the user's own files.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshFolder, openTestServer, type TestServer, writeFiles } from "../testing/server.js";

const folder = freshFolder();
const config = `
global: { scrape_interval: 10s, evaluation_interval: 10s, query_log_file: queries.log }
rule_files: [rules.yml]
scrape_configs: [{ job_name: app, static_configs: [{ targets: ["app:1"] }] }]
`;
let world: TestServer;

beforeAll(async () => {
  for (const name of ["consoles", "libraries", "assets"]) mkdirSync(join(folder, name));
  writeFiles(folder, {
    "prometheus.yml": config,
    "rules.yml": "groups: [{ name: g, rules: [{ record: r, expr: 'up + 0' }] }]",
    secret: "not to be seen",
    "libraries/common.lib": '{{ define "head" }}<h1>{{ .arg0 }}</h1>{{ end }}',
    "consoles/up.html":
      '{{ range query "up" }}{{ .Labels.instance }}={{ .Value }} {{ end }}<a href="?q={{ $params.q }}">x</a>',
    "consoles/library.html": '{{ template "head" (args "a") }}',
    "consoles/broken.html": "{{ if }}",
    "assets/site.css": "body {}",
  });
  symlinkSync("/etc", join(folder, "consoles/folder"));
  world = await openTestServer({
    folder,
    args: [
      `--web.console.templates=${join(folder, "consoles")}`,
      `--web.console.libraries=${join(folder, "libraries")}`,
      `--web.user-assets=${join(folder, "assets")}`,
      "--web.max-notifications-subscribers=1",
    ],
    body: "x 1\n",
  });
  for (let i = 0; i < 30; i++) await world.clock.advance(1000);
});

afterAll(() => world.server.close());

async function get(path: string): Promise<{ status: number; text: string; type: string | null }> {
  const response = await fetch(`${world.base}${path}`);
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
}

const reload = (): Promise<Response> => fetch(`${world.base}/-/reload`, { method: "POST" });

describe("consoles", () => {
  test("run queries and escape what they show", async () => {
    const { status, text, type } = await get("/consoles/up.html?q=%22%3E%3Cscript%3E");
    expect([status, type]).toEqual([200, "text/html; charset=utf-8"]);
    expect(text).toBe('app:1=1 <a href="?q=%22%3e%3cscript%3e">x</a>');
  });

  test("take templates from libraries", async () => {
    const { status, text } = await get("/consoles/library.html");
    expect([status, text]).toEqual([200, "<h1>a</h1>"]);
  });

  test.each([
    ["/consoles/broken.html", 500],
    ["/consoles/none.html", 404],
    ["/consoles/folder", 404],
    ["/consoles/", 404],
    ["/consoles/..%2fsecret", 404],
    ["/consoles/%2e%2e/secret", 404],
    ["/consoles/a%00b", 404],
    ["/user/..%2fsecret", 404],
    ["/user/site.css", 200],
  ])("GET %s is %i", async (path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain("not to be seen");
  });
});

test("a failed reload is told at once, and when it is over", async () => {
  const live = await fetch(`${world.base}/api/v1/notifications/live`);
  expect(live.headers.get("content-type")).toBe("text/event-stream");
  const reader = (live.body as ReadableStream<Uint8Array>).getReader();
  expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe(":\n\n");
  const next = async (): Promise<{ text: string; active: boolean }> => {
    const { value } = await reader.read();
    return JSON.parse(
      Buffer.from(value as Uint8Array)
        .toString()
        .replace(/^data: /, ""),
    );
  };
  expect((await fetch(`${world.base}/api/v1/notifications/live`)).status).toBe(204);
  writeFileSync(join(folder, "prometheus.yml"), "nonsense: 1");
  expect((await reload()).status).toBe(500);
  expect(await next()).toMatchObject({ text: "Configuration reload has failed.", active: true });
  const listed = JSON.parse((await get("/api/v1/notifications")).text);
  expect(listed.data).toMatchObject([{ text: "Configuration reload has failed.", active: true }]);
  writeFileSync(join(folder, "prometheus.yml"), config);
  expect((await reload()).status).toBe(200);
  expect(await next()).toMatchObject({ text: "Configuration reload has failed.", active: false });
  expect(JSON.parse((await get("/api/v1/notifications")).text).data).toEqual([]);
  await reader.cancel();
});

test("queries are logged with who asked, also those that fail", async () => {
  await get("/api/v1/query?query=up&time=10");
  await get("/api/v1/query_range?query=up*on()up&start=1700000000&end=1700000030&step=5");
  await world.clock.advance(20_000);
  await reload();
  // Its end is what waits for the file.
  await world.server.close();
  const lines = readFileSync(join(folder, "queries.log"), "utf8").trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const of = (query: string): unknown =>
    entries.findLast(({ params }) => (params as { query: string }).query === query);
  expect(of("up")).toMatchObject({
    params: { query: "up", start: "1970-01-01T00:00:10.000Z", end: "1970-01-01T00:00:10.000Z", step: 0 },
    httpRequest: { clientIP: "127.0.0.1", method: "GET", path: "/api/v1/query" },
    stats: { samples: { samplesRead: expect.any(Number) } },
    ts: expect.stringMatching(/^2023-/),
  });
  expect(of("up*on()up")).toMatchObject({ params: { step: 5 } });
  expect(of("up + 0")).toMatchObject({ ruleGroup: { file: join(folder, "rules.yml"), name: "g" } });
});
