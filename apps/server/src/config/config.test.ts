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
const rule = (fields: string): string => job(`relabel_configs: [{ ${fields} }]`);

const mistakes: [title: string, text: string, expected: string | RegExp][] = [
  ["an unknown field", "globl: {}", "prometheus.yml:1:1: field globl not found in type config.plain"],
  ["a section twice", "rule_files: []\nrule_files: []", ":2:1: field rule_files already set in type config.plain"],
  [
    "a timeout above the interval",
    job("scrape_timeout: 2m"),
    ':2:5: scrape timeout greater than scrape interval for scrape config with job name "app"',
  ],
  ["a job without name", "scrape_configs: [{}]", "job_name is empty"],
  [
    "two jobs of one name",
    "scrape_configs: [{ job_name: a }, { job_name: a }]",
    'found multiple scrape configs with job name "a"',
  ],
  ["a glob in the middle of a path", "rule_files: [a/*/b]", 'invalid rule file path "a/*/b"'],
  ["a target with a path", job("static_configs: [{ targets: ['http://a/'] }]"), '"http://a/" is not a valid hostname'],
  ["a field nothing acts upon", job("kuma_sd_configs: [{}]"), ":3:22: not supported yet: kuma_sd_configs"],
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
  ["a bad duration", job("scrape_interval: 1.5m"), 'not a valid duration string: "1.5m"'],
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
  ["mistakes that come together", "globl: {}\nrule_files: {}", /globl not found.*\n.*:2:13: cannot unmarshal/],
];

test.each(mistakes)("%s is refused", (_, text, expected) => {
  expect(() => load(text)).toThrow(expected);
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
});
