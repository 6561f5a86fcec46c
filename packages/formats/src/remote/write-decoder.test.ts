import { isStale, labelsFrom, type Metadata, staleNumber } from "@narthex/model";
import { ByteRangeError } from "@narthex/stdx";
import { expect, test } from "vitest";
import {
  bytes,
  double,
  type Field,
  integer,
  message,
  packedZigzags,
  string,
  zigzag,
} from "../exposition/testdata/proto-encoder.js";
import { decodeWriteRequest, type ReceivedSeries } from "./write-decoder.js";
import { encodeWriteRequest, type WriteVersion, writeVersions } from "./write-request.js";

const first: WriteVersion = "prometheus.WriteRequest";
const second: WriteVersion = "io.prometheus.write.v2.Request";

function decode(version: WriteVersion, ...fields: readonly Field[]): ReceivedSeries[] {
  return decodeWriteRequest(Uint8Array.from(fields.flat()), version);
}

test.each(writeVersions)("what is encoded as %s is decoded again", (version) => {
  const gauge: Metadata = { type: "gauge", help: "A.", unit: "" };
  const series = [
    { labels: labelsFrom({ __name__: "a", b: "é\ufffd" }), samples: [{ t: 1_700_000_000_123, v: 2.5 }] },
    {
      labels: labelsFrom({ __name__: "c" }),
      samples: [
        { t: -5, v: -1 },
        { t: 0, v: 0 },
      ],
    },
  ];
  const decoded = decodeWriteRequest(
    encodeWriteRequest({ series, metadata: new Map([["a", gauge]]) }, version),
    version,
  );
  expect(decoded).toEqual(
    series.map(({ labels, samples }, i) => ({
      labels: { texts: [...labels] },
      samples: samples.map((sample) => ({ ...sample, startTime: 0 })),
      histograms: [],
      exemplars: [],
      metadata: version === second && i === 0 ? gauge : undefined,
    })),
  );
});

test("a stale marker keeps its bits", () => {
  const request = { series: [{ labels: labelsFrom({ a: "b" }), samples: [{ t: 1, v: staleNumber() }] }] };
  const [series] = decodeWriteRequest(encodeWriteRequest({ ...request, metadata: new Map() }, first), first);
  expect(isStale(series!.samples[0]!.v)).toBe(true);
});

const span = (offset: number, length: number): Field => [...zigzag(1, offset), ...integer(2, length)];
const whole = [
  integer(1, 6),
  double(3, 18.5),
  zigzag(4, -2),
  double(5, 0.001),
  integer(6, 1),
  message(8, span(-3, 1)),
  packedZigzags(9, [1]),
  message(11, span(-1, 2)),
  message(11, span(3, 1)),
  packedZigzags(12, [1, 1, -1]),
  integer(14, 2),
  integer(15, 1000),
  integer(17, 900),
];

test.each([
  [first, 1, 4],
  [second, 5, 3],
] as const)("%s: histograms of whole numbers, and of fractions with own bounds", (version, seriesField, field) => {
  const doubles = (at: number, ...values: readonly number[]): Field =>
    bytes(
      at,
      values.flatMap((v) => [...new Uint8Array(new Float64Array([v]).buffer)]),
    );
  const fractions = [
    double(2, 1.5),
    double(3, 2),
    zigzag(4, -53),
    double(7, 0.5),
    message(11, span(0, 2)),
    doubles(13, 1, 0.5),
    integer(14, 3),
    integer(15, 7),
    doubles(16, 5, 10),
  ];
  const [series] = decode(version, message(seriesField, message(field, ...whole), message(field, ...fractions)));
  expect(series?.histograms).toEqual([
    {
      t: 1000,
      startTime: 900,
      isInteger: true,
      histogram: {
        schema: -2,
        counterResetHint: "not_reset",
        zeroThreshold: 0.001,
        zeroCount: 1,
        count: 6,
        sum: 18.5,
        positiveSpans: [
          { offset: -1, length: 2 },
          { offset: 3, length: 1 },
        ],
        positiveBuckets: [1, 2, 1],
        negativeSpans: [{ offset: -3, length: 1 }],
        negativeBuckets: [1],
        customValues: [],
      },
    },
    {
      t: 7,
      startTime: 0,
      isInteger: false,
      histogram: {
        schema: -53,
        counterResetHint: "gauge",
        zeroThreshold: 0,
        zeroCount: 0.5,
        count: 1.5,
        sum: 2,
        positiveSpans: [{ offset: 0, length: 2 }],
        positiveBuckets: [1, 0.5],
        negativeSpans: [],
        negativeBuckets: [],
        customValues: [5, 10],
      },
    },
  ]);
});

test("exemplars and start times", () => {
  const pair = (name: string, value: string): Field => message(1, string(1, name), string(2, value));
  const exemplar = [double(2, 0.5), integer(3, 44)];
  expect(decode(first, message(1, message(3, pair("trace", "x"), ...exemplar)))[0]?.exemplars).toEqual([
    { labels: { texts: ["trace", "x"] }, t: 44, v: 0.5 },
  ]);
  // Symbols may come last, and references unpacked.
  const series = message(
    5,
    message(2, double(1, 1), integer(2, 9), integer(3, 8)),
    message(4, integer(1, 1), integer(1, 2), ...exemplar),
  );
  const [decoded] = decode(second, series, string(4, ""), string(4, "trace"), string(4, "x"));
  expect(decoded?.samples).toEqual([{ t: 9, v: 1, startTime: 8 }]);
  expect(decoded?.exemplars).toEqual([{ labels: { texts: ["trace", "x"] }, t: 44, v: 0.5 }]);
});

test("symbols that are not there are a problem of their series alone", () => {
  const symbols = [string(4, ""), string(4, "a")];
  const labelsIn = (...references: readonly number[]) =>
    decode(second, ...symbols, message(5, bytes(1, references)))[0]?.labels;
  expect(labelsIn(1, 9)).toEqual({
    texts: [],
    problem: "[1 9]: labelRefs 1 (name) = 9 (value) outside of symbols table (size 2)",
  });
  expect(labelsIn(1)).toEqual({ texts: [], problem: "invalid labelRefs length 1" });
  expect(labelsIn(1, 0)).toEqual({ texts: ["a", ""] });
});

test("bytes that are no UTF-8 are told from U+FFFD", () => {
  const [series] = decode(first, message(1, message(1, bytes(1, [0x61, 0xff]), string(2, "\ufffd"))));
  expect(series?.labels.texts).toEqual(["a\udcff", "\ufffd"]);
});

test.each<[what: string, version: WriteVersion, fields: readonly Field[]]>([
  ["symbols table does not start with an empty string at byte 2", second, [string(4, "a")]],
  ["metadata names symbol 3 of 1 at byte 8", second, [string(4, ""), message(5, message(5, integer(3, 3)))]],
  ["unexpected end of data at byte 2", first, [[0x0a, 0x05]]],
  ["wrong wire type 0 for field 1 at byte 2", first, [integer(1, 5)]],
])("%s", (what, version, fields) => {
  expect(() => decode(version, ...fields)).toThrow(
    new ByteRangeError(what.replace(/ at byte \d+$/, ""), Number(/\d+$/.exec(what)![0])),
  );
});

test("what takes more memory than allowed is refused", () => {
  const body = Uint8Array.from(Array.from({ length: 100 }, () => message(1)).flat());
  expect(decodeWriteRequest(body, first)).toHaveLength(100);
  expect(() => decodeWriteRequest(body, first, 10_000)).toThrow("request takes too much memory");
});
