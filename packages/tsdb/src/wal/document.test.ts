// The examples of docs/formats/wal.md and wbl.md, decoded and encoded.
import { customBucketsSchema, type Histogram, labelsFrom } from "@narthex/model";
import { readWholeFile, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { documentedExamples } from "../testdata/documented.js";
import { decodeHistogramRecords, encodeHistograms, type HistogramRecord } from "./histogram-records.js";
import { decodeMarkers, encodeMarkers } from "./markers.js";
import {
  decodeExemplars,
  decodeMetadata,
  decodeSamples,
  decodeSeries,
  decodeTombstones,
  emptyRows,
  encoded,
  encodeExemplars,
  encodeMetadata,
  encodeSamplesWithStarts,
  encodeSeries,
  encodeTombstones,
  recordType,
  type SampleRows,
  samplesRecord,
} from "./records.js";
import { WalWriter } from "./writer.js";

const [fragment, ...records] = documentedExamples("wal.md") as [Uint8Array, ...Uint8Array[]];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The only documented record of this type. */
function record(type: number): Uint8Array {
  const found = records.filter((bytes) => bytes[0] === type);
  expect(found).toHaveLength(1);
  return found[0] as Uint8Array;
}

test("there are as many examples as are checked", () => {
  expect(records).toHaveLength(10);
});

test("the documented fragment has the documented bytes", () => {
  const fileSystem = new SimFileSystem();
  const writer = WalWriter.open({ fileSystem, folder: "/wal" });
  writer.write([Uint8Array.of(1, 2, 3)]);
  expect(hex(readWholeFile(fileSystem, "/wal/00000000"))).toBe(hex(fragment));
});

test("series", () => {
  const series = [{ ref: 1, labels: labelsFrom({ __name__: "up", job: "a" }) }];
  expect(decodeSeries(record(recordType.series))).toEqual(series);
  expect(hex(encoded((writer) => encodeSeries(writer, series)))).toBe(hex(record(recordType.series)));
});

/** Ref, time, value and start time. */
function rowsOf(bytes: Uint8Array): number[][] {
  const rows = emptyRows();
  decodeSamples(bytes, rows);
  const v = new Float64Array(rows.words.buffer);
  return Array.from({ length: rows.count }, (_, i) => {
    return [rows.refs[i], rows.t[i], v[i], rows.startTimes?.[i] ?? 0] as number[];
  });
}

function rowsFrom(list: readonly (readonly number[])[]): SampleRows {
  const rows = emptyRows(list.length);
  rows.count = list.length;
  rows.refs.set(list.map(([ref = 0]) => ref));
  rows.t.set(list.map(([, t = 0]) => t));
  new Float64Array(rows.words.buffer).set(list.map(([, , v = 0]) => v));
  rows.startTimes = Float64Array.from(list, ([, , , start = 0]) => start);
  return rows;
}

test("samples", () => {
  const rows = [
    [1, 1000, 1, 0],
    [2, 1010, 2, 0],
  ];
  expect(rowsOf(record(recordType.samples))).toEqual(rows);
  expect(hex(samplesRecord({ ...rowsFrom(rows), startTimes: undefined }))).toBe(hex(record(recordType.samples)));
});

test("samples with start times", () => {
  const rows = [
    [1, 1000, 1, 500],
    [2, 1010, 2, 500],
    [3, 1010, 3, 0],
  ];
  expect(rowsOf(record(recordType.samplesWithStarts))).toEqual(rows);
  expect(hex(encoded((writer) => encodeSamplesWithStarts(writer, rowsFrom(rows))))).toBe(
    hex(record(recordType.samplesWithStarts)),
  );
});

test("tombstones, exemplars and metadata", () => {
  const tombstones = [{ ref: 1, minTime: 1000, maxTime: 2000 }];
  expect(decodeTombstones(record(recordType.tombstones))).toEqual(tombstones);
  expect(hex(encoded((writer) => encodeTombstones(writer, tombstones)))).toBe(hex(record(recordType.tombstones)));
  const exemplars = [{ ref: 1, t: 1000, v: 1, labels: labelsFrom({ id: "x" }) }];
  expect(decodeExemplars(record(recordType.exemplars))).toEqual(exemplars);
  expect(hex(encoded((writer) => encodeExemplars(writer, exemplars)))).toBe(hex(record(recordType.exemplars)));
  const metadata = [{ ref: 1, metadata: { type: "gauge", unit: "s", help: "h" } as const }];
  expect(decodeMetadata(record(recordType.metadata))).toEqual(metadata);
  expect(hex(encoded((writer) => encodeMetadata(writer, metadata)))).toBe(hex(record(recordType.metadata)));
});

const integer: Histogram = {
  schema: 0,
  counterResetHint: "unknown",
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 4,
  sum: 5,
  positiveSpans: [{ offset: 1, length: 2 }],
  positiveBuckets: [1, 2],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
};
const custom: Histogram = {
  ...integer,
  schema: customBucketsSchema,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  positiveSpans: [{ offset: 0, length: 2 }],
  customValues: [1],
};

test.each<[number, HistogramRecord]>([
  [recordType.histograms, { ref: 1, t: 1000, histogram: integer }],
  [recordType.floatHistograms, { ref: 1, t: 1000, histogram: { ...integer, zeroCount: 1.5, count: 4.5 } }],
  [recordType.customHistograms, { ref: 1, t: 1000, histogram: custom }],
  [recordType.histogramsWithStarts, { ref: 1, t: 1000, startTime: 500, histogram: integer }],
])("histograms, type %d", (type, expected) => {
  expect(decodeHistogramRecords(record(type))).toEqual([expected]);
  expect(hex(encoded((writer) => encodeHistograms(writer, type, [expected])))).toBe(hex(record(type)));
});

test("the documented marker of the WBL has the documented bytes", () => {
  const [bytes = Uint8Array.of()] = documentedExamples("wbl.md");
  const marker = { ref: 7, file: 1, position: 8 };
  expect(decodeMarkers(bytes)).toEqual([marker]);
  expect(hex(encodeMarkers([marker]))).toBe(hex(bytes));
});
