// What encoding and decoding an XOR chunk cost per sample, for values as exporters have them.
// Small within the test run; real: BENCH=1 npx vitest run packages/tsdb/src/chunk/xor.bench.ts
import { SampleColumns } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type ChunkData, chunkEncoding } from "./encoding.js";
import { decodeXor } from "./xor-decode.js";
import { appendXor, XorStates } from "./xor-encode.js";
import { XorDecoder } from "./xor-kernel.js";

const rounds = process.env["BENCH"] === "1" ? 100 : 1;
const repeats = rounds > 1 ? 20 : 1;
const chunkCount = 200;
const samplesPerChunk = 120;
const everything = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/** One of three: never changes, counts, has a fraction; the clock of a scrape is some ms late now and then. */
function chunkOf(seed: number): ChunkData {
  const random = randomFrom(seed);
  const columns = new SampleColumns();
  for (let i = 0, counter = 0; i < samplesPerChunk; i++) {
    counter += Math.floor(random() * 50);
    const gauge = Math.round(random() * 10_000) / 100;
    const late = random() < 0.1 ? Math.floor(random() * 5) : 0;
    columns.pushFloat(1_700_000_000_000 + i * 15_000 + late, [seed, counter, gauge][seed % 3] as number);
  }
  const states = new XorStates(1);
  states.bytes = new Uint8Array(4096);
  states.reset(0);
  for (let i = 0; i < columns.count; i++) {
    appendXor(states, 0, columns.t[i]!, columns.words[2 * i + 1]!, columns.words[2 * i]!);
  }
  states.writeCount(0, states.bytes);
  return { encoding: chunkEncoding.xor, bytes: states.bytes, start: 0, end: states.byteLength(0) };
}

function nsPerSample(decode: typeof decodeXor, chunks: readonly ChunkData[]): { ns: number; checksum: number } {
  const columns = new SampleColumns();
  let checksum = 0;
  const started = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    for (const chunk of chunks) {
      columns.clear();
      decode(chunk, columns, everything);
      checksum += columns.v[columns.count - 1]!;
    }
  }
  const { user, system } = process.cpuUsage(started);
  return { ns: ((user + system) * 1000) / (rounds * chunkCount * samplesPerChunk), checksum };
}

// The decoders take turns, so that both meet the same neighbours.
test("decode", { timeout: 300_000 }, () => {
  const kernel = new XorDecoder();
  const decoders: Record<"plain" | "kernel", typeof decodeXor> = {
    plain: decodeXor,
    kernel: (chunk, columns, window) => kernel.decode(chunk, columns, window),
  };
  const chunks = Array.from({ length: chunkCount }, (_, seed) => chunkOf(seed));
  const runs = Array.from({ length: repeats }, () => ({
    plain: nsPerSample(decoders.plain, chunks),
    kernel: nsPerSample(decoders.kernel, chunks),
  }));
  const rows = (["plain", "kernel"] as const).map((name) => {
    const sorted = runs.map((run) => run[name].ns).sort((a, b) => a - b);
    return { decoder: name, best: sorted[0], median: sorted[repeats >> 1], checksum: runs[0]![name].checksum };
  });
  expect(rows[0]!.checksum).toBeGreaterThan(0);
  expect(rows[1]!.checksum).toBe(rows[0]!.checksum);
  if (rounds > 1) console.table(rows);
});

const chunkRoom = 2048;

/** Appends as the head does: one sample of each series, then the next of each. */
function encodeAll(rows: readonly SampleColumns[], states: XorStates): void {
  for (let row = 0; row < rows.length; row++) states.reset(row);
  for (let i = 0; i < samplesPerChunk; i++) {
    for (let row = 0; row < rows.length; row++) {
      const { t, words } = rows[row]!;
      states.base = row * chunkRoom;
      appendXor(states, row, t[i]!, words[2 * i + 1]!, words[2 * i]!);
    }
  }
}

test("encode", { timeout: 300_000 }, () => {
  const rows = Array.from({ length: chunkCount }, (_, seed) => {
    const columns = new SampleColumns();
    decodeXor(chunkOf(seed), columns, everything);
    return columns;
  });
  const states = new XorStates(chunkCount);
  states.bytes = new Uint8Array(chunkCount * chunkRoom);
  const runs = Array.from({ length: repeats }, () => {
    const started = process.cpuUsage();
    for (let round = 0; round < rounds / 5; round++) encodeAll(rows, states);
    const { user, system } = process.cpuUsage(started);
    return ((user + system) * 1000) / ((rounds / 5) * chunkCount * samplesPerChunk);
  }).sort((a, b) => a - b);
  const bytes = rows.reduce((sum, _, row) => sum + states.byteLength(row), 0);
  expect(bytes).toBeGreaterThan(0);
  if (rounds > 1) console.table([{ encoder: "plain", best: runs[0], median: runs[repeats >> 1], bytes }]);
});
