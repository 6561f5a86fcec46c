// The kernels beside the plain code: the same random batches go to a head with memory for the append kernel, to one whose memory
// is soon too small, and to one without; the log of the last is not made by the kernel for it either. Outcomes, logs, chunks and counters are the same to the byte.
// A longer run: FUZZ_ROUNDS=300 npx vitest run packages/tsdb/src/head/append-kernel.fuzz.ts
import { type AppendColumns, isStale, labelsFrom, SampleColumns, setStaleAt, wordsOf } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { decodeHeadChunk } from "../chunk/decode.js";
import { type ChunkForm, plainForm } from "../chunk/encode.js";
import { replayedState, stateOf } from "../testdata/head-state.js";
import { openSnappy } from "../wal/compression.js";
import { decodeSamples, emptyRows, samplesRecord } from "../wal/records.js";
import { WriteBehindLog } from "../wal/write-behind.js";
import { WalWriter } from "../wal/writer.js";
import type { AppendKernel } from "./append-kernel.js";
import { HeadAppender } from "./appender.js";
import { ChunkFiles } from "./chunk-files.js";
import { ExemplarRing } from "./exemplars.js";
import { Head } from "./head.js";
import { HeadMemory } from "./memory.js";

const seed = Number(process.env["SEED"] ?? 4);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 3);
const stepsPerRound = 150;
const minute = 60_000;
const snappy = openSnappy();

const below = (random: Random, end: number): number => Math.floor(random() * end);

interface Subject {
  readonly head: Head;
  readonly fileSystem: SimFileSystem;
  readonly appender: () => HeadAppender;
}

interface Setting {
  readonly windowMs: number;
  readonly chunkForm: ChunkForm;
}

function subjectOn(memory: HeadMemory | undefined, { windowMs, chunkForm }: Setting): Subject {
  const fileSystem = new SimFileSystem();
  const chunkFiles = new ChunkFiles(fileSystem, "chunks_head");
  const head = new Head({ memory, chunkFiles, blockRangeMs: 120 * minute, seriesMax: 0, chunkForm });
  head.outOfOrder.windowMs = windowMs;
  const folder = { fileSystem, path: "wbl", snappy };
  const target = {
    head,
    wal: WalWriter.open({ fileSystem, folder: "wal", snappy: memory ? snappy : { ...snappy, rows: undefined } }),
    writeBehind: new WriteBehindLog({ folder, compression: {}, segmentBytesMax: 1 << 27 }),
    exemplars: new ExemplarRing(0),
    idleBatches: [],
  };
  return { head, fileSystem, appender: () => new HeadAppender(target) };
}

/** Memory for 1,600 series, and for none of refs and chunks, for refs alone, or for some of both. */
function smallMemory(random: Random): HeadMemory | undefined {
  return HeadMemory.open({ rowsMaxChoices: [1600], pagesMax: (9 + below(random, 3)) * 16 });
}

function randomValue(random: Random, before: number): number {
  const kind = below(random, 8);
  if (kind < 2) return before;
  if (kind === 2) return before + 1 + below(random, 10);
  if (kind === 3) return Math.round(random() * 1e6) / 1000;
  if (kind === 4) return (random() - 0.5) * 10 ** (below(random, 600) - 300);
  if (kind === 5)
    return [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN][below(random, 5)] as number;
  if (kind === 6) return -before;
  return before * 2;
}

interface Series {
  readonly ref: number;
  value: number;
}

function randomBatch(random: Random, series: readonly Series[], now: number): AppendColumns {
  const count = Math.min(below(random, random() < 0.1 ? 2500 : 300), 2 * series.length);
  const v = new Float64Array(count);
  const isScrape = random() < 0.7;
  const batch: AppendColumns = {
    count,
    refs: new Uint32Array(count),
    t: new Float64Array(count),
    v,
    outcomes: new Uint8Array(count),
  };
  const first = below(random, series.length);
  for (let i = 0; i < count; i++) {
    const own = series[isScrape ? (first + i) % series.length : below(random, series.length)] as Series;
    batch.refs[i] = random() < 0.01 ? below(random, 2 ** 32) : own.ref;
    batch.t[i] = isScrape || random() < 0.6 ? now : now - below(random, 100 * minute);
    if (!isStale(own.value) && random() < 0.8) own.value = randomValue(random, own.value);
    v[i] = own.value;
    if (random() < 0.02) setStaleAt(wordsOf(v), i);
  }
  if (random() < 0.3) {
    // Counters that began at one of few times, or do not tell.
    batch.startTimes = Float64Array.from(batch.t, () => (random() < 0.2 ? 0 : 1_690_000_000_000 + below(random, 3)));
  }
  return batch;
}

const histogram = {
  schema: 1,
  counterResetHint: "unknown" as const,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 3,
  sum: 4.5,
  positiveSpans: [{ offset: 0, length: 2 }],
  positiveBuckets: [1, 1],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
};

