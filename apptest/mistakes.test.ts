// Mistakes as users make them: each gives one clear message with its place, the right exit code, and leaves what runs alone.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ask, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, freePorts, freshFolder, type Running, runNarthex, startNarthex } from "./processes.js";
import { startServer } from "./server.js";

function write(folder: string, file: string, text: string): string {
  writeFileSync(join(folder, file), text);
  return join(folder, file);
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a configuration that does not load", () => {
  const rule = (expression: string): string => `groups:\n- name: g\n  rules:\n  - {record: r, expr: '${expression}'}\n`;

  it.each<[string, string, string, RegExp]>([
    [
      "broken YAML",
      "global: {scrape_interval: 1s\n",
      "",
      /prometheus\.yml:\d+:\d+: parsing YAML file .*prometheus\.yml: yaml: /,
    ],
    [
      "an unknown field",
      "global:\n  scrape_intervall: 1s\n",
      "",
      /prometheus\.yml:2:3: .*: field scrape_intervall not found in type config\.\w+/,
    ],
    [
      "a bad duration",
      "global: {scrape_interval: soon}\n",
      "",
      /prometheus\.yml:1:27: .*: not a valid duration string: "soon"/,
    ],
    [
      "a bad regular expression",
      "scrape_configs:\n- job_name: a\n  relabel_configs:\n  - {source_labels: [x], regex: '(', action: drop}\n",
      "",
      /prometheus\.yml:4:33: .*: error parsing regexp: missing closing \)/,
    ],
    [
      "bad PromQL in a rule",
      "rule_files: [rules.yml]\n",
      rule("rate(up)"),
      /rules\.yml:4:23: .*could not parse expression: 1:6: parse error: /,
    ],
    [
      "a bad template in a rule",
      "rule_files: [rules.yml]\n",
      "groups: [{name: g, rules: [{alert: a, expr: '1', labels: {x: '{{ nope }}'}}]}]\n",
      /rules\.yml:1:\d+: .*function "nope" not defined/,
    ],
  ])("%s", async (_, config, rules, message) => {
    const folder = freshFolder();
    const file = write(folder, "prometheus.yml", config);
    write(folder, "rules.yml", rules);
    const { code, output } = await runNarthex([
      "server",
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder}/data`,
      "--web.listen-address=127.0.0.1:0",
    ]);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
    expect((await runNarthex(["tool", "check", "config", file])).code).toBe(1);
  });

  it("that is not there", async () => {
    const { code, output } = await runNarthex(["server", "--config.file=/nowhere/prometheus.yml"]);
    expect(output).toContain("/nowhere/prometheus.yml");
    expect(code).toBe(1);
  });
});

describe("a start that cannot be", () => {
  async function running(): Promise<{ folder: string; flags: string[]; address: string; server: Running }> {
    const folder = freshFolder();
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const file = write(folder, "prometheus.yml", "global: {scrape_interval: 1s}\n");
    const flags = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, "data")}`];
    const server = startNarthex(["server", ...flags, `--web.listen-address=${address}`]);
    await answers(server, `http://${address}/-/ready`);
    return { folder, flags, address, server };
  }

  it("because the port is taken", async () => {
    const { folder, flags, address } = await running();
    const { code, output } = await runNarthex([
      "server",
      flags[0] as string,
      `--storage.tsdb.path=${folder}/other`,
      `--web.listen-address=${address}`,
    ]);
    expect(output).toContain(`cannot listen on ${address}: address already in use`);
    expect(code).toBe(1);
  });

  it("because another process has the data directory", async () => {
    const { flags } = await running();
    const { code, output } = await runNarthex(["server", ...flags, "--web.listen-address=127.0.0.1:0"]);
    expect(output).toMatch(/lock|in use by/i);
    expect(code).toBe(1);
  });

  it("because another `narthex up` has the data folder, before any part of it starts", async () => {
    const folder = freshFolder();
    const addresses = (await freePorts(4)).map((port) => `127.0.0.1:${port}`);
    const names = ["web", "alertmanager", "pushgateway", "node-exporter"];
    const flags = names.map((name, i) => `--${name}.listen-address=${addresses[i]}`);
    const first = startNarthex(["up", `--storage.path=${folder}`, ...flags]);
    await answers(first, `http://${addresses[0]}/-/ready`);
    const free = names.map((name) => `--${name}.listen-address=127.0.0.1:0`);
    const { code, output } = await runNarthex(["up", `--storage.path=${folder}`, ...free]);
    expect(output).toBe(`narthex: data directory ${folder} is in use by process ${first.child.pid}\n`);
    expect(code).toBe(1);
  });

  it("because the data directory cannot be written", async () => {
    const folder = freshFolder();
    const file = write(folder, "prometheus.yml", "global: {scrape_interval: 1s}\n");
    // A file in the way stops root, too, whom permissions do not stop.
    write(folder, "data", "not a directory");
    mkdirSync(join(folder, "closed"));
    chmodSync(join(folder, "closed"), 0o500);
    const { code, output } = await runNarthex([
      "server",
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
    ]);
    expect(output).toContain(join(folder, "data"));
    expect(code).toBe(1);
  });

  it.each([
    [["server", "--nope"], 2, "unknown long flag '--nope'"],
    [["nope"], 2, 'no command "nope"'],
    [["tool"], 1, "needs one more word"],
    [["server", "--query.timeout=soon"], 2, "--query.timeout"],
    [["tool", "query", "instant", "localhost:1"], 1, "required argument 'expr' not provided"],
  ])("because the command line %j is wrong", async (args, expected, message) => {
    const { code, output } = await runNarthex(args);
    expect(output).toContain(message);
    expect(code).toBe(expected);
  });
});

