// Both wires say the same; what is wrong is told with its place; memory is bounded.
import { expect, it } from "vitest";
import { bytes, double, type Field, fixed, integer, message, string } from "../exposition/testdata/proto-encoder.js";
import { decodeOtlpJson } from "./json-decoder.js";
import type { OtlpResource } from "./metrics.js";
import { decodeOtlpProtobuf } from "./protobuf-decoder.js";
import { exported, exportJson, exportProtobuf } from "./testdata/export.js";

function json(value: unknown): OtlpResource[] {
  return decodeOtlpJson(Buffer.from(JSON.stringify(value)));
}

function metric(fields: object): object {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: [fields] }] }] };
}

/** The value that an attribute's AnyValue is printed as, from protobuf. */
function printed(...value: Field[]): string | undefined {
  const attribute = message(1, string(1, "k"), message(2, ...value));
  return decodeOtlpProtobuf(Uint8Array.from(message(1, message(1, attribute))))[0]?.attributes[1];
}

it("reads every kind of metric from protobuf", () => {
  expect(decodeOtlpProtobuf(exportProtobuf)).toEqual(exported);
});

it("reads the same from JSON", () => {
  expect(json(exportJson)).toEqual(exported);
  expect(json({})).toEqual([]);
  expect(json({ resourceMetrics: null })).toEqual([]);
});

// pdata's Value.AsString, as its documentation has it.
it("prints values of attributes as Go's encoding/json does", () => {
  const cases: [Field, string][] = [
    [integer(3, -5), "-5"],
    [[0x18, ...Array<number>(9).fill(0xff), 0x01], "-1"],
    [[0x18, ...Array<number>(8).fill(0xff), 0x7f], "9223372036854775807"],
    [double(4, 1e-7), "1e-7"],
    [double(4, 123456789), "123456789"],
    [double(4, NaN), "json: unsupported value: NaN"],
    [integer(2, 0), "false"],
    [message(5), "[]"],
    [message(6), "{}"],
    [message(5, message(1, double(4, Infinity))), ""],
    [
      message(6, ...["b", "a"].map((key) => message(1, string(1, key), message(2, bytes(7, [1]))))),
      '{"a":"AQ==","b":"AQ=="}',
    ],
    [[], ""],
  ];
  for (const [value, text] of cases) expect(printed(value)).toBe(text);
});

it("takes times in nanoseconds down to the microsecond, as digits and as numbers that lost some", () => {
  const gauge = (timeUnixNano: unknown): unknown =>
    json(metric({ gauge: { dataPoints: [{ timeUnixNano }] } }))[0]?.scopes[0]?.metrics[0]?.data;
  const timeUs = (value: unknown): unknown =>
    expect.objectContaining({ points: [expect.objectContaining({ timeUs: value })] });
  expect(gauge("1700000000123000000")).toEqual(timeUs(1_700_000_000_123_000));
  expect(gauge(1_700_000_000_123_000_000)).toEqual(timeUs(1_700_000_000_123_000));
  expect(gauge("999")).toEqual(timeUs(0));
  const point = (time: bigint): Uint8Array =>
    Uint8Array.from(message(1, message(2, message(2, message(5, message(1, fixed(3, time)))))));
  const read = (time: bigint): unknown => decodeOtlpProtobuf(point(time))[0]?.scopes[0]?.metrics[0]?.data;
  expect(read(1_699_999_999_999_999_999n)).toEqual(timeUs(1_699_999_999_999_999));
  expect(read(1_700_000_000_123_000_000n)).toEqual(timeUs(1_700_000_000_123_000));
});

it("keeps bytes that are no UTF-8 apart from U+FFFD", () => {
  expect(printed(bytes(1, [0x61, 0xff]))).toBe("a\udcff");
  expect(printed(string(1, "a\ufffd"))).toBe("a\ufffd");
});

