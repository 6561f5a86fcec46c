import { type Histogram, labelsFrom, SampleColumns } from "@narthex/model";
import { expect, it } from "vitest";
import { bytes, double, type Field, integer, message, string } from "../exposition/testdata/proto-encoder.js";
import { decodeSnappy } from "../snappy/block.js";
import { decodeChunkFrames, decodeSamplesResponse } from "./read-decoder.js";
import { encodeChunkFrame, encodeLabels, encodeReadChunk, SamplesResponse } from "./read-response.js";

const histogram: Histogram = {
  schema: 3,
  counterResetHint: "not_reset",
  zeroThreshold: 0.5,
  zeroCount: 1,
  count: 7,
  sum: 12.5,
  positiveSpans: [{ offset: -2, length: 2 }],
  positiveBuckets: [4, 2],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
};

function printRows(columns: SampleColumns): string[] {
  return Array.from({ length: columns.count }, (_, i) => {
    const value = columns.isStaleAt(i) ? "stale" : columns.v[i];
    return `${columns.t[i]} ${columns.h?.[i] ? "histogram " : ""}${value}`;
  });
}

it("reads the samples that the server's side writes, stale markers and histograms among them", () => {
  const columns = new SampleColumns();
  columns.pushFloat(-5, 1.5);
  columns.pushHistogram(7, histogram);
  columns.pushStale(1_700_000_000_123);
  const response = new SamplesResponse();
  response.addSeries(labelsFrom({ __name__: "a", é: "c" }), columns, { start: 0, end: 3 });
  response.endResult();
  response.endResult();
  const results = decodeSamplesResponse(decodeSnappy(Buffer.concat([...response.pieces()])));
  expect(results.map((series) => series.length)).toEqual([1, 0]);
  expect(results[0]?.[0]?.labels).toEqual({ texts: ["__name__", "a", "é", "c"] });
  const read = results[0]?.[0]?.columns as SampleColumns;
  expect(printRows(read)).toEqual(["-5 1.5", "7 histogram 12.5", "1700000000123 stale"]);
  expect(read.h?.[1]).toEqual(histogram);
});

const sample = (t: number, v: number): Field => message(2, double(1, v), integer(2, t));

it("puts samples in order, and keeps the first of each time", () => {
  const body = message(1, message(1, sample(3, 30), sample(1, 10), sample(3, 31), sample(2, 20)));
  const [series = []] = decodeSamplesResponse(Uint8Array.from(body));
  expect(series.map(({ columns }) => printRows(columns))).toEqual([["1 10", "2 20", "3 30"]]);
});

const chunk = { minTime: -1, maxTime: 5, encoding: 1, bytes: Uint8Array.of(0, 1, 9) };
const frame = encodeChunkFrame(
  encodeLabels(labelsFrom({ a: "b" })),
  [encodeReadChunk(chunk), encodeReadChunk(chunk)],
  0,
);

function frames(body: Uint8Array, frameBytesMax = 1000): ReturnType<typeof Array.from> {
  return [...decodeChunkFrames(body, { frameBytesMax })].map(({ labels, chunks }) => ({
    labels: labels.texts,
    chunks: chunks.map((one) => ({ ...one, bytes: [...one.bytes] })),
  }));
}

it("reads the frames that the server's side writes", () => {
  const series = { labels: ["a", "b"], chunks: [chunk, chunk].map((one) => ({ ...one, bytes: [0, 1, 9] })) };
  expect(frames(Buffer.concat([frame, frame]))).toEqual([series, series]);
  expect(frames(new Uint8Array(0))).toEqual([]);
});

it("says what is wrong with a frame, and where", () => {
  const spoilt = Uint8Array.from(frame);
  spoilt[12]!++;
  const cases: [body: Uint8Array, error: string, frameBytesMax?: number][] = [
    [frame.subarray(0, -1), `unexpected end of data at byte ${frame.length - 1}`],
    [Uint8Array.of(0x80), "unexpected end of data at byte 1"],
    [new Uint8Array(20).fill(0xff), "frame length is no number at byte 0"],
    [spoilt, "corrupted frame; checksum mismatch at byte 5"],
    [frame, `message size exceeded the limit 10 bytes; got: ${frame.length - 5} bytes at byte 0`, 10],
  ];
  for (const [body, error, frameBytesMax] of cases) expect(() => frames(body, frameBytesMax)).toThrow(error);
});

it("takes no more memory than it may", () => {
  const empty = message(1, message(1));
  const many = Uint8Array.from(message(1, ...Array.from({ length: 100 }, () => message(1))));
  expect(decodeSamplesResponse(Uint8Array.from(empty), { bytesMax: 300 })).toHaveLength(1);
  expect(() => decodeSamplesResponse(many, { bytesMax: 29_000 })).toThrow("takes too much memory");
  const chunks = encodeChunkFrame(
    [],
    Array.from({ length: 100 }, () => new Uint8Array(0)),
    0,
  );
  expect(() => [...decodeChunkFrames(chunks, { frameBytesMax: 1000, bytesMax: 9000 })]).toThrow("too much memory");
});

it("refuses what is no message", () => {
  expect(() => decodeSamplesResponse(Uint8Array.from(bytes(1, [0xff])))).toThrow("unexpected end of data");
  expect(() => decodeSamplesResponse(Uint8Array.from(message(1, message(1, string(2, "x")))))).toThrow();
});
