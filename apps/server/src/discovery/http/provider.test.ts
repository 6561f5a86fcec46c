import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiServer, Reply } from "../testing/api.js";
import { metricValue, parseSd, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { httpSd } from "./config.js";
import { httpProvider } from "./provider.js";

let api: ApiServer;
let running: RunningProvider | undefined;

beforeEach(async () => {
  api = await ApiServer.open(() => undefined);
});

afterEach(async () => {
  running?.stop();
  await api.close();
});

function start(fields = ""): RunningProvider {
  running = runProvider(httpProvider, httpSd, `{ url: "${api.url}/sd", refresh_interval: 30s${fields} }`);
  return running;
}

const groups = [{ targets: ["a:1", "b:1"], labels: { env: "prod" } }, { targets: ["c:1"] }];

test("groups come with the endpoint's URL, and the request says how often it comes", async () => {
  api.routes = () => groups;
  const { next } = start(", authorization: { credentials: abc }");
  const url = { __meta_url: `${api.url}/sd` };
  expect(targetsOf(await next())).toEqual([
    { __address__: "a:1", env: "prod", ...url },
    { __address__: "b:1", env: "prod", ...url },
    { __address__: "c:1", ...url },
  ]);
  expect(api.asked[0]?.headers).toMatchObject({
    accept: "application/json",
    authorization: "Bearer abc",
    "x-prometheus-refresh-interval-seconds": "30",
  });
});

test("the list is fetched anew every refresh interval", async () => {
  api.routes = () => groups;
  const { next, clock } = start();
  await next();
  api.routes = () => [];
  await clock.advance(30_000);
  expect(await next()).toEqual([]);
});

const refused: [title: string, reply: Reply, text: string][] = [
  ["another status", new Reply(503, []), "server returned HTTP status 503 Service Unavailable"],
  ["another content type", new Reply(200, "[]"), 'unsupported content type \\"text/plain\\"'],
  ["a body that is not JSON", new Reply(200, "[", { "content-type": "application/json" }), "as JSON"],
  ["a group that is null", new Reply(200, [null]), "nil target group item found"],
  ["a field of another name", new Reply(200, [{ hosts: [] }]), 'unknown field \\"hosts\\" in a target group'],
  ["a target that is no string", new Reply(200, [{ targets: [1] }]), "[0].targets[0] is not a string"],
];

test.each(refused)("%s is a failure, and the last good list stands", async (_, reply, text) => {
  api.routes = () => reply;
  const { nextFailure, logged, registry } = start();
  await nextFailure();
  expect(logged.join("")).toContain(text);
  expect(await metricValue(registry, "prometheus_sd_http_failures_total")).toBe(1);
});

test("a charset of UTF-8 is taken", async () => {
  api.routes = () => new Reply(200, [], { "content-type": "application/json; charset=utf-8" });
  expect(await start().next()).toEqual([]);
});

const mistakes: [yaml: string, text: string][] = [
  ["{}", "URL is missing"],
  ["{ url: example.com }", "URL scheme must be 'http' or 'https'"],
  ["{ url: 'ftp://example.com' }", "URL scheme must be 'http' or 'https'"],
  ["{ url: 'http://' }", "host is missing in URL"],
  ["{ url: 'http://a', uri: b }", "field uri not found in type http.plain"],
  ["{ url: 'http://a', bearer_token: a, bearer_token_file: b }", "at most one of bearer_token & bearer_token_file"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(httpSd, yaml)).toThrow(text);
});
