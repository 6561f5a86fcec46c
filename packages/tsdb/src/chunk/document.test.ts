// The examples of docs/formats/chunk.md, decoded.
import { SampleColumns } from "@narthex/model";
import { expect, test } from "vitest";
import { documentedExamples } from "../testdata/documented.js";
import { decodeChunk } from "./decode.js";
import { type ChunkEncoding, chunkEncoding } from "./encoding.js";

const everything = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
const examples = documentedExamples("chunk.md");

function check(example: number, encoding: ChunkEncoding, expected: readonly unknown[]): void {
  const bytes = examples[example] as Uint8Array;
  const columns = new SampleColumns();
  expect(decodeChunk({ encoding, bytes, start: 0, end: bytes.length }, columns, everything)).toBe(true);
  const rows = Array.from({ length: columns.count }, (_, i) => {
    const h = columns.h?.[i];
    const value = columns.isStaleAt(i) ? "stale" : columns.v[i];
    const start = columns.startTimes?.[i] ?? 0;
    return h ? [columns.t[i], h.count, h.zeroCount, h.sum, h.positiveBuckets, start] : [columns.t[i], value, start];
  });
  expect(rows).toEqual(expected);
}

test("there are as many examples as are checked", () => {
  // The last is a segment: block/document.test.ts.
  expect(examples).toHaveLength(7);
});

test("XOR", () => {
  check(0, chunkEncoding.xor, [
    [1000, 1, 0],
    [16_000, 1, 0],
    [31_000, 2, 0],
  ]);
});

test("XOR2", () => {
  check(1, chunkEncoding.xor2, [
    [1000, 1, 900],
    [2000, 1, 900],
    [3000, 2, 2500],
    [4005, 2, 3502],
    [5010, "stale", 3502],
  ]);
});

test("histograms", () => {
  check(2, chunkEncoding.histogram, [
    [1000, 4, 1, 2, [1, 2], 0],
    [2000, 6, 1, 3, [2, 3], 0],
  ]);
  check(3, chunkEncoding.floatHistogram, [
    [1000, 4.5, 1, 2, [1, 2.5], 0],
    [2000, 6.5, 1, 3, [2, 3.5], 0],
  ]);
});

test("histograms with start times", () => {
  check(4, chunkEncoding.histogramWithStarts, [
    [1000, 4, 1, 2, [1, 2], 900],
    [2000, 6, 1, 3, [2, 3], 900],
  ]);
  check(5, chunkEncoding.floatHistogramWithStarts, [
    [1000, 4.5, 1, 2, [1, 2.5], 900],
    [2000, 6.5, 1, 3, [2, 3.5], 1500],
  ]);
});
