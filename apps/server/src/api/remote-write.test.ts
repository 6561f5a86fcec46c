// The receiver over its socket: what it refuses, what it stores, and what it tells the sender.
import { encodeSnappy, encodeWriteRequest, MessageWriter, type WriteVersion, writeHeaders } from "@narthex/formats";
import { type Labels, labelsFrom, labelsFromSorted, staleNumber } from "@narthex/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestServer, type TestServer, testStart } from "../testing/server.js";

const second: WriteVersion = "io.prometheus.write.v2.Request";
const first: WriteVersion = "prometheus.WriteRequest";

let running: TestServer;
beforeAll(async () => {
  running = await openTestServer({
    files: { "prometheus.yml": "global: {}" },
    args: [
      "--web.enable-remote-write-receiver",
      `--web.remote-write-receiver.accepted-protobuf-messages=${first}`,
      `--web.remote-write-receiver.accepted-protobuf-messages=${second}`,
      "--enable-feature=exemplar-storage,st-storage,xor2-encoding,created-timestamp-zero-ingestion,type-and-unit-labels",
    ],
  });
  // Nothing is out of bounds of a head that is empty.
  expect((await write([sample({ __name__: "start" }, testStart, 1)])).status).toBe(204);
});
afterAll(() => running.server.close());

type Answered = { readonly status: number; readonly text: string; readonly written: readonly (string | null)[] };

async function post(
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  base = running.base,
): Promise<Answered> {
  const response = await fetch(`${base}/api/v1/write`, { method: "POST", headers, body: Buffer.from(body) });
  const written = ["samples", "histograms", "exemplars"].map((kind) =>
    response.headers.get(`x-prometheus-remote-write-${kind}-written`),
  );
  return { status: response.status, text: await response.text(), written };
}

type Sent = { readonly labels: Labels; readonly samples: readonly { readonly t: number; readonly v: number }[] };

function sample(labels: Readonly<Record<string, string>>, t: number, v: number): Sent {
  return { labels: labelsFrom(labels), samples: [{ t, v }] };
}

function write(series: readonly Sent[], version: WriteVersion = first): Promise<Answered> {
  return post(encodeSnappy(encodeWriteRequest({ series, metadata: new Map() }, version)), writeHeaders[version]);
}

/** One series of version 2: symbols, and the fields of its message behind the labels `__name__`, `name`. */
function writeSecond(name: string, fill: (series: MessageWriter) => MessageWriter): Promise<Answered> {
  const request = new MessageWriter().message(4, new Uint8Array());
  for (const symbol of ["__name__", name, "trace", "x"]) request.text(4, symbol);
  request.message(5, fill(new MessageWriter().packedUint64(1, [1n, 2n])).finish());
  return post(encodeSnappy(request.finish()), writeHeaders[second]);
}

async function stored(expression: string, time = testStart): Promise<unknown> {
  const parameters = new URLSearchParams({ query: expression, time: String(time / 1000) });
  const answer = (await (await fetch(`${running.base}/api/v1/query?${parameters}`)).json()) as {
    data: { result: unknown };
  };
  return answer.data.result;
}

const gone = { status: 204, text: "" };

test.each([first, second])("%s: samples are stored and counted", async (version) => {
  const job = version.replaceAll(".", "_");
  const series = [
    sample({ __name__: "up", job, instance: "a" }, testStart, 1),
    sample({ __name__: "b", job }, testStart, 0.5),
  ];
  expect(await write(series, version)).toEqual({ ...gone, written: ["2", "0", "0"] });
  expect(await stored(`sort({job="${job}"})`)).toEqual([
    { metric: { __name__: "b", job }, value: [testStart / 1000, "0.5"] },
    { metric: { __name__: "up", job, instance: "a" }, value: [testStart / 1000, "1"] },
  ]);
});

test("a stale marker ends a series", async () => {
  const labels = { __name__: "ends" };
  await write([sample(labels, testStart - 1000, 1)]);
  expect(await stored("ends")).toHaveLength(1);
  expect(await write([sample(labels, testStart, staleNumber())])).toMatchObject(gone);
  expect(await stored("ends")).toEqual([]);
});

