import { type Histogram, labelsFrom } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkRemoteWrites } from "./remotes.js";
import { Rig, remoteConfigs, type SimRemote, startTime } from "./testing/rig.js";

async function open(options: Parameters<typeof Rig.open>[0] = {}): Promise<Rig> {
  const rig = await Rig.open(options);
  onTestFinished(() => rig.close());
  return rig;
}

const second = "io.prometheus.write.v2.Request";

/** Each series' times, which must come in order and once. */
function expectAll(remote: SimRemote, names: readonly string[], times: readonly number[]): void {
  const expected = names.map((name) => [`__name__ ${name} job test`, [...times]]);
  expect(Object.fromEntries(remote.received)).toEqual(Object.fromEntries(expected));
}

describe.each(["prometheus.WriteRequest", second])("%s", (message) => {
  const yaml = (queue = "", more = ""): string =>
    `[{ url: "http://a/", protobuf_message: ${message}, queue_config: { ${queue} }, metadata_config: { send: false } ${more} }]`;

  test("what is committed after the start is sent, in batches of the deadline", async () => {
    const rig = await open();
    rig.scrape(["before"], startTime - 1000);
    await rig.apply(yaml());
    await rig.clock.advance(1000);
    rig.scrape(["a", "b"]);
    await rig.clock.advance(1000);
    rig.scrape(["a", "b"]);
    await rig.clock.advance(3000);
    expect(rig.remote().asked).toEqual([]);
    await rig.clock.advance(2000);
    expect(rig.remote().asked).toHaveLength(1);
    const begin = rig.clock.now() - 6000;
    expectAll(rig.remote(), ["a", "b"], [begin, begin + 1000]);
    expect(rig.counted.get("samplesTotal")).toBe(4);
    expect(rig.counted.get("samplesPending")).toBe(0);
    expect(rig.counted.get("highestSentMs")).toBe(begin + 1000);
  });

  test("a request that is full is sent at once", async () => {
    const rig = await open();
    await rig.apply(yaml("max_samples_per_send: 3"));
    rig.scrape(["a", "b", "c", "d"], startTime + 1);
    for (let i = 0; i < 10; i++) await rig.clock.advance(100);
    expect(rig.remote().asked.map(({ series }) => series.length)).toEqual([3]);
  });

  test("a remote that is down for an hour gets all of it afterwards, in order; memory stays bounded", async () => {
    const rig = await open();
    const names = Array.from({ length: 50 }, (_, i) => `m${i}`);
    await rig.apply(yaml("capacity: 100, max_samples_per_send: 40, max_shards: 4, batch_send_deadline: 1s"));
    const times: number[] = [];
    const scrapeFor = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await rig.clock.advance(15_000);
        rig.scrape(names);
        times.push(rig.clock.now());
      }
    };
    await scrapeFor(4);
    rig.remote().answer = (): never => {
      throw new Error("connection refused");
    };
    await scrapeFor(240);
    // Four shards of 100, and what is on its way.
    expect(rig.counted.get("samplesPending")).toBeLessThanOrEqual(560);
    expect(rig.counted.get("samplesRetried")).toBeGreaterThan(0);
    rig.remote().answer = () => ({ status: 204 });
    await scrapeFor(8);
    await rig.clock.advance(60_000);
    expectAll(rig.remote(), names, times);
    expect(rig.counted.get("samplesFailed")).toBe(0);
    expect(rig.counted.get("samplesPending")).toBe(0);
  });

  test("400 is not tried again, 500 is, 429 only where it is wished", async () => {
    for (const { status, queue, requests } of [
      { status: 400, queue: "", requests: 1 },
      { status: 500, queue: "", requests: 4 },
      { status: 429, queue: "", requests: 1 },
      { status: 429, queue: "retry_on_http_429: true", requests: 4 },
    ]) {
      const rig = await open();
      await rig.apply(yaml(queue));
      let left = 3;
      rig.remote().answer = () => (left-- > 0 ? { status, body: "no\n", headers: {} } : { status: 204 });
      rig.scrape(["a"], startTime + 1);
      await rig.clock.advance(8000);
      expect(rig.remote().asked).toHaveLength(requests);
      const isLost = requests === 1;
      expect(rig.counted.get("samplesFailed")).toBe(isLost ? 1 : 0);
      expect(rig.counted.get("samplesRetried")).toBe(isLost ? 0 : 3);
      expect(rig.remote().asked.map(({ headers }) => headers["retry-attempt"])).toEqual(
        Array.from({ length: requests }, (_, i) => (i === 0 ? undefined : String(i))),
      );
      const told = rig.lines.find(({ level }) => level === (isLost ? "error" : "warn"));
      expect(told?.fields).toMatchObject({ err: `server returned HTTP status ${status}: no`, url: "http://a/" });
    }
  });

  test("pauses between tries grow from min_backoff to max_backoff, unless Retry-After says other", async () => {
    const rig = await open();
    await rig.apply(yaml("min_backoff: 1s, max_backoff: 3s, batch_send_deadline: 1s"));
    const times: number[] = [];
    let headers: Record<string, string> = {};
    rig.remote().answer = () => {
      times.push(Math.round(rig.clock.now() - startTime));
      return { status: 503, headers };
    };
    rig.scrape(["a"], startTime + 1);
    await rig.clock.advance(12_000);
    headers = { "retry-after": "20" };
    await rig.clock.advance(30_000);
    headers = { "retry-after": "1000000" };
    await rig.clock.advance(660_000);
    expect(times.length).toBe(9);
    expect(times.slice(1).map((time, i) => time - times[i]!)).toEqual([
      1000, 2000, 3000, 3000, 3000, 20_000, 20_000, 600_000,
    ]);
  });

  test("a series that relabelling drops is counted, one that it changes is sent changed, external labels are added", async () => {
    const rig = await open();
    const rules = "[{ action: drop, source_labels: [__name__], regex: b }, { action: labeldrop, regex: job }]";
    await rig.apply(yaml("", `, write_relabel_configs: ${rules}`), {
      external: labelsFrom({ job: "mine", zone: "z" }),
    });
    rig.scrape(["a", "b"], startTime + 1);
    await rig.clock.advance(6000);
    expect([...rig.remote().received.keys()]).toEqual(["__name__ a zone z"]);
    expect(rig.counted.get("samplesOfDroppedSeries")).toBe(1);
  });

  test("what is older than sample_age_limit is dropped, also while it waits", async () => {
    const rig = await open();
    await rig.apply(yaml("sample_age_limit: 1m"));
    rig.scrape(["a"], startTime + 1);
    rig.remote().answer = () => ({ status: 500 });
    await rig.clock.advance(120_000);
    rig.remote().answer = () => ({ status: 204 });
    rig.scrape(["a"], rig.clock.now() - 90_000);
    rig.scrape(["a"]);
    const now = rig.clock.now();
    await rig.clock.advance(10_000);
    expectAll(rig.remote(), ["a"], [now]);
    expect(rig.counted.get("samplesTooOld")).toBe(2);
    expect(rig.counted.get("samplesPending")).toBe(0);
  });

  test("a reload leaves a queue whose config is the same, and hands what another has not sent to its successor", async () => {
    const rig = await open();
    const config = yaml("batch_send_deadline: 1s");
    await rig.apply(config);
    rig.remote().answer = () => ({ status: 503 });
    rig.scrape(["a"], startTime + 1);
    await rig.clock.advance(5000);
    const before = rig.counted;
    await rig.apply(config);
    expect(before.get("samplesPending")).toBe(1);
    rig.scrape(["a"], startTime + 5000);
    await rig.apply(yaml("batch_send_deadline: 2s"), {
      more: { follows: [...rig.numbers.keys()][0] },
    });
    rig.scrape(["a"], startTime + 6000);
    rig.remote().answer = () => ({ status: 204 });
    await rig.clock.advance(10_000);
    expectAll(rig.remote(), ["a"], [startTime + 1, startTime + 5000, startTime + 6000]);
    expect(rig.counted.get("samplesTotal")).toBeGreaterThanOrEqual(3);
  });

  test("external labels that change hold for what is sent from then on", async () => {
    const rig = await open();
    await rig.apply(yaml(), { external: labelsFrom({ zone: "y" }) });
    rig.scrape(["a"], startTime + 1);
    await rig.clock.advance(6000);
    await rig.apply(yaml(), { external: labelsFrom({ zone: "z" }) });
    rig.scrape(["a"], startTime + 10_000);
    await rig.clock.advance(6000);
    expect(Object.fromEntries(rig.remote().received)).toEqual({
      "__name__ a job test zone y": [startTime + 1],
      "__name__ a job test zone z": [startTime + 10_000],
    });
  });

  test("what waited when external labels change is sent with the new ones, and counted once", async () => {
    const rig = await open();
    await rig.apply(yaml("batch_send_deadline: 1s"));
    rig.remote().answer = () => ({ status: 503 });
    rig.scrape(["a"], startTime + 1);
    await rig.clock.advance(5000);
    await rig.apply(yaml("batch_send_deadline: 1s"), { external: labelsFrom({ zone: "z" }) });
    await rig.clock.advance(5000);
    expect(rig.counted.get("samplesPending")).toBe(1);
    rig.remote().answer = () => ({ status: 204 });
    await rig.clock.advance(10_000);
    expect(Object.fromEntries(rig.remote().received)).toEqual({ "__name__ a job test zone z": [startTime + 1] });
    expect(rig.counted.get("samplesPending")).toBe(0);
  });

  test("closing sends what was committed, until the deadline", async () => {
    const rig = await Rig.open({ flushDeadlineMs: 10_000 });
    await rig.apply(yaml());
    rig.scrape(["a"], startTime + 1);
    await rig.close();
    expectAll(rig.remote(), ["a"], [startTime + 1]);
    expect(rig.clock.now() - startTime).toBeLessThan(1000);

    const late = await Rig.open({ flushDeadlineMs: 10_000 });
    await late.apply(yaml("capacity: 2, max_samples_per_send: 2"));
    late.remote().answer = () => ({ status: 500 });
    for (let i = 1; i < 20; i++) late.scrape(["a", "b"], startTime + i);
    await late.clock.advance(1000);
    const before = late.clock.now();
    await late.close();
    expect(late.clock.now() - before).toBeLessThan(11_000);
    expect(late.lines.filter(({ text }) => text.includes("Failed to flush all samples"))).toHaveLength(1);
  });
});

