import { type Histogram, labelsFrom, SampleColumns } from "@narthex/model";
import { crc32c } from "@narthex/stdx";
import { expect, it } from "vitest";
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
import { decodeSnappy } from "../snappy/block.js";
import { encodeChunkFrame, encodeLabels, encodeReadChunk, SamplesResponse } from "./read-response.js";

const pair = (name: string, value: string): Field => message(1, string(1, name), string(2, value));

function decoded(response: SamplesResponse, decodedBytesMax?: number): number[] {
  const block = Buffer.concat([...response.pieces()]);
  return [...decodeSnappy(block, decodedBytesMax === undefined ? {} : { decodedBytesMax })];
}

function floats(...samples: readonly (readonly [t: number, v: number])[]): SampleColumns {
  const columns = new SampleColumns();
  for (const [t, v] of samples) columns.pushFloat(t, v);
  return columns;
}

it("encodes results of samples, the given rows of them, zeros left out", () => {
  const response = new SamplesResponse();
  const columns = floats([0, 1], [-5, 2.5], [1_700_000_000_123, 0], [1_700_000_000_124, 1], [3, 3]);
  response.addSeries(labelsFrom({ __name__: "a", b: "c" }), columns, { start: 1, end: 4 });
  response.addSeries(labelsFrom({ d: "é" }), columns, { start: 0, end: 1 });
  response.endResult();
  response.endResult();
  expect(decoded(response)).toEqual([
    ...message(
      1,
      message(
        1,
        pair("__name__", "a"),
        pair("b", "c"),
        message(2, double(1, 2.5), integer(2, -5)),
        message(2, integer(2, 1_700_000_000_123)),
        message(2, double(1, 1), integer(2, 1_700_000_000_124)),
      ),
      message(1, pair("d", "é"), message(2, double(1, 1))),
    ),
    ...message(1),
  ]);
});

it("keeps the bits of a stale marker", () => {
  const response = new SamplesResponse();
  const columns = new SampleColumns();
  columns.pushStale(7);
  response.addSeries(labelsFrom({ a: "b" }), columns, { start: 0, end: 1 });
  response.endResult();
  const marker = [0x09, 2, 0, 0, 0, 0, 0, 0xf0, 0x7f];
  expect(decoded(response)).toEqual(message(1, message(1, pair("a", "b"), message(2, marker, integer(2, 7)))));
});

const histogram: Histogram = {
  schema: 3,
  counterResetHint: "not_reset",
  zeroThreshold: 0.5,
  zeroCount: 0,
  count: 6,
  sum: 12.5,
  positiveSpans: [
    { offset: -2, length: 1 },
    { offset: 1, length: 1 },
  ],
  positiveBuckets: [4, 2],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
};

it("encodes histograms: whole counts as differences, others as they are", () => {
  const response = new SamplesResponse();
  const columns = new SampleColumns();
  columns.pushFloat(1, 1);
  columns.pushHistogram(2, histogram);
  const custom = { ...histogram, schema: -53, customValues: [1, 2], count: 0.5, counterResetHint: "gauge" } as const;
  columns.pushHistogram(3, custom);
  response.addSeries(labelsFrom({ a: "b" }), columns, { start: 0, end: 3 });
  response.endResult();
  const spans = [...message(11, zigzag(1, -2), integer(2, 1)), ...message(11, zigzag(1, 1), integer(2, 1))];
  const doubles = (field: number, ...values: number[]): Field =>
    bytes(field, new Uint8Array(Float64Array.from(values).buffer));
  const shared = (schema: number): Field => [...double(3, 12.5), ...zigzag(4, schema), ...double(5, 0.5)];
  const first = [...integer(1, 6), ...shared(3), ...integer(6, 0), ...spans, ...packedZigzags(12, [4, -2])];
  const second = [...double(2, 0.5), ...shared(-53), ...double(7, 0), ...spans, ...doubles(13, 4, 2)];
  expect(decoded(response)).toEqual(
    message(
      1,
      message(
        1,
        pair("a", "b"),
        message(2, double(1, 1), integer(2, 1)),
        message(4, first, integer(14, 2), integer(15, 2)),
        message(4, second, integer(14, 3), integer(15, 3), doubles(16, 1, 2)),
      ),
    ),
  );
});

it("makes one block of an answer that is compressed in many pieces", () => {
  const response = new SamplesResponse();
  const columns = floats(...Array.from({ length: 1000 }, (_, i) => [1_700_000_000_000 + i, i] as const));
  let length = 0;
  for (let i = 0; i < 300; i++) {
    response.addSeries(labelsFrom({ a: String(i).padStart(3, "0") }), columns, { start: 0, end: 1000 });
    length ||= decodedLengthOfSeries(columns);
  }
  response.endResult();
  const all = decoded(response);
  expect(all.length).toBeGreaterThan(4 * 1024 * 1024);
  const series = message(1, pair("a", "299"), ...samplesOf(columns));
  expect(all.slice(-series.length)).toEqual([...series]);
  expect(all.length).toBe(bytes(1, new Uint8Array(300 * length)).length);
});

function samplesOf(columns: SampleColumns): Field[] {
  return Array.from({ length: columns.count }, (_, i) =>
    message(2, ...(columns.v[i] === 0 ? [] : [double(1, columns.v[i]!)]), integer(2, columns.t[i]!)),
  );
}

function decodedLengthOfSeries(columns: SampleColumns): number {
  return message(1, pair("a", "000"), ...samplesOf(columns)).length;
}

it("puts length and checksum before a frame's message", () => {
  const chunk = encodeReadChunk({ minTime: -1, maxTime: 5, encoding: 1, bytes: Uint8Array.of(0, 1, 9) });
  const body = [
    ...message(1, pair("a", "b"), message(2, integer(1, -1), integer(2, 5), integer(3, 1), bytes(4, [0, 1, 9]))),
    ...integer(2, 3),
  ];
  const sum = crc32c(Uint8Array.from(body));
  expect([...encodeChunkFrame(encodeLabels(labelsFrom({ a: "b" })), [chunk], 3)]).toEqual([
    body.length,
    ...[24, 16, 8, 0].map((shift) => (sum >>> shift) & 0xff),
    ...body,
  ]);
});
