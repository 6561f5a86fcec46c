// Quantiles, fractions, moments, trims and texts: expected numbers are Prometheus'.
import { customHistogramFrom, type Histogram } from "@narthex/model";
import { describe, expect, test } from "vitest";
import { ClassicBuckets, classicFraction, classicQuantile } from "./classic.js";
import { parseHistogramDescriptor, printHistogramDescriptor } from "./descriptor.js";
import { histogramsEqual } from "./equality.js";
import { histogramFraction } from "./fraction.js";
import { histogramStandardDeviation } from "./moments.js";
import { nearlyEqual } from "./nearly-equal.js";
import { printHistogram } from "./print.js";
import { histogramQuantile } from "./quantile.js";
import { trimHistogram } from "./trim.js";

function histogram(text: string): Histogram {
  return parseHistogramDescriptor(text).histogram;
}

function isNear(actual: number, expected: number): boolean {
  return nearlyEqual(actual, expected, 1e-12);
}

const positive = "count:12 sum:100 z_bucket:2 z_bucket_w:0.001 buckets:[2 3 0 1 4]";
const negative = "count:12 sum:100 z_bucket:2 z_bucket_w:0.001 n_buckets:[2 3 0 1 4]";
const both = "count:24 sum:100 z_bucket:4 z_bucket_w:0.001 buckets:[2 3 0 1 4] n_buckets:[2 3 0 1 4]";
const custom = "schema:-53 sum:5 count:4 custom_values:[5 10] buckets:[1 2 1]";
const nans = "count:15 sum:NaN buckets:[12]";

describe("quantile", () => {
  const cases: readonly [q: number, text: string, value: number, nanEffect: string][] = [
    [1.001, positive, Infinity, "none"],
    [-0.1, positive, -Infinity, "none"],
    [NaN, positive, NaN, "none"],
    [0.5, "", NaN, "none"],
    [1, positive, 16, "none"],
    [0.99, positive, 15.67072476139083, "none"],
    [0.5, positive, 1.5874010519681994, "none"],
    [0.1, positive, 0.0006, "none"],
    [0, positive, 0, "none"],
    [1, negative, 0, "none"],
    [0.9, negative, -0.0006, "none"],
    [0.1, negative, -12.996038341699768, "none"],
    [0, negative, -16, "none"],
    [0.55, both, 0.0006, "none"],
    [0.3, both, -1.2030250360821169, "none"],
    [0.5, custom, 7.5, "none"],
    [1, custom, 10, "none"],
    [0.1, custom, 2, "none"],
    [0.1, "schema:-53 count:2 custom_values:[-1 3] buckets:[2]", -1, "none"],
    [0.81, nans, NaN, "result"],
    [0.4, nans, 0.7071067811865475, "skew"],
  ];
  test.each(cases)("%f of {{%s}} is %f", (q, text, value, nanEffect) => {
    const result = histogramQuantile(q, histogram(text));
    expect([isNear(result.value, value), result.nanEffect]).toEqual([true, nanEffect]);
  });
});

describe("fraction", () => {
  const cases: readonly [lower: number, upper: number, text: string, value: number][] = [
    [0, Infinity, positive, 1],
    [0, 0.0005, positive, 0.08333333333333333],
    [1.5, 2, positive, 0.10375937481971091],
    [-2, -1, negative, 0.25],
    [-Infinity, -6, negative, 0.36791979160657035],
    [-0.0005, 0.0005, both, 0.08333333333333333],
    [5, 10, custom, 0.5],
    [0, 5, custom, 0.25],
    [20, Infinity, custom, 0.25],
    [3, 3, positive, 0],
    [4, 3, positive, 0],
    [NaN, 3, positive, NaN],
    [0, 1, "", NaN],
    [-Infinity, Infinity, nans, 0.8],
  ];
  test.each(cases)("%f to %f of {{%s}} is %f", (lower, upper, text, value) => {
    expect(isNear(histogramFraction({ lower, upper }, histogram(text)).value, value)).toBe(true);
  });
});

