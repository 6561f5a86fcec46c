// biome-ignore-all lint/suspicious/noTemplateCurlyInString: environment references are written so.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Config } from "./config.js";
import { loadConfig } from "./load.js";
import { printConfig } from "./print.js";

const folder = mkdtempSync(join(tmpdir(), "config-"));

function load(text: string): Config {
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, text);
  return loadConfig(file);
}

const job = (fields: string): string => `scrape_configs:\n  - job_name: app\n    ${fields}\n`;
const write = (fields: string, url = "http://a/"): string => `remote_write:\n  - url: ${url}\n    ${fields}\n`;
const rule = (fields: string): string => job(`relabel_configs: [{ ${fields} }]`);

const mistakes: [title: string, text: string, expected: string | RegExp][] = [
  [
    "an unknown field",
    "globl: {}",
    /prometheus\.yml:1:1: parsing YAML file .*prometheus\.yml: yaml: unmarshal errors: field globl not found in type config\.plain; did you mean global\?/,
  ],
  ["a section twice", "rule_files: []\nrule_files: []", /:2:1: .*: field rule_files already set in type config.plain/],
  [
    "a timeout above the interval",
    job("scrape_timeout: 2m"),
    /:2:5: .*: scrape timeout greater than scrape interval for scrape config with job name "app"/,
  ],
  ["a job without name", "scrape_configs: [{}]", "job_name is empty"],
  [
    "two jobs of one name",
    "scrape_configs: [{ job_name: a }, { job_name: a }]",
    'found multiple scrape configs with job name "a"',
  ],
  ["a glob in the middle of a path", "rule_files: [a/*/b]", 'invalid rule file path "a/*/b"'],
  ["a target with a path", job("static_configs: [{ targets: ['http://a/'] }]"), '"http://a/" is not a valid hostname'],
  ["a kind's own mistake, with its place", job("kuma_sd_configs: [{}]"), /:3:23: .*: kuma SD server must not be empty/],
  ["a bad regex", rule("regex: 'a(', target_label: b"), "error parsing regexp: missing closing )"],
  ["an unknown action", rule("action: destroy"), 'unknown relabel action "destroy"'],
  [
    "replace without target",
    rule("action: replace"),
    "relabel configuration for replace action requires 'target_label' value",
  ],
  [
    "hashmod without modulus",
    rule("action: hashmod, target_label: a"),
    "relabel configuration for hashmod requires non-zero modulus",
  ],
  ["a size without unit", job("body_size_limit: 100"), "units: unknown unit"],
  ["a bad duration", job("scrape_interval: 1.5m"), 'unknown unit "." in duration "1.5m"'],
  [
    "a retention rule whose selector is none",
    "storage: { tsdb: { retention_rules: [{ match: 'sum(a)', time: 1d }] } }",
    /:1:\d+: .*parse error/,
  ],
  [
    "a retention rule that keeps nothing",
    "storage: { tsdb: { retention_rules: [{ match: a, time: 0s }] } }",
    "retention time must be above 0",
  ],
  ["mistakes that come together", "globl: {}\nrule_files: {}", /globl not found.*\n.*:2:13: .*cannot unmarshal/],
  ["a limit below zero", job("sample_limit: -1"), "cannot unmarshal !!int `-1` into uint"],
  [
    "an empty list of protocols",
    job("scrape_protocols: []"),
    'scrape_protocols cannot be empty for scrape config with job name "app"',
  ],
  [
    "an escaping for other names",
    "global: { metric_name_validation_scheme: legacy, metric_name_escaping_scheme: allow-utf-8 }",
    "utf8 metric names requested",
  ],
  [
    "bytes that are no text",
    "global: { external_labels: { a: !!binary '/w==' } }",
    '"\\xff" is not a valid label value',
  ],
  [
    "a threshold above one",
    "storage: { tsdb: { stale_series_compaction_threshold: 2 } }",
    "must be in the range [0, 1]",
  ],
  [
    "names with dots for OTLP without UTF-8",
    "global: { metric_name_validation_scheme: legacy }\notlp: { translation_strategy: NoTranslation }",
    'OTLP translation strategy "NoTranslation" is not allowed when UTF8 is disabled',
  ],
  ["a port that is none", write("name: a", "http://a:b"), 'parse "http://a:b": invalid port ":b" after host'],
  ["a URL without scheme", write("name: a", ":x"), 'parse ":x": missing protocol scheme'],
  ["a header that is ours", write("headers: { Host: a }"), "Host is a reserved header. It must not be changed"],
  [
    "an identity among headers",
    write("headers: { Authorization: a }"),
    "authorization header must be changed via the basic_auth",
  ],
  [
    "two identities",
    write("basic_auth: { username: a }\n    sigv4: { region: b }"),
    "at most one of basic_auth, authorization, oauth2, sigv4, azuread or google_iam",
  ],
  ["half a key", write("sigv4: { access_key: a }"), "must provide a AWS SigV4 Access key and Secret Key"],
  ["an identity of Azure that says nothing", write("azuread: {}"), "must provide an Azure Managed Identity"],
  [
    "two identities of Azure",
    write("azuread: { sdk: {}, managed_identity: {} }"),
    "cannot provide multiple authentication methods",
  ],
  [
    "an identity of Azure without tenant",
    write("azuread: { oauth: { client_id: a, client_secret: b } }"),
    "must provide an Azure OAuth tenant_id",
  ],
  [
    "a client of Azure that is no UUID",
    write("azuread: { managed_identity: { client_id: a } }"),
    "the provided Azure Managed Identity client_id is invalid",
  ],
  ["a kind of tracing that is none", "tracing: { endpoint: a, client_type: udp }", "expected tracing client type"],
];