test("shards follow the flow, up while a remote is slow and down when it is not; no sample is lost or out of order", async () => {
  const rig = await open();
  const names = Array.from({ length: 200 }, (_, i) => `m${i}`);
  await rig.apply(`[{ url: "http://a/", metadata_config: { send: false },
    queue_config: { max_shards: 20, capacity: 200, max_samples_per_send: 50, batch_send_deadline: 1s } }]`);
  const times: number[] = [];
  const random = randomFrom(5);
  let latencyMs = 2000;
  rig.remote().answer = async () => {
    await new Promise<void>((resolve) => rig.clock.after(latencyMs, resolve));
    return { status: random() < 0.1 ? 503 : 204 };
  };
  const shardsSeen: number[] = [];
  const scrapeFor = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await rig.clock.advance(1000);
      rig.scrape(names);
      times.push(rig.clock.now());
      shardsSeen.push(rig.counted.get("shards"));
    }
  };
  await scrapeFor(120);
  expect(Math.max(...shardsSeen)).toBeGreaterThanOrEqual(8);
  latencyMs = 10;
  await scrapeFor(240);
  expect(shardsSeen.at(-1)).toBeLessThan(4);
  await rig.clock.advance(120_000);
  expectAll(rig.remote(), names, times);
  expect(rig.remote().inFlightMax).toBeLessThanOrEqual(20);
});

