// Properties of histogram arithmetic over random histograms of all schemas, zero buckets and custom bounds.
import type { Histogram } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { HistogramAccumulator } from "./accumulator.js";
import { add, subtract } from "./arithmetic.js";
import { bucketColumns } from "./bucket-columns.js";
import { parseHistogramDescriptor, printHistogramDescriptor } from "./descriptor.js";
import { histogramsEqual } from "./equality.js";
import { histogramFraction } from "./fraction.js";
import { histogramQuantile } from "./quantile.js";
import { isCounterReset } from "./reset-detection.js";
import { reduceResolution } from "./resolution.js";
import { compact } from "./spans.js";
import { trimHistogram } from "./trim.js";

const steps = Number(process.env["FUZZ_STEPS"] ?? 300);
const seed = Number(process.env["FUZZ_SEED"] ?? 1);

function integer(random: Random, max: number): number {
  return Math.floor(random() * max);
}

function buckets(random: Random): { text: string; count: number } {
  const counts = Array.from({ length: integer(random, 8) }, () => (random() < 0.4 ? 0 : integer(random, 20)));
  return { text: `[${counts.join(" ")}]`, count: counts.reduce((sum, count) => sum + count, 0) };
}

function exponential(random: Random): Histogram {
  const [positive, negative] = [buckets(random), buckets(random)];
  const zero = integer(random, 5);
  const width = [0, 0.001, 0.3, 1][integer(random, 4)] as number;
  const count = positive.count + negative.count + zero;
  const sides = `offset:${integer(random, 30) - 10} buckets:${positive.text} n_offset:${integer(random, 30) - 10} n_buckets:${negative.text}`;
  return withoutOverlap(
    `schema:${integer(random, 6) - 2} count:${count} sum:${integer(random, 100)} z_bucket:${zero} z_bucket_w:${width} ${sides}`,
  );
}

// A zero bucket that overlaps others is no valid histogram: adding one with a larger threshold cleans it.
function withoutOverlap(text: string): Histogram {
  const { histogram } = parseHistogramDescriptor(text);
  const { lower, upper } = bucketColumns({ ...histogram, zeroCount: 0 });
  const nearest = Math.min(
    ...lower.map((bound, i) => Math.min(Math.abs(bound), Math.abs(upper[i] as number))),
    Infinity,
  );
  return { ...histogram, zeroThreshold: Math.min(histogram.zeroThreshold, nearest) };
}

function custom(random: Random): Histogram {
  const bounds = [-4, -1, 0, 1, 2, 3, 5, 8].filter(() => random() < 0.6);
  const counts = Array.from({ length: bounds.length + 1 }, () => integer(random, 20));
  const count = counts.reduce((sum, one) => sum + one, 0);
  return parseHistogramDescriptor(
    `schema:-53 count:${count} sum:${integer(random, 50)} custom_values:[${bounds.join(" ")}] buckets:[${counts.join(" ")}]`,
  ).histogram;
}

function each(check: (random: Random, a: Histogram, b: Histogram) => void): void {
  for (let i = 0; i < steps; i++) {
    const random = randomFrom(seed * 1_000_003 + i);
    const make = random() < 0.7 ? exponential : custom;
    const [a, b] = [make(random), make(random)];
    try {
      check(random, a, b);
    } catch (error) {
      const shown = `${printHistogramDescriptor(a)} and ${printHistogramDescriptor(b)}`;
      throw new Error(`FUZZ_SEED=${seed} step ${i}: ${shown}`, { cause: error });
    }
  }
}

function inBuckets(histogram: Histogram): number {
  return bucketColumns(histogram).counts.reduce((sum, count) => sum + count, 0);
}

function print(histogram: Histogram | undefined): string {
  return printHistogramDescriptor(histogram as Histogram);
}

test("adding keeps the number of observations", () => {
  each((_, a, b) => {
    const sum = add(a, b)?.histogram as Histogram;
    expect([sum.count, inBuckets(sum)]).toEqual([a.count + b.count, inBuckets(a) + inBuckets(b)]);
  });
});

test("addition commutes", () => {
  each((_, a, b) => expect(print(add(a, b)?.histogram)).toBe(print(add(b, a)?.histogram)));
});

test("adding and subtracting again gives back what fits the result's layout", () => {
  each((_, a, b) => {
    const sum = add(a, b)?.histogram as Histogram;
    const back = subtract(sum, b)?.histogram as Histogram;
    const empty = subtract(sum, sum)?.histogram as Histogram;
    // `a` in the layout of the sum, reached by adding nothing of that layout.
    expect(print(back)).toBe(print(add(a, empty)?.histogram));
  });
});

test("a sum of many does not depend on their order", () => {
  each((random, a, b) => {
    const all = [a, b, add(a, b)?.histogram as Histogram, a];
    const forwards = new HistogramAccumulator(a);
    for (const one of all) forwards.add(one);
    const backwards = new HistogramAccumulator(a);
    for (const one of all.sort(() => random() - 0.5)) backwards.add(one);
    expect(print(forwards.histogram())).toBe(print(backwards.histogram()));
  });
});

test("a lower resolution keeps every observation and is reached in one step or in many", () => {
  each((_, a) => {
    if (a.schema === -53) return;
    const once = reduceResolution(a, -4);
    let stepwise = a;
    for (let schema = a.schema - 1; schema >= -4; schema--) stepwise = reduceResolution(stepwise, schema);
    expect(inBuckets(once)).toBe(inBuckets(a));
    expect(print(once)).toBe(print(stepwise));
  });
});

test("more observations are no counter reset, fewer are", () => {
  each((_, a, b) => {
    const sum = add(a, b)?.histogram as Histogram;
    expect(isCounterReset(sum, a)).toBe(false);
    if (b.count > 0) expect(isCounterReset(a, sum)).toBe(true);
  });
});

test("quantiles ascend", () => {
  each((_, a) => {
    if (a.count === 0) return;
    let previous = -Infinity;
    for (let q = 0; q <= 1; q += 1 / 16) {
      const { value } = histogramQuantile(q, a);
      expect(value).toBeGreaterThanOrEqual(previous - 1e-9 * Math.abs(previous));
      previous = value;
    }
  });
});

test("fractions on both sides of a value make one, and are what trims leave", () => {
  each((random, a) => {
    if (a.count === 0) return;
    const v = (random() - 0.5) * 20;
    const below = histogramFraction({ lower: -Infinity, upper: v }, a).value;
    const above = histogramFraction({ lower: v, upper: Infinity }, a).value;
    expect(below + above).toBeCloseTo(1, 9);
    // What of a single bucket without bounds lies where, trims say otherwise than fractions.
    if (a.schema === -53 && a.customValues.length === 0) return;
    expect(trimHistogram(a, "upper", v).count / a.count).toBeCloseTo(below, 9);
    expect(trimHistogram(a, "lower", v).count / a.count).toBeCloseTo(above, 9);
  });
});

test("the printed descriptor reads back", () => {
  each((_, a) => {
    const back = parseHistogramDescriptor(printHistogramDescriptor(a).slice(2, -2)).histogram;
    expect(histogramsEqual(compact(back), compact(a))).toBe(true);
  });
});