test.each<[what: string, headers: Readonly<Record<string, string>>, status: number, text: string]>([
  [
    "another type",
    { "content-type": "application/json" },
    415,
    "expected application/x-protobuf as the first (media) part, got application/json content-type\n",
  ],
  [
    "an unknown message",
    { "content-type": "application/x-protobuf;proto=foo" },
    415,
    "got application/x-protobuf;proto=foo content type; unknown type for remote write protobuf message foo\n",
  ],
  [
    "a parameter that is none",
    { "content-type": "application/x-protobuf;foo" },
    415,
    "as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got foo in application/x-protobuf;foo content-type\n",
  ],
  [
    "another encoding",
    { "content-type": "application/x-protobuf", "content-encoding": "zstd" },
    415,
    "zstd encoding (compression) is not accepted by this server; only snappy is acceptable\n",
  ],
  ["what is no snappy", { "content-type": "application/x-protobuf" }, 400, "snappy: corrupt input\n"],
])("%s is refused", async (_, headers, status, text) => {
  expect(await post(Uint8Array.from([0xff, 0x0f, 0x01]), headers)).toEqual({
    status,
    text,
    written: [null, null, null],
  });
});

test("what decodes to more than 32 MiB is refused before it is decoded", async () => {
  // The length alone: 64 MiB.
  expect(await post(Uint8Array.from([0x80, 0x80, 0x80, 0x20, 0, 0]), writeHeaders[first])).toMatchObject({
    status: 400,
    text: "snappy: decoded block of 67108864 bytes is larger than 33554432\n",
  });
});

test("a body that is no protobuf is refused with its place, and nothing of it is stored", async () => {
  const good = encodeWriteRequest({ series: [sample({ __name__: "cut" }, testStart, 1)], metadata: new Map() }, first);
  const cut = Uint8Array.from([...good, 0x0a, 0x05]);
  expect(await post(encodeSnappy(cut), writeHeaders[first])).toMatchObject({
    status: 400,
    text: `unexpected end of data at byte ${cut.length}\n`,
  });
  expect(await stored("cut")).toEqual([]);
});

const late = 'out of order sample for series {__name__="order"}';

test.each([first, second])("%s: what cannot be stored is told, and the rest is stored", async (version) => {
  const known = { __name__: "order" };
  await write([sample(known, testStart, 1)]);
  const other = { __name__: "rest", version };
  const answer = await write(
    [
      sample(known, testStart - 1, 1),
      sample(known, testStart, 2),
      sample(known, testStart - 3 * 3_600_000, 1),
      sample(known, testStart + 601_000, 1),
      sample(known, 1e18, 1),
      sample(other, testStart, 7),
    ],
    version,
  );
  expect(answer.status).toBe(400);
  expect(answer.text.trimEnd().split("\n").sort()).toEqual([
    'duplicate sample for timestamp for series {__name__="order"}',
    'out of bounds for series {__name__="order"}',
    'out of bounds: timestamp is too far in the future for series {__name__="order"}',
    'out of bounds: timestamp is too far in the future for series {__name__="order"}',
    late,
  ]);
  expect(answer.written).toEqual(["1", "0", "0"]);
  expect(await stored(`rest{version="${version}"}`)).toMatchObject([{ value: [testStart / 1000, "7"] }]);
});

test("of many refusals the first are told", async () => {
  const series = Array.from({ length: 150 }, () => sample({ __name__: "order" }, testStart - 1, 1));
  const { text } = await write(series);
  expect(text.trimEnd().split("\n")).toEqual([...Array.from({ length: 100 }, () => late), "and 50 more"]);
});

test.each<[what: string, labels: readonly string[], text: string]>([
  ["no name", ["a", "b"], 'invalid metric name or labels, got {a="b"}'],
  ["an empty label name", ["", "b", "__name__", "m"], 'invalid metric name or labels, got {""="b", __name__="m"}'],
  [
    "a name twice",
    ["__name__", "m", "a", "b", "a", "c"],
    'invalid labels for series, labels {__name__="m", a="c"}, duplicated label a',
  ],
  [
    "more than is taken",
    ["__name__", "m", "a", "x".repeat(70_000)],
    "label set of 70010 characters, at most 65536 are taken",
  ],
])("labels with %s are refused", async (_, flat, text) => {
  const before = await ownMetric("prometheus_api_remote_write_invalid_labels_samples_total");
  const series = [
    { labels: labelsFromSorted([...flat]), samples: [{ t: testStart, v: 1 }] },
    sample({ __name__: "beside" }, testStart, 1),
  ];
  expect(await write(series)).toEqual({ status: 400, text: `${text}\n`, written: ["1", "0", "0"] });
  expect(await ownMetric("prometheus_api_remote_write_invalid_labels_samples_total")).toBe(before + 1);
});

