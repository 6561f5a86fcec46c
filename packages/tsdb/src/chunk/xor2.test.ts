import { SampleColumns, setStaleAt } from "@narthex/model";
import { expect, test } from "vitest";
import { decodeChunk } from "./decode.js";
import { encodeChunks } from "./encode.js";
import { chunkEncoding } from "./encoding.js";

const everything = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

type Row = readonly [t: number, v: number | "stale", startTime?: number];

function columnsOf(rows: readonly Row[]): SampleColumns {
  const columns = new SampleColumns();
  for (const [t, v, startTime] of rows) {
    if (v === "stale") columns.pushStale(t);
    else columns.pushFloat(t, v);
    if (startTime !== undefined) columns.setStartTime(startTime);
  }
  return columns;
}

function rowsOf(columns: SampleColumns): unknown[] {
  return Array.from({ length: columns.count }, (_, i) => [
    columns.t[i],
    columns.isStaleAt(i) ? "stale" : columns.v[i],
    columns.startTimes?.[i] ?? 0,
  ]);
}

/** Bits by hand from the format's description, in groups; both ways. */
function check(rows: readonly Row[], bits: string): void {
  const digits = bits.replaceAll(/[^01]/g, "");
  const padded = digits.padEnd(Math.ceil(digits.length / 8) * 8, "0");
  const expected = Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  const [chunk] = encodeChunks(columnsOf(rows), { floats: "xor2", histogramStarts: false });
  const { data } = chunk!;
  expect(data.encoding).toBe(chunkEncoding.xor2);
  expect(Buffer.from(data.bytes.subarray(data.start, data.end)).toString("hex")).toBe(
    Buffer.from(expected).toString("hex"),
  );
  const back = new SampleColumns();
  expect(decodeChunk({ ...data, bytes: expected, start: 0, end: expected.length }, back, everything)).toBe(true);
  expect(rowsOf(back)).toEqual(rows.map(([t, v, startTime]) => [t, v, startTime ?? 0]));
}

const one = "00111111 11110000 00000000 00000000 00000000 00000000 00000000 00000000";
/** Varint 1000, uvarint 1000. */
const signed1000 = "11010000 00001111";
const unsigned1000 = "11101000 00000111";
const count = (n: number): string => `00000000 ${n.toString(2).padStart(8, "0")}`;
const noStarts = "00000000";

test("time and value share their control bits", () => {
  check(
    [
      [1000, 1],
      [2000, 1],
      [3000, 1],
      [4000, 2],
      [5005, 2],
      [6000, 2],
    ],
    `${count(6)} ${noStarts} ${signed1000} ${one} ${unsigned1000} 0
     0
     10 1 00001 001011 11111111111
     110 0000000000101 0
     110 1111111110110 0`,
  );
});

test("times that are far off take 20 or 64 bits", () => {
  check(
    [
      [1000, 1],
      [2000, 1],
      [103_000, 1],
      [2_004_000, 1],
    ],
    `${count(4)} ${noStarts} ${signed1000} ${one} ${unsigned1000} 0
     1110 00011000011010100000 0
     11110 ${(1_800_000).toString(2).padStart(64, "0")} 0`,
  );
});

test("a stale marker is control bits, and the value behind it differs from the one before it", () => {
  check(
    [
      [1000, 1],
      [2000, "stale"],
      [3000, 1],
      [4000, "stale"],
      [5005, "stale"],
      [6010, 2],
      [7015, 1],
    ],
    `${count(7)} ${noStarts} ${signed1000} ${one} ${unsigned1000} 111
     0
     11111
     110 0000000000101 111
     10 1 00001 001011 11111111111
     10 0 11111111111`,
  );
});

test("a start time that stays is written once", () => {
  check(
    [
      [1000, 1, 500],
      [2000, 1, 500],
      [3000, 1, 500],
    ],
    `${count(3)} 10000000 ${signed1000} ${one} 11101000 00000111 ${unsigned1000} 0 0`,
  );
});

test("from the first change on, start times are distances to the sample before", () => {
  check(
    [
      [1000, 1],
      [2000, 1],
      [3000, 1, 1990],
      [4000, 1, 2985],
      [5000, 1, 3985],
    ],
    // 10, then 5 more, then none.
    `${count(5)} 00000010 ${signed1000} ${one} ${unsigned1000} 0
     0 110 001010
     0 110 000101
     0 0`,
  );
});

test("start times survive where they change behind the 127th sample", () => {
  const rows = Array.from({ length: 120 }, (_, i): Row => [i * 10, i, 0]);
  const late = Array.from({ length: 120 }, (_, i): Row => [1200 + i * 10, i, i < 50 ? 0 : 1700]);
  const back = new SampleColumns();
  for (const { data } of encodeChunks(columnsOf([...rows, ...late])))
    expect(decodeChunk(data, back, everything)).toBe(true);
  expect(rowsOf(back)).toEqual([...rows, ...late]);
});

test("a window cuts samples before and after, and a chunk cut short is refused", () => {
  const [chunk] = encodeChunks(columnsOf(Array.from({ length: 50 }, (_, i): Row => [i * 10, Math.sin(i), 5])));
  const { data } = chunk!;
  const columns = new SampleColumns();
  expect(decodeChunk(data, columns, { after: 100, end: 120 })).toBe(true);
  expect(rowsOf(columns)).toEqual([
    [110, Math.sin(11), 5],
    [120, Math.sin(12), 5],
  ]);
  expect(decodeChunk({ ...data, end: data.end - 9 }, new SampleColumns(), everything)).toBe(false);
  const marker = new SampleColumns();
  marker.pushFloat(1, 0);
  setStaleAt(marker.words, 0);
  const [stale] = encodeChunks(marker, { floats: "xor2", histogramStarts: false });
  const back = new SampleColumns();
  expect(decodeChunk(stale!.data, back, everything)).toBe(true);
  expect(back.isStaleAt(0)).toBe(true);
});
