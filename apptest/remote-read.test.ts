// Remote read beside Debian's Prometheus 2.42: as a client it answers queries over our data as we do; as a server, over the same
// blocks, it sends the samples and chunks that we send.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import {
  type AskedQuery,
  postRead,
  type ReceivedSeries,
  readRequestBody,
  receiveChunks,
  receiveSamples,
} from "../apps/server/src/testing/remote-read.js";
import { ask } from "./api.js";
import { dataEnd, dataStart, writeBlocks } from "./differential/data.js";
import { answers, findProgram, freePorts, freshFolder, start, startNarthex } from "./processes.js";

const prometheus = findProgram("prometheus");

type Place = { readonly base: string; readonly config: string; readonly data: string; readonly port: number };

function flagsFor({ config, data, port }: Omit<Place, "base">): string[] {
  return [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=127.0.0.1:${port}`,
  ];
}

async function startOurs(folder: string, global: string, args: readonly string[] = []): Promise<string> {
  const [port = 0] = await freePorts(1);
  const config = join(folder, "ours.yml");
  writeFileSync(config, global);
  const base = `http://127.0.0.1:${port}`;
  const flags = flagsFor({ config, data: join(folder, "ours"), port });
  await answers(startNarthex(["server", ...flags, ...args]), `${base}/-/ready`);
  return base;
}

async function startTheirs(folder: string, { text, data }: { readonly text: string; readonly data: string }) {
  const [port = 0] = await freePorts(1);
  const config = join(folder, "theirs.yml");
  writeFileSync(config, text);
  const base = `http://127.0.0.1:${port}`;
  const flags = flagsFor({ config, data: join(folder, data), port });
  await answers(start(prometheus as string, [...flags, "--enable-feature=native-histograms"]), `${base}/-/ready`);
  return base;
}

const floatNames = "requests_total|bytes_total|temperature|queue|wild|.*_bucket|.*_sum|.*_count";

// Of floats: 2.42 does not send histograms. No lookback ends on a sample.
const expressions = [
  "requests_total",
  'temperature{job="api",zone!="east"}',
  'queue{zone=""}',
  'queue{instance=~"a:.|c:1"}',
  'count by (__name__) ({job=~".+",__name__=~"requests_total|bytes_total|wild"})',
  "sum by (job) (rate(requests_total[5m]))",
  "max_over_time(temperature[10m]) - min_over_time(temperature[10m] offset 20m)",
  "histogram_quantile(0.9, sum by (le) (rate({__name__=~'.+_bucket'}[5m])))",
  "absent(queue{job='none'})",
];

async function rangeOf(base: string, expression: string): Promise<unknown> {
  const [start, end] = [dataStart / 1000 + 1800, dataEnd / 1000 - 1800];
  const parameters = new URLSearchParams({ query: expression, start: `${start}`, end: `${end}`, step: "300" });
  type Matrix = {
    readonly result: readonly { readonly metric: object; readonly values: readonly [number, string][] }[];
  };
  const { result } = await ask<Matrix>(base, `/api/v1/query_range?${parameters}`);
  return result
    .map(({ metric, values }) => [JSON.stringify(Object.entries(metric).sort()), values.map(rounded)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Prometheus 2.42 rounds its sums otherwise. */
function rounded([t, value]: readonly [number, string]): readonly [number, string] {
  return [t, Number(value).toPrecision(12)];
}

describe.skipIf(!prometheus)("remote read beside Debian's prometheus (prometheus)", () => {
  it("serves a Prometheus that has no data of its own", async () => {
    const folder = freshFolder();
    await writeBlocks(join(folder, "ours"), join(folder, "scratch"), 1);
    mkdirSync(join(folder, "empty"));
    const ours = await startOurs(folder, "global: {external_labels: {site: x}}\n");
    const text = `global: {external_labels: {site: x}}\nremote_read: [{url: '${ours}/api/v1/read', read_recent: true}]\n`;
    const theirs = await startTheirs(folder, { text, data: "empty" });
    for (const expression of expressions) {
      const [own, their] = await Promise.all([rangeOf(ours, expression), rangeOf(theirs, expression)]);
      expect([expression, their]).toEqual([expression, own]);
      expect([expression, (own as unknown[]).length > 0]).toEqual([expression, true]);
    }
  });

  it("sends the samples and chunks of the same blocks", async () => {
    const folder = freshFolder();
    await writeBlocks(join(folder, "ours"), join(folder, "scratch"), 2);
    cpSync(join(folder, "ours"), join(folder, "theirs"), { recursive: true });
    const external = "global: {external_labels: {site: x, zone: far}}\n";
    const ours = await startOurs(folder, external);
    const theirs = await startTheirs(folder, { text: external, data: "theirs" });
    const floats = ["__name__", "=~", floatNames] as const;
    const queries: AskedQuery[] = [
      { start: dataStart, end: dataEnd, matchers: [floats] },
      { start: dataStart + 3_600_001, end: dataStart + 3_700_003, matchers: [floats, ["job", "!~", "d.*"]] },
      { start: dataStart, end: dataEnd, matchers: [floats, ["site", "=", "x"], ["zone", "=", "east"]] },
      { start: dataStart, end: dataEnd, matchers: [["job", "=", "none"]] },
    ];
    const bodyOf = async (base: string, accepted: readonly number[], asked = queries): Promise<Buffer> => {
      const response = await postRead(base, readRequestBody(asked, accepted));
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    };
    const [own, their] = await Promise.all([ours, theirs].map((base) => bodyOf(base, [])));
    const samples = receiveSamples(own as Buffer).map(byLabels);
    // A series whose chunks reach into the range, but none of its samples, is in their answer as an empty one.
    const theirSamples = receiveSamples(their as Buffer).map((series) =>
      series.filter((one) => one.samples.length > 0),
    );
    expect(samples).toEqual(theirSamples.map(byLabels));
    expect(samples.map((series) => series.length > 0)).toEqual([true, true, true, false]);
    const [ownChunks, theirChunks] = await Promise.all([ours, theirs].map((base) => bodyOf(base, [1, 0])));
    const chunks = receiveChunks(ownChunks as Buffer, queries.length).results.map(byLabels);
    expect(chunks).toEqual(receiveChunks(theirChunks as Buffer, queries.length).results.map(byLabels));
    expect(chunks).toEqual(samples);
    const everything: AskedQuery[] = [{ start: dataStart, end: dataEnd, matchers: [["job", "!=", ""]] }];
    const [ownAll, theirAll] = await Promise.all([ours, theirs].map((base) => bodyOf(base, [1], everything)));
    const all = receiveChunks(ownAll as Buffer, 1).results.map(byLabels);
    expect(all).toEqual(receiveChunks(theirAll as Buffer, 1).results.map(byLabels));
    expect(all[0]?.some(({ histograms }) => histograms > 0)).toBe(true);
  });

  it("refuses what it refuses, with its status and text", async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, "ours"));
    mkdirSync(join(folder, "theirs"));
    const ours = await startOurs(folder, "");
    const theirs = await startTheirs(folder, { text: "", data: "theirs" });
    const query: AskedQuery = { start: 0, end: 1, matchers: [["a", "=", "b"]] };
    const answerOf = async (base: string, body: Uint8Array): Promise<unknown> => {
      const response = await postRead(base, body);
      return [response.status, response.headers.get("content-type"), await response.text()];
    };
    for (const body of [new Uint8Array(0), Uint8Array.of(3, 1, 2), readRequestBody([query], [7, 9])]) {
      expect(await answerOf(ours, body)).toEqual(await answerOf(theirs, body));
    }
  });
});

function byLabels(series: readonly ReceivedSeries[]): ReceivedSeries[] {
  const keyed = series.map((one) => [JSON.stringify(Object.entries(one.labels).sort()), one] as const);
  return keyed
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => ({ ...one, labels: Object.fromEntries(Object.entries(one.labels).sort()) }));
}

