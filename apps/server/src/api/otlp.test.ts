// The OTLP receiver over its socket: what it refuses, what it stores, and what can be asked for then.
import { gzipSync } from "node:zlib";
import { decodeOtlpProtobuf, MessageWriter } from "@narthex/formats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shortBytesMax } from "../otlp/receiver.js";
import { exportOf, fixed64, gaugeOf, pointOf } from "../otlp/testing.js";
import { openTestServer, type TestServer, testStart } from "../testing/server.js";
import { otlpBodyBytesMax } from "./otlp.js";

const features = [
  "exemplar-storage",
  "st-storage",
  "xor2-encoding",
  "created-timestamp-zero-ingestion",
  "type-and-unit-labels",
];

let running: TestServer;
beforeAll(async () => {
  running = await openTestServer({
    files: { "prometheus.yml": "otlp: { promote_resource_attributes: [zone] }" },
    args: ["--web.enable-otlp-receiver", `--enable-feature=${features.join(",")}`],
  });
  // Nothing is out of bounds of a head that is empty.
  expect(await send(exportOf([gaugeOf("start", pointOf({ asInt: 1 }))]))).toEqual(taken);
});
afterAll(() => running.server.close());

const jsonType = { "content-type": "application/json" };
const protobufType = { "content-type": "application/x-protobuf" };
const taken = { status: 200, text: "" };

async function post(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  base = running.base,
): Promise<{ readonly status: number; readonly text: string }> {
  const init = { method: "POST", headers, body: Buffer.from(body) };
  const response = await fetch(`${base}/api/v1/otlp/v1/metrics`, init);
  return { status: response.status, text: await response.text() };
}

function send(json: object, base = running.base): ReturnType<typeof post> {
  return post(JSON.stringify(json), jsonType, base);
}

async function ask(path: string, parameters: Readonly<Record<string, string>>, base = running.base): Promise<unknown> {
  const response = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  return ((await response.json()) as { data: unknown }).data;
}

async function stored(query: string, base = running.base, time = testStart): Promise<unknown> {
  const { result } = (await ask("query", { query, time: String(time / 1000) }, base)) as { result: object[] };
  return result;
}

function counterOf(name: string, point: object): object {
  return { name, unit: "By", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] } };
}

const resource = { "service.name": "cart", zone: "z" };

test("an export is stored; labels come from type, unit and resource", async () => {
  expect(await send(exportOf([counterOf("sent", pointOf({ asInt: 7 }, { to: "x" }))], resource))).toEqual(taken);
  const labels = { __type__: "counter", __unit__: "bytes", job: "cart", to: "x", zone: "z" };
  expect(await stored("sent_bytes_total")).toEqual([
    { metric: { __name__: "sent_bytes_total", ...labels }, value: [testStart / 1000, "7"] },
  ]);
  const info = { __name__: "target_info", job: "cart", zone: "z" };
  expect(await stored("target_info")).toEqual([{ metric: info, value: [testStart / 1000, "1"] }]);
});

/** One gauge in protobuf. */
function protobufOf(name: string, value: number): Uint8Array {
  const time = fixed64(3, BigInt(testStart) * 1_000_000n);
  const point = Buffer.concat([time, new MessageWriter().double(4, value).finish()]);
  const metric = new MessageWriter().text(1, name).message(5, new MessageWriter().message(1, point).finish()).finish();
  const scope = new MessageWriter().message(2, metric).finish();
  return new MessageWriter().message(1, new MessageWriter().message(2, scope).finish()).finish();
}

test("protobuf is taken, and gzip, and parameters of the type", async () => {
  expect(decodeOtlpProtobuf(protobufOf("a", 1))[0]?.scopes[0]?.metrics[0]?.data).toMatchObject({ kind: "gauge" });
  expect(await post(protobufOf("wire_protobuf", 1.5), protobufType)).toEqual(taken);
  const zipped = gzipSync(protobufOf("wire_gzip", 2));
  expect(await post(zipped, { ...protobufType, "content-encoding": "gzip" })).toEqual(taken);
  const json = gzipSync(JSON.stringify(exportOf([gaugeOf("wire_json", pointOf({ asInt: 3 }))])));
  const headers = { "content-type": "application/json; charset=utf-8", "content-encoding": "gzip" };
  expect(await post(json, headers)).toEqual(taken);
  expect(await post("{}", { ...jsonType, "content-encoding": "identity" })).toEqual(taken);
  expect(await stored('sum({__name__=~"wire_.+"})')).toMatchObject([{ value: [testStart / 1000, "6.5"] }]);
});