test("standard deviation takes geometric means of exponential buckets", () => {
  expect(
    isNear(histogramStandardDeviation(histogram("schema:8 count:10 sum:10 buckets:[1 2 3 4]")), 0.0048960313898237465),
  ).toBe(true);
  expect(
    nearlyEqual(
      histogramStandardDeviation(histogram("count:10 sum:-100 n_buckets:[0 0 0 0 10]")),
      1.3137084989848,
      1e-9,
    ),
  ).toBe(true);
});

describe("trim", () => {
  const h = "count:34 sum:123.75 z_bucket:1 z_bucket_w:0.001 buckets:[2 4 8 16] n_buckets:[1 2]";
  const bounds = "schema:-53 sum:172.5 count:15 custom_values:[5 10 15 20] buckets:[1 6 4 3 1]";
  const cases: readonly [text: string, operator: "</" | ">/", cutoff: number, rest: string][] = [
    [h, "</", Infinity, `{{${h}}}`],
    [h, ">/", Infinity, "{{z_bucket_w:0.001}}"],
    [h, ">/", 2, "{{count:24 sum:113.13708498984761 z_bucket_w:0.001 offset:2 buckets:[8 16]}}"],
    [h, "</", -1, "{{count:2 sum:-2.8284271247461903 z_bucket_w:0.001 n_offset:1 n_buckets:[2]}}"],
    ["count:5 z_bucket:5 z_bucket_w:0.1", ">/", 0, "{{count:2.5 sum:0.125 z_bucket:2.5 z_bucket_w:0.1}}"],
    [bounds, "</", 13, "{{schema:-53 count:9.4 sum:75.1 custom_values:[5 10 15 20] buckets:[1 6 2.4]}}"],
    [bounds, ">/", 15, "{{schema:-53 count:4 sum:72.5 custom_values:[5 10 15 20] offset:3 buckets:[3 1]}}"],
    [bounds, ">/", 0, `{{schema:-53 count:15 sum:172.5 custom_values:[5 10 15 20] buckets:[1 6 4 3 1]}}`],
    ["schema:-53 sum:100 count:100 buckets:[100]", "</", 10, "{{schema:-53 custom_values:[]}}"],
    [
      "schema:-53 count:101 sum:33 custom_values:[0] buckets:[1 100]",
      "</",
      -10,
      "{{schema:-53 count:1 sum:-10 custom_values:[0] buckets:[1]}}",
    ],
    [
      "schema:-53 count:101 sum:33 custom_values:[0] buckets:[1 100]",
      ">/",
      10,
      "{{schema:-53 count:100 sum:1000 custom_values:[0] offset:1 buckets:[100]}}",
    ],
  ];
  test.each(cases)("{{%s}} %s %f", (text, operator, cutoff, rest) => {
    expect(
      printHistogramDescriptor(trimHistogram(histogram(text), operator === "</" ? "upper" : "lower", cutoff)),
    ).toBe(rest);
  });
});

function classic(counts: Readonly<Record<string, number>>): ClassicBuckets | undefined {
  const entries = Object.entries(counts).map(([bound, count]): [number, number] => [Number(bound), count]);
  const buckets = new ClassicBuckets(entries.length);
  buckets.restart();
  for (const [bound, count] of entries.sort(([a], [b]) => a - b)) buckets.add(bound, count);
  return buckets.finish() ? buckets : undefined;
}

