// Random series with and without start times, as XOR2 and as histograms with start times, must come back as they were.
// A longer run: FUZZ_ROUNDS=10000 npx vitest run packages/tsdb/src/chunk/xor2.fuzz.ts
import { SampleColumns } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { randomSeries } from "../testdata/floats.js";
import { comparable, randomHistograms } from "../testdata/histograms.js";
import { decodeChunk } from "./decode.js";
import { encodeChunks, floatsInForm } from "./encode.js";
import { chunkEncoding, isFloatEncoding } from "./encoding.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 50);
const everything = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
const form = { floats: "xor2", histogramStarts: true } as const;

/** None, one for all, one that changes now and then, or one for each sample. */
function addStartTimes(columns: SampleColumns, random: Random): void {
  const changes = [0, 0, 0.02, 1][Math.floor(random() * 4)] as number;
  let startTime = random() < 0.5 ? 0 : columns.t[0]! - Math.floor(random() * 1e6);
  if (startTime === 0 && changes === 0) return;
  columns.startTimes = new Float64Array(columns.t.length);
  for (let i = 0; i < columns.count; i++) {
    if (random() < changes) startTime = random() < 0.1 ? 0 : columns.t[i]! - Math.floor(random() * 20_000);
    columns.startTimes[i] = startTime;
  }
}

function rowsOf(columns: SampleColumns): unknown[] {
  return Array.from({ length: columns.count }, (_, i) => [
    columns.t[i],
    columns.startTimes?.[i] ?? 0,
    columns.h?.[i] ? comparable(columns.h[i]) : [columns.words[2 * i], columns.words[2 * i + 1]],
  ]);
}

function decoded(chunks: ReturnType<typeof encodeChunks>): SampleColumns {
  const columns = new SampleColumns();
  for (const { data } of chunks) expect(decodeChunk(data, columns, everything)).toBe(true);
  return columns;
}

test(`float series survive encoding and decoding, bit for bit (seeds 1–${rounds})`, () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const columns = randomSeries(random);
    addStartTimes(columns, random);
    const chunks = encodeChunks(columns, form);
    expect(chunks.every(({ data }) => data.encoding === chunkEncoding.xor2)).toBe(true);
    expect(rowsOf(decoded(chunks)), `seed ${seed}`).toEqual(rowsOf(columns));
    expect(rowsOf(decoded(encodeChunks(columns))), `seed ${seed}, plain form`).toEqual(rowsOf(columns));
  }
});

test(`an XOR chunk becomes an XOR2 chunk of the same samples (seeds 1–${rounds})`, () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const plain = encodeChunks(randomSeries(randomFrom(seed)));
    const converted = plain.map((chunk) => ({ ...chunk, data: floatsInForm(chunk.data, form) }));
    expect(rowsOf(decoded(converted)), `seed ${seed}`).toEqual(rowsOf(decoded(plain)));
  }
});

test(`histogram series keep their start times (seeds 1–${rounds / 25})`, () => {
  for (let seed = 1; seed <= rounds / 25; seed++) {
    const random = randomFrom(seed);
    const columns = new SampleColumns();
    for (const histogram of randomHistograms(random, 150)) {
      columns.pushHistogram(1e9 + columns.count * 15_000, histogram);
    }
    addStartTimes(columns, random);
    const chunks = encodeChunks(columns, form);
    expect(chunks.every(({ data }) => data.encoding >= chunkEncoding.histogramWithStarts)).toBe(true);
    expect(rowsOf(decoded(chunks)), `seed ${seed}`).toEqual(rowsOf(columns));
    expect(rowsOf(decoded(encodeChunks(columns))), `seed ${seed}, plain form`).toEqual(rowsOf(columns));
  }
});

test(`garbage decodes to something or is refused (seeds 1–${5 * rounds})`, () => {
  for (let seed = 1; seed <= 5 * rounds; seed++) {
    const random = randomFrom(seed);
    const bytes = Uint8Array.from({ length: 4 + Math.floor(random() * 120) }, () => Math.floor(random() * 256));
    for (const encoding of [4, 5, 6] as const) {
      const columns = new SampleColumns();
      const isWhole = decodeChunk({ encoding, bytes, start: 0, end: bytes.length }, columns, everything);
      expect(typeof isWhole).toBe("boolean");
      if (isWhole && isFloatEncoding(encoding)) expect(columns.h).toBeUndefined();
    }
  }
});
