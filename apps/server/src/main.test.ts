// The whole server, through its HTTP API.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freshFolder, openTestServer, testStart as start, type TestServer } from "./testing/server.js";

const folder = freshFolder();
const configFile = join(folder, "prometheus.yml");
const goodConfig = `
global: { scrape_interval: 10s, evaluation_interval: 10s, external_labels: { site: x } }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:1"] }] }] }
scrape_configs:
- job_name: app
  static_configs: [{ targets: ["app:1"], labels: { env: prod } }]
  relabel_configs: [{ source_labels: [__address__], target_label: addr }]
- job_name: down
  static_configs: [{ targets: ["down:1"] }]
`;
const rules = `
groups:
- name: first
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
  - alert: Down
    expr: up == 0
    for: 10s
    labels: { severity: page }
    annotations: { summary: "{{ $labels.instance }} is down" }
- name: second
  rules: [{ record: one, expr: "1" }]
`;
const body = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{code="200"} 5
requests_total{code="500"} 1
`;

let world: TestServer;
let clock: TestServer["clock"];
let base: string;

const files = { "prometheus.yml": goodConfig, "rules.yml": rules };
const args = ["--web.enable-admin-api", "--enable-feature=exemplar-storage,promql-per-step-stats"];

beforeAll(async () => {
  world = await openTestServer({ folder, files, args, body });
  ({ clock, base } = world);
  for (let i = 0; i < 60; i++) await clock.advance(1000);
});

afterAll(() => world.server.close());

const now = (start + 60_000) / 1000;

type Envelope = {
  readonly status: string;
  readonly data: unknown;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
};

async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; envelope: Envelope; response: Response }> {
  const response = await fetch(`${base}${path}`, { redirect: "manual", ...init });
  const text = await response.clone().text();
  return { status: response.status, envelope: text.startsWith("{") ? JSON.parse(text) : {}, response };
}

const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) });

// A scrape each ten seconds.
const sampleCounts = {
  totalQueryableSamplesPerStep: [now - 20, now - 10, now].map((t) => [t, 2]),
  totalQueryableSamples: 6,
  samplesReadPerStep: [2, 1, 1].map((count, i) => [now - 20 + 10 * i, count]),
  samplesRead: 4,
  peakSamples: expect.any(Number),
};

test("another value of stats counts as true, with a warning", async () => {
  const { envelope } = await ask("/api/v1/query?query=1&stats=foo");
  expect(envelope).toMatchObject({
    data: { stats: { samples: { totalQueryableSamples: 0 } } },
    warnings: [
      'value "foo" for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"',
    ],
  });
  expect(JSON.stringify(envelope)).not.toContain("PerStep");
});

describe("good requests answer as the OpenAPI contract says", () => {
  const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../shared/corpora", import.meta.url));
  const contractFile = join(corpora, "api/prometheus-openapi-3.1.yaml");
  const contract = existsSync(contractFile) ? (parse(readFileSync(contractFile, "utf8")) as Contract) : undefined;

  test.each<[path: string, expected: unknown]>([
    [
      `/query?query=up{job="app"}&time=${now}`,
      { resultType: "vector", result: [expect.objectContaining({ value: [now, "1"] })] },
    ],
    ["/query?query=1%2B1&time=5.5", { resultType: "scalar", result: [5.5, "2"] }],
    [
      `/query?query=requests_total&time=${now}&limit=1&stats=all`,
      expect.objectContaining({ stats: expect.anything() }),
    ],
    [
      `/query_range?query=max_over_time(up{job="app"}[20s])&start=${now - 20}&end=${now}&step=10&stats=all`,
      expect.objectContaining({ stats: expect.objectContaining({ samples: sampleCounts }) }),
    ],
    [`/query_range?query=up&start=${now - 20}&end=${now}&step=10s`, expect.objectContaining({ resultType: "matrix" })],
    [`/query_exemplars?query=test&start=0&end=${now}`, []],
    ["/format_query?query=sum(up)by(job)", "sum by (job) (up)"],
    ["/parse_query?query=up", expect.objectContaining({ type: "vectorSelector", name: "up" })],
    ["/notifications", []],
    ["/status/self_metrics?metric_name_pattern=prometheus_rea.*", [expect.objectContaining({ type: "GAUGE" })]],
    ["/labels?match[]=requests_total", ["__name__", "addr", "code", "env", "instance", "job"]],
    ["/label/job/values", ["app", "down"]],
    ['/label/U__job/values?match[]=up{env="prod"}', ["app"]],
    [
      `/series?match[]=requests_total{code="200"}&start=${now - 300}&end=${now}`,
      [{ __name__: "requests_total", addr: "app:1", code: "200", env: "prod", instance: "app:1", job: "app" }],
    ],
    ["/metadata", { requests_total: [{ type: "counter", help: "Requests.", unit: "" }] }],
    ["/scrape_pools", { scrapePools: ["app", "down"] }],
    ["/scrape_pools/config?scrapePool=app", { yaml: expect.stringContaining("job_name: app") }],
    ["/targets?state=active", expect.objectContaining({ droppedTargets: [] })],
    [
      "/targets/metadata?metric=requests_total",
      [{ target: expect.anything(), type: "counter", help: "Requests.", unit: "" }],
    ],
    [
      '/targets/relabel_steps?scrapePool=app&labels={"__address__":"a:1"}',
      { steps: [expect.objectContaining({ output: { __address__: "a:1", addr: "a:1" }, keep: true })] },
    ],
    [
      "/rules?type=alert",
      {
        groups: [
          expect.objectContaining({
            name: "first",
            rules: [expect.objectContaining({ name: "Down", state: "firing" })],
          }),
        ],
      },
    ],
    [
      "/rules?group_limit=1&type=record",
      expect.objectContaining({ groupNextToken: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    ],
    [
      "/alerts",
      {
        alerts: [
          expect.objectContaining({ state: "firing", value: "0e+00", annotations: { summary: "down:1 is down" } }),
        ],
      },
    ],
    [
      `/alerts/history?match[]={alertname="Down"}&state=firing`,
      {
        transitions: [
          expect.objectContaining({
            previousState: "pending",
            state: "firing",
            value: "0e+00",
            annotations: { summary: "down:1 is down" },
            rule: { name: "Down", group: "first", file: join(folder, "rules.yml") },
          }),
        ],
      },
    ],
    ["/alerts/history?limit=1&state=pending&end=1", { transitions: [] }],
    [
      "/alertmanagers",
      { activeAlertmanagers: [{ url: "http://127.0.0.1:1/api/v2/alerts" }], droppedAlertmanagers: [] },
    ],
    ["/status/config", { yaml: expect.stringContaining("scrape_interval: 10s") }],
    ["/status/flags", expect.objectContaining({ "query.timeout": "2m", "web.enable-lifecycle": "true" })],
    ["/status/runtimeinfo", expect.objectContaining({ reloadConfigSuccess: true, storageRetention: "15d" })],
    ["/status/buildinfo", expect.objectContaining({ version: "3.14.0" })],
    ["/status/tsdb?limit=2", expect.objectContaining({ headStats: expect.anything() })],
    ["/status/tsdb/blocks", { blocks: [] }],
    ["/status/walreplay", expect.objectContaining({ min: 0 })],
    ["/features", expect.objectContaining({ promql: expect.anything() })],
  ])("GET %s", async (path, expected) => {
    const { status, envelope } = await ask(`/api/v1${path}`);
    expect([status, envelope.status, envelope.data]).toEqual([200, "success", expected]);
    // The history of alerts is ours alone.
    if (contract && !path.startsWith("/alerts/history")) expect(mistakes(contract, path, envelope)).toEqual([]);
  });

  test("forms in a POST do as query strings", async () => {
    const instant = await ask("/api/v1/query", form({ query: "vector(7)", time: "10" }));
    expect(instant.envelope.data).toEqual({ resultType: "vector", result: [{ metric: {}, value: [10, "7"] }] });
    const range = await ask("/api/v1/query_range", form({ query: "vector(7)", start: "10", end: "12", step: "1" }));
    expect(range.envelope.data).toMatchObject({
      result: [
        {
          values: [
            [10, "7"],
            [11, "7"],
            [12, "7"],
          ],
        },
      ],
    });
    const series = await ask("/api/v1/series", form({ "match[]": "one" }));
    expect(series.envelope.data).toEqual([{ __name__: "one" }]);
  });

  test("a limit cuts and says so", async () => {
    for (const path of [
      `query?query=requests_total&time=${now}&limit=1`,
      "label/job/values?limit=1",
      "series?match[]=up&limit=1",
    ]) {
      const { envelope } = await ask(`/api/v1/${path}`);
      expect(envelope.warnings).toEqual(["results truncated due to limit"]);
    }
  });
});

test.each<[path: string, status: number, type: string, error: string]>([
  ["/query?query=sum(", 400, "bad_data", 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis'],
  [
    "/query?query=up&time=never",
    400,
    "bad_data",
    'invalid parameter "time": Invalid time value for \'time\': cannot parse "never" to a valid timestamp',
  ],
  ["/query?query=up&timeout=x", 400, "bad_data", 'invalid parameter "timeout": cannot parse "x" to a valid duration'],
  ["/query?query=up&limit=-1", 400, "bad_data", 'invalid parameter "limit": limit must be non-negative'],
  ["/query?query=up&time=10&timeout=0.0000001", 503, "timeout", "query timed out in query queue"],
  [
    "/query_range?query=up&start=2&end=1&step=1",
    400,
    "bad_data",
    'invalid parameter "end": end timestamp must not be before start time',
  ],
  [
    "/query_range?query=up&start=1&end=2&step=0",
    400,
    "bad_data",
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  ],
  [
    "/query_range?query=up&start=0&end=11001&step=1",
    400,
    "bad_data",
    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
  ],
  [
    "/query_range?query=up[1m]&start=0&end=1&step=1",
    400,
    "bad_data",
    'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
  ],
  [`/query?query=up*on()up&time=${now}`, 422, "execution", ""],
  ["/series", 400, "bad_data", "no match[] parameter provided"],
  ["/series?match[]={}", 400, "bad_data", ""],
  ["/rules?type=x", 400, "bad_data", 'invalid parameter "type": not supported value "x"'],
  ["/scrape_pools/config?scrapePool=x", 404, "not_found", 'scrape pool "x" not found'],
  ["/alerts/history?state=x", 400, "bad_data", 'invalid parameter "state": x is none of inactive, pending, firing'],
  ["/alerts/history?limit=10001", 400, "bad_data", "limit must not exceed 10000"],
  ["/status/tsdb?limit=0", 400, "bad_data", "limit must be a positive number"],
])("GET %s is refused", async (path, status, type, error) => {
  const answer = await ask(`/api/v1${path}`);
  expect([answer.status, answer.envelope.status, answer.envelope.errorType]).toEqual([status, "error", type]);
  expect(answer.envelope.error).toContain(error);
});

test("wrong methods, unknown paths, and pages", async () => {
  expect((await ask("/api/v1/targets", { method: "POST" })).status).toBe(405);
  expect((await ask("/-/reload")).status).toBe(405);
  expect((await ask("/api/v1/nothing")).status).toBe(404);
  expect((await ask("/api/v1/query", { method: "OPTIONS" })).status).toBe(204);
  expect((await ask("/-/healthy", { method: "HEAD" })).status).toBe(200);
  expect((await ask("/")).response.headers.get("location")).toBe("/query");
  expect((await ask("/assets/../../package.json")).status).toBe(404);
});

test("browsers of other origins may call the API", async () => {
  const { response } = await ask("/api/v1/labels", { headers: { origin: "https://grafana.example" } });
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("vary")).toContain("Origin");
});

test("federation shows the newest samples with external labels", async () => {
  const text = await (await fetch(`${base}/federate?match[]=requests_total{code="200"}`)).text();
  expect(text).toContain("# TYPE requests_total untyped");
  expect(text).toMatch(/requests_total\{.*site="x"\} 5 \d{13}/);
});

test("the server's own metrics have Prometheus' names", async () => {
  const text = await (await fetch(`${base}/metrics`)).text();
  for (const line of [
    "prometheus_config_last_reload_successful 1",
    'prometheus_target_scrape_pool_targets{scrape_job="app"} 1',
    'prometheus_sd_discovered_targets{config="app",name="scrape"} 1',
    'prometheus_http_requests_total{code="200",handler="/api/v1/query"}',
    'prometheus_tsdb_head_samples_appended_total{type="histogram"} 0',
    "prometheus_tsdb_head_stale_series 0",
  ]) {
    expect(text).toContain(line);
  }
  for (const name of [
    "prometheus_build_info",
    "prometheus_tsdb_head_series",
    "prometheus_engine_query_duration_seconds_sum",
    "prometheus_engine_query_samples_total",
    "prometheus_engine_query_samples_read_total",
    "prometheus_rule_evaluation_failures_total",
    "prometheus_rule_group_iterations_missed_total",
    "prometheus_target_sync_failed_total",
    "prometheus_rule_evaluations_total",
    "prometheus_notifications_queue_capacity",
    "process_start_time_seconds",
  ]) {
    expect(text).toMatch(new RegExp(`^${name}[ {]`, "m"));
  }
});

test("the way to the Alertmanager leads nowhere else, and takes only JSON", async () => {
  expect((await ask("/alertmanager/api/v2/silences", form({ a: "b" }))).status).toBe(415);
  expect((await ask("/alertmanager/api/v2/status")).status).toBe(502);
  expect((await ask("/alertmanager/api/v2/%2e%2e/x")).status).toBe(404);
});

test("deletion hides samples", async () => {
  const { status } = await ask(`/api/v1/admin/tsdb/delete_series?match[]=one`, { method: "POST" });
  expect(status).toBe(204);
  const { envelope } = await ask(`/api/v1/query?query=one&time=${now}`);
  expect(envelope.data).toEqual({ resultType: "vector", result: [] });
});

test("a reload applies a good config and refuses a bad one whole", async () => {
  writeFileSync(configFile, "scrape_configs: [{ job_name: other, bad_field: 1 }]");
  const bad = await fetch(`${base}/-/reload`, { method: "POST" });
  expect([bad.status, await bad.text()]).toEqual([500, expect.stringContaining("field bad_field not found")]);
  expect((await ask("/api/v1/scrape_pools")).envelope.data).toEqual({ scrapePools: ["app", "down"] });
  expect(await (await fetch(`${base}/metrics`)).text()).toContain("prometheus_config_last_reload_successful 0");
  writeFileSync(configFile, goodConfig.replace("job_name: down", "job_name: renamed"));
  expect((await fetch(`${base}/-/reload`, { method: "POST" })).status).toBe(200);
  await clock.advance(10_000);
  expect((await ask("/api/v1/scrape_pools")).envelope.data).toEqual({ scrapePools: ["app", "renamed"] });
  expect((await ask("/api/v1/status/runtimeinfo")).envelope.data).toMatchObject({ reloadConfigSuccess: true });
});

test("a reload changes what is kept", async () => {
  const storage = "storage: { tsdb: { retention: { time: 2d, percentage: 60 } } }";
  writeFileSync(configFile, `${goodConfig}\n${storage}\n`);
  expect((await fetch(`${base}/-/reload`, { method: "POST" })).status).toBe(200);
  expect((await ask("/api/v1/status/runtimeinfo")).envelope.data).toMatchObject({ storageRetention: "2d or 60%" });
  const exposed = await (await fetch(`${base}/metrics`)).text();
  expect(exposed).toContain("prometheus_tsdb_retention_limit_seconds 172800");
  expect(exposed).toContain("prometheus_tsdb_retention_limit_percentage 60");
});

test("quitting is asked for by HTTP", async () => {
  expect((await ask("/-/quit", { method: "POST" })).status).toBe(200);
  expect(world.logged).toContain("quit");
});

test("a second server on the same data is refused, and a bad config says where", async () => {
  await expect(openTestServer({ folder })).rejects.toThrow(/data directory .* is in use by process/);
  writeFileSync(configFile, "scrape_configs: 1");
  await expect(openTestServer({ folder })).rejects.toThrow(/prometheus\.yml:1:17: .*cannot unmarshal/);
});

type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
};
type Contract = {
  readonly paths: Readonly<
    Record<string, { get?: { responses: Record<string, { content: Record<string, { schema: Schema }> }> } }>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

/** What in the answer contradicts the contract. */
function mistakes(contract: Contract, path: string, envelope: Envelope): string[] {
  const bare = (path.split("?")[0] as string).replace(/^\/label\/[^/]+/, "/label/{name}");
  const schema = contract.paths[bare]?.get?.responses["200"]?.content["application/json"]?.schema;
  return schema ? check(contract, schema, { value: envelope, at: "" }) : [`${bare} is not in the contract`];
}

function check(contract: Contract, schema: Schema, { value, at }: { value: unknown; at: string }): string[] {
  if (schema.$ref)
    return check(contract, contract.components.schemas[schema.$ref.split("/").at(-1) as string] as Schema, {
      value,
      at,
    });
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const found = choices.map((choice) => check(contract, choice, { value, at }));
    return found.some((list) => list.length === 0) ? [] : (found[0] as string[]);
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: ${String(value)} is none of ${schema.enum.join()}`];
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return [`${at}: not ${types.join("|")}`];
  if (Array.isArray(value)) {
    return schema.items
      ? value.flatMap((item, i) => check(contract, schema.items as Schema, { value: item, at: `${at}[${i}]` }))
      : [];
  }
  return typeof value === "object" && value !== null ? checkObject(contract, schema, { value, at }) : [];
}

function checkObject(contract: Contract, schema: Schema, { value, at }: { value: object; at: string }): string[] {
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const others = Object.entries(value).flatMap(([name, field]) => {
    const own = schema.properties?.[name] ?? schema.additionalProperties;
    if (own === false) return [`${at}.${name} is unknown`];
    return typeof own === "object" ? check(contract, own, { value: field, at: `${at}.${name}` }) : [];
  });
  return [...missing, ...others];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
