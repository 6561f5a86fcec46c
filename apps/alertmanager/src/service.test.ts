// The running service over HTTP: reload, limits, prefixes, mistakes at start; API answers against the OpenAPI contract.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";
import { startHttpReceiver } from "./testing/receiver.js";
import { mistakesAgainst, type Schema } from "./testing/schema.js";
import { makeFolder, startOurs, type TestService } from "./testing/service.js";

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const plain = "route: {receiver: d, group_wait: 1s}\nreceivers: [{name: d}]\n";

async function start(config = plain, args: string[] = []): Promise<TestService & { folder: string }> {
  const folder = makeFolder();
  ends.push(folder.remove);
  const service = await startOurs({ folder: folder.path, config, args });
  ends.push(() => service.stop());
  return { ...service, folder: folder.path };
}

async function ask(service: TestService, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const headers = { "content-type": "application/json" };
  const request = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${service.url}${path}`, request);
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
}

const alert = { labels: { alertname: "Load" }, annotations: { summary: "x" }, generatorURL: "http://p/g" };

function silence(fields: object = {}): object {
  const matchers = [{ name: "alertname", value: "Load", isRegex: false }];
  const times = { startsAt: new Date().toISOString(), endsAt: "2099-01-01T00:00:00Z" };
  return { matchers, ...times, createdBy: "me", comment: "why", ...fields };
}

test("reload: a new config takes over and keeps the alerts, a wrong one is refused and changes nothing", async () => {
  const receiver = await startHttpReceiver();
  ends.push(() => receiver.close());
  const service = await start();
  await ask(service, "/api/v2/alerts", [alert]);
  service.writeConfig("route: {receiver: nobody}\n");
  const refused = await fetch(`${service.url}/-/reload`, { method: "POST" });
  expect(refused.status).toBe(500);
  expect(await refused.text()).toMatch(
    /failed to reload config: .*alertmanager\.yml:1:19: undefined receiver "nobody"/,
  );
  expect(await metric(service, "alertmanager_config_last_reload_successful")).toBe(0);
  service.writeConfig(
    `route: {receiver: w, group_wait: 0s}\nreceivers: [{name: w, webhook_configs: [{url: '${receiver.url}'}]}]\n`,
  );
  expect((await fetch(`${service.url}/-/reload`, { method: "POST" })).status).toBe(200);
  await receiver.received(1);
  expect(receiver.requests[0]?.body).toMatchObject({ receiver: "w", alerts: [{ labels: { alertname: "Load" } }] });
  expect(await metric(service, "alertmanager_config_last_reload_successful")).toBe(1);
});

async function metric(service: TestService, name: string): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1));
}

test("a silence shows at once, in status, filters and metrics", async () => {
  const service = await start();
  await ask(service, "/api/v2/alerts", [alert]);
  const { json } = await ask(service, "/api/v2/silences", silence());
  const { silenceID } = json as { silenceID: string };
  expect((await ask(service, "/api/v2/alerts")).json).toMatchObject([
    { status: { state: "suppressed", silencedBy: [silenceID], inhibitedBy: [], mutedBy: [] } },
  ]);
  expect((await ask(service, "/api/v2/alerts?silenced=false")).json).toEqual([]);
  expect((await ask(service, "/api/v2/alerts/groups?muted=false")).json).toEqual([]);
  expect((await ask(service, "/api/v2/silences?active=false")).json).toEqual([]);
  expect((await ask(service, '/api/v2/silences?filter=alertname%3D"Load"')).json).toHaveLength(1);
  expect(await metric(service, 'alertmanager_alerts{state="suppressed"}')).toBe(1);
  expect(await metric(service, 'alertmanager_silences{state="active"}')).toBe(1);
  expect((await fetch(`${service.url}/api/v2/silence/${silenceID}`, { method: "DELETE" })).status).toBe(200);
  expect((await ask(service, "/api/v2/alerts?active=true")).json).toMatchObject([{ status: { state: "active" } }]);
});

test.each([
  ["alerts", "/api/v2/alerts", [{ labels: {} }, alert], 400, "at least one label pair required"],
  ["silence size", "/api/v2/silences", silence({ comment: "x".repeat(70_000) }), 400, /silence exceeded maximum size/],
  ["body size", "/api/v2/alerts", [{ labels: { a: "x".repeat(11_000_000) } }], 413, { code: 413 }],
  [
    "matchers",
    "/api/v2/silences",
    silence({ matchers: [{ name: "a", value: "(", isRegex: true }] }),
    400,
    /regular expression/,
  ],
] as [string, string, unknown, number, unknown][])("refused: %s", async (_, path, body, status, expected) => {
  const answer = await ask(await start(), path, body);
  expect(answer.status).toBe(status);
  if (expected instanceof RegExp) expect(answer.json).toMatch(expected);
  else if (typeof expected === "string") expect(answer.json).toBe(expected);
  else expect(answer.json).toMatchObject(expected as object);
});

test("good alerts among bad ones are kept", async () => {
  const service = await start();
  await ask(service, "/api/v2/alerts", [{ labels: {} }, alert]);
  expect((await ask(service, "/api/v2/alerts")).json).toHaveLength(1);
});

test("everything stands under the prefix of the external URL", async () => {
  const service = await start(plain, ["--web.external-url=http://example.org/am/"]);
  expect((await fetch(`${service.url}/am/-/healthy`)).status).toBe(200);
  expect((await fetch(`${service.url}/am/-/ready`)).status).toBe(200);
  expect((await ask(service, "/am/api/v2/status")).status).toBe(200);
  expect((await ask(service, "/api/v2/status")).status).toBe(404);
  expect((await ask(service, "/am/api/v1/alerts")).status).toBe(410);
});

test.each([
  [
    "no config file",
    (folder: string) => ({ config: plain, args: [`--config.file=${folder}/none.yml`] }),
    /cannot read the config file .*none\.yml/,
  ],
  ["a wrong config", () => ({ config: "route:\n  receiver: [\n", args: [] }), /alertmanager\.yml:\d+:\d+: yaml: /],
  [
    "a storage path that is a file",
    (folder: string) => ({ config: plain, args: [`--storage.path=${folder}/alertmanager.yml`] }),
    /cannot open the storage folder/,
  ],
  ["a missing template", () => ({ config: `${plain}templates: ['bad.tmpl']`, args: [] }), /bad\.tmpl:1/],
] as [string, (folder: string) => { config: string; args: string[] }, RegExp][])(
  "start with %s",
  async (_, given, expected) => {
    const folder = makeFolder();
    ends.push(folder.remove);
    writeFileSync(join(folder.path, "bad.tmpl"), '{{ define "x" }}{{ end');
    await expect(startOurs({ folder: folder.path, ...given(folder.path) }).catch(causes)).resolves.toMatch(expected);
  },
);

function causes(error: unknown): string {
  return error instanceof Error ? `${error.message}: ${causes(error.cause)}` : "";
}

test("a port in use is said by name, and the storage is free again", async () => {
  const first = await start();
  const folder = makeFolder();
  ends.push(folder.remove);
  const args = [`--web.listen-address=${first.url.replace("http://", "")}`];
  await expect(startOurs({ folder: folder.path, config: plain, args })).rejects.toThrow(/address already in use/);
});

const contract = join(
  process.env["CORPORA"] ?? new URL("../../../../shared/corpora", import.meta.url).pathname,
  "api/alertmanager-openapi-2.0.yaml",
);

test.skipIf(!existsSync(contract))(`answers keep the contract ${contract}`, async () => {
  const document = parse(readFileSync(contract, "utf8")) as Schema;
  const service = await start(`${plain}inhibit_rules: [{source_matchers: [a=b], target_matchers: [c=d]}]`);
  await ask(service, "/api/v2/alerts", [alert]);
  const { json } = await ask(service, "/api/v2/silences", silence({ annotations: { a: "b" } }));
  const { silenceID } = json as { silenceID: string };
  const operations: [string, string][] = [
    ["/status", "/status"],
    ["/receivers", "/receivers"],
    ["/alerts", "/alerts"],
    ["/alerts/groups", "/alerts/groups"],
    ["/silences", "/silences"],
    ["/silence/{silenceID}", `/silence/${silenceID}`],
  ];
  for (const [operation, path] of operations) {
    const answer = await ask(service, `/api/v2${path}`);
    expect({ operation, mistakes: mistakesAgainst(document, operation, answer.json) }).toEqual({
      operation,
      mistakes: [],
    });
  }
});