it("says where JSON is wrong", () => {
  const point = (fields: object): object => metric({ name: "x", sum: { dataPoints: [{}, fields] } });
  const at = "resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints[1]";
  const cases: [unknown, string][] = [
    [[], "body: expected an object, got a list"],
    [{ resourceMetrics: {} }, "resourceMetrics: expected a list, got an object"],
    [{ resourceMetrics: [1] }, "resourceMetrics[0]: expected an object, got 1"],
    [metric({ name: 5 }), "resourceMetrics[0].scopeMetrics[0].metrics[0].name: expected a string, got 5"],
    [point({ asInt: "1.5" }), `${at}.asInt: expected an integer, got "1.5"`],
    [point({ asInt: 1.5 }), `${at}.asInt: expected an integer, got 1.5`],
    [point({ asDouble: "one" }), `${at}.asDouble: expected a number, got "one"`],
    [point({ timeUnixNano: "-1" }), `${at}.timeUnixNano: expected a time after 1970, got "-1"`],
    [point({ flags: true }), `${at}.flags: expected an integer, got true`],
    [point({ attributes: [{ key: "a", value: "b" }] }), `${at}.attributes[0].value: expected an object, got "b"`],
    [
      point({ exemplars: [{ traceId: "xyz" }] }),
      `${at}.exemplars[0].traceId: expected 32 hexadecimal digits, got "xyz"`,
    ],
    [
      metric({ sum: { aggregationTemporality: "DELTA" } }),
      "resourceMetrics[0].scopeMetrics[0].metrics[0].sum.aggregationTemporality: expected one of " +
        'AGGREGATION_TEMPORALITY_UNSPECIFIED, AGGREGATION_TEMPORALITY_DELTA, AGGREGATION_TEMPORALITY_CUMULATIVE, got "DELTA"',
    ],
    [
      metric({ histogram: { dataPoints: [{ count: -1 }] } }),
      "resourceMetrics[0].scopeMetrics[0].metrics[0].histogram.dataPoints[0].count: expected an integer of 0 or more, got -1",
    ],
  ];
  for (const [value, text] of cases) expect(() => json(value)).toThrow(text);
  expect(() => decodeOtlpJson(Buffer.from('{"resourceMetrics": ['))).toThrow("invalid JSON: ");
  expect(() => decodeOtlpJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("body is not valid UTF-8");
});

it("says where protobuf is wrong", () => {
  const cases: [Field, string][] = [
    [exportWith(bytes(5, [1, 2])), "trace id of 2 bytes at byte"],
    [exportWith(integer(3, 1)), "wrong wire type 0 for field 3 at byte"],
    [[...exportProtobuf].slice(0, -1), "unexpected end of data at byte"],
  ];
  for (const [body, text] of cases) expect(() => decodeOtlpProtobuf(Uint8Array.from(body))).toThrow(text);
});

function exportWith(exemplarField: Field): Field {
  return message(1, message(2, message(2, message(7, message(1, message(5, exemplarField))))));
}

it("nests values so deep and no deeper", () => {
  const nested = (depth: number): Field => (depth === 0 ? string(1, "x") : message(5, message(1, nested(depth - 1))));
  expect(printed(nested(64))).toContain('"x"');
  expect(() => printed(nested(65))).toThrow("value nested more than 64 deep");
  const list = (depth: number): object =>
    depth === 0 ? { stringValue: "x" } : { arrayValue: { values: [list(depth - 1)] } };
  const withValue = (depth: number): unknown => ({
    resourceMetrics: [{ resource: { attributes: [{ key: "k", value: list(depth) }] } }],
  });
  expect(json(withValue(64))[0]?.attributes[1]).toContain('"x"');
  expect(() => json(withValue(65))).toThrow("expected a value nested at most 64 deep");
});

it("refuses what would take too much memory: many of what is small on the wire", () => {
  const bytesMax = 100_000;
  const points = message(1, message(2, message(2, message(5, ...Array.from({ length: 1000 }, () => message(1))))));
  expect(() => decodeOtlpProtobuf(Uint8Array.from(points), bytesMax)).toThrow("request takes too much memory");
  const values = message(5, ...Array.from({ length: 3000 }, () => message(1)));
  const attribute = message(1, message(1, message(1, string(1, "k"), message(2, values))));
  expect(() => decodeOtlpProtobuf(Uint8Array.from(attribute), bytesMax)).toThrow("request takes too much memory");
  const lists = Buffer.from(`{"a":[${Array(2000).fill("[]").join(",")}]}`);
  expect(() => decodeOtlpJson(lists, bytesMax)).toThrow("request takes too much memory");
});