test.each(mistakes)("%s is refused", (_, text, expected) => {
  expect(() => load(text)).toThrow(expected);
});

test("the first document of a file is the configuration", () => {
  expect(load("---\nglobal: {scrape_interval: 5s}\n---\nglobal: {nonsense: 1}\n").global.scrape_interval).toBe(5000);
});

test("a target may be a URL where rules make another of it", () => {
  const probe =
    "static_configs: [{ targets: ['http://a/b'] }]\n    relabel_configs: [{ target_label: __address__, replacement: p }]";
  expect(load(job(probe)).scrape_configs[0]?.static_configs[0]?.targets).toEqual(["http://a/b"]);
});

test("an agent has no alerting", () => {
  const agent = (text: string): Config => {
    const file = join(folder, "agent.yml");
    writeFileSync(file, text);
    return loadConfig(file, { isAgent: true });
  };
  expect(agent(write("name: a")).remote_write).toHaveLength(1);
  expect(agent("").remote_write).toEqual([]);
  for (const field of ["alerting: { alertmanagers: [{}] }", "rule_files: [a]", "remote_read: [{ url: b }]"]) {
    expect(() => agent(`${write("name: a")}${field}\n`)).toThrow(/field \w+ is not allowed in agent mode/);
  }
});

test("defaults and the global section complete a job", () => {
  const config = load(
    "global: { scrape_interval: 5s, sample_limit: 7 }\nscrape_configs: [{ job_name: app, label_limit: 3 }]",
  );
  expect(config.scrape_configs[0]).toMatchObject({
    scrape_interval: 5000,
    scrape_timeout: 5000,
    sample_limit: 7,
    label_limit: 3,
    metrics_path: "/metrics",
    scheme: "http",
    honor_timestamps: true,
    metric_name_escaping_scheme: "allow-utf-8",
  });
});

test("external labels take the environment", () => {
  process.env["NARTHEX_CONFIG_TEST"] = "x";
  const { global } = load(
    "global: { external_labels: { a: '${NARTHEX_CONFIG_TEST}y', b: 'a$$b', c: '$NARTHEX_NONE' } }",
  );
  expect(global.external_labels).toEqual({ a: "xy", b: "a$b", c: "" });
});

test("files named in the config are found beside it", () => {
  writeFileSync(
    join(folder, "more.yml"),
    "scrape_configs: [{ job_name: more, static_configs: [{ targets: ['b:1'] }] }]",
  );
  const config = load(
    "scrape_config_files: [mor*.yml]\nrule_files: [r.yml, /etc/r.yml]\nscrape_configs: [{ job_name: app }]",
  );
  expect(config.rule_files).toEqual([join(folder, "r.yml"), "/etc/r.yml"]);
  expect(config.scrape_configs.map((scrape) => scrape.job_name)).toEqual(["app", "more"]);
  expect(() => load("scrape_config_files: [more.yml]\nscrape_configs: [{ job_name: more }]")).toThrow(
    'found multiple scrape configs with job name "more"',
  );
});

test("the printed config has units, and no secrets", () => {
  const text = printConfig(load(job("basic_auth: { username: u, password: hidden }\n    body_size_limit: 2MB")));
  expect(text).toContain("scrape_interval: 1m");
  expect(text).toContain("body_size_limit: 2MB");
  expect(text).toContain("password: <secret>");
  expect(text).not.toContain("hidden");
  const kuma = printConfig(load(job("kuma_sd_configs: [{ server: 'http://a', fetch_timeout: 90s }]")));
  expect(kuma).toContain("fetch_timeout: 1m30s");
  const found = printConfig(load(job("http_sd_configs: [{ url: 'http://u:hidden@a/b' }]")));
  expect(found).toContain("url: http://u:xxxxx@a/b");
});