test("a remote that is down is not resharded for", async () => {
  const rig = await open();
  await rig.apply(
    `[{ url: "http://a/", remote_timeout: 5s, metadata_config: { send: false }, queue_config: { batch_send_deadline: 1s } }]`,
  );
  for (let i = 0; i < 30; i++) {
    await rig.clock.advance(1000);
    rig.scrape(["a"]);
  }
  rig.remote().answer = () => ({ status: 502 });
  for (let i = 0; i < 600; i++) {
    await rig.clock.advance(1000);
    rig.scrape(["a"]);
  }
  expect(rig.counted.get("shards")).toBe(1);
});

const custom: Histogram = {
  schema: -53,
  counterResetHint: "unknown",
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  sum: 2,
  positiveSpans: [{ offset: 0, length: 2 }],
  positiveBuckets: [1, 2],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [1],
};
const exponential: Histogram = { ...custom, schema: 1, customValues: [] };

test.each([
  { message: "prometheus.WriteRequest", more: "", histograms: 0, exemplars: 0 },
  {
    message: "prometheus.WriteRequest",
    more: ", send_native_histograms: true, send_exemplars: true",
    histograms: 1,
    exemplars: 1,
  },
  { message: second, more: "", histograms: 2, exemplars: 0 },
  { message: second, more: ", send_exemplars: true", histograms: 2, exemplars: 1 },
])(
  "$message$more: $histograms histograms and $exemplars exemplars are sent",
  async ({ message, more, histograms, exemplars }) => {
    const rig = await open();
    await rig.apply(`[{ url: "http://a/", protobuf_message: ${message}, metadata_config: { send: false } ${more} }]`);
    rig.tsdb.setExemplarsMax(10);
    const appender = rig.tsdb.appender();
    const series = appender.series(labelsFrom({ __name__: "h" }));
    const other = appender.series(labelsFrom({ __name__: "c" }));
    appender.appendHistogram(series, startTime + 1, exponential);
    appender.appendHistogram(other, startTime + 1, custom);
    appender.appendExemplar(series, { labels: labelsFrom({ trace: "t" }), v: 1, t: startTime + 1 });
    appender.commit();
    await rig.clock.advance(8000);
    const received = rig.remote().series;
    expect(received.flatMap((one) => one.histograms)).toHaveLength(histograms);
    expect(received.flatMap((one) => one.exemplars)).toHaveLength(exemplars);
    expect(rig.counted.get("histogramsNotSupported")).toBe(message === second || histograms === 0 ? 0 : 1);
  },
);

