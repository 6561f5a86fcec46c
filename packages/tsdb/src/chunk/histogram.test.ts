import { type Histogram, isStale, labelsFrom, SampleColumns, setStaleAt, wordsOf } from "@narthex/model";
import { expect, test } from "vitest";
import { InvalidHistogramError } from "../errors.js";
import { everything, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { BitReader } from "./bits.js";
import { encodeChunks } from "./encode.js";
import { BitWriter, readVarbitInt, readVarbitUint } from "./varbit.js";

const histogram = (counts: readonly number[], change: Partial<Histogram> = {}): Histogram => ({
  schema: 1,
  counterResetHint: "unknown",
  zeroThreshold: 2 ** -128,
  zeroCount: 1,
  count: counts.reduce((sum, count) => sum + count, 1),
  sum: 2,
  positiveSpans: [{ offset: 0, length: counts.length }],
  positiveBuckets: counts,
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
  ...change,
});

test("variable-width integers come back at every width", () => {
  const values = [0, 1, -1, 4, -3, 5, 32, -31, 256, 2048, 2049, 131_072, 2 ** 24, 2 ** 24 + 1, -(2 ** 40), 2 ** 52];
  const writer = new BitWriter();
  for (const value of values) {
    writer.varint(value);
    writer.uvarint(Math.abs(value));
  }
  const reader = new BitReader(writer.bytes, 0);
  for (const value of values) {
    expect(readVarbitInt(reader)).toBe(value);
    expect(readVarbitUint(reader)).toBe(Math.abs(value));
  }
});

test("chunks are cut where Prometheus cuts them", () => {
  const check = (histograms: Histogram[], headers: number[]): void => {
    const columns = new SampleColumns();
    histograms.forEach((sample, i) => {
      columns.pushHistogram(i, sample);
    });
    expect(encodeChunks(columns).map(({ data }) => data.bytes[data.start + 2])).toEqual(headers);
  };
  const gauge = { counterResetHint: "gauge" } as const;
  check([histogram([1, 2]), histogram([1, 3])], [0x00]);
  check([histogram([1, 2]), histogram([1, 3, 4])], [0x00]);
  check([histogram([1, 2]), histogram([1, 1])], [0x00, 0x80]);
  check([histogram([1, 2]), histogram([3])], [0x00, 0x80]);
  check([histogram([1, 2]), histogram([1, 2], { schema: 2 })], [0x00, 0x80]);
  check([histogram([1], { counterResetHint: "reset" })], [0x80]);
  check([histogram([2], gauge), histogram([0, 1], gauge)], [0xc0]);
  check([histogram([2], gauge), histogram([3])], [0xc0, 0x00]);
  check([histogram([1]), histogram([1.5])], [0x00, 0x00]);
  check(
    Array.from({ length: 241 }, (_, i) => histogram([i])),
    [0x00, 0x40],
  );
});

test("a damaged histogram is refused with Prometheus' words", async () => {
  const db = await openTsdb(simulated());
  const appender = db.appender();
  const ref = appender.series(labelsFrom({ __name__: "h" }));
  const check = (bad: Partial<Histogram>, message: string): void => {
    expect(() => appender.appendHistogram(ref, 1, histogram([1], bad))).toThrow(InvalidHistogramError);
    expect(() => appender.appendHistogram(ref, 1, histogram([1], bad))).toThrow(message);
  };
  check({ schema: 9 }, "invalid histogram schema 9");
  check({ positiveBuckets: [] }, "spans need 1 buckets, have 0 buckets");
  check({ positiveBuckets: [-1] }, "bucket whose observation count is negative");
  appender.rollback();
});

function readAll(db: Tsdb): (number | undefined)[] {
  const columns = new SampleColumns();
  const [source] = db.querier(everything).select({ matchers: [], ...everything });
  source?.read(columns);
  return Array.from({ length: columns.count }, (_, i) => columns.h?.[i]?.sum);
}

test("a stale marker for a series of histograms is a histogram; equal samples are taken once", async () => {
  const db = await openTsdb(simulated());
  const first = db.appender();
  const ref = first.series(labelsFrom({ __name__: "h" }));
  expect(first.appendHistogram(ref, 1, histogram([1, 2]))).toBe(0);
  first.commit();
  const second = db.appender();
  expect(second.appendHistogram(ref, 1, histogram([1, 2]))).toBe(0);
  expect(second.appendHistogram(ref, 1, histogram([1, 3]))).toBe(4);
  expect(second.appendHistogram(ref, 0, histogram([1, 2]))).toBe(1);
  const v = new Float64Array(1);
  setStaleAt(wordsOf(v), 0);
  const columns = { count: 1, refs: Uint32Array.of(ref), t: Float64Array.of(2), v, outcomes: new Uint8Array(1) };
  expect(second.append(columns)).toBe(1);
  second.commit();
  const sums = readAll(db);
  expect(sums).toHaveLength(2);
  expect(sums[0]).toBe(2);
  expect(isStale(sums[1] as number)).toBe(true);
});
