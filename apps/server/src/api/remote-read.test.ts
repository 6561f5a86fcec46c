import { Registry } from "@narthex/client";
import { encodeSnappy } from "@narthex/formats";
import { type Histogram, labelsFrom, setStaleAt, wordsOf } from "@narthex/model";
import { parseHistogramDescriptor } from "@narthex/promql";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import { beforeAll, expect, test } from "vitest";
import { answerLookup } from "../query/lookup/answer.js";
import type { AnswerBody } from "../query/runner.js";
import {
  type AskedQuery,
  type ReceivedSeries,
  readRequestBody,
  receiveChunks,
  receiveSamples,
} from "../testing/remote-read.js";
import { type RemoteReadSource, readRequestBytesMax, remoteReadRoutes } from "./remote-read.js";
import type { Answer } from "./respond.js";
import type { ApiRequest } from "./route.js";

const first = 1_700_000_000_000;
const count = 300;
const end = first + (count - 1) * 1000;
let tsdb: Tsdb;

beforeAll(async () => {
  tsdb = await openTsdb({ path: "/data", fileSystem: new SimFileSystem(), clock: new SimClock(end) });
  const appender = tsdb.appender();
  const refs = new Uint32Array(count);
  const t = Float64Array.from({ length: count }, (_, i) => first + i * 1000);
  for (const [name, site] of [
    ["a", ""],
    ["b", "own"],
    ["c", ""],
  ] as const) {
    refs.fill(appender.series(labelsFrom({ __name__: name, ...(site === "" ? {} : { site }) })));
    const v = Float64Array.from(t, (_, i) => (name === "a" ? i : Math.sin(i)));
    if (name === "c") setStaleAt(wordsOf(v), count - 1);
    appender.append({ count, refs, t, v, outcomes: new Uint8Array(count) });
  }
  const histogram = parseHistogramDescriptor("schema:3 count:3 sum:12.5 buckets:[1 2]").histogram as Histogram;
  const ref = appender.series(labelsFrom({ __name__: "h" }));
  for (let i = 0; i < 5; i++) appender.appendHistogram(ref, first + i * 1000, histogram);
  appender.commit();
});

type Options = Partial<RemoteReadSource> & { readonly external?: Readonly<Record<string, string>> };

async function ask(body: Uint8Array, options: Options = {}): Promise<Extract<Answer, { kind: "result" }>> {
  const [route] = remoteReadRoutes({
    lookUp: async (lookup) => ({
      bytes: answerLookup(lookup, { queryable: tsdb, checkpoint: () => undefined }),
      parts: undefined,
    }),
    externalLabels: () => options.external ?? {},
    samplesMax: 5e7,
    concurrentMax: 10,
    frameBytesMax: 1_048_576,
    registry: new Registry(),
    ...options,
  });
  const request = { body, signal: new AbortController().signal } as ApiRequest;
  return (await route!.answer(request)) as Extract<Answer, { kind: "result" }>;
}

async function samplesOf(queries: readonly AskedQuery[], options?: Options): Promise<ReceivedSeries[][]> {
  const { body, contentType, encoding } = await ask(readRequestBody(queries, []), options);
  expect({ contentType, encoding }).toEqual({ contentType: "application/x-protobuf", encoding: "snappy" });
  return receiveSamples(body.bytes);
}

async function chunksOf(queries: readonly AskedQuery[], options?: Options): ReturnType<typeof chunksIn> {
  return chunksIn(await ask(readRequestBody(queries, [1, 0]), options), queries.length);
}

async function chunksIn({ body, contentType, encoding }: Extract<Answer, { kind: "result" }>, queries: number) {
  const type = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
  expect({ contentType, encoding }).toEqual({ contentType: type, encoding: "identity" });
  return receiveChunks(body.bytes, queries);
}

const all: AskedQuery = { start: first, end, matchers: [["__name__", "=~", ".+"]] };
const names = (series: readonly ReceivedSeries[]): string[] => series.map(({ labels }) => labels["__name__"] as string);

test("samples and chunks say the same of every series", async () => {
  const queries = [
    all,
    { ...all, start: first + 4500, end: first + 130_000, matchers: [["__name__", "!=", "b"]] },
  ] as const;
  const results = await samplesOf(queries);
  expect(results.map(names)).toEqual([
    ["a", "b", "c", "h"],
    ["a", "c"],
  ]);
  const [[a, , c, h], [part]] = results as [ReceivedSeries[], ReceivedSeries[]];
  expect(a?.samples).toEqual(Array.from({ length: count }, (_, i) => `${first + i * 1000} ${i}`));
  expect(c?.samples.at(-1)).toBe(`${end} stale`);
  expect(h).toEqual({ labels: { __name__: "h" }, samples: [], histograms: 5 });
  expect(part?.samples).toEqual(a?.samples.slice(5, 131));
  expect((await chunksOf(queries)).results).toEqual(results);
});

test("external labels are added where the series has none of the name, and a matcher for one finds those", async () => {
  const external = { site: "x", zone: "z" };
  const sitesOf = async (...matchers: AskedQuery["matchers"]): Promise<string[]> => {
    const query = { ...all, matchers: [["__name__", "=~", "a|b"], ...matchers] } as const;
    const [found] = await samplesOf([query], { external });
    expect((await chunksOf([query], { external })).results).toEqual([found]);
    return (found as ReceivedSeries[]).map(({ labels }) => Object.values(labels).join(" "));
  };
  expect(await sitesOf()).toEqual(["a x z", "b own z"]);
  expect(await sitesOf(["site", "=", "x"])).toEqual(["a x z"]);
  expect(await sitesOf(["site", "=", "own"], ["zone", "=", "z"])).toEqual(["b own z"]);
  expect(await sitesOf(["site", "=", "y"])).toEqual([]);
  // As in Prometheus: expressions are matched with what is stored.
  expect(await sitesOf(["site", "=~", "x"])).toEqual([]);
});