it("sends a long answer in parts, and refuses one beyond the limit of samples", async () => {
  const folder = freshFolder();
  await writeBlocks(join(folder, "ours"), join(folder, "scratch"), 3);
  const ours = await startOurs(folder, "", ["--storage.remote.read-sample-limit=1000"]);
  const query: AskedQuery = { start: dataStart, end: dataEnd, matchers: [["__name__", "=~", ".+"]] };
  const refused = await postRead(ours, readRequestBody([query], []));
  expect([refused.status, await refused.text()]).toEqual([400, "exceeded sample limit (1000)\n"]);
  const often = Array.from({ length: 40 }, () => query);
  const response = await postRead(ours, readRequestBody(often, [1]));
  const body = Buffer.from(await response.arrayBuffer());
  expect(body.length).toBeGreaterThan(2 * 1024 * 1024);
  const { results } = receiveChunks(body, often.length);
  expect(results[0]?.length).toBeGreaterThan(20);
  expect(results.every((result) => isDeepStrictEqual(result, results[0]))).toBe(true);
  const metrics = await (await fetch(`${ours}/metrics`)).text();
  expect(metrics).toMatch(/^prometheus_remote_read_handler_queries 0$/m);
  expect(metrics).toMatch(/^prometheus_api_remote_read_queries 0$/m);
});
