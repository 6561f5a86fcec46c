// Adding histograms to a running sum, as `sum(rate(h[5m]))` does per step and series. Reports ns per bucket added.
// Small by default, so that it can run within tests; BENCH=1 takes the real size.
import { performance } from "node:perf_hooks";
import type { Histogram } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { emptyHistogram, HistogramAccumulator } from "./accumulator.js";

const isReal = process.env["BENCH"] === "1";
const histograms = isReal ? 2000 : 20;
const bucketsPerSide = 80;
const rounds = isReal ? 20 : 1;

function randomHistogram(seed: number): Histogram {
  const random = randomFrom(seed);
  const buckets = Array.from({ length: bucketsPerSide }, () => Math.floor(random() * 100));
  const count = buckets.reduce((sum, one) => sum + one, 0);
  const positiveSpans = [{ offset: Math.floor(random() * 8), length: bucketsPerSide }];
  return { ...emptyHistogram, schema: 3, count, sum: count, positiveSpans, positiveBuckets: buckets };
}

test("a running sum of histograms", () => {
  const inputs = Array.from({ length: histograms }, (_, i) => randomHistogram(i + 1));
  const sum = new HistogramAccumulator(emptyHistogram);
  const started = performance.now();
  for (let round = 0; round < rounds; round++) {
    sum.start(inputs[0] as Histogram);
    for (const input of inputs) sum.add(input);
  }
  const nanoseconds = ((performance.now() - started) * 1e6) / (rounds * histograms * bucketsPerSide);
  const { count } = sum.histogram();
  if (isReal) console.log(`accumulator: ${nanoseconds.toFixed(2)} ns per bucket, checksum ${count}`);
  expect(count).toBe(inputs.reduce((total, input) => total + input.count, (inputs[0] as Histogram).count));
});
