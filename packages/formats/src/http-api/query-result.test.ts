import { type Histogram, labelsFrom } from "@narthex/model";
import { decodeUtf8, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { JsonWriter } from "./json-writer.js";
import { type QueryValue, writeQueryResult } from "./query-result.js";
import { RowKernel } from "./row-kernel.js";

const buckets = [
  { boundaries: 3, lower: -0.5, upper: 0.5, count: 1 },
  { boundaries: 0, lower: 0.5, upper: 1, count: 2.5 },
];
const bucketsOf = (histogram: Histogram): typeof buckets => (histogram.count === 0 ? [] : buckets);

function printed(value: QueryValue): string {
  // One byte of capacity, so that every write has to grow.
  const writer = new JsonWriter(1);
  writeQueryResult(writer, value, { bucketsOf });
  return decodeUtf8(writer.bytes());
}

function check(value: QueryValue, result: string): void {
  expect(printed(value)).toBe(`"resultType":"${value.type}","result":${result}`);
  JSON.parse(`{${printed(value)}}`);
}

function histogram(count: number): Histogram {
  const empty = { positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [], customValues: [] };
  return { schema: 0, counterResetHint: "unknown", zeroThreshold: 0, zeroCount: 0, count, sum: 5, ...empty };
}

const labels = labelsFrom({ __name__: "up", job: 'a "b"\n é' });
const metric = '"metric":{"__name__":"up","job":"a \\"b\\"\\n é"}';

describe("query results as JSON", () => {
  it("writes vectors", () => {
    check({ type: "vector", points: [] }, "[]");
    check(
      {
        type: "vector",
        points: [
          { labels, t: 1000, v: 1 },
          { labels: labelsFrom({}), t: 1001, v: 2, h: histogram(4) },
        ],
      },
      `[{${metric},"value":[1,"1"]},{"metric":{},"histogram":[1.001,{"count":"4","sum":"5",` +
        '"buckets":[[3,"-0.5","0.5","1"],[0,"0.5","1","2.5"]]}]}]',
    );
  });

  it("writes matrices, floats and histograms apart", () => {
    const columns = { t: Float64Array.of(1000, 2000, 3000), v: Float64Array.of(1, 2, 3) };
    check({ type: "matrix", series: [{ labels, count: 2, ...columns }] }, `[{${metric},"values":[[1,"1"],[2,"2"]]}]`);
    check(
      { type: "matrix", series: [{ labels, count: 3, ...columns, h: [undefined, histogram(0)] }] },
      `[{${metric},"values":[[1,"1"],[3,"3"]],"histograms":[[2,{"count":"0","sum":"5"}]]}]`,
    );
    check(
      { type: "matrix", series: [{ labels, count: 1, ...columns, h: [histogram(0)] }] },
      `[{${metric},"histograms":[[1,{"count":"0","sum":"5"}]]}]`,
    );
  });

  it("writes scalars and strings", () => {
    check({ type: "scalar", t: 1435781451781, v: 1e21 }, '[1435781451.781,"1000000000000000000000"]');
    check({ type: "scalar", t: 0, v: 1e-7 }, '[0,"0.0000001"]');
    check({ type: "string", t: 1500, value: 'x"y' }, '[1.5,"x\\"y"]');
  });
});

describe("a long result in parts", () => {
  const rows = 1000;
  const t = Float64Array.from({ length: rows }, (_, i) => 1000 * i);
  const series = Array.from({ length: 20 }, (_, i) => ({
    labels: labelsFrom({ i: "é".repeat(i) }),
    count: rows,
    t,
    v: Float64Array.from(t, (time) => time * i * 0.1),
  }));
  const value: QueryValue = { type: "matrix", series };

  it.each([RowKernel.start(), undefined])("is the same text", (rowKernel) => {
    const bytesMax = 40_000;
    const parts: Uint8Array[] = [];
    const writer = new JsonWriter(1, { rowKernel, parts: { bytesMax, take: (part) => parts.push(part) } });
    writeQueryResult(writer, value, { bucketsOf });
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(bytesMax);
      expect(part.byteOffset).toBe(0);
    }
    expect(decodeUtf8(Buffer.concat([...parts, writer.bytes()]))).toBe(printed(value));
  });

  it("is whole where it has room in one", () => {
    const take = (): never => expect.unreachable();
    const writer = new JsonWriter(1, { parts: { bytesMax: 10_000_000, take } });
    writeQueryResult(writer, value, { bucketsOf });
    expect(decodeUtf8(writer.bytes())).toBe(printed(value));
  });
});

describe("numbers", () => {
  function written(write: (writer: JsonWriter) => void): string {
    const writer = new JsonWriter(1);
    write(writer);
    return decodeUtf8(writer.bytes());
  }

  it.each<[number, string]>([
    [0, "0"],
    [-0, "-0"],
    [9, "9"],
    [10, "10"],
    [-123, "-123"],
    [9007199254740991, "9007199254740991"],
    [9007199254740992, "9007199254740992"],
    [1e20, "100000000000000000000"],
    [1e21, "1e+21"],
    [0.000001, "0.000001"],
    [1e-7, "1e-07"],
    [-1.5e-300, "-1.5e-300"],
    [0.1, "0.1"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
  ])("value %d", (value, text) => {
    expect(written((writer) => writer.float(value))).toBe(`"${text}"`);
  });

  it.each<[number, string]>([
    [0, "0"],
    [1, "0.001"],
    [20, "0.020"],
    [1300, "1.300"],
    [-1300, "-1.300"],
    [1435781451781, "1435781451.781"],
    [4503599627370495, "4503599627370.495"],
  ])("time %d", (t, text) => {
    expect(written((writer) => writer.time(t))).toBe(text);
  });

  it("reads back what was written (seed 9)", () => {
    const random = randomFrom(9);
    for (let n = 0; n < 5000; n++) {
      const value = (random() - 0.5) * 10 ** Math.floor(random() * 40 - 15);
      expect(Number(JSON.parse(written((writer) => writer.float(value))))).toBe(value);
    }
  });
});