async function ownMetric(name: string): Promise<number> {
  const page = await (await fetch(`${running.base}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, "m").exec(page)?.[1]);
}

test("labels that are not sorted are", async () => {
  const series = [
    { labels: labelsFromSorted(["z", "1", "a", "", "__name__", "unsorted"]), samples: [{ t: testStart, v: 1 }] },
  ];
  expect(await write(series)).toMatchObject(gone);
  expect(await stored("unsorted")).toMatchObject([{ metric: { __name__: "unsorted", z: "1" } }]);
});

const point = (t: number, v: number, startTime = 0): Uint8Array =>
  new MessageWriter().double(1, v).int(2, t).int(3, startTime).finish();

test("version 2: a series needs samples or histograms, and not both", async () => {
  expect(await writeSecond("none", (series) => series)).toMatchObject({
    status: 400,
    text: 'TimeSeries must contain at least one sample or histogram for series {__name__="none"}\n',
  });
  const both = (series: MessageWriter): MessageWriter =>
    series.message(2, point(testStart, 1)).message(3, new MessageWriter().int(15, testStart).finish());
  expect(await writeSecond("both", both)).toMatchObject({
    status: 400,
    text: 'TimeSeries must contain either samples or histograms for series {__name__="both"} not both\n',
  });
});

test("version 2: a symbol that is not there is its series' fault", async () => {
  const request = new MessageWriter().message(4, new Uint8Array());
  request.message(5, new MessageWriter().packedUint64(1, [0n, 9n]).message(2, point(testStart, 1)).finish());
  expect(await post(encodeSnappy(request.finish()), writeHeaders[second])).toEqual({
    status: 400,
    text: "parsing labels for series [0 9]: labelRefs 0 (name) = 9 (value) outside of symbols table (size 1)\n",
    written: ["0", "0", "0"],
  });
});

test("version 2: start times and type are stored, and a zero where counting began", async () => {
  const answer = await writeSecond("started_total", (series) =>
    series.message(2, point(testStart, 5, testStart - 60_000)).message(5, new MessageWriter().uint(1, 1).finish()),
  );
  expect(answer).toEqual({ ...gone, written: ["1", "0", "0"] });
  expect(await stored("started_total[5m]")).toEqual([
    {
      metric: { __name__: "started_total", __type__: "counter" },
      values: [
        [testStart / 1000 - 60, "0"],
        [testStart / 1000, "5"],
      ],
    },
  ]);
});

const exemplar = (t: number, v: number): Uint8Array =>
  new MessageWriter().packedUint64(1, [3n, 4n]).double(2, v).int(3, t).finish();

test("version 2: exemplars are stored and counted, those that come late refused", async () => {
  const write = (at: number) =>
    writeSecond("traced", (series) => series.message(2, point(testStart, 1)).message(4, exemplar(at, 0.5)));
  expect(await write(testStart)).toEqual({ ...gone, written: ["1", "0", "1"] });
  expect(await write(testStart - 10)).toEqual({
    status: 400,
    text: 'out of order exemplar for series {__name__="traced"}\n',
    written: ["1", "0", "0"],
  });
  const parameters = new URLSearchParams({ query: "traced", start: "0", end: String(testStart / 1000) });
  const answer = (await (await fetch(`${running.base}/api/v1/query_exemplars?${parameters}`)).json()) as {
    data: unknown;
  };
  expect(answer.data).toEqual([
    {
      seriesLabels: { __name__: "traced" },
      exemplars: [{ labels: { trace: "x" }, value: "0.5", timestamp: testStart / 1000 }],
    },
  ]);
});

type HistogramShape = {
  readonly schema: number;
  readonly custom?: readonly number[];
  readonly spanLength?: number;
  readonly count?: number;
  readonly sum?: number;
};

function whole({ schema, custom = [], spanLength = 2, count = 3, sum = 4 }: HistogramShape): Uint8Array {
  const span = new MessageWriter().sint(1, 0).uint(2, spanLength).finish();
  return new MessageWriter()
    .uint(1, count)
    .double(3, sum)
    .sint(4, schema)
    .message(11, span)
    .packedSints(12, [1, 1])
    .int(15, testStart)
    .packedDoubles(16, custom)
    .finish();
}

test("version 2: native histograms, those with too fine a schema brought down", async () => {
  const write = (name: string, shape: HistogramShape) => writeSecond(name, (series) => series.message(3, whole(shape)));
  const countAndSum = async (name: string) => stored(`histogram_count(${name}) + histogram_sum(${name})`);
  for (const [name, shape] of [
    ["whole", { schema: 2 }],
    ["fine", { schema: 20 }],
    ["bounds", { schema: -53, custom: [1, 5] }],
  ] as const) {
    expect(await write(name, shape)).toEqual({ ...gone, written: ["0", "1", "0"] });
    expect(await countAndSum(name)).toMatchObject([{ value: [testStart / 1000, "7"] }]);
  }
});

test.each<[shape: HistogramShape, text: RegExp]>([
  [{ schema: 99 }, /^invalid histogram schema 99 for series \{__name__="wrong"\}\n$/],
  [{ schema: 2, spanLength: 2 ** 31 }, /^positive side: spans need 2147483648 buckets, have 2 buckets/],
  [{ schema: 20, spanLength: 2 ** 31 }, /^invalid histogram schema 20/],
  [{ schema: 2, custom: [1] }, /^histogram with exponential schema must not have custom bounds/],
  [{ schema: -53, custom: [5, 1] }, /^custom buckets: bound number 2 is 1: .* strictly increasing order/],
  [{ schema: -53 }, /^custom buckets: only 0 custom bounds defined/],
  [{ schema: 2, count: 4 }, /^3 observations found in buckets, but the Count field is 4: .* should equal the number/],
  [
    { schema: 2, count: 2, sum: NaN },
    /^3 observations found in buckets, but the Count field is 2: .* should be at least/,
  ],
])("a histogram that cannot be (%o) is refused", async (shape, text) => {
  const answer = await writeSecond("wrong", (series) => series.message(3, whole(shape)));
  expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(text), written: ["0", "0", "0"] });
});

test("samples without metadata are counted", async () => {
  const name = "prometheus_api_remote_write_without_metadata_appended_samples_total";
  const before = await ownMetric(name);
  await write([sample({ __name__: "plain" }, testStart, 1)]);
  expect(await ownMetric(name)).toBe(before + 1);
});

test("by default version 2 is not accepted, and without the flag nothing is", async () => {
  const plain = await openTestServer({ files: { "prometheus.yml": "global: {}" } });
  const enabled = await openTestServer({
    files: { "prometheus.yml": "global: {}" },
    args: ["--web.enable-remote-write-receiver"],
  });
  const body = encodeSnappy(encodeWriteRequest({ series: [], metadata: new Map() }, second));
  expect(await post(body, writeHeaders[second], plain.base)).toMatchObject({ status: 404 });
  expect(await post(body, writeHeaders[second], enabled.base)).toMatchObject({
    status: 415,
    text: `${second} protobuf message is not accepted by this server; only accepts ${first}\n`,
  });
  await plain.server.close();
  await enabled.server.close();
});

/** Longer than what is stored at once, and than what is held decoded where `count` is large. */
const manySeries = (name: string, count: number): Sent[] =>
  Array.from({ length: count }, (_, i) => sample({ __name__: name, i: `${i}`.padStart(100, "0") }, testStart, i));

test.each([first, second])(
  "%s: a long body is stored whole, whatever its length, and its refusals are told",
  async (version) => {
    for (const count of [2000, 40_000]) {
      const name = `long_${count}_${version.replaceAll(".", "_")}`;
      const late = sample({ __name__: "up", job: name }, testStart + 86_400_000, 1);
      const answer = await write([...manySeries(name, count), late], version);
      expect(answer).toEqual({
        status: 400,
        text: `out of bounds: timestamp is too far in the future for series {__name__="up", job="${name}"}\n`,
        written: [String(count), "0", "0"],
      });
      const sum = String((count * (count - 1)) / 2);
      expect(await stored(`count(${name})`)).toMatchObject([{ value: [testStart / 1000, String(count)] }]);
      expect(await stored(`sum(${name})`)).toMatchObject([{ value: [testStart / 1000, sum] }]);
    }
  },
);

test("a series of many samples is stored in order", async () => {
  const samples = Array.from({ length: 20_000 }, (_, i) => ({ t: testStart - 20_000 + i, v: i }));
  const answer = await write([{ labels: labelsFrom({ __name__: "tall" }), samples }]);
  expect(answer).toEqual({ ...gone, written: ["20000", "0", "0"] });
  expect(await stored("sum_over_time(tall[1m])")).toMatchObject([{ value: [testStart / 1000, "199990000"] }]);
});

test("nothing is stored of a long body that is damaged at its end", async () => {
  const message = encodeWriteRequest({ series: manySeries("damaged", 40_000), metadata: new Map() }, first);
  const damaged = Buffer.concat([message, Uint8Array.of(0x0a, 0x7f)]);
  const answer = await post(encodeSnappy(damaged), writeHeaders[first]);
  expect(answer).toMatchObject({ status: 400, text: `unexpected end of data at byte ${damaged.length}\n` });
  const cut = encodeSnappy(message);
  expect(await post(cut.subarray(0, cut.length - 5), writeHeaders[first])).toMatchObject({
    status: 400,
    text: "snappy: corrupt input\n",
  });
  expect(await stored("count(damaged)")).toEqual([]);
});