test("hints narrow the range, and ask for labels alone", async () => {
  const a = { ...all, matchers: [["__name__", "=", "a"]] } as const;
  const narrow = { ...a, hints: { start: first + 1000, end: first + 3000 } };
  const [[found]] = (await samplesOf([narrow])) as [ReceivedSeries[]];
  expect(found?.samples.map((sample) => sample.split(" ")[1])).toEqual(["1", "2", "3"]);
  const labelsOnly = { ...a, hints: { start: first, end, func: "series" } };
  const expected = [[{ labels: { __name__: "a" }, samples: [], histograms: 0 }]];
  expect(await samplesOf([labelsOnly])).toEqual(expected);
  expect((await chunksOf([labelsOnly])).results).toEqual(expected);
});

test("a query without series, or with its end before its start, has an empty result", async () => {
  const queries = [
    { ...all, matchers: [["__name__", "=", "none"]] },
    { ...all, start: end, end: first },
    { ...all, start: -9_000_000_000_000_000, end: first - 1 },
  ] as const;
  expect(await samplesOf(queries)).toEqual([[], [], []]);
  expect((await chunksOf(queries)).results).toEqual([[], [], []]);
  expect(await samplesOf([])).toEqual([]);
});

test("the limit counts the samples of one query, and not chunks", async () => {
  const a = { ...all, matchers: [["__name__", "=", "a"]] } as const;
  expect((await samplesOf([a, a], { samplesMax: count })).length).toBe(2);
  const refused = ask(readRequestBody([a], [0]), { samplesMax: count - 1 });
  await expect(refused).rejects.toMatchObject({ type: "bad_data", message: `exceeded sample limit (${count - 1})` });
  expect((await chunksOf([a], { samplesMax: 1 })).results[0]?.[0]?.samples.length).toBe(count);
  expect((await samplesOf([all], { samplesMax: 0 }))[0]?.length).toBe(4);
});

test("a frame ends with the chunk that fills it", async () => {
  const whole = await chunksOf([all]);
  const cut = await chunksOf([all], { frameBytesMax: 1 });
  expect(whole.frames).toBe(4);
  // 300 samples are three chunks of 120 at most, or more where they are long.
  expect(cut.frames).toBeGreaterThanOrEqual(3 * 3 + 1);
  expect(cut.results).toEqual(whole.results);
});

test("what is no request is refused, with the reason", async () => {
  const check = async (body: Uint8Array, message: string): Promise<void> =>
    expect(ask(body)).rejects.toMatchObject({ name: "ApiError", type: "bad_data", message });
  await check(new Uint8Array(0), "snappy: corrupt input");
  await check(Uint8Array.of(5, 1, 2), "snappy: corrupt input");
  const big = new Uint8Array(readRequestBytesMax + 1);
  await check(encodeSnappy(big), `snappy: decoded block of ${big.length} bytes is larger than ${readRequestBytesMax}`);
  await check(encodeSnappy(Uint8Array.of(0x0a, 9, 1)), "proto: ReadRequest: unexpected end of data at byte 2");
  const supported = "supported: map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]";
  await check(
    readRequestBody([all], [7, 9]),
    `server does not support any of the requested response types: [7 9]; ${supported}`,
  );
  await check(
    readRequestBody([{ ...all, matchers: [["a", "=~", "("]] }], []),
    "error parsing regexp: missing closing ): `(`",
  );
});

test("one read waits for the parts of another, where only one may run, and both are counted", async () => {
  const registry = new Registry();
  const begun: AnswerBody[] = [];
  const aborts: AbortController[] = [];
  const [route] = remoteReadRoutes({
    lookUp: async () => {
      const failure = new AbortController();
      const parts = [new Uint8Array(1)];
      const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => parts.shift();
      const body = { bytes: new Uint8Array(1), parts: { next, cancel: () => undefined, signal: failure.signal } };
      aborts.push(failure);
      begun.push(body);
      return body;
    },
    externalLabels: () => ({}),
    samplesMax: 0,
    concurrentMax: 1,
    frameBytesMax: 1,
    registry,
  });
  const request = { body: readRequestBody([all], [1]), signal: new AbortController().signal } as ApiRequest;
  const read = async (): Promise<AnswerBody> =>
    ((await route!.answer(request)) as Extract<Answer, { kind: "result" }>).body;
  const running = async (): Promise<number[]> =>
    (await registry.families())
      .filter(({ name }) => /remote_read/.test(name))
      .map(({ metrics }) => (metrics[0] as unknown as { readonly v: number }).v);
  const one = await read();
  const others = [read(), read()];
  expect([begun.length, await running()]).toEqual([1, [3, 3]]);
  expect(await one.parts?.next()).toHaveLength(1);
  expect(begun.length).toBe(1);
  expect(await one.parts?.next()).toBeUndefined();
  await others[0];
  expect([begun.length, await running()]).toEqual([2, [2, 2]]);
  aborts[1]?.abort(new Error("cut"));
  const last = await others[1];
  expect(begun.length).toBe(3);
  while (await last?.parts?.next());
  expect(await running()).toEqual([0, 0]);
});
