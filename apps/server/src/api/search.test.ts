import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestServer, type TestServer } from "../testing/server.js";

const body = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{code="200"} 5
http_requests_total{code="500"} 1
# TYPE http_errors gauge
http_errors 1
`;
const config =
  "scrape_configs: [{ job_name: app, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{ targets: ['app:1'] }] }]";
let world: TestServer;

beforeAll(async () => {
  world = await openTestServer({ files: { "prometheus.yml": config }, args: ["--enable-feature=search-api"], body });
  for (let i = 0; i < 3; i++) await world.clock.advance(1000);
});

afterAll(() => world.server.close());

async function search(path: string): Promise<{ status: number; lines: unknown[] }> {
  const response = await fetch(`${world.base}/api/v1/search/${path}`);
  const lines = (await response.text()).trim().split("\n");
  return { status: response.status, lines: lines.map((line) => JSON.parse(line) as unknown) };
}

const done = { status: "success", has_more: false };

test.each<[path: string, lines: unknown[]]>([
  [
    "metric_names?search[]=http&include_metadata=true",
    [
      {
        results: [
          { name: "http_errors", type: "gauge", help: "" },
          { name: "http_requests_total", type: "counter", help: "Requests." },
        ],
      },
      done,
    ],
  ],
  ["metric_names?search[]=hrt", [{ results: [{ name: "http_requests_total" }] }, done]],
  ["metric_names?search[]=HTTP_ER", [done]],
  ["metric_names?search[]=HTTP_ER&case_sensitive=false", [{ results: [{ name: "http_errors" }] }, done]],
  [
    "metric_names?search[]=http_errors&include_score=true&sort_by=score&limit=1",
    [{ results: [{ name: "http_errors", score: 1 }] }, done],
  ],
  [
    "metric_names?search[]=http_&sort_by=alpha&sort_dir=dsc&batch_size=1",
    [{ results: [{ name: "http_requests_total" }] }, { results: [{ name: "http_errors" }] }, done],
  ],
  ["metric_names?match[]={code='200'}", [{ results: [{ name: "http_requests_total" }] }, done]],
  [
    "metric_names?search[]=http_eroors&fuzz_alg=jarowinkler&fuzz_threshold=90",
    [{ results: [{ name: "http_errors" }] }, done],
  ],
  ["label_names?match[]=http_requests_total&search[]=od", [{ results: [{ name: "code" }] }, done]],
  ["label_values?label=code&limit=1", [{ results: [{ value: "200" }] }, { status: "success", has_more: true }]],
])("GET /api/v1/search/%s", async (path, lines) => {
  expect(await search(path)).toEqual({ status: 200, lines });
});

test.each([
  ["label_values", "label"],
  ["metric_names?limit=0", "limit"],
  ["metric_names?limit=10001", "limit"],
  ["metric_names?batch_size=0", "batch_size"],
  ["metric_names?fuzz_threshold=101", "fuzz_threshold"],
  ["metric_names?fuzz_alg=soundex", "fuzz_alg"],
  ["metric_names?sort_dir=asc", "sort_dir"],
  ["metric_names?sort_by=length", "sort_by"],
  ["metric_names?match[]={", "match[]"],
])("GET /api/v1/search/%s is refused for %s", async (path, parameter) => {
  const { status, lines } = await search(path);
  expect(status).toBe(400);
  expect(lines).toMatchObject([{ errorType: "bad_data", error: expect.stringContaining(`"${parameter}"`) }]);
});
