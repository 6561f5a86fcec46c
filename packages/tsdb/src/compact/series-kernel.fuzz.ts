// Blocks that the kernel writes are those of the plain code, byte for byte: floats and histograms, series that come and go, late
// samples and deleted ones, chunks that are open, files of chunks that are full.
// A longer run: FUZZ_ROUNDS=50 npx vitest run packages/tsdb/src/compact/series-kernel.fuzz.ts
import { labelsFrom, matcherFrom } from "@narthex/model";
import { type Random, randomFrom, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { randomHistograms } from "../testdata/histograms.js";
import { columnsOf, dumpAll, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { mergeBlocks } from "./merge-blocks.js";
import { keptSeriesKernel } from "./series-kernel.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 2);
const hour = 3_600_000;
const minute = 60_000;
const below = (random: Random, end: number): number => Math.floor(random() * end);
const pause = (): Promise<void> => Promise.resolve();

/** Ten hours of series, each in some of them, and now and then a sample that is late. */
function fill(db: Tsdb, random: Random): void {
  const seriesCount = 20 + below(random, 60);
  const lives = Array.from({ length: seriesCount }, () => [random() < 0.7 ? 0 : random() * 10, 10 - random() * 3]);
  const histograms = randomHistograms(random, 600);
  for (let t = 0; t < 10 * hour; t += minute) {
    const rows: Row[] = lives.flatMap(([from, to], i): Row[] => {
      if (t < from! * hour || t > to! * hour || random() < 0.05) return [];
      // Of a time that no other sample has.
      const isLate = t > hour && random() < 0.005;
      return [[`s${i}`, isLate ? t - 30 * minute + 1 : t, i % 3 ? random() : below(random, 9)]];
    });
    const appender = db.appender();
    const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name, job: `j${name.length}` })));
    appender.append(columnsOf(refs, rows));
    appender.appendHistogram(appender.series(labelsFrom({ __name__: "h", zone: "z" })), t, histograms.next().value!);
    appender.commit();
  }
}

/** Bytes of the files of a block that kernel and plain code write. */
/** Of one block after the other, of all tests. */
const startKept = keptSeriesKernel();

function filesOf(fileSystem: SimFileSystem, folder: string): Map<string, Uint8Array> {
  const names = fileSystem.readFolder(`${folder}/chunks`).map((name) => `chunks/${name}`);
  return new Map(["index", ...names].map((name) => [name, readWholeFile(fileSystem, `${folder}/${name}`)]));
}

test.each(Array.from({ length: rounds }, (_, i) => i + 1))(
  "blocks are the same with and without the kernel (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const random = randomFrom(seed);
    const fileSystem = new SimFileSystem();
    const options = {
      ...simulated(fileSystem),
      retentionMs: 0,
      outOfOrderTimeWindowMs: hour,
      blockRangeMaxMs: 2 * hour,
    };
    const db = await openTsdb(options);
    fill(db, random);
    if (random() < 0.5) await db.deleteSeries([matcherFrom("=~", "__name__", "s.?5")], { start: hour, end: 3 * hour });
    const before = dumpAll(db);
    await db.compact();
    expect(dumpAll(db)).toEqual(before);
    // Plain code reads what the kernel made of the head, and the other way round.
    const folders = db.blocks().map(({ ulid }) => `/data/${ulid}`);
    expect(folders.length).toBeGreaterThan(3);
    const task = { directory: "/data", folders, cutoffs: [], mayBeEmpty: false };
    const starts = [startKept, () => undefined];
    const files: Map<string, Uint8Array>[] = [];
    for (const [i, startKernel] of starts.entries()) {
      const surroundings = {
        fileSystem,
        pause,
        startKernel,
        segmentBytesMax: 40_000 + below(randomFrom(seed), 300_000),
      };
      const folder = await mergeBlocks({ ...task, ulid: `01MERGED000000000000000000${i}` }, surroundings);
      files.push(filesOf(fileSystem, folder as string));
    }
    expect(files[0]?.size).toBeGreaterThan(1);
    expect(files[0]).toEqual(files[1]);
    await db.close();
  },
);

test("damage is found where the plain code finds it", async () => {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb({ ...simulated(fileSystem), retentionMs: 0, blockRangeMaxMs: 2 * hour });
  fill(db, randomFrom(7));
  await db.compact();
  const folders = db.blocks().map(({ ulid }) => `/data/${ulid}`);
  await db.close();
  const random = randomFrom(8);
  for (let i = 0; i < 40; i++) {
    const folder = folders[below(random, folders.length)] as string;
    const path = `${folder}/${random() < 0.5 ? "index" : "chunks/000001"}`;
    const file = fileSystem.open(path, "update");
    const at = below(random, file.size());
    const byte = readWholeFile(fileSystem, path).slice(at, at + 1);
    file.write(Uint8Array.of(byte[0]! ^ (1 << below(random, 8))), at);
    const outcomes: unknown[] = [];
    for (const startKernel of [startKept, () => undefined]) {
      const task = {
        directory: "/data",
        ulid: `01MERGED00000000000000000${i}`,
        folders,
        cutoffs: [],
        mayBeEmpty: false,
      };
      try {
        const made = await mergeBlocks(task, { fileSystem, pause, startKernel });
        outcomes.push(filesOf(fileSystem, made as string));
        fileSystem.removeTree(made as string);
      } catch (error) {
        outcomes.push(String(error));
      }
    }
    expect(outcomes[0], `${path} at ${at}`).toEqual(outcomes[1]);
    file.write(byte, at);
    file.close();
  }
});
