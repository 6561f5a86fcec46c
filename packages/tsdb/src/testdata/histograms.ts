// Random native histograms as they come from one series, and a form in which two of them can be compared.
import { type CounterResetHint, customBucketsSchema, type Histogram, isStale, staleNumber } from "@narthex/model";
import type { Random } from "@narthex/stdx";
import { bucketIndexes, spansFrom } from "../chunk/buckets.js";

/** What the samples of a series share for a while. */
interface Shape {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly hint: CounterResetHint;
  readonly isFloat: boolean;
  readonly customValues: readonly number[];
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
  zeroCount: number;
}

const below = (random: Random, end: number): number => Math.floor(random() * end);

function randomShape(random: Random): Shape {
  const isCustom = random() < 0.2;
  return {
    schema: isCustom ? customBucketsSchema : below(random, 13) - 4,
    zeroThreshold: isCustom ? 0 : ([0, 2 ** -128, 0.001, 1][below(random, 4)] as number),
    hint: random() < 0.2 ? "gauge" : "unknown",
    isFloat: random() < 0.3,
    customValues: isCustom ? [0.005, 0.1, 1, 2.5, Math.PI, 1e9] : [],
    positive: new Map(),
    negative: new Map(),
    zeroCount: 0,
  };
}

function grow(shape: Shape, random: Random): void {
  const isCustom = shape.schema === customBucketsSchema;
  const amount = (): number => (shape.isFloat ? random() * 10 : below(random, random() < 0.05 ? 1e9 : 20));
  for (let i = below(random, 6); i > 0; i--) {
    const side = isCustom || random() < 0.8 ? shape.positive : shape.negative;
    const index = isCustom ? below(random, 7) : below(random, 30) - 15;
    const change = shape.hint === "gauge" && random() < 0.3 ? -(side.get(index) ?? 0) : amount();
    side.set(index, (side.get(index) ?? 0) + change);
  }
  if (!isCustom) shape.zeroCount += amount();
}

function toHistogram(shape: Shape, sum: number): Histogram {
  const sorted = (side: Map<number, number>): [number, number][] => [...side].sort(([a], [b]) => a - b);
  const positive = sorted(shape.positive);
  const negative = sorted(shape.negative);
  const counts = [...positive, ...negative].map(([, count]) => count);
  return {
    schema: shape.schema,
    counterResetHint: shape.hint,
    zeroThreshold: shape.zeroThreshold,
    zeroCount: shape.zeroCount,
    count: counts.reduce((total, count) => total + count, shape.zeroCount),
    sum,
    positiveSpans: spansFrom(positive.map(([index]) => index)),
    positiveBuckets: positive.map(([, count]) => count),
    negativeSpans: spansFrom(negative.map(([index]) => index)),
    negativeBuckets: negative.map(([, count]) => count),
    customValues: shape.customValues,
  };
}

/** `length` samples that grow, reset, change their shape and go stale. */
export function* randomHistograms(random: Random, length: number): Generator<Histogram> {
  let shape = randomShape(random);
  for (let i = 0; i < length; i++) {
    const dice = random();
    if (dice < 0.02) shape = randomShape(random);
    else if (dice < 0.04) {
      shape.positive.clear();
      shape.zeroCount = 0;
    }
    grow(shape, random);
    const histogram = toHistogram(shape, random() < 0.2 ? i : random() * 1000);
    yield dice > 0.97 ? { ...histogram, sum: staleNumber() } : histogram;
  }
}

/** What must be equal of a histogram that was stored: buckets by index without empty ones. */
export function comparable(histogram: Histogram): unknown {
  if (isStale(histogram.sum)) return "stale";
  const { schema, zeroThreshold, zeroCount, count, sum, customValues } = histogram;
  const side = (spans: Histogram["positiveSpans"], counts: readonly number[]): [number, number][] =>
    bucketIndexes(spans)
      .map((index, i): [number, number] => [index, counts[i] as number])
      .filter(([, bucket]) => bucket !== 0);
  return {
    ...{ schema, zeroThreshold, zeroCount, count, sum, customValues },
    isGauge: histogram.counterResetHint === "gauge",
    positive: side(histogram.positiveSpans, histogram.positiveBuckets),
    negative: side(histogram.negativeSpans, histogram.negativeBuckets),
  };
}
