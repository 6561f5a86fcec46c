import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runNarthex } from "../../testing/run.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "narthex-check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const twice = "groups: [{name: g, rules: [{record: a, expr: b}, {record: a, expr: c}]}]";

it.each<[name: string, kind: string, text: string, flags: string[], code: number, said: string]>([
  ["good", "rules", "groups: []", [], 0, "SUCCESS: 0 rules found"],
  ["duplicate rules", "rules", twice, [], 0, "lint error 1 duplicate rule(s) found"],
  ["fatal duplicate rules", "rules", twice, ["--lint-fatal"], 3, "lint error 1"],
  ["no lint", "rules", twice, ["--lint=none", "--lint-fatal"], 0, "SUCCESS: 2 rules found"],
  ["an unknown field", "rules", "groups: [{name: g, owner: me}]", [], 1, "bad.yml:1:20: field owner not found"],
  [
    "an unknown field passed over",
    "rules",
    "groups: [{name: g, owner: me}]",
    ["--ignore-unknown-fields"],
    0,
    "SUCCESS",
  ],
  [
    "an experimental function",
    "rules",
    `${twice.replace("expr: b", "expr: 'sort_by_label(b)'")}`,
    ["--lint=none"],
    1,
    "sort_by_label",
  ],
  [
    "an experimental function allowed",
    "rules",
    twice.replace("expr: b", "expr: 'sort_by_label(b)'"),
    ["--lint=none", "--enable-feature=promql-experimental-functions"],
    0,
    "SUCCESS: 2 rules found",
  ],
  ["a rule file that is not there", "config", "rule_files: [nowhere.yml]", [], 1, "does not point to an existing file"],
  ["a pattern without files", "config", "rule_files: ['nowhere*.yml']", [], 0, "SUCCESS"],
  ["syntax only", "config", "rule_files: [nowhere.yml]", ["--syntax-only"], 0, "SUCCESS"],
  [
    "rules of an agent",
    "config",
    "rule_files: ['nowhere*.yml']",
    ["--agent"],
    1,
    "field rule_files is not allowed in agent mode",
  ],
  [
    "a slow scrape",
    "config",
    "scrape_configs: [{job_name: a, scrape_interval: 5m}]",
    ["--lint=all", "--lint-fatal"],
    3,
    "job: a, interval: 5m",
  ],
  [
    "a slow scrape, long lookback",
    "config",
    "scrape_configs: [{job_name: a, scrape_interval: 5m}]",
    ["--lint=all", "--query.lookback-delta=6m", "--lint-fatal"],
    0,
    "SUCCESS",
  ],
  [
    "a missing certificate",
    "config",
    "scrape_configs: [{job_name: a, tls_config: {cert_file: nope, key_file: nope}}]",
    [],
    1,
    "error checking client cert file",
  ],
  [
    "a URL that is relabelled",
    "config",
    "scrape_configs: [{job_name: a, relabel_configs: [{target_label: __address__, replacement: x}], static_configs: [{targets: ['http://a']}]}]",
    [],
    0,
    "SUCCESS",
  ],
  [
    "a URL that is relabelled into a URL",
    "config",
    "scrape_configs: [{job_name: a, relabel_configs: [{target_label: x, replacement: x}], static_configs: [{targets: ['http://a']}]}]",
    [],
    1,
    'instance 0 in group 0: "http://a" is not a valid hostname',
  ],
  ["a good web config", "web-config", "basic_auth_users: {}", [], 0, "SUCCESS"],
  ["a bad web config", "web-config", "basic_auth_users: {a: b}", [], 1, "bad.yml:1:23: not a bcrypt hash"],
])("%s", async (_name, kind, text, flags, code, said) => {
  const ran = await runNarthex("tool", "check", kind, ...flags, write("bad.yml", text));
  expect(ran.stdout + ran.stderr).toContain(said);
  expect(ran.code).toBe(code);
});

it("tells of a lint check that is none, and goes on", async () => {
  const ran = await runNarthex("tool", "check", "rules", "--lint=typos", write("good.yml", "groups: []"));
  expect(ran.stdout).toContain("WARNING: unknown lint option typos\n");
  expect(ran.code).toBe(0);
});

it("asks a server whether it is ready", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/-/ready" ? 503 : 200;
    response.end("Prometheus Server is Healthy.\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const healthy = await runNarthex("tool", "check", "healthy", `--url=${url}`);
    expect(healthy).toEqual({ code: 0, stdout: "  SUCCESS: Prometheus Server is Healthy.\n", stderr: "" });
    const ready = await runNarthex("tool", "check", "ready", "--url", url);
    expect(ready).toEqual({ code: 1, stdout: "", stderr: `  FAILED: check failed: URL=${url}/-/ready, status=503\n` });
  } finally {
    server.close();
  }
});
