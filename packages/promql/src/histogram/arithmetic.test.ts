import type { Histogram } from "@narthex/model";
import { describe, expect, test } from "vitest";
import { HistogramAccumulator } from "./accumulator.js";
import { add, divide, multiply, subtract } from "./arithmetic.js";
import { HistogramAverage } from "./average.js";
import { parseHistogramDescriptor, printHistogramDescriptor } from "./descriptor.js";
import { isCounterReset } from "./reset-detection.js";
import { reduceResolution } from "./resolution.js";

function histogram(text: string): Histogram {
  return parseHistogramDescriptor(text).histogram;
}

const print = printHistogramDescriptor;

describe("sum of two histograms", () => {
  const cases: readonly [title: string, a: string, b: string, sum: string][] = [
    [
      "adds bucket by bucket",
      "count:4 sum:5 buckets:[1 2 1]",
      "count:1 sum:2 offset:1 buckets:[1]",
      "{{count:5 sum:7 buckets:[1 3 1]}}",
    ],
    [
      "merges spans",
      "count:1 offset:-3 buckets:[1]",
      "count:2 offset:2 buckets:[2]",
      "{{count:3 offset:-3 buckets:[1 0 0 0 0 2]}}",
    ],
    ["takes the lower schema", "schema:1 count:3 buckets:[1 1 1]", "count:1 buckets:[1]", "{{count:4 buckets:[2 2]}}"],
    [
      "takes the lower schema of the left",
      "count:1 buckets:[1]",
      "schema:1 count:3 buckets:[1 1 1]",
      "{{count:4 buckets:[2 2]}}",
    ],
    ["adds negative buckets", "count:2 n_buckets:[1 1]", "count:1 n_buckets:[0 1]", "{{count:3 n_buckets:[1 2]}}"],
    [
      "widens the zero bucket",
      "count:3 z_bucket:1 z_bucket_w:0.5 buckets:[2]",
      "count:4 z_bucket:1 z_bucket_w:0.25 offset:-1 buckets:[1 2]",
      "{{count:7 z_bucket:3 z_bucket_w:0.5 buckets:[4]}}",
    ],
    [
      "never cuts a populated bucket",
      "count:1 z_bucket:1 z_bucket_w:0.75",
      "count:3 buckets:[2 1]",
      "{{count:4 z_bucket:3 z_bucket_w:1 offset:1 buckets:[1]}}",
    ],
    [
      "cuts an empty bucket",
      "count:1 z_bucket:1 z_bucket_w:0.75",
      "count:1 buckets:[0 1]",
      "{{count:2 z_bucket:1 z_bucket_w:0.75 offset:1 buckets:[1]}}",
    ],
    [
      "keeps equal custom bounds",
      "schema:-53 count:1 custom_values:[5 10] buckets:[1]",
      "schema:-53 count:2 custom_values:[5 10] buckets:[0 0 2]",
      "{{schema:-53 count:3 custom_values:[5 10] buckets:[1 0 2]}}",
    ],
    [
      "keeps the custom bounds that both have",
      "schema:-53 count:3 custom_values:[2 5 10] buckets:[1 1 1]",
      "schema:-53 count:2 custom_values:[5 7] buckets:[0 1 1]",
      "{{schema:-53 count:5 custom_values:[5] buckets:[2 3]}}",
    ],
  ];
  test.each(cases)("%s", (_, a, b, sum) => {
    expect(print(add(histogram(a), histogram(b))?.histogram as Histogram)).toBe(sum);
  });

  test("exponential and custom buckets have none", () => {
    expect(add(histogram("count:1 buckets:[1]"), histogram("schema:-53 custom_values:[1]"))).toBeUndefined();
  });

  test("says that custom bounds were reconciled", () => {
    const left = histogram("schema:-53 custom_values:[1 2]");
    expect(add(left, histogram("schema:-53 custom_values:[2]"))?.boundsReconciled).toBe(true);
    expect(add(left, left)?.boundsReconciled).toBe(false);
  });
});

describe("counter reset hints of a sum", () => {
  const cases: readonly [a: string, b: string, hint: string, isCollision: boolean][] = [
    ["unknown", "unknown", "unknown", false],
    ["gauge", "reset", "gauge", false],
    ["not_reset", "gauge", "gauge", false],
    ["unknown", "not_reset", "unknown", false],
    ["not_reset", "not_reset", "not_reset", false],
    ["reset", "not_reset", "unknown", true],
  ];
  test.each(cases)("%s and %s make %s", (a, b, hint, isCollision) => {
    const sum = add(histogram(`counter_reset_hint:${a}`), histogram(`counter_reset_hint:${b}`));
    expect(sum?.histogram.counterResetHint).toBe(hint);
    expect(sum?.resetCollision).toBe(isCollision);
  });

  test("a collision is seen through an unknown in between", () => {
    const sum = new HistogramAccumulator(histogram("counter_reset_hint:reset"));
    sum.add(histogram("counter_reset_hint:unknown"));
    sum.add(histogram("counter_reset_hint:not_reset"));
    expect(sum.resetCollision).toBe(true);
  });
});

test("a difference may be negative", () => {
  const difference = subtract(
    histogram("count:1 sum:2 buckets:[1]"),
    histogram("schema:1 count:2 sum:1 buckets:[0 2]"),
  );
  expect(print(difference?.histogram as Histogram)).toBe("{{count:-1 sum:1 buckets:[1 -2]}}");
});

