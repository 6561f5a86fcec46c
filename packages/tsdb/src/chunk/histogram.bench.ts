// What decoding a histogram chunk costs per sample and bucket: a latency histogram with 20 buckets that count requests.
// Small within the test run; real: npm run bench -- histogram
import { type Histogram, SampleColumns } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { decodeChunk } from "./decode.js";
import { encodeChunks } from "./encode.js";

const rounds = process.env["BENCH"] === "1" ? 200 : 1;
const repeats = rounds > 1 ? 12 : 1;
const buckets = 20;
const samples = 120;
const everything = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

function columnsOf(isInteger: boolean): SampleColumns {
  const random = randomFrom(7);
  const counts = Array.from({ length: buckets }, () => 1);
  const columns = new SampleColumns();
  for (let i = 0; i < samples; i++) {
    for (let bucket = 0; bucket < buckets; bucket++) {
      counts[bucket]! += isInteger ? Math.floor(random() * 10) : random() * 10;
    }
    const histogram: Histogram = {
      schema: 3,
      counterResetHint: "unknown",
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      count: counts.reduce((sum, count) => sum + count, 0),
      sum: i * 17.3,
      positiveSpans: [{ offset: -5, length: buckets }],
      positiveBuckets: [...counts],
      negativeSpans: [],
      negativeBuckets: [],
      customValues: [],
    };
    columns.pushHistogram(1_700_000_000_000 + i * 15_000, histogram);
  }
  return columns;
}

test.each([
  ["integer counts", true],
  ["float counts", false],
])("decode %s", { timeout: 300_000 }, (kind, isInteger) => {
  const chunks = encodeChunks(columnsOf(isInteger));
  const columns = new SampleColumns();
  const runs = Array.from({ length: repeats }, () => {
    const started = process.cpuUsage();
    for (let round = 0; round < rounds; round++) {
      columns.clear();
      for (const { data } of chunks) decodeChunk(data, columns, everything);
    }
    const { user, system } = process.cpuUsage(started);
    return ((user + system) * 1000) / (rounds * samples);
  }).sort((a, b) => a - b);
  expect(columns.count).toBe(samples);
  if (rounds > 1) console.table([{ kind, bestNsPerSample: runs[0], median: runs[repeats >> 1], buckets }]);
});
