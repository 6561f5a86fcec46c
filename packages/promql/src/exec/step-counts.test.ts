import { type Histogram, labelsFrom } from "@narthex/model";
import { expect, it } from "vitest";
import { Engine } from "../engine.js";
import { MemoryStorage } from "../promqltest/storage.js";

const minute = 60_000;

/** Two series with a sample each minute, one with a gap of the minutes 3 to 7, and a native histogram. */
function storage(): MemoryStorage {
  const storage = new MemoryStorage();
  for (let i = 0; i <= 20; i++) {
    const t = i * minute;
    storage.append(labelsFrom({ __name__: "a" }), { t, value: i });
    storage.append(labelsFrom({ __name__: "b" }), { t, value: i });
    if (i < 3 || i > 7) storage.append(labelsFrom({ __name__: "gap" }), { t, value: i === 12 ? "stale" : i });
    storage.append(labelsFrom({ __name__: "native" }), { t, value: histogram });
    storage.append(labelsFrom({ __name__: "target_info", job: "j", data: "d" }), { t, value: 1 });
    storage.append(labelsFrom({ __name__: "target_info", job: "k", data: "d" }), { t, value: 1 });
    storage.append(labelsFrom({ __name__: "c", job: "j" }), { t, value: 1 });
  }
  return storage;
}

// 168 + 8 bytes, 2 spans, 4 buckets: 224 bytes, as large as 14 floats.
const histogram: Histogram = {
  schema: 0,
  counterResetHint: "unknown",
  zeroThreshold: 0,
  zeroCount: 0,
  count: 4,
  sum: 4,
  positiveSpans: [{ offset: 0, length: 3 }],
  positiveBuckets: [1, 1, 1],
  negativeSpans: [{ offset: 0, length: 1 }],
  negativeBuckets: [1],
  customValues: [],
};

type Counts = { readonly looked: readonly number[]; readonly read: readonly number[] };

const engine = new Engine({ features: new Set(["experimental-functions", "extended-range-selectors"]) });
const queryable = storage();

/** At minutes 5, 7 and 9. */
function check(expression: string, expected: Counts): void {
  const times = { start: 5 * minute, end: 9 * minute + 1000, step: 2 * minute };
  const { stats } = engine.range({ expression, queryable, ...times, lookbackDeltaMs: 90_000, countsSteps: true });
  const { queryableSamples, samplesRead } = stats.perStep ?? { queryableSamples: [], samplesRead: [] };
  expect({ looked: [...queryableSamples], read: [...samplesRead] }, expression).toEqual(expected);
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  expect(stats.totalQueryableSamples).toBe(sum(expected.looked));
  expect(stats.samplesRead).toBe(sum(expected.read));
}

it.each<[string, readonly number[], readonly number[]]>([
  ["a", [1, 1, 1], [1, 1, 1]],
  ["a + b", [2, 2, 2], [2, 2, 2]],
  ["nothing + a", [1, 1, 1], [1, 1, 1]],
  ["gap", [0, 0, 1], [0, 0, 1]],
  ["native", [14, 14, 14], [14, 14, 14]],
  ["timestamp(native)", [1, 1, 1], [1, 1, 1]],
  ["1 + time()", [0, 0, 0], [0, 0, 0]],
])("an instant selector counts what each step finds: %s", (expression, looked, read) => {
  check(expression, { looked, read });
});

it.each<[string, readonly number[], readonly number[]]>([
  ["sum_over_time(a[5m])", [5, 5, 5], [5, 2, 2]],
  ["sum_over_time(a[1m])", [1, 1, 1], [1, 1, 1]],
  ["sum_over_time(a[5m] offset 3m)", [3, 5, 5], [3, 2, 2]],
  ["sum_over_time(gap[5m])", [2, 0, 2], [2, 0, 2]],
  ["rate(native[5m])", [70, 70, 70], [70, 28, 28]],
  ["absent_over_time(gap[5m])", [2, 0, 2], [2, 0, 2]],
  ["increase(a[1m] anchored)", [3, 3, 3], [3, 2, 2]],
])("a range selector counts each window whole, and what is new in it: %s", (expression, looked, read) => {
  check(expression, { looked, read });
});

it.each<[string, readonly number[], readonly number[]]>([
  ["a @ 300", [1, 1, 1], [1, 0, 0]],
  ["timestamp(a @ 300)", [1, 1, 1], [1, 0, 0]],
  ["sum_over_time(a[5m] @ 300) + b", [6, 6, 6], [6, 1, 1]],
  ["predict_linear(a[5m] @ 300, 60)", [5, 5, 5], [5, 0, 0]],
  ["sum_over_time(a[5m:1m] @ 300)", [5, 5, 5], [5, 0, 0]],
])("what is the same at every step is read by the first: %s", (expression, looked, read) => {
  check(expression, { looked, read });
});

it.each<[string, readonly number[], readonly number[]]>([
  ["max_over_time(a[5m:1m])", [5, 5, 5], [5, 2, 2]],
  ["max_over_time(sum(a or b)[5m:1m])", [5, 5, 5], [10, 4, 4]],
  ["max_over_time(a[5m:30s] offset 1m)", [9, 10, 10], [9, 4, 4]],
  // A window of one minute each two: what lies between two is not looked at.
  ["max_over_time(a[1m:30s])", [2, 2, 2], [2, 2, 2]],
  ["max_over_time(sum_over_time(a[2m])[5m:1m])", [5, 5, 5], [6, 2, 2]],
  ["max_over_time((a @ 300)[5m:1m])", [5, 5, 5], [1, 0, 0]],
])("a function of a subquery looks at what that made, and reads what that has read: %s", (expression, looked, read) => {
  check(expression, { looked, read });
});

it("counts the info series of the jobs that it looks for", () => {
  check("info(c)", { looked: [2, 2, 2], read: [2, 2, 2] });
});

it("a range selector or a subquery as the result of an instant query counts what it looked at", () => {
  const count = (expression: string): number =>
    engine.instant({ expression, queryable, time: 10 * minute, countsSteps: true }).stats.totalQueryableSamples;
  expect(count("a[5m]")).toBe(5);
  expect(count("(a + b)[5m:1m]")).toBe(10);
  expect(count("native[2m]")).toBe(28);
});

it("does not count where nobody asks", () => {
  const { stats } = engine.instant({ expression: "a", queryable, time: minute });
  expect(stats.perStep).toBeUndefined();
});