test("an exemplar whose sample is on its way goes with the next one, in version 2", async () => {
  const rig = await open();
  rig.tsdb.setExemplarsMax(10);
  await rig.apply(
    `[{ url: "http://a/", protobuf_message: ${second}, send_exemplars: true, queue_config: { batch_send_deadline: 1s } }]`,
  );
  rig.scrape(["a"], startTime + 1);
  await rig.clock.advance(3000);
  const appender = rig.tsdb.appender();
  const series = appender.series(labelsFrom({ __name__: "a", job: "test" }));
  appender.appendExemplar(series, { labels: labelsFrom({ trace: "t" }), v: 1, t: startTime + 1 });
  appender.commit();
  await rig.clock.advance(3000);
  rig.scrape(["a"], startTime + 6000);
  await rig.clock.advance(3000);
  expect(
    rig.remote().asked.map((one) => one.series.map(({ samples, exemplars }) => [samples.length, exemplars.length])),
  ).toEqual([[[1, 0]], [[1, 1]]]);
  expect(rig.counted.get("exemplarsTotal")).toBe(1);
  expect(rig.counted.get("exemplarsPending")).toBe(0);
});

test("version 1 sends metadata by itself, version 2 with the series", async () => {
  const rig = await open();
  const metadata = { type: "counter", help: "Help.", unit: "" } as const;
  rig.setFamilies({ a: metadata, more: metadata, most: metadata });
  await rig.apply('[{ url: "http://a/", metadata_config: { send_interval: 10s, max_samples_per_send: 2 } }]');
  await rig.clock.advance(11_000);
  expect(rig.remote().asked).toHaveLength(2);
  expect(rig.counted.get("metadataTotal")).toBe(3);
  await rig.apply(`[{ url: "http://b/", protobuf_message: ${second} }]`);
  rig.scrape(["a_total", "c"], startTime + 20_000);
  await rig.clock.advance(6000);
  const [series, other] = rig.remote("http://b/").series;
  expect(series?.metadata).toEqual(metadata);
  expect(other?.metadata).toBeUndefined();
});

test("a remote of version 1 that takes a request of version 2 without saying so did not write it", async () => {
  const rig = await open();
  await rig.apply(`[{ url: "http://a/", protobuf_message: ${second} }]`);
  rig.remote().answer = () => ({ status: 200, headers: {} });
  rig.scrape(["a"], startTime + 1);
  await rig.clock.advance(6000);
  expect(rig.counted.get("samplesFailed")).toBe(1);
  expect(rig.lines.at(-1)?.fields["err"]).toContain("it may know remote write 1.0 only");
});

test("what a remote of version 2 says that it did not write has failed", async () => {
  const rig = await open();
  await rig.apply(`[{ url: "http://a/", protobuf_message: ${second} }]`);
  rig.remote().answer = () => ({ status: 400, headers: { "x-prometheus-remote-write-samples-written": "1" } });
  rig.scrape(["a", "b", "c"], startTime + 1);
  await rig.clock.advance(6000);
  expect(rig.counted.get("samplesFailed")).toBe(2);
});

test("two remotes that are the same are refused", () => {
  expect(() => checkRemoteWrites(remoteConfigs('[{ url: "http://u:p@a/" }, { url: "http://u:p@a/" }]'))).toThrow(
    "duplicate remote write configs are not allowed, found duplicate for URL: http://u:xxxxx@a/",
  );
});
