// What the table of full chunks takes in memory after hours: a chunk every half hour for each series, the oldest dropped
// after three hours. Small within the test run; real: npm run bench -- closed-chunks
import { expect, test } from "vitest";
import { ClosedChunks } from "./closed-chunks.js";

const chunkMs = 30 * 60_000;
const keptMax = 6;

interface ClosedChunksBenchResult {
  readonly chunks: number;
  readonly residentBytesPerChunk: number;
  readonly nsPerChunk: number;
  readonly checksum: number;
}

function benchClosedChunks({ series, rounds }: { series: number; rounds: number }): ClosedChunksBenchResult {
  const before = process.memoryUsage().rss;
  const started = process.cpuUsage();
  const closed = new ClosedChunks();
  const entries = new Uint32Array(series * keptMax);
  for (let round = 0; round < rounds; round++) {
    const column = (round % keptMax) * series;
    for (let i = 0; i < series; i++) {
      if (round >= keptMax) closed.remove(entries[column + i]!);
      const minTime = 1_700_000_000_000 + round * chunkMs + i;
      const place = { file: 1 + round, position: 8 + i * 200, length: 150 + (i % 100) };
      entries[column + i] = closed.add({ encoding: 1, minTime, maxTime: minTime + chunkMs - 15_000, ...place });
    }
  }
  const { user, system } = process.cpuUsage(started);
  const resident = process.memoryUsage().rss - before - entries.byteLength;
  return {
    chunks: closed.size,
    residentBytesPerChunk: resident / closed.size,
    nsPerChunk: (1000 * (user + system)) / (series * rounds),
    checksum: entries.reduce((sum, entry) => (sum + entry) % 1_000_003, 0),
  };
}

const isReal = process.env["BENCH"] === "1";

test("full chunks of hours", { timeout: 120_000 }, () => {
  const options = isReal ? { series: 500_000, rounds: 16 } : { series: 500, rounds: 8 };
  const result = benchClosedChunks(options);
  expect(result.chunks).toBe(options.series * keptMax);
  if (isReal) console.info(result);
});