function checkRound(random: Random): Subject[] {
  const windowMs = random() < 0.5 ? 0 : 30 * minute;
  const chunkForm: ChunkForm = { ...plainForm, floats: random() < 0.5 ? "xor" : "xor2" };
  const memories = [HeadMemory.open(), smallMemory(random), undefined];
  expect(memories.map((memory) => memory !== undefined)).toEqual([true, true, false]);
  const subjects = memories.map((memory) => subjectOn(memory, { windowMs, chunkForm }));
  const series: Series[] = [];
  let now = 1_700_000_000_000;
  for (let step = 0; step < stepsPerRound; step++) {
    const isMore = series.length === 0 || random() < 0.1;
    const labels = Array.from({ length: isMore ? 1 + below(random, 300) : 0 }, (_, i) =>
      labelsFrom({ __name__: `m${series.length + i}` }),
    );
    now += [15_000, 15_000, 15_001, 14_990, 100_000, minute, 0, 7 * minute][below(random, 8)] as number;
    const isRolledBack = random() < 0.03;
    const withHistogram = random() < 0.05 ? below(random, series.length) : -1;
    const appenders = subjects.map((subject) => subject.appender());
    const refs = appenders.map((appender) => labels.map((set) => appender.series(set)));
    for (const ref of refs[0] as number[]) series.push({ ref, value: below(random, 1000) });
    const batch = randomBatch(random, series, now);
    const results = appenders.map((appender) => {
      const own = { ...batch, outcomes: new Uint8Array(batch.count) };
      const taken = appender.append(own);
      if (series[withHistogram]) appender.appendHistogram(series[withHistogram].ref, now + 1, histogram);
      if (isRolledBack) appender.rollback();
      else appender.commit();
      return { taken, outcomes: Buffer.from(own.outcomes).toString("hex") };
    });
    expect(results[0]).toEqual(results[2]);
    expect(results[1]).toEqual(results[2]);
    expect(refs[0]).toEqual(refs[2]);
    if (random() < 0.05) {
      const slot = 1 + below(random, series.length);
      for (const { head } of subjects) head.closeOpenChunk(slot);
    }
  }
  const [whole, small, plain] = subjects.map(stateOf);
  expect(whole).toEqual(plain);
  expect(small).toEqual(plain);
  return subjects;
}

/** The head that a start makes of what the subject left on its disk. */
function replayed(
  { fileSystem, head: { chunkForm, minTime } }: Subject,
  memory: HeadMemory | undefined,
): Promise<unknown> {
  return replayedState({ fileSystem, memory, chunkForm, minValidTime: minTime + 20 * minute, snappy });
}

test(`batches leave the same behind them with the kernel and without (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  for (let round = 0; round < rounds; round++) {
    const random = randomFrom(seed + round);
    const [whole, small, plain] = checkRound(random) as [Subject, Subject, Subject];
    const expected = await replayed(plain, undefined);
    expect(await replayed(whole, HeadMemory.open())).toEqual(expected);
    expect(await replayed(small, smallMemory(random))).toEqual(expected);
  }
});

/** What plain code makes of a record's rows that are new to a head without samples. */
function plainRows(record: Uint8Array, wanted: number): unknown {
  const rows = emptyRows();
  decodeSamples(record, rows);
  const found: unknown[] = [];
  let unknown = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.count; i++) {
    if (rows.refs[i] !== wanted) unknown++;
    else if (rows.t[i]! > last) {
      last = rows.t[i]!;
      found.push([last, rows.words[2 * i + 1], rows.words[2 * i]]);
    }
  }
  return { found, unknown };
}

function kernelRows(record: Uint8Array, wanted: number): unknown {
  const head = subjectOn(HeadMemory.open(), { windowMs: 0, chunkForm: plainForm }).head;
  const slot = head.addSeries(labelsFrom({ __name__: "m" }), wanted);
  const unknown = (head.appendKernel as AppendKernel).replay(record, head);
  const columns = new SampleColumns();
  const window = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  for (let entry = head.series.closedFirst[slot]!; entry !== 0; entry = head.closed.next(entry)) {
    decodeHeadChunk(head.closedData(slot, entry), columns, window);
  }
  const open = head.openData(slot);
  if (open) decodeHeadChunk(open, columns, window);
  const { t, words, count } = columns;
  return { found: Array.from({ length: count }, (_, i) => [t[i], words[2 * i + 1], words[2 * i]]), unknown };
}

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

test(`records of any length, whole or torn, are replayed as plain code does (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const wanted = 70_000;
  for (const count of [1, 3, 1000, 1025, 9000, 20_000]) {
    const rows = { ...emptyRows(count), count };
    for (let i = 0; i < count; i++) {
      rows.refs[i] = random() < 0.8 ? wanted : below(random, 2 ** 32);
      rows.t[i] = 1_700_000_000_000 + i * 1000 - below(random, 3000);
      rows.words[2 * i] = below(random, 2 ** 32);
      rows.words[2 * i + 1] = below(random, 2 ** 30);
    }
    const record = samplesRecord(rows);
    expect(kernelRows(record, wanted)).toEqual(plainRows(record, wanted));
    for (let cut = 0; cut < 40; cut++) {
      const torn = record.subarray(0, below(random, 2) === 0 ? below(random, record.length) : record.length - cut);
      expect(outcomeOf(() => kernelRows(torn, wanted))).toEqual(outcomeOf(() => plainRows(torn, wanted)));
    }
  }
});
