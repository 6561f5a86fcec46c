import { ExpositionColumns, parseExposition } from "@narthex/formats";
import { randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { answerScrape } from "./handler.js";
import { Histogram } from "./histogram.js";
import { boundOf, bucketIndex, NativeBuckets, nativeExemplarsMax } from "./native-buckets.js";
import { Registry } from "./registry.js";

const proto = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

describe("native buckets", () => {
  it("hold every value within their bounds, at every schema", () => {
    const random = randomFrom(4);
    for (let schema = -4; schema <= 8; schema++) {
      const values = Array.from({ length: 300 }, () => 2 ** (random() * 200 - 100));
      const bounds = Array.from({ length: 40 }, (_, i) => boundOf(i - 20, schema)).filter((v) => v > 0 && v < Infinity);
      for (const value of [...values, ...bounds, 1, 2, 4096, Number.MAX_VALUE, Number.MIN_VALUE]) {
        const index = bucketIndex(value, schema);
        expect(value, `${value} at ${schema}`).toBeLessThanOrEqual(boundOf(index, schema));
        expect(value, `${value} at ${schema}`).toBeGreaterThan(boundOf(index - 1, schema));
      }
    }
  });

  it("count zeros, negative values, infinities and NaN", () => {
    const buckets = new NativeBuckets({ factor: 2, zeroThreshold: 0.5 });
    for (const value of [0, 0.5, -0.5, 1, 2, 3, -4, Infinity, -Infinity, NaN]) buckets.observe(value);
    expect(buckets.histogram({ count: 10, sum: NaN })).toMatchObject({
      schema: 0,
      zeroCount: 3,
      positiveSpans: [
        { offset: 0, length: 3 },
        { offset: 1022, length: 1 },
      ],
      positiveBuckets: [1, 1, 1, 1],
      negativeSpans: [
        { offset: 2, length: 1 },
        { offset: 1022, length: 1 },
      ],
      negativeBuckets: [1, 1],
    });
  });

  it("halve the resolution when they grow too many, and lose nothing", () => {
    const buckets = new NativeBuckets({ factor: 1.01, bucketsMax: 20 });
    for (let i = 1; i <= 1000; i++) buckets.observe(i);
    const { schema, positiveBuckets } = buckets.histogram({ count: 1000, sum: 0 });
    expect(positiveBuckets.length).toBeLessThanOrEqual(20);
    expect(positiveBuckets.reduce((sum, count) => sum + count)).toBe(1000);
    const coarse = new NativeBuckets({ factor: 2 ** (2 ** -schema) });
    for (let i = 1; i <= 1000; i++) coarse.observe(i);
    expect(coarse.histogram({ count: 1000, sum: 0 }).positiveBuckets).toEqual(positiveBuckets);
  });

  it("refuse options that make no sense", () => {
    expect(() => new NativeBuckets({ factor: 1 })).toThrow("greater than 1");
    expect(() => new NativeBuckets({ bucketsMax: 0 })).toThrow("positive bucketsMax");
    expect(() => new NativeBuckets({ zeroThreshold: -1 })).toThrow("0 or above");
  });
});

describe("a histogram with native buckets", () => {
  it("shows them in protobuf, with the newest exemplars, and text shows the classic ones", async () => {
    const registry = new Registry();
    const histogram = new Histogram({ name: "h", help: "H.", buckets: [1], native: {}, registers: [registry] });
    for (let i = 0; i < nativeExemplarsMax + 2; i++) histogram.labels().observe(i, { id: String(i) });
    const { body } = await answerScrape(registry, proto);
    const into = new ExpositionColumns();
    parseExposition(body, "PrometheusProto", into);
    expect(into.histograms[0]?.histogram).toMatchObject({ schema: 3, count: 12, sum: 66, zeroCount: 1 });
    expect(into.exemplars.map(({ v }) => v)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await registry.metrics()).toContain('h_bucket{le="1"} 2\n');
  });

  it("may have no classic ones", async () => {
    const registry = new Registry();
    new Histogram({ name: "h", help: "H.", buckets: [], native: {}, registers: [registry] }).observe(3);
    expect(await registry.metrics()).toBe(
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 3\nh_count 1\n',
    );
  });
});
