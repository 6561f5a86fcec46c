// A server without data of its own that reads another's: it answers as the other does, whether that is Debian's Prometheus 2.42 or
// Narthex, in chunks or in samples.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  decodeReadRequest,
  decodeSnappy,
  encodeReadRequest,
  encodeSnappy,
  type ReadResponseType,
} from "@narthex/formats";
import { expect, it, onTestFinished } from "vitest";
import { ask } from "./api.js";
import { dataEnd, dataStart, writeBlocks } from "./differential/data.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, start, startNarthex } from "./processes.js";

const prometheus = findProgram("prometheus");

type Place = { readonly folder: string; readonly data: string; readonly config: string };

async function startServer(program: "ours" | "theirs", { folder, data, config }: Place): Promise<string> {
  const [port = 0] = await freePorts(1);
  const file = join(folder, `${program}-${port}.yml`);
  writeFileSync(file, config);
  mkdirSync(join(folder, data), { recursive: true });
  const base = `http://127.0.0.1:${port}`;
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, data)}`,
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const started =
    program === "ours"
      ? startNarthex(["server", ...flags, "--enable-feature=promql-experimental-functions"])
      : start(prometheus as string, [...flags, "--enable-feature=native-histograms"]);
  await answers(started, `${base}/-/ready`);
  return base;
}

type Proxy = { readonly url: string; readonly types: string[] };

/** Stands before a server and lets it answer in one kind only. */
async function only(base: string, type: ReadResponseType): Promise<Proxy> {
  const types: string[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { queries } = decodeReadRequest(decodeSnappy(Buffer.concat(parts)));
    const answer = await fetch(`${base}/api/v1/read`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
      body: Uint8Array.from(encodeSnappy(encodeReadRequest(queries, [type]))),
    });
    const contentType = answer.headers.get("content-type") ?? "";
    types.push(contentType);
    response.writeHead(answer.status, { "content-type": contentType });
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, types };
}

const expressions = [
  "requests_total",
  'temperature{job="api",zone!="east"}',
  'queue{zone=""}',
  "sum by (job) (rate(requests_total[5m]))",
  "max_over_time(temperature[10m]) - min_over_time(temperature[10m] offset 20m)",
  "histogram_quantile(0.9, sum by (le) (rate({__name__=~'.+_bucket'}[5m])))",
  "requests_total / on (instance, job) group_left temperature",
  "absent(queue{job='none'})",
  'info(requests_total, {__name__="temperature"})',
];

const nativeExpressions = [
  "sum by (job, instance) (histogram_count({job!=''}))",
  "sum by (job) (histogram_quantile(0.5, rate({job!='',__name__='latency_native'}[5m])))",
];

type Matrix = { readonly result: readonly { readonly metric: object; readonly values: readonly [number, string][] }[] };

async function rangeOf(base: string, expression: string): Promise<unknown[]> {
  const [first, last] = [dataStart / 1000 + 1800, dataEnd / 1000 - 1800];
  const parameters = new URLSearchParams({ query: expression, start: `${first}`, end: `${last}`, step: "300" });
  const { result } = await ask<Matrix>(base, `/api/v1/query_range?${parameters}`);
  return result
    .map(({ metric, values }) => [JSON.stringify(Object.entries(metric).sort()), values] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

const dataTimes = `start=${dataStart / 1000}&end=${dataEnd / 1000}`;

async function seriesOf(base: string): Promise<string[]> {
  const found = await ask<object[]>(base, `/api/v1/series?match[]={job!=""}&${dataTimes}`);
  return found.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
}

const kinds = [
  { program: "ours", type: "STREAMED_XOR_CHUNKS", expected: "application/x-streamed-protobuf" },
  { program: "ours", type: "SAMPLES", expected: "application/x-protobuf" },
  { program: "theirs", type: "STREAMED_XOR_CHUNKS", expected: "application/x-streamed-protobuf" },
  // 2.42 leaves native histograms out of these.
  { program: "theirs", type: "SAMPLES", expected: "application/x-protobuf", isFloatsOnly: true },
] as const;

for (const kind of kinds) {
  const { program, type, expected } = kind;
  it.skipIf(program === "theirs" && !prometheus)(`reads ${type} of ${program}`, async () => {
    const folder = freshFolder();
    await writeBlocks(join(folder, "data"), join(folder, "scratch"), 4);
    // Our own answers over the same blocks: 2.42 rounds otherwise, and knows fewer functions.
    const remote = await startServer(program, { folder, data: "data", config: "" });
    const direct = program === "ours" ? remote : await startCopy(folder);
    const proxy = await only(remote, type);
    const reader = await startServer("ours", {
      folder,
      data: "empty",
      config: `remote_read: [{url: '${proxy.url}', read_recent: true}]\n`,
    });
    for (const expression of [...expressions, ...("isFloatsOnly" in kind ? [] : nativeExpressions)]) {
      const [read, own] = await Promise.all([rangeOf(reader, expression), rangeOf(direct, expression)]);
      expect([expression, read]).toEqual([expression, own]);
      expect([expression, own.length > 0]).toEqual([expression, true]);
    }
    expect(new Set(proxy.types.map((one) => one.split(";")[0]))).toEqual(new Set([expected]));
    expect(await seriesOf(reader)).toEqual(await seriesOf(direct));
  });
}

async function startCopy(folder: string): Promise<string> {
  await writeBlocks(join(folder, "copy"), join(folder, "scratch-2"), 4);
  return startServer("ours", { folder, data: "copy", config: "" });
}

type Labels = { readonly data: readonly string[]; readonly warnings?: readonly string[] };

it("warns of what it did not get, in queries and in lookups", async () => {
  const folder = freshFolder();
  const [port = 0] = await freePorts(1);
  const config = `remote_read: [{url: 'http://127.0.0.1:${port}/read', read_recent: true}]\n`;
  const reader = await startServer("ours", { folder, data: "empty", config });
  const textOf = async (path: string): Promise<Labels> => (await fetch(`${reader}${path}`)).json() as Promise<Labels>;
  const queried = await textOf("/api/v1/query?query=up");
  expect(queried.warnings).toEqual([expect.stringMatching(/^remote_read: error sending request: /)]);
  const series = await textOf("/api/v1/series?match[]=up");
  expect([series.data, series.warnings?.length]).toEqual([[], 1]);
  expect(await textOf("/api/v1/labels")).toMatchObject({ data: [], warnings: ["not implemented"] });
  expect(await textOf("/api/v1/label/a/values?match[]=up")).toMatchObject({ data: [], warnings: ["not implemented"] });
});

it("evaluates rules over what remotes have", async () => {
  const folder = freshFolder();
  await writeBlocks(join(folder, "data"), join(folder, "scratch"), 5);
  const remote = await startServer("ours", { folder, data: "data", config: "" });
  const expression = `count(requests_total @ ${dataStart / 1000 + 3600})`;
  const rule = `{record: far:count, expr: '${expression}'}`;
  writeFileSync(join(folder, "rules.yml"), `groups: [{name: g, interval: 1s, rules: [${rule}]}]\n`);
  const reader = await startServer("ours", {
    folder,
    data: "recorded",
    config: `rule_files: [rules.yml]\nremote_read: [{url: '${remote}/api/v1/read'}]\n`,
  });
  type Vector = { readonly result: readonly { readonly value: readonly [number, string] }[] };
  const readValue = async (base: string, query: string): Promise<string | undefined> => {
    const { result } = await ask<Vector>(base, `/api/v1/query?${new URLSearchParams({ query })}`);
    return result[0]?.value[1];
  };
  const expected = await readValue(remote, expression);
  expect(Number(expected)).toBeGreaterThan(1);
  await eventually("the rule is stored", async () => (await readValue(reader, "far:count")) === expected);
});
