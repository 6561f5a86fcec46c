// --enable-feature=otlp-deltatocumulative. Source: OpenTelemetry's data model, "Sums: Delta-to-Cumulative", and the documented
// defaults of the Collector's processor.
import { expect, test } from "vitest";
import { DeltaAccumulator } from "./accumulator.js";
import { at, exportOf, nanoseconds, pointOf, translate } from "./testing.js";

class Sender {
  nowMs = at;
  readonly accumulator: DeltaAccumulator;

  constructor(bytesMax?: number) {
    const limit = bytesMax === undefined ? {} : { bytesMax };
    this.accumulator = new DeltaAccumulator({ now: () => this.nowMs, ...limit });
  }

  send(metric: object, config = {}): readonly string[] {
    const { lines, refused } = translate(exportOf([metric]), config, { deltas: this.accumulator });
    return refused === "" ? lines : [refused];
  }
}

/** A point from `start` to `end`, in seconds after the test's start. */
function during(start: number, end: number, fields: object, attributes = {}): object {
  const startTimeUnixNano = nanoseconds(at + start * 1000);
  return pointOf({ startTimeUnixNano, ...fields }, attributes, at + end * 1000);
}

function sum(...dataPoints: readonly object[]): object {
  return { name: "x", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } };
}

test("spec: sums add up from the first start on; each set of labels by itself", () => {
  const sender = new Sender();
  expect(sender.send(sum(during(0, 10, { asInt: 3 }), during(0, 10, { asInt: 1 }, { a: "b" })))).toEqual([
    "x_total 3 @10000 from 0",
    'x_total{a="b"} 1 @10000 from 0',
  ]);
  expect(sender.send(sum(during(10, 20, { asDouble: 0.5 })))).toEqual(["x_total 3.5 @20000 from 0"]);
  expect(sender.send(sum(during(35, 40, { asInt: 1 })))).toEqual(["x_total 4.5 @40000 from 0"]);
});

test("what is sent again, or late, or from before the first start, is left out and counted", () => {
  const sender = new Sender();
  const first = sum(during(10, 20, { asInt: 3 }));
  sender.send(first);
  for (const late of [first, sum(during(10, 15, { asInt: 1 })), sum(during(0, 30, { asInt: 1 }))]) {
    expect(sender.send(late)).toEqual([]);
  }
  expect(sender.accumulator.takeDropped()).toBe(3);
  expect(sender.accumulator.takeDropped()).toBe(0);
  expect(sender.send(sum(during(20, 30, { asInt: 1 })))).toEqual(["x_total 4 @30000 from 10000"]);
});

test("cumulative points pass as they are; stale markers too, and counting goes on after them", () => {
  const sender = new Sender();
  const cumulative = { name: "y", sum: { aggregationTemporality: 2, dataPoints: [pointOf({ asInt: 9 })] } };
  sender.send(sum(during(0, 10, { asInt: 3 })));
  expect(sender.send(cumulative)).toEqual(["y 9"]);
  expect(sender.send(cumulative)).toEqual(["y 9"]);
  expect(sender.send(sum(during(10, 20, { flags: 1 })))).toEqual(["x_total stale @20000 from 10000"]);
  expect(sender.send(sum(during(20, 30, { asInt: 1 })))).toEqual(["x_total 4 @30000 from 0"]);
});

function histogram(point: object): object {
  return { name: "h", histogram: { aggregationTemporality: 1, dataPoints: [point] } };
}

test("histograms add up bucket by bucket; other bounds begin anew", () => {
  const sender = new Sender();
  const point = { count: 3, sum: 1.5, bucketCounts: [1, 2], explicitBounds: [1] };
  sender.send(histogram(during(0, 10, point)));
  expect(sender.send(histogram(during(10, 20, point)))).toEqual([
    "h_sum 3 @20000 from 0",
    "h_count 6 @20000 from 0",
    'h_bucket{le="1"} 2 @20000 from 0',
    'h_bucket{le="+Inf"} 6 @20000 from 0',
  ]);
  expect(sender.send(histogram(during(20, 30, { ...point, explicitBounds: [2] })))).toContain(
    "h_count 3 @30000 from 20000",
  );
  expect(sender.send(histogram(during(30, 40, { ...point, explicitBounds: [2], sum: undefined })))).toEqual([
    "h_count 6 @40000 from 20000",
    'h_bucket{le="2"} 2 @40000 from 20000',
    'h_bucket{le="+Inf"} 6 @40000 from 20000',
  ]);
});

test("a histogram that says two things is refused, and what comes after it is not", () => {
  const sender = new Sender();
  const config = { convert_histograms_to_nhcb: true };
  const point = { count: 3, sum: 1.5, bucketCounts: [1, 2], explicitBounds: [1] };
  expect(sender.send(histogram(during(0, 10, { ...point, count: 4 })), config)[0]).toContain("3 observations found");
  expect(sender.send(histogram(during(10, 20, point)), config)).toEqual([
    "h {count:3, sum:1.5, [-Inf,1]:1, (1,+Inf]:2} @20000 from 10000",
  ]);
});

test("exponential histograms add up at the coarser scale", () => {
  const sender = new Sender();
  const exponential = (point: object): object => ({
    name: "e",
    exponentialHistogram: { aggregationTemporality: 1, dataPoints: [point] },
  });
  sender.send(
    exponential(during(0, 10, { count: 3, sum: 5, scale: 1, positive: { offset: 0, bucketCounts: [1, 2] } })),
  );
  const second = { count: 2, sum: 3, scale: 0, zeroCount: 1, positive: { offset: 1, bucketCounts: [1] } };
  expect(sender.send(exponential(during(10, 20, second)))).toEqual([
    "e {count:5, sum:8, [-1e-128,1e-128]:1, (1,2]:3, (2,4]:1} @20000 from 0",
  ]);
  // 200 buckets on each side at scale 8 are more than are kept.
  const bucketCounts = Array(200).fill(1);
  const wide = { count: 400, sum: 0, scale: 8, positive: { bucketCounts }, negative: { bucketCounts } };
  const { lines } = translate(
    exportOf([{ ...exponential(during(0, 30, wide)), name: "w" }]),
    {},
    { deltas: sender.accumulator },
  );
  expect(lines[0]?.match(/:\d+/g)?.length).toBeLessThan(320);
});

test("a stream that is silent for five minutes is forgotten", () => {
  const sender = new Sender();
  sender.send(sum(during(0, 10, { asInt: 3 })));
  sender.nowMs += 299_000;
  expect(sender.send(sum(during(10, 20, { asInt: 3 })))).toEqual(["x_total 6 @20000 from 0"]);
  sender.nowMs += 420_000;
  expect(sender.send(sum(during(20, 30, { asInt: 3 })))).toEqual(["x_total 3 @30000 from 20000"]);
  expect(sender.accumulator.streamCount).toBe(1);
});

test("streams are bounded: further ones are refused, and taken once others are forgotten", () => {
  const sender = new Sender(600);
  const of = (name: string, end: number): object => sum(during(0, end, { asInt: 1 }, { name }));
  expect(sender.send(of("a", 10))).toHaveLength(1);
  expect(sender.send(of("b", 10))).toHaveLength(1);
  expect(sender.send(of("c", 10))).toEqual(["more streams of delta temporality than fit into memory"]);
  expect(sender.send(of("a", 20))).toEqual(['x_total{name="a"} 2 @20000 from 0']);
  sender.nowMs += 400_000;
  expect(sender.send(of("c", 30))).toEqual(['x_total{name="c"} 1 @30000 from 0']);
});