it("a bad reload changes nothing, and says so", async () => {
  const good = "global: {scrape_interval: 1s, external_labels: {version: first}}\n";
  const { program, base, write } = await startServer({ config: good, flags: ["--web.enable-lifecycle"] });
  const yaml = async (): Promise<string> => (await ask<{ yaml: string }>(base, "/api/v1/status/config")).yaml;

  write("prometheus.yml", good.replace("scrape_interval", "scrape_intervall"));
  const refused = await fetch(`${base}/-/reload`, { method: "POST" });
  expect(refused.status).toBe(500);
  expect(await refused.text()).toMatch(/prometheus\.yml:1:10: .*: field scrape_intervall not found/);
  expect(await yaml()).toContain("version: first");
  program.child.kill("SIGHUP");
  await eventually("the log tells of the failed reload", async () =>
    program.output().includes("scrape_intervall not found"),
  );

  write("prometheus.yml", good.replace("first", "second"));
  expect((await fetch(`${base}/-/reload`, { method: "POST" })).status).toBe(200);
  expect(await yaml()).toContain("version: second");
});

it("a target that is down, slow, too large or sends garbage is down with the reason, and the others are not", async () => {
  const text = { "content-type": "text/plain; version=0.0.4" };
  const targets = {
    good: await serve((_, response) => response.writeHead(200, text).end("good 1\n")),
    slow: await serve(() => {}),
    large: await serve((_, response) => response.writeHead(200, text).end(`large{x="${"y".repeat(5000)}"} 1\n`)),
    garbage: await serve((_, response) => response.writeHead(200, text).end("fine 1\nthis is { not a metric\n")),
    untyped: await serve((_, response) => response.writeHead(200, { "content-type": "" }).end("untyped 1\n")),
    missing: await serve((_, response) => response.writeHead(404).end("no")),
    down: `127.0.0.1:${(await freePorts(1))[0]}`,
  };
  const jobs = Object.entries(targets).map(
    ([name, address]) => `- {job_name: ${name}, body_size_limit: 4KB, static_configs: [{targets: ['${address}']}]}`,
  );
  const { base } = await startServer({
    config: `global: {scrape_interval: 1s, scrape_timeout: 500ms}\nscrape_configs:\n${jobs.join("\n")}\n`,
  });
  type Target = { scrapePool: string; health: string; lastError: string };
  const active = await eventually("every target was scraped", async () => {
    const { activeTargets } = await ask<{ activeTargets: Target[] }>(base, "/api/v1/targets");
    return activeTargets.length === 7 && activeTargets.every((target) => target.health !== "unknown") && activeTargets;
  });
  const errors = Object.fromEntries(active.map((target) => [target.scrapePool, target.lastError]));
  expect(errors["good"]).toBe("");
  expect(errors["slow"]).toMatch(/deadline exceeded|within 500 ms/);
  expect(errors["large"]).toMatch(/body size limit exceeded/);
  expect(errors["garbage"]).toMatch(/line 2/);
  expect(errors["untyped"]).toMatch(/Content-Type/i);
  expect(errors["missing"]).toMatch(/404/);
  expect(errors["down"]).toMatch(/ECONNREFUSED|connection refused/);
  expect(await value(base, "sum(up)")).toBe(1);
  expect(await value(base, "count(up == 0)")).toBe(6);
  expect(await value(base, "fine")).toBeUndefined();
});