test("scaling by a negative number makes a gauge", () => {
  const h = histogram("count:2 sum:3 z_bucket:1 buckets:[1] counter_reset_hint:not_reset");
  expect(print(multiply(h, -1))).toBe("{{count:-2 sum:-3 z_bucket:-1 counter_reset_hint:gauge buckets:[-1]}}");
  expect(print(multiply(h, 2))).toBe("{{count:4 sum:6 z_bucket:2 counter_reset_hint:not_reset buckets:[2]}}");
});

test("division by zero leaves no buckets", () => {
  expect(print(divide(histogram("count:2 sum:-3 buckets:[1 1]"), 0))).toBe("{{count:+Inf sum:-Inf z_bucket:NaN}}");
});

test("resolution is reduced two buckets into one, at every schema", () => {
  expect(print(reduceResolution(histogram("schema:2 offset:-3 buckets:[1 2 3 4 5]"), 1))).toBe(
    "{{schema:1 offset:-1 buckets:[3 7 5]}}",
  );
  expect(print(reduceResolution(histogram("schema:2 n_offset:1 n_buckets:[1 2 3 4 5]"), 0))).toBe(
    "{{n_offset:1 n_buckets:[10 5]}}",
  );
});

test("huge terms that cancel leave the small ones", () => {
  const sum = new HistogramAccumulator(histogram("sum:1 buckets:[1]"));
  for (const text of ["sum:1e100 buckets:[1e100]", "sum:1 buckets:[1]", "sum:-1e100 buckets:[-1e100]"])
    sum.add(histogram(text));
  expect(print(sum.histogram())).toBe("{{sum:2 buckets:[2]}}");
});

test("a result is not changed by what the accumulator does later", () => {
  const sum = new HistogramAccumulator(histogram("count:1 buckets:[1]"));
  const before = sum.histogram();
  sum.add(histogram("count:1 buckets:[1]"));
  expect(print(before)).toBe("{{count:1 buckets:[1]}}");
});

describe("average", () => {
  test("is the sum by the number", () => {
    const average = new HistogramAverage(histogram("count:4 sum:5 buckets:[1 2 1]"));
    average.add(histogram("count:2 sum:1 buckets:[1 0 1]"));
    expect(print(average.histogram())).toBe("{{count:3 sum:3 buckets:[1 1 1]}}");
  });

  test("survives a sum beyond float64", () => {
    const average = new HistogramAverage(histogram("count:1.5e308 sum:1"));
    for (const text of ["count:1.5e308 sum:1e100", "count:1.5e308 sum:1", "count:1.5e308 sum:-1e100"])
      average.add(histogram(text));
    const { count, sum } = average.histogram();
    expect(count / 1.5e308).toBeCloseTo(1, 12);
    expect(sum).toBeCloseTo(0.5, 12);
  });
});

describe("counter reset", () => {
  const cases: readonly [title: string, previous: string, current: string, isReset: boolean][] = [
    ["a lower count", "count:2 buckets:[2]", "count:1 buckets:[1]", true],
    ["a lower bucket", "count:2 buckets:[1 1]", "count:3 buckets:[0 3]", true],
    ["a missing bucket", "count:2 buckets:[1 1]", "count:3 buckets:[3]", true],
    ["a missing empty bucket", "count:2 buckets:[2 0]", "count:3 buckets:[3]", false],
    ["more of everything", "count:2 buckets:[1 1]", "count:4 buckets:[1 2 1]", false],
    ["a finer schema", "count:1 buckets:[1]", "schema:1 count:1 buckets:[1]", true],
    ["a coarser schema", "schema:1 count:2 buckets:[0 1 1]", "count:2 buckets:[0 2]", false],
    ["a narrower zero bucket", "count:1 z_bucket:1 z_bucket_w:0.1", "count:1 z_bucket:1 z_bucket_w:0.01", true],
    [
      "a zero bucket that swallowed others",
      "count:3 z_bucket:1 z_bucket_w:0.1 buckets:[2]",
      "count:3 z_bucket:3 z_bucket_w:1",
      false,
    ],
    [
      "a zero bucket that lost some",
      "count:3 z_bucket:1 z_bucket_w:0.1 buckets:[2]",
      "count:3 z_bucket:2 z_bucket_w:1",
      true,
    ],
    ["a negative bucket", "count:2 n_buckets:[2]", "count:2 n_buckets:[1 1]", true],
    ["a hint", "count:1", "count:2 counter_reset_hint:reset", true],
    ["a hint against the counts", "count:2", "count:1 counter_reset_hint:not_reset", false],
    ["custom instead of exponential", "count:1 buckets:[1]", "schema:-53 count:1 custom_values:[1] buckets:[1]", true],
    [
      "more custom bounds",
      "schema:-53 count:3 custom_values:[5] buckets:[1 2]",
      "schema:-53 count:3 custom_values:[2 5] buckets:[0 1 2]",
      false,
    ],
    [
      "fewer in a shared custom bucket",
      "schema:-53 count:3 custom_values:[5] buckets:[2 1]",
      "schema:-53 count:3 custom_values:[2 5] buckets:[0 1 2]",
      true,
    ],
  ];
  test.each(cases)("%s", (_, previous, current, isReset) => {
    expect(isCounterReset(histogram(current), histogram(previous))).toBe(isReset);
  });
});