describe("classic buckets", () => {
  test("need an end at +Inf", () => {
    expect(classic({ 1: 1, 2: 2 })).toBeUndefined();
  });

  test("are levelled where counts go down", () => {
    const buckets = classic({ 0.1: 2, 1: 1, 10: 5, 100: 4, 1000: 9, Infinity: 8 });
    expect([...(buckets?.counts ?? [])]).toEqual([2, 2, 5, 5, 9, 9]);
    expect(buckets?.fix).toEqual({ from: 1, to: Infinity, maxDifference: 1 });
    expect(classicQuantile(0.5, buckets as ClassicBuckets)).toBe(8.5);
  });

  test("of one bound are one", () => {
    const buckets = new ClassicBuckets(3);
    for (const [bound, count] of [
      [1, 2],
      [1, 3],
      [Infinity, 9],
    ] as const)
      buckets.add(bound, count);
    expect(buckets.finish()).toBe(true);
    expect({ length: buckets.length, counts: [...buckets.counts.subarray(0, 2)] }).toEqual({
      length: 2,
      counts: [5, 9],
    });
  });

  test("differ by floating point noise without a word", () => {
    expect(classic({ 1: 1, 2: 1 - 1e-14, Infinity: 1 })?.fix).toBeUndefined();
  });

  const buckets = classic({ 1: 1, 2: 3, 3: 6, Infinity: 100 }) as ClassicBuckets;
  test.each([
    [0, 0],
    [0.01, 1],
    [0.02, 1.5],
    [0.5, 3],
    [1.1, Infinity],
  ])("quantile %f is %f", (q, value) => {
    expect(classicQuantile(q, buckets)).toBe(value);
  });

  test.each([
    [0, 1.5, 0.02],
    [2, 5, 0.03],
    [400, Infinity, 0.94],
    [-Infinity, Infinity, 1],
  ])("fraction from %f to %f is %f", (lower, upper, value) => {
    expect(classicFraction({ lower, upper }, buckets)).toBe(value);
  });
});

describe("classic into native", () => {
  const buckets = [
    { upperBound: 0.2, count: 3 },
    { upperBound: 0.1, count: 1 },
    { upperBound: 0.2, count: 3 },
  ];
  test("custom bounds are the classic ones, the rest goes to +Inf", () => {
    expect(printHistogramDescriptor(customHistogramFrom({ buckets, count: 4, sum: 1.5 }))).toBe(
      "{{schema:-53 count:4 sum:1.5 custom_values:[0.1 0.2] buckets:[1 2 1]}}",
    );
  });

  test("counts that descend are refused", () => {
    expect(() => customHistogramFrom({ buckets, count: 2, sum: undefined })).toThrow("not cumulative");
  });
});

describe("text", () => {
  test("is Go's, in ascending order", () => {
    expect(printHistogram(histogram("count:8 sum:1e6 z_bucket:1 z_bucket_w:0.25 buckets:[1 0 2] n_buckets:[4]"))).toBe(
      "{count:8, sum:1e+06, [-1,-0.5):4, [-0.25,0.25]:1, (0.5,1]:1, (2,4]:2}",
    );
  });

  test("of custom buckets below zero closes both ends", () => {
    expect(printHistogram(histogram("schema:-53 count:3 custom_values:[-1 1] buckets:[1 1 1]"))).toBe(
      "{count:3, sum:0, [-Inf,-1):1, [-1,1]:1, (1,+Inf]:1}",
    );
  });

  test("of a bad descriptor is refused", () => {
    expect(() => histogram("shcema:1")).toThrow('bad histogram descriptor found: "shcema"');
    expect(() => histogram("sum:[1]")).toThrow("bad histogram descriptor");
    expect(() => histogram("sum:a")).toThrow("no number");
  });
});

test("equality sees NaN sums and the layout of spans, not empty spans", () => {
  const a = histogram("sum:NaN count:2 buckets:[1 1]");
  const split = {
    ...a,
    positiveSpans: [
      { offset: 0, length: 1 },
      { offset: 0, length: 0 },
      { offset: 0, length: 1 },
    ],
  };
  expect(histogramsEqual(a, split)).toBe(true);
  expect(histogramsEqual(a, { ...a, positiveBuckets: [1, 2] })).toBe(false);
});