const zipped = { ...jsonType, "content-encoding": "gzip" };

test.each<[string, string | Uint8Array, Readonly<Record<string, string>>, number, string]>([
  [
    "another type",
    "x",
    { "content-type": "text/plain" },
    400,
    "unsupported content type: text/plain, supported: [application/json, application/x-protobuf]\n",
  ],
  [
    "another encoding",
    "x",
    { ...jsonType, "content-encoding": "zstd" },
    400,
    'unsupported compression: zstd. Only "gzip" or no compression supported\n',
  ],
  ["what is no gzip", "xxx", zipped, 400, "gzip: incorrect header check\n"],
  ["gzip that is cut off", gzipSync("{}").subarray(0, 15), zipped, 400, "gzip: unexpected end of file\n"],
  [
    "gzip of too much",
    gzipSync(Buffer.alloc(otlpBodyBytesMax + 1)),
    zipped,
    413,
    `request body is larger than ${otlpBodyBytesMax} bytes\n`,
  ],
  [
    "a body that is too large",
    Buffer.alloc(otlpBodyBytesMax + 1),
    jsonType,
    413,
    `request body is larger than ${otlpBodyBytesMax} bytes\n`,
  ],
  ["JSON of another shape", '{"resourceMetrics":1}', jsonType, 400, "resourceMetrics: expected a list, got 1\n"],
  ["what is no protobuf", Uint8Array.of(0x0a, 0x05), protobufType, 400, "unexpected end of data at byte 2\n"],
])("%s is refused", async (_, body, headers, status, text) => {
  expect(await post(body, headers)).toEqual({ status, text });
});

test("samples that cannot be stored are told one by one, and the others are stored", async () => {
  const ms = (t: number): object => pointOf({ asInt: 2 }, {}, t);
  await send(exportOf([gaugeOf("twice", pointOf({ asInt: 1 }))]));
  const metrics = [
    gaugeOf("twice", pointOf({ asInt: 2 })),
    gaugeOf("early", ms(testStart - 86_400_000)),
    gaugeOf("ahead", ms(testStart + 3_600_000)),
    { name: "delta", sum: { aggregationTemporality: 1, dataPoints: [pointOf({})] } },
    gaugeOf("fine", pointOf({ asInt: 5 })),
  ];
  // The resource has target_info at these times, too: nobody sent that, and nobody is told of it.
  const { status, text } = await send(exportOf(metrics, { "service.name": "told", zone: "z" }));
  expect({ status, lines: text.trim().split("\n") }).toEqual({
    status: 400,
    lines: [
      'invalid temporality and type combination for metric "delta"',
      'out of bounds: timestamp is too far in the future for series {__name__="ahead", __type__="gauge", job="told", zone="z"}',
      'out of bounds for series {__name__="early", __type__="gauge", job="told", zone="z"}',
    ],
  });
  expect(await stored("fine")).toMatchObject([{ value: [testStart / 1000, "5"] }]);
  const again = await send(exportOf([gaugeOf("twice", pointOf({ asInt: 2 }))]));
  expect(again).toEqual({
    status: 400,
    text: 'duplicate sample for timestamp for series {__name__="twice", __type__="gauge"}\n',
  });
  const same = await send(exportOf([gaugeOf("twice", pointOf({ asInt: 1 }))]));
  expect(same).toEqual(taken);
});

test("a long body is stored in pieces, and what is damaged leaves nothing behind", async () => {
  const dataPoints = Array.from({ length: 3000 }, (_, n) => pointOf({ asInt: n }, { n: String(n) }));
  const body = JSON.stringify(exportOf([gaugeOf("long", ...dataPoints)]));
  expect(body.length).toBeGreaterThan(2 * shortBytesMax);
  const damaged = body.replaceAll('"long"', '"damaged"').replace('"2999"', "2999");
  expect((await post(damaged, jsonType)).text).toMatch(/dataPoints\[2999\]\.attributes\[0\]\.value/);
  expect(await post(body, jsonType)).toEqual(taken);
  expect(await stored('sum({__name__=~"long|damaged"})')).toMatchObject([{ value: [testStart / 1000, "4498500"] }]);
});

test("a start before the sample is stored as a zero, and with it", async () => {
  const startTimeUnixNano = `${testStart - 10_000}000000`;
  const point = pointOf({ asInt: 4, startTimeUnixNano }, {}, testStart + 1000);
  expect(await send(exportOf([counterOf("started", point)]))).toEqual(taken);
  const result = (await stored("started_bytes_total[1m]", running.base, testStart + 1000)) as { values: unknown }[];
  expect(result[0]?.values).toEqual([
    [(testStart - 10_000) / 1000, "0"],
    [(testStart + 1000) / 1000, "4"],
  ]);
});

