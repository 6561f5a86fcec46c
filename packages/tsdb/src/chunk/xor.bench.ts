// What decoding an XOR chunk costs per sample, for values as exporters have them.
// Small within the test run; real: BENCH=1 npx vitest run packages/tsdb/src/chunk/xor.bench.ts
import { SampleColumns } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type ChunkData, chunkEncoding } from "./encoding.js";
import { decodeXor } from "./xor-decode.js";
import { appendXor, XorStates } from "./xor-encode.js";

const rounds = process.env["BENCH"] === "1" ? 300 : 1;
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

test("decode", { timeout: 300_000 }, () => {
  const chunks = Array.from({ length: chunkCount }, (_, seed) => chunkOf(seed));
  const columns = new SampleColumns();
  let sum = 0;
  const started = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    for (const chunk of chunks) {
      columns.clear();
      decodeXor(chunk, columns, everything);
      sum += columns.v[columns.count - 1]!;
    }
  }
  const { user, system } = process.cpuUsage(started);
  const samples = rounds * chunkCount * samplesPerChunk;
  expect(sum).toBeGreaterThan(0);
  if (rounds > 1) console.info({ nsPerSample: ((user + system) * 1000) / samples, checksum: sum });
});
