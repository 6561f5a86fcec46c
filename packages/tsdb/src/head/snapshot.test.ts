// A clean end leaves the memory on the disk; a start takes it from there, and from the log where that is not possible.
import { labelsFrom } from "@narthex/model";
import { ByteWriter, randomFrom, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { documentedExamples } from "../testdata/documented.js";
import { randomHistograms } from "../testdata/histograms.js";
import {
  anySeries,
  append,
  columnsOf,
  dump,
  dumpAll,
  everything,
  reopenAfterKill,
  simulated,
} from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { openSnappy } from "../wal/compression.js";
import { filesToReplay, readSegment } from "../wal/folder.js";
import { encodeSamples, encodeSeries, samplesBytesMax } from "../wal/records.js";
import { WalWriter } from "../wal/writer.js";

const step = 15_000;
const start = 1_700_000_000_000 - (1_700_000_000_000 % 7_200_000);

type Options = ReturnType<typeof simulated>;

/** Floats, histograms, a stale marker, exemplars, metadata, a deletion, a series without samples. */
function fill(db: Tsdb, from: number, to: number): void {
  const histograms = [...randomHistograms(randomFrom(from + 5), to - from)];
  for (let i = from; i < to; i++) {
    append(db, [
      ["a", start + i * step, i],
      ["b", start + i * step, i % 50 === 49 ? "stale" : Math.sin(i)],
    ]);
    const appender = db.appender();
    const ref = appender.series(labelsFrom({ __name__: "h", job: "test" }));
    appender.appendHistogram(ref, start + i * step, histograms[i - from]!);
    appender.setMetadata(ref, { type: "histogram", help: "Sizes.", unit: "" });
    appender.appendExemplar(ref, { labels: labelsFrom({ trace: String(i) }), v: i, t: start + i * step });
    appender.commit();
  }
  const ghost = db.appender();
  ghost.series(labelsFrom({ __name__: "ghost", job: "test" }));
  ghost.rollback();
}

function everythingOf(db: Tsdb): unknown {
  const appender = db.appender();
  const h = appender.series(labelsFrom({ __name__: "h", job: "test" }));
  appender.rollback();
  return {
    samples: dump(db),
    exemplars: db.exemplars(everything, [[anySeries]]),
    help: db.metadataOf(h)?.help,
    times: [db.stats().headMinTime, db.stats().headMaxTime],
  };
}

const snapshots = (fileSystem: SimFileSystem): string[] =>
  fileSystem.readFolder("/data").filter((name) => name.startsWith("chunk_snapshot."));

function optionsOf(): Options & { readonly exemplarsMax: number } {
  return { ...simulated(), exemplarsMax: 20 };
}

/** The log before the snapshot made unreadable: whoever still gets everything did not read it. */
function spoilLogBefore(fileSystem: SimFileSystem): void {
  const file = fileSystem.open("/data/wal/00000000", "update");
  file.write(new Uint8Array(64).fill(0xff), 100);
  file.close();
}

test("a start after a clean end takes memory from the snapshot, not from the log", async () => {
  const options = optionsOf();
  let db = await openTsdb(options);
  fill(db, 0, 300);
  await db.deleteSeries([anySeries], { start: start + 3 * step, end: start + 5 * step });
  const before = everythingOf(db);
  await db.close();
  expect(snapshots(options.fileSystem)).toHaveLength(1);
  spoilLogBefore(options.fileSystem);
  const errors: string[] = [];
  db = await openTsdb({ ...options, onCorruption: (error) => errors.push(error.message) });
  expect(everythingOf(db)).toEqual(before);
  expect(errors).toEqual([]);
  // It goes on: later samples, another end, and a kill behind that.
  fill(db, 300, 400);
  const later = everythingOf(db);
  await db.close();
  db = await openTsdb(options);
  expect(everythingOf(db)).toEqual(later);
  fill(db, 400, 450);
  const last = everythingOf(db);
  db = await reopenAfterKill(options);
  expect(everythingOf(db)).toEqual(last);
  expect(snapshots(options.fileSystem)).toHaveLength(1);
  await db.close();
});

/** Late floats and a late histogram, on times that the samples in order leave free. */
function appendLate(db: Tsdb, from: number, to: number): void {
  const histograms = [...randomHistograms(randomFrom(from + 7), to - from)];
  for (let i = to - 1; i >= from; i--) {
    append(db, [["a", start + i * step + 1, -i]]);
    const appender = db.appender();
    const ref = appender.series(labelsFrom({ __name__: "h", job: "test" }));
    expect(appender.appendHistogram(ref, start + i * step + 1, histograms[i - from]!)).toBe(0);
    appender.commit();
  }
}

test("samples that came late are there again, after a clean end as after a kill behind it", async () => {
  const options = { ...optionsOf(), outOfOrderTimeWindowMs: 10 * 3_600_000 };
  let db = await openTsdb(options);
  fill(db, 0, 300);
  // Full chunks in chunks_head, named by markers, and open ones.
  appendLate(db, 100, 175);
  const timesOf = (line: string | undefined): Set<string | undefined> =>
    new Set(line?.split(" ").map((sample) => sample.split("=")[0]));
  expect(timesOf(dump(db)[0])).toContain(String(start + 100 * step + 1));
  let before = dumpAll(db);
  await db.close();
  expect(snapshots(options.fileSystem)).toHaveLength(1);
  spoilLogBefore(options.fileSystem);
  db = await openTsdb(options);
  expect(dumpAll(db)).toEqual(before);
  // It goes on: late again, and in order, then a kill; from the snapshot and the logs behind it.
  appendLate(db, 180, 250);
  fill(db, 300, 400);
  before = dumpAll(db);
  db = await reopenAfterKill(options);
  expect(dumpAll(db)).toEqual(before);
  expect(timesOf(dump(db)[0])).toContain(String(start + 180 * step + 1));
  // Blocks of them, then an end and a start that find nothing of them in the log.
  await db.deleteSeries([anySeries], { start: start + 3 * step, end: start + 5 * step });
  before = dumpAll(db);
  await db.close();
  const errors: string[] = [];
  db = await openTsdb({ ...options, onCorruption: (error) => errors.push(error.message) });
  expect(dumpAll(db)).toEqual(before);
  expect(errors).toEqual([]);
  await db.close();
});

test("late samples under an earlier ref of their series, which the snapshot does not know, come from the whole log", async () => {
  const options = { ...optionsOf(), outOfOrderTimeWindowMs: 10 * 3_600_000, blockRangeMs: 3_600_000 };
  let db = await openTsdb(options);
  fill(db, 0, 300);
  appendLate(db, 100, 110);
  const before = dumpAll(db);
  await db.close();
  // As it is after a series ended and came again: the log before the snapshot gave it another ref.
  const { fileSystem } = options;
  const writer = new ByteWriter(64);
  encodeSeries(writer, [{ ref: 99, labels: labelsFrom({ __name__: "a", job: "test" }) }]);
  const wal = WalWriter.open({ fileSystem, folder: "/data/wal" });
  wal.write([writer.bytes()]);
  const place = `chunk_snapshot.00000${wal.segment}.00000000${wal.segmentLength}`;
  wal.close();
  fileSystem.rename(`/data/${snapshots(fileSystem)[0]}`, `/data/${place}`);
  const t = Float64Array.of(start + 150 * step + 1);
  const rows = { count: 1, refs: Float64Array.of(99), t, words: Uint32Array.of(0, 0x3ff00000), startTimes: undefined };
  const target = new Uint8Array(samplesBytesMax(1));
  const wbl = WalWriter.open({ fileSystem, folder: "/data/wbl" });
  wbl.write([target.subarray(0, encodeSamples(rows, target))]);
  wbl.close();
  const errors: string[] = [];
  db = await openTsdb({ ...options, onCorruption: (error) => errors.push(error.message) });
  expect(errors).toEqual([expect.stringContaining("samples of unknown series 99")]);
  const late = `${start + 150 * step + 1}=1`;
  expect(dumpAll(db)[0]?.split(" ")).toContain(late);
  expect(
    dumpAll(db)[0]
      ?.split(" ")
      .filter((sample) => sample !== late),
  ).toEqual(before[0]?.split(" "));
  await db.close();
});

test("a series that only the snapshot named is named by the log, too", async () => {
  const options = optionsOf();
  let db = await openTsdb(options);
  fill(db, 0, 3);
  await db.close();
  db = await openTsdb(options);
  append(db, [["ghost", start + 5 * step, 1]]);
  await db.close();
  for (const name of snapshots(options.fileSystem)) options.fileSystem.removeTree(`/data/${name}`);
  db = await openTsdb(options);
  expect(dump(db).at(-2)).toBe(`ghost ${start + 5 * step}=1`);
  await db.close();
});

test("refs are not given out twice, though the snapshot does not name the series that had them", async () => {
  const options = optionsOf();
  let db = await openTsdb(options);
  append(db, [["old", start, 1]]);
  const appender = db.appender();
  const ref = appender.series(labelsFrom({ __name__: "old", job: "test" }));
  appender.rollback();
  for (let i = 0; i < 12; i++) append(db, [["a", start + i * 1_800_000, i]]);
  await db.compact();
  expect(db.stats().headSeries).toBe(1);
  await db.close();
  db = await openTsdb(options);
  const fresh = db.appender();
  expect(fresh.series(labelsFrom({ __name__: "new", job: "test" }))).toBeGreaterThan(ref);
  fresh.rollback();
  await db.close();
});

test.each<[string, (fileSystem: SimFileSystem, folder: string) => void]>([
  ["a damaged record", (disk, folder) => disk.open(`${folder}/00000000`, "update").write(Uint8Array.of(0xff), 60)],
  ["a torn end", (disk, folder) => disk.open(`${folder}/00000000`, "update").truncate(20)],
  ["damaged chunks_head", (disk) => disk.open("/data/chunks_head/000001", "update").write(Uint8Array.of(0xff), 40)],
])("%s: the whole log is replayed, and nothing is lost", async (_, spoil) => {
  const options = optionsOf();
  let db = await openTsdb(options);
  fill(db, 0, 300);
  const before = everythingOf(db);
  await db.close();
  const [name] = snapshots(options.fileSystem);
  spoil(options.fileSystem, `/data/${name}`);
  const errors: string[] = [];
  db = await openTsdb({ ...options, onCorruption: (error) => errors.push(error.name) });
  expect(errors[0]).toBe("CorruptionError");
  expect(everythingOf(db)).toEqual(before);
  expect(snapshots(options.fileSystem)).toEqual([]);
  await db.close();
});

test("what a snapshot relies on outlives a loss of power, also where a killed process wrote it", async () => {
  // With this seed the end of a file that is lost is the beginning of a chunk: what is left looks whole.
  const fileSystem = new SimFileSystem({ seed: 55 });
  fileSystem.makeFolder("/data");
  fileSystem.syncFolder("/");
  const options = simulated(fileSystem);
  fill(await openTsdb(options), 0, 300);
  const db = await reopenAfterKill(options);
  fill(db, 300, 310);
  const before = everythingOf(db);
  await db.close();
  expect(snapshots(fileSystem)).toHaveLength(1);
  fileSystem.crash();
  expect(everythingOf(await reopenAfterKill(options))).toEqual(before);
});

test("a snapshot is left aside when the log no longer reaches it, or a checkpoint stands for it", async () => {
  const options = optionsOf();
  let db = await openTsdb(options);
  fill(db, 0, 10);
  const before = everythingOf(db);
  await db.close();
  const { fileSystem } = options;
  fileSystem.rename(`/data/${snapshots(fileSystem)[0]}`, "/data/chunk_snapshot.000009.0000000000");
  db = await openTsdb(options);
  expect(everythingOf(db)).toEqual(before);
  expect(snapshots(fileSystem)).toEqual([]);
  await db.close();
});

test("a disk that is too full for it costs the snapshot alone, and the failure is told", async () => {
  const options = optionsOf();
  let db = await openTsdb(options);
  fill(db, 0, 300);
  const before = everythingOf(db);
  await db.close();
  const failures: unknown[] = [];
  db = await openTsdb({ ...options, onSnapshotFailure: (error) => failures.push(error) });
  options.fileSystem.sizeMax = 500;
  await db.close();
  options.fileSystem.sizeMax = 1e9;
  expect(failures).toMatchObject([{ message: "cannot write WAL segment 00000000" }]);
  expect(snapshots(options.fileSystem)).toEqual([]);
  db = await openTsdb(options);
  expect(everythingOf(db)).toEqual(before);
  await db.close();
});

test("without it, close leaves none", async () => {
  const options = { ...optionsOf(), memorySnapshot: false };
  const db = await openTsdb(options);
  fill(db, 0, 10);
  await db.close();
  expect(snapshots(options.fileSystem)).toEqual([]);
});

test("an alias that the unread log still names outlives the next checkpoint", async () => {
  // The same labels under two refs: as after a series ended, was forgotten, and came again.
  const options = { ...optionsOf(), walSegmentBytesMax: 2000 };
  let db = await openTsdb(options);
  const old = 10;
  append(db, [["comes", start, 0]]);
  for (let i = 1; i < old; i++) append(db, [["a", start + i * 1_200_000, i]]);
  await db.compact();
  for (let i = 0; i < 100; i++) append(db, [["comes", start + old * 1_200_000 + i * 1000, i]]);
  const expected = dump(db);
  await db.close();
  db = await openTsdb(options);
  for (let i = 1; i < 6; i++) {
    append(db, [["a", start + (old + i) * 1_200_000, i]]);
    await db.compact();
  }
  const all = dump(db);
  expect(all.find((line) => line.startsWith("comes"))).toBe(expected.find((line) => line.startsWith("comes")));
  for (const name of snapshots(options.fileSystem)) options.fileSystem.removeTree(`/data/${name}`);
  options.fileSystem.removeTree("/data/chunks_head");
  db = await reopenAfterKill(options);
  expect(dump(db)).toEqual(all);
  await db.close();
});

test("open chunks go on and end as if nothing had been, wherever the end comes", async () => {
  const chunksAfter = async (ends: readonly number[]): Promise<string> => {
    const options = simulated();
    let db = await openTsdb(options);
    for (let i = 0; i < 400; i++) {
      if (ends.includes(i)) {
        await db.close();
        expect(snapshots(options.fileSystem)).toHaveLength(1);
        db = await openTsdb(options);
      }
      append(db, [
        ["a", start + i * step, i],
        ["b", start + i * 12_345, i % 7 === 0 ? "stale" : Math.sin(i)],
        ["c", start + i * step, 5],
      ]);
    }
    await db.close();
    const { fileSystem } = options;
    const files = fileSystem.readFolder("/data/chunks_head");
    return files
      .map((name) => Buffer.from(readWholeFile(fileSystem, `/data/chunks_head/${name}`).subarray(8)).toString("hex"))
      .join("");
  };
  const expected = await chunksAfter([]);
  expect(expected.length).toBeGreaterThan(1000);
  expect(await chunksAfter([1, 2, 29, 30, 31, 45, 119, 120, 121, 240])).toBe(expected);
});

test("the documented records have the documented bytes", async () => {
  const options = { ...simulated(), walCompression: "none" as const };
  const db = await openTsdb(options);
  const appender = db.appender();
  const ref = appender.series(labelsFrom({ a: "b" }));
  appender.append(columnsOf([ref], [["a", 1000, 1]]));
  appender.commit();
  await db.close();
  const { fileSystem } = options;
  expect(snapshots(fileSystem)).toEqual(["chunk_snapshot.000000.0000000055"]);
  const records: string[] = [];
  const folder = { fileSystem, path: "/data/chunk_snapshot.000000.0000000055", snappy: openSnappy() };
  for (const file of filesToReplay(folder)) {
    await readSegment(folder, file, (record) => void records.push(Buffer.from(record).toString("hex")));
  }
  expect(readWholeFile(fileSystem, "/data/wal/00000000")).toHaveLength(55);
  expect(records).toEqual(documentedExamples("chunk-snapshot.md").map((bytes) => Buffer.from(bytes).toString("hex")));
});