const traceId = "5b8efff798038103d269b633813fc60c";

test("exemplars are kept; one that comes late is counted, and no error", async () => {
  const exemplar = (seconds: number): object => ({
    asInt: 1,
    timeUnixNano: `${testStart + seconds * 1000}000000`,
    traceId,
  });
  const of = (seconds: number, ...exemplars: readonly object[]): object =>
    exportOf([counterOf("traced", pointOf({ asInt: seconds, exemplars }, {}, testStart + seconds * 1000))]);
  expect(await send(of(1, exemplar(2)))).toEqual(taken);
  expect(await send(of(3, exemplar(1)))).toEqual(taken);
  const parameters = {
    query: "traced_bytes_total",
    start: String(testStart / 1000),
    end: String(testStart / 1000 + 10),
  };
  expect(await ask("query_exemplars", parameters)).toMatchObject([
    { exemplars: [{ labels: { trace_id: traceId }, value: "1", timestamp: testStart / 1000 + 2 }] },
  ]);
  const metrics = await (await fetch(`${running.base}/metrics`)).text();
  expect(metrics).toContain("\nprometheus_api_otlp_out_of_order_exemplars_total 1\n");
  expect(metrics).toContain("\nprometheus_api_otlp_appended_samples_without_metadata_total 0\n");
});

test("a native histogram that says two things is refused, and can be read where it does not", async () => {
  const exponential = (name: string, count: number): object => ({
    name,
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [pointOf({ count, sum: 3, scale: 0, positive: { offset: 0, bucketCounts: [1, 1] } })],
    },
  });
  expect(await send(exportOf([exponential("right", 2), exponential("wrong", 1)]))).toEqual({
    status: 400,
    text: expect.stringContaining("2 observations found in buckets, but the Count field is 1: "),
  });
  expect(await stored("histogram_count(right)")).toMatchObject([{ value: [testStart / 1000, "2"] }]);
});

test("a reload changes the translation", async () => {
  const server = await openTestServer({
    files: { "prometheus.yml": "global: {}" },
    args: ["--web.enable-otlp-receiver"],
  });
  const { base } = server;
  await send(exportOf([counterOf("a.b", pointOf({ asInt: 1 }))]), base);
  await server.server.close();
  const second = await openTestServer({
    files: { "prometheus.yml": "otlp: { translation_strategy: NoTranslation }" },
    args: ["--web.enable-otlp-receiver"],
  });
  await send(exportOf([counterOf("a.b", pointOf({ asInt: 1 }))]), second.base);
  expect(await stored('{"a.b"}', second.base)).toHaveLength(1);
  await second.server.close();
});

test("nothing is taken where the receiver is not enabled; both ways with deltas at once are refused", async () => {
  const files = { "prometheus.yml": "global: {}" };
  const server = await openTestServer({ files });
  expect(await send({}, server.base)).toEqual({
    status: 404,
    text: "otlp write receiver needs to be enabled with --web.enable-otlp-receiver\n",
  });
  await server.server.close();
  const both = "--enable-feature=otlp-deltatocumulative,otlp-native-delta-ingestion";
  await expect(openTestServer({ files, args: [both] })).rejects.toThrow(
    "cannot enable otlp-deltatocumulative and otlp-native-delta-ingestion features at the same time",
  );
});

test("deltas are summed up with otlp-deltatocumulative", async () => {
  const args = ["--web.enable-otlp-receiver", "--enable-feature=otlp-deltatocumulative"];
  const server = await openTestServer({ files: { "prometheus.yml": "global: {}" }, args });
  for (const seconds of [1, 2, 3]) {
    const point = pointOf({ asInt: 2 }, {}, testStart + seconds * 1000);
    const metric = { name: "x", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point] } };
    expect(await send(exportOf([metric]), server.base)).toEqual(taken);
  }
  expect(await stored("x_total", server.base, testStart + 3000)).toMatchObject([
    { value: [testStart / 1000 + 3, "6"] },
  ]);
  const listed = (await ask("features", {}, server.base)) as Record<string, object>;
  expect(listed["otlp_receiver"]).toEqual({ delta_conversion: true, native_delta_ingestion: false });
  expect(listed["api"]).toMatchObject({ otlp_write_receiver: true });
  await server.server.close();
});
