// Compressing WAL records of samples: our kernel and the general compressor, by time and by length.
// Small within tests; `npm run bench -- compression` takes the real size. CPU time, so that other load counts little.
import { randomFrom } from "@narthex/stdx";
import { snappyCompressor } from "hysnappy";
import { expect, it } from "vitest";
import { openSnappy } from "./compression.js";
import { emptyRows, encodeSamples, reserveRows, samplesBytesMax } from "./records.js";

const isReal = process.env["BENCH"] === "1";
const samples = 1000;
const rounds = isReal ? 5000 : 20;

/** A scrape's record: counters, gauges with three decimals and counts, 50 series each. */
function recordOf(seed: number): Uint8Array {
  const random = randomFrom(seed);
  const rows = emptyRows();
  reserveRows(rows, samples);
  const v = new Float64Array(rows.words.buffer);
  for (let i = 0; i < samples; i++) {
    rows.refs[i] = 1000 * seed + i;
    rows.t[i] = 1_700_000_000_000 + seed;
    v[i] = Math.floor(i / 50) % 3 === 1 ? Math.round(random() * 1e8) / 1000 : Math.floor(random() * 1e5);
  }
  rows.count = samples;
  const target = new Uint8Array(samplesBytesMax(samples));
  return target.slice(0, encodeSamples(rows, target));
}

const records = Array.from({ length: 16 }, (_, n) => recordOf(n + 1));

function measure(name: string, compress: (record: Uint8Array) => Uint8Array): number {
  for (const record of records) compress(record);
  let bytes = 0;
  const start = process.cpuUsage();
  for (let round = 0; round < rounds; round++) bytes += compress(records[round % records.length]!).length;
  const { user, system } = process.cpuUsage(start);
  const perRecord = ((user + system) / rounds).toFixed(1);
  const perSample = (bytes / rounds / samples).toFixed(2);
  if (isReal) console.log(`${name}: ${perRecord} µs per record of ${samples} samples, ${perSample} bytes per sample`);
  return bytes;
}

it("compresses records of samples, about as well either way", () => {
  const general = measure("general", snappyCompressor());
  const snappy = openSnappy();
  const kernel = measure("kernel", (record) => snappy.compress(record));
  expect(kernel / general).toBeGreaterThan(0.9);
  expect(kernel / general).toBeLessThan(1.1);
});
