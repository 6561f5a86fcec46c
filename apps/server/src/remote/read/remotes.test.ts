// Remotes over real sockets: what is asked, what becomes of each kind of answer.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "@narthex/client";
import {
  chunksContentType,
  decodeReadRequest,
  decodeSnappy,
  encodeChunkFrame,
  encodeLabels,
  encodeReadChunk,
  SamplesResponse,
  samplesContentType,
} from "@narthex/formats";
import { type Labels, labelsFrom, matcherFrom, printLabels, type Querier, SampleColumns } from "@narthex/model";
import { parseYamlFile } from "@narthex/service";
import { encodeChunks } from "@narthex/tsdb";
import { expect, it, onTestFinished } from "vitest";
import { type RemoteReadConfig, remoteReadConfigs } from "../../config/remote-read.js";
import type { RemoteData } from "./data.js";
import { readMetrics } from "./metrics.js";
import { checkRemotes, Remotes } from "./remotes.js";
import { withRemotes } from "./stores.js";

type Answer = { readonly status?: number; readonly type: string; readonly body: Uint8Array | string };
type Heard = { readonly headers: IncomingMessage["headers"]; readonly request: ReturnType<typeof decodeReadRequest> };

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** `answer`: undefined for none, ever. */
async function serve(answer: (heard: Heard) => Answer | undefined): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = { headers: request.headers, request: decodeReadRequest(decodeSnappy(await bodyOf(request))) };
    heard.push(one);
    const given = answer(one);
    if (given) response.writeHead(given.status ?? 200, { "content-type": given.type }).end(given.body);
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/read`, heard };
}

type Series = readonly [labels: Record<string, string>, ...samples: (readonly [t: number, v: number])[]];

function columnsOf(samples: readonly (readonly [t: number, v: number])[]): SampleColumns {
  const columns = new SampleColumns();
  for (const [t, v] of samples) columns.pushFloat(t, v);
  return columns;
}

function chunked(...all: Series[]): Answer {
  const frames = all.map(([labels, ...samples]) => {
    const chunks = encodeChunks(columnsOf(samples)).map(({ minTime, maxTime, data }) =>
      encodeReadChunk({ minTime, maxTime, encoding: 1, bytes: data.bytes.subarray(data.start, data.end) }),
    );
    return encodeChunkFrame(encodeLabels(labelsFrom(labels)), chunks, 0);
  });
  return { type: chunksContentType, body: Buffer.concat(frames) };
}

function sampled(...all: Series[]): Answer {
  const response = new SamplesResponse();
  for (const [labels, ...samples] of all) {
    response.addSeries(labelsFrom(labels), columnsOf(samples), { start: 0, end: samples.length });
  }
  response.endResult();
  return { type: samplesContentType, body: Buffer.concat([...response.pieces()]) };
}

function configsOf(text: string): RemoteReadConfig[] {
  return parseYamlFile("remote_read", text, remoteReadConfigs).map(({ value }) => value);
}

function openRemotes(text: string, external: Record<string, string> = {}): { remotes: Remotes; registry: Registry } {
  const registry = new Registry();
  const remotes = new Remotes({
    localStart: () => 150,
    metricsOf: readMetrics(registry),
    stopwatchMs: () => performance.now(),
  });
  remotes.apply(configsOf(text), external);
  onTestFinished(() => remotes.close());
  return { remotes, registry };
}

const matchers = [matcherFrom("=", "__name__", "m")];
const selection = { matchers, start: 100, end: 200 };

async function read(remotes: Remotes, signal = new AbortController().signal): Promise<RemoteData | undefined> {
  const held = await remotes.read([selection], { signal, hints: { step: 15, func: "" } });
  held?.release();
  return held?.data;
}

/** A local storage with these samples of m. */
function localOf(...all: Series[]): { querier: () => Querier } {
  const none = (): string[] => [];
  const sources = all.map(([labels, ...samples]) => ({
    labels: labelsFrom(labels),
    read(columns: SampleColumns) {
      columns.clear();
      for (const [t, v] of samples) columns.pushFloat(t, v);
    },
  }));
  return { querier: () => ({ select: () => sources, labelNames: none, labelValues: none, close: () => {} }) };
}

function joined(data: RemoteData | undefined, local = localOf()): { series: string[]; warnings: readonly string[] } {
  const { queryable, warnings } = withRemotes(local, data);
  const columns = new SampleColumns();
  const print = ({ labels, read }: { labels: Labels; read: (columns: SampleColumns) => void }): string => {
    read(columns);
    const samples = Array.from({ length: columns.count }, (_, i) => `${columns.t[i]}:${columns.v[i]}`);
    return `${printLabels(labels)} ${samples.join(",")}`;
  };
  const found = queryable.querier(selection).select({ ...selection, sorted: true });
  return { series: found.map((one) => print({ labels: one.labels, read: (into) => one.read(into) })), warnings };
}

it("asks in Prometheus' form, and says what is wanted of the samples", async () => {
  const { url, heard } = await serve(() => chunked());
  const { remotes } = openRemotes(`[{url: '${url}', headers: {x-scope: one}, basic_auth: {username: u, password: p}}]`);
  expect(joined(await read(remotes))).toEqual({ series: [], warnings: [] });
  expect(heard).toHaveLength(1);
  expect(heard[0]?.request).toEqual({
    queries: [
      {
        start: 100,
        end: 150,
        matchers: [{ type: "=", name: "__name__", value: "m" }],
        hints: { start: 100, end: 150, step: 15, func: "" },
      },
    ],
    acceptedTypes: [1, 0],
  });
  expect(heard[0]?.headers).toMatchObject({
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-read-version": "0.1.0",
    "x-scope": "one",
    authorization: "Basic dTpw",
  });
});

const a = { __name__: "m", i: "a" };
const b = { __name__: "m", i: "b" };

for (const [form, answerOf] of [["chunks", chunked] as const, ["samples", sampled] as const]) {
  it(`joins ${form} with the local storage, whose samples stay`, async () => {
    const answer = answerOf([b, [90, 1], [100, 1], [110, 2], [160, 3]], [a, [120, 5]]);
    const { url } = await serve(() => answer);
    const { remotes } = openRemotes(`[{url: '${url}'}]`);
    const local = localOf([a, [130, 6]], [b, [110, 20], [170, 30]]);
    expect(joined(await read(remotes), local)).toEqual({
      series: ['m{i="a"} 120:5,130:6', 'm{i="b"} 100:1,110:20,170:30'],
      warnings: [],
    });
  });

  it(`takes external labels from the series of ${form}, which then may be one`, async () => {
    const { url } = await serve(() =>
      answerOf([{ ...b, site: "x" }, [110, 2]], [{ ...a, site: "x" }, [120, 3]], [a, [110, 1]]),
    );
    const { remotes } = openRemotes(`[{url: '${url}'}]`, { site: "x" });
    expect(joined(await read(remotes)).series).toEqual(['m{i="a"} 110:1,120:3', 'm{i="b"} 110:2']);
  });
}

it("does not ask where the local storage has all", async () => {
  const { url, heard } = await serve(() => chunked());
  const { remotes } = openRemotes(`[{url: '${url}'}]`);
  const recent = { matchers, start: 151, end: 200 };
  const options = { signal: new AbortController().signal, hints: { step: 0, func: "" } };
  expect(await remotes.read([recent], options)).toBeUndefined();
  expect([remotes.isWanted(recent), remotes.isWanted(selection), heard.length]).toEqual([false, true, 0]);
});

const damaged = (answer: Answer): Answer => {
  const body = Uint8Array.from(answer.body as Uint8Array);
  body[body.length - 1]!++;
  return { ...answer, body };
};

const failures: [name: string, answer: Answer | undefined, warning: RegExp, more?: string][] = [
  [
    "a refusal",
    { status: 503, type: "text/plain", body: " busy \n" },
    /^remote_read: remote server http:\S+\/read returned http status 503 Service Unavailable: busy$/,
  ],
  ["an unknown type", { type: "text/html", body: "" }, /^remote_read: unsupported content type: text\/html$/],
  [
    "no answer in time",
    undefined,
    /^remote_read: error sending request: Post "http:\S+": context deadline exceeded$/,
    "remote_timeout: 50ms",
  ],
  ["a damaged frame", damaged(chunked([a, [110, 1]])), /^remote_read: corrupted frame; checksum mismatch/],
  [
    "a long frame",
    chunked([a, [110, 1]]),
    /^remote_read: message size exceeded the limit 10 bytes/,
    "chunked_read_limit: 10",
  ],
  ["no snappy", { type: samplesContentType, body: "xyz" }, /^remote_read: snappy/],
  [
    "an answer without a result",
    { type: samplesContentType, body: Uint8Array.of(0) },
    /^remote_read: responses: want 1, got 0/,
  ],
  ["a label twice", sampled([{ "": "x" }, [110, 1]]), /^remote_read: invalid metric name or labels/],
];

for (const [name, answer, warning, more] of failures) {
  it(`warns of ${name}, and has what others sent`, async () => {
    const bad = await serve(() => answer);
    const good = await serve(() => chunked([b, [110, 2]]));
    const own = more === undefined ? "" : `, ${more}`;
    const { remotes } = openRemotes(`[{url: '${bad.url}'${own}}, {name: good, url: '${good.url}'}]`);
    const { series, warnings } = joined(await read(remotes), localOf([a, [130, 6]]));
    expect(series).toEqual(['m{i="a"} 130:6', 'm{i="b"} 110:2']);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });
}

it("takes all that a remote has for a query, or nothing", async () => {
  const { url } = await serve(({ request }) => {
    const isFirst = request.queries[0]?.matchers[0]?.value === "m";
    return isFirst ? chunked([a, [110, 1]]) : { status: 500, type: "text/plain", body: "x" };
  });
  const { remotes } = openRemotes(`[{url: '${url}'}]`);
  const second = { ...selection, matchers: [matcherFrom("=", "__name__", "n")] };
  const held = await remotes.read([selection, second], {
    signal: new AbortController().signal,
    hints: { step: 0, func: "" },
  });
  expect(held?.data.answers).toEqual([]);
  expect(held?.data.warnings).toHaveLength(1);
  expect(joined(held?.data).series).toEqual([]);
});

it("ends with its query", async () => {
  const { url } = await serve(() => undefined);
  const { remotes } = openRemotes(`[{url: '${url}'}]`);
  const gone = new Error("nobody waits");
  await expect(read(remotes, AbortSignal.abort(gone))).rejects.toBe(gone);
  const controller = new AbortController();
  const reading = expect(read(remotes, controller.signal)).rejects.toBe(gone);
  controller.abort(gone);
  await reading;
});

it("lets queries that are at work have their answer when the configuration changes", async () => {
  const { url } = await serve(() => {
    remotes.apply([], {});
    return chunked([a, [110, 1]]);
  });
  const { remotes } = openRemotes(`[{url: '${url}'}]`);
  expect(joined(await read(remotes)).series).toEqual(['m{i="a"} 110:1']);
  expect(remotes.isEmpty).toBe(true);
});

it("counts what it read, by remote, kind and code", async () => {
  const { url } = await serve(() => chunked());
  const { remotes, registry } = openRemotes(`[{name: far, url: '${url.replace("//", "//u:secret@")}'}]`);
  await read(remotes);
  const text = await registry.metrics();
  const own = `url="${url.replace("//", "//u:xxxxx@")}"`;
  const kind = `remote_name="far",response_type="chunked",${own}`;
  expect(text).toContain(`prometheus_remote_storage_read_queries_total{code="200",${kind}} 1`);
  expect(text).toContain(`prometheus_remote_storage_remote_read_queries{remote_name="far",${own}} 0`);
  expect(text).toContain(`prometheus_remote_storage_read_request_duration_seconds_count{${kind}} 1`);
});

it("does not take two of the same", () => {
  const text = "[{url: 'http://a:1/'}, {url: 'http://a:1/'}]";
  expect(() => checkRemotes(configsOf(text))).toThrow(
    "duplicate remote read configs are not allowed, found duplicate for URL: http://a:1/",
  );
  checkRemotes(configsOf("[{url: 'http://a:1/'}, {url: 'http://a:1/', name: b}]"));
});
