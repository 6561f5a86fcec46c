// A configuration full of secrets: none of them in any answer, in the log, or in what the UI is given.
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { eventually } from "./eventually.js";
import { startServer } from "./server.js";

/** Every secret has this in it. */
const mark = "xyzzy";
let count = 0;
const secret = (): string => `${mark}${++count}`;

/** Nobody listens there: discovery fails, and says so in the log. */
const nowhere = "127.0.0.1:1";

const jobs = (): string[] => [
  `basic_auth: { username: u, password: ${secret()} }`,
  `authorization: { credentials: ${secret()} }`,
  `bearer_token: ${secret()}`,
  `oauth2: { client_id: c, client_secret: ${secret()}, token_url: "http://${nowhere}/t", endpoint_params: { a: b } }`,
  `oauth2: { client_id: c, grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", client_certificate_key: ${secret()}, token_url: "http://${nowhere}/t" }`,
  `http_headers: { X-Key: { secrets: [${secret()}] } }`,
  `proxy_url: "http://user:${secret()}@${nowhere}"`,
  `{ proxy_url: "http://${nowhere}", proxy_connect_header: { X-Proxy: [${secret()}] } }`,
  `http_sd_configs: [{ url: "http://user:${secret()}@${nowhere}/sd", basic_auth: { username: u, password: ${secret()} } }]`,
  `consul_sd_configs: [{ server: "${nowhere}", token: ${secret()} }]`,
  `consul_sd_configs: [{ server: "${nowhere}", username: u, password: ${secret()} }]`,
  `ec2_sd_configs: [{ region: r, endpoint: "http://${nowhere}", access_key: a, secret_key: ${secret()} }]`,
  `marathon_sd_configs: [{ servers: ["http://${nowhere}"], auth_token: ${secret()} }]`,
  `hetzner_sd_configs: [{ role: hcloud, authorization: { credentials: ${secret()} } }]`,
  `kubernetes_sd_configs: [{ role: pod, api_server: "http://${nowhere}", authorization: { credentials: ${secret()} } }]`,
  `puppetdb_sd_configs: [{ url: "http://${nowhere}", query: q, basic_auth: { username: u, password: ${secret()} } }]`,
];

function configOf(): string {
  const list = jobs().map((fields, i) => {
    const lines = fields.startsWith("{ ") ? fields.slice(2, -2) : fields;
    return `- { job_name: job-${i}, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{ targets: ["${nowhere}"] }], ${lines} }`;
  });
  return `
alerting:
  alertmanagers:
  - { basic_auth: { username: u, password: ${secret()} }, static_configs: [{ targets: ["${nowhere}"] }] }
  - { authorization: { credentials: ${secret()} }, static_configs: [{ targets: ["127.0.0.1:2"] }] }
rule_files: [rules.yml]
remote_write:
- { url: "http://u:${secret()}@${nowhere}/", basic_auth: { username: u, password: ${secret()} } }
remote_read:
- { url: "http://${nowhere}/", authorization: { credentials: ${secret()} } }
tracing: { endpoint: "${nowhere}", client_type: http, sampling_fraction: 1, tls_config: { key: ${secret()}, cert: c } }
scrape_configs:
${list.join("\n")}
`;
}

/** Mistakes beside secrets: what is told of them must not repeat those. */
const mistakes = (): string[] => [
  `scrape_configs: [{ job_name: a, basic_auth: { username: u, password: [${secret()}] } }]`,
  `scrape_configs: [{ job_name: a, basic_auth: { username: u, password: ${secret()}, pasword: ${secret()} } }]`,
  `scrape_configs: [{ job_name: a, proxy_url: "ftp://u:${secret()}@h" }]`,
  `scrape_configs: [{ job_name: a, proxy_url: "http://u:${secret()}@h:port" }]`,
  `scrape_configs: [{ job_name: a, authorization: { credentials: ${secret()}`,
  `remote_write: [{ url: "http://u:${secret()}@a/", basic_auth: { username: u, password: ${secret()} }, pasword: ${secret()} }]`,
  `tracing: { endpoint: a, tls_config: { key: ${secret()}, cert_file: c, key_file: k } }`,
];

const paths = [
  ...["config", "flags", "runtimeinfo", "buildinfo", "tsdb", "walreplay", "self_metrics", "queries"].map(
    (name) => `/api/v1/status/${name}`,
  ),
  ...["targets", "targets?state=any", "scrape_pools", "rules", "alerts", "alerts/history", "alertmanagers"].map(
    (name) => `/api/v1/${name}`,
  ),
  ...["metadata", "targets/metadata", "features", "notifications", "labels", "label/job/values"].map(
    (name) => `/api/v1/${name}`,
  ),
  "/metrics",
  "/federate?match[]={job=~'.%2B'}",
  "/alerts",
  "/targets",
  "/config",
  "/-/healthy",
  "/version",
  "/query",
  "/debug/pprof/cmdline",
  "/debug/pprof/trace?seconds=2",
];

/** Packed: what they show is looked at unpacked. */
const profiles = ["goroutine", "threadcreate", "profile?seconds=2", "allocs?seconds=2"];

it("shows no secret anywhere", async () => {
  const good = configOf();
  const { program, base, write } = await startServer({
    config: good,
    files: { "rules.yml": "groups: [{ name: g, interval: 1s, rules: [{ alert: A, expr: 'up == 0' }] }]" },
    flags: [
      "--web.enable-lifecycle",
      "--log.level=debug",
      "--scrape.discovery-reload-interval=1s",
      // Nobody takes what is left at the end.
      "--storage.remote.flush-deadline=1s",
    ],
  });
  await eventually("alerts were refused by the Alertmanagers", async () => {
    const metrics = await (await fetch(`${base}/metrics`)).text();
    return /^prometheus_notifications_errors_total\{[^}]*\} [1-9]/m.test(metrics);
  });
  const told: string[] = [];
  for (const text of mistakes()) {
    write("prometheus.yml", text);
    const response = await fetch(`${base}/-/reload`, { method: "POST" });
    expect([text, response.status]).toEqual([text, 500]);
    told.push(await response.text());
  }
  write("prometheus.yml", good);
  expect((await fetch(`${base}/-/reload`, { method: "POST" })).status).toBe(200);
  const jobPaths = jobs().flatMap((_, i) => [
    `/api/v1/scrape_pools/config?scrapePool=job-${i}`,
    `/api/v1/targets/relabel_steps?scrapePool=job-${i}&labels={}`,
  ]);
  for (const path of [...paths, ...jobPaths]) {
    const text = await (await fetch(`${base}${path}`)).text();
    expect(text.length).toBeGreaterThan(0);
    told.push(`${path}: ${text}`);
  }
  for (const name of profiles) {
    const packed = await (await fetch(`${base}/debug/pprof/${name}`)).arrayBuffer();
    told.push(`${name}: ${gunzipSync(packed).toString("latin1")}`);
  }
  expect(told.find((text) => text.includes("/status/config"))).toContain("<secret>");
  await program.kill();
  told.push(program.output());
  const shown = told.filter((text) => text.includes(mark)).map((text) => excerptsOf(text));
  expect(shown).toEqual([]);
});

function excerptsOf(text: string): string {
  const at = text.indexOf(mark);
  return `${text.slice(0, 60)} … ${text.slice(Math.max(0, at - 100), at + 20)}`;
}
