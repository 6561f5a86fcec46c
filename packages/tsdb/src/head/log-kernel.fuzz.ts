// The kernel that reads the log beside the plain code: of the same random log, whole or damaged, a head with memory for it and one without
// make the same, and say the same of the damage.
// A longer run: FUZZ_ROUNDS=300 npx vitest run packages/tsdb/src/head/log-kernel.fuzz.ts
import { labelsFrom } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { plainForm } from "../chunk/encode.js";
import { type ReplayedHead, replayedState } from "../testdata/head-state.js";
import { openSnappy, type Snappy } from "../wal/compression.js";
import { emptyRows, encoded, encodeSeries, encodeTombstones, samplesRecord } from "../wal/records.js";
import { WalWriter } from "../wal/writer.js";
import { HeadMemory } from "./memory.js";

const seed = Number(process.env["SEED"] ?? 8);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 6);
const start = 1_700_000_000_000;
const snappy = openSnappy();
const first = "wal/00000000";

const below = (random: Random, end: number): number => Math.floor(random() * end);

/** Some of its blocks are none, though their checksums are right. */
function faultySnappy(random: Random): Snappy {
  return {
    ...snappy,
    rows: undefined,
    compress: (bytes) => {
      const block = snappy.compress(bytes).slice();
      // The length that it says it has.
      if (random() < 0.02) block[0]! ^= 1 << below(random, 7);
      return block;
    },
  };
}

function seriesRecord(random: Random, refs: number[]): Uint8Array {
  const series = Array.from({ length: 1 + below(random, 300) }, () => {
    const ref = refs.length * (random() < 0.001 ? 10_000 : 1) + 1;
    refs.push(ref);
    // Rarely a second name of a series.
    const number = random() < 0.0005 ? below(random, ref) : ref;
    return { ref, labels: labelsFrom({ __name__: "m", number: String(number) }) };
  });
  return encoded((writer) => encodeSeries(writer, series));
}

function sampleRows(
  random: Random,
  { refs, now }: { readonly refs: readonly number[]; readonly now: number },
): Uint8Array {
  const size = random();
  const count = size < 0.01 ? 100_000 : size < 0.1 ? 9000 : size < 0.9 ? below(random, 1200) : 1;
  const rows = { ...emptyRows(count), count };
  const from = below(random, refs.length);
  for (let i = 0; i < count; i++) {
    rows.refs[i] = random() < 0.0001 ? below(random, 2 ** 33) : refs[(from + i) % refs.length]!;
    rows.t[i] = now - (random() < 0.01 ? below(random, 600_000) : 0);
    rows.words[2 * i] = random() < 0.5 ? 0 : below(random, 2 ** 32);
    rows.words[2 * i + 1] = below(random, 1000) << 20;
  }
  const record = samplesRecord(rows);
  // Of a longer one that ends within a row the kernel has appended some before it comes to the end.
  return count < 1024 && random() < 0.005 ? record.slice(0, below(random, record.length + 1)) : record;
}

function tombstoneRecord(random: Random, refs: readonly number[]): Uint8Array {
  const ref = refs[below(random, refs.length)]!;
  const maxTime = random() < 0.5 ? Number.POSITIVE_INFINITY : start + 5000;
  return encoded((writer) => encodeTombstones(writer, [{ ref, minTime: start, maxTime }]));
}

function writeLog(random: Random, fileSystem: SimFileSystem): void {
  const compression = [{}, { snappy }, { snappy: faultySnappy(random) }][below(random, 3)]!;
  const wal = WalWriter.open({ fileSystem, folder: "wal", ...compression, segmentBytesMax: 2 << 20 });
  const refs: number[] = [];
  for (let step = 0; step < 200; step++) {
    const kind = random();
    const now = start + step * 15_000;
    const records = refs.length === 0 || kind < 0.1 ? [seriesRecord(random, refs)] : [];
    if (kind > 0.97) records.push(tombstoneRecord(random, refs));
    records.push(sampleRows(random, { refs, now }));
    wal.write(records.filter((record) => record.length > 0));
  }
  wal.close();
}

function damage(random: Random, fileSystem: SimFileSystem): void {
  const file = fileSystem.open(first, "update");
  const at = below(random, file.size());
  const kind = below(random, 4);
  if (kind === 1) file.truncate(at);
  if (kind === 2) file.write(Uint8Array.of(below(random, 256)), at);
  if (kind === 3) file.write(new Uint8Array(below(random, 100_000)), at);
  file.close();
}

/** Without the place in a record that ends within a row: both say where the record begins. */
async function outcomeOf(replayed: ReplayedHead): Promise<unknown> {
  try {
    const { result, state } = await replayedState(replayed);
    const corruptions = result.corruptions.map(({ message }) => message.replace(/unexpected end of data.*/, ""));
    return { ...result, corruptions, state };
  } catch (error) {
    return String(error);
  }
}

test(`a log is replayed as plain code does (seed ${seed})`, { timeout: 600_000 }, async () => {
  for (let round = 0; round < rounds; round++) {
    const states: unknown[] = [];
    for (const memory of [HeadMemory.open(), undefined]) {
      const random = randomFrom(seed + round);
      const fileSystem = new SimFileSystem();
      writeLog(random, fileSystem);
      damage(random, fileSystem);
      const minValidTime = random() < 0.5 ? start + 300_000 : Number.NEGATIVE_INFINITY;
      states.push(await outcomeOf({ fileSystem, memory, chunkForm: plainForm, minValidTime, snappy }));
    }
    expect(states[0]).toEqual(states[1]);
  }
});
