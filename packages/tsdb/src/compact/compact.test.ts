import { labelsFrom, matcherFrom } from "@narthex/model";
import { type File, type OpenMode, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import type { BlockMeta } from "../block/meta.js";
import { append, dump, everything, type Row, reopenAfterKill, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { blockRanges, planCompaction } from "./planner.js";

const hour = 3_600_000;
const minute = 60_000;

/** Three series, a sample a minute from `start` to `end` (hours); `c` stops after the first hour. */
function fill(db: Tsdb, start: number, end: number): void {
  for (let t = start * hour; t < end * hour; t += minute) {
    const rows: Row[] = [
      ["a", t, t / minute],
      ["b", t, Math.sin(t)],
    ];
    if (t < (start + 1) * hour) rows.push(["c", t, 1]);
    append(db, rows);
  }
}

/** Refuses every file of chunks_head. */
class NoChunksFileSystem extends SimFileSystem {
  override open(path: string, mode: OpenMode): File {
    if (path.startsWith("/data/chunks_head/")) throw new Error(`EACCES: ${path}`);
    return super.open(path, mode);
  }
}

const spans = (db: Tsdb): string[] => db.blocks().map(({ minTime, maxTime }) => `${minTime / hour}-${maxTime / hour}`);

describe("head to block", () => {
  test("what is compacted reads as before, and the head lets go of it", async () => {
    const options = simulated();
    let db = await openTsdb(options);
    fill(db, 0, 3.5);
    const before = dump(db);
    expect(db.stats().headSeries).toBe(3);
    await db.compact();
    expect(spans(db)).toEqual(["0-2"]);
    expect(db.stats()).toMatchObject({ headSeries: 2, headMinTime: 2 * hour, blocks: 1 });
    expect(dump(db)).toEqual(before);
    expect(dump(db, { start: 2 * hour - minute, end: 2 * hour + minute })[0]).toBe(
      "a 7140000=119 7200000=120 7260000=121",
    );
    await db.close();
    db = await openTsdb(options);
    expect(dump(db)).toEqual(before);
    expect(db.stats().headSeries).toBe(2);
  });

  test.each([
    [0, "3.0", ["0-2"]],
    [0.5, "3.0", []],
    [0.5, "3.05", []],
    [0.5, "3.2", ["0-2"]],
  ])("waits for %d of its largest delay, then is whole: %s h", async (chance, hours, blocks) => {
    const db = await openTsdb({ ...simulated(), headDelayMsMax: 0.2 * hour, random: () => chance });
    fill(db, 0, Number(hours) + 1 / 30);
    await db.compact();
    expect(spans(db)).toEqual(blocks);
  });

  test("samples of a compacted range are out of bounds", async () => {
    const db = await openTsdb(simulated());
    fill(db, 0, 3.5);
    await db.compact();
    expect(append(db, [["new", hour, 1]])).toEqual([2]);
  });

  test("a series that went and came back is one series to queries and to replay", async () => {
    const options = { ...simulated(), walSegmentBytesMax: 64 * 1024 };
    let db = await openTsdb(options);
    fill(db, 0, 3.5);
    await db.compact();
    fill(db, 3.5, 6);
    append(db, [["c", 6 * hour, 9]]);
    const before = dump(db);
    expect(before[2]?.split(" ").at(-1)).toBe(`${6 * hour}=9`);
    await db.compact();
    expect(dump(db)).toEqual(before);
    db = await reopenAfterKill(options);
    expect(dump(db)).toEqual(before);
  });

  test("a checkpoint keeps samples that the log has under a ref of an earlier life of the series", async () => {
    const options = { ...simulated(), walSegmentBytesMax: 2048 };
    let db = await openTsdb(options);
    fill(db, 0, 3.5);
    await db.compact();
    fill(db, 3.5, 4.75);
    db = await reopenAfterKill(options);
    fill(db, 4.75, 7);
    await db.compact();
    const before = dump(db);
    db = await reopenAfterKill(options);
    expect(dump(db)).toEqual(before);
  });

  test("old segments become a checkpoint from which a restart is whole", async () => {
    const fileSystem = new SimFileSystem();
    const options = { ...simulated(fileSystem), walSegmentBytesMax: 4096 };
    let db = await openTsdb(options);
    fill(db, 0, 9);
    await db.compact();
    const before = dump(db);
    expect(fileSystem.readFolder("/data/wal").some((name) => name.startsWith("checkpoint."))).toBe(true);
    expect(db.stats().maintenance.checkpoints).toBeGreaterThan(0);
    db = await reopenAfterKill(options);
    expect(dump(db)).toEqual(before);
  });
});

test("the ref of a series that chunks_head still names is no other's", async () => {
  const options = { ...simulated(), walSegmentBytesMax: 1024, memorySnapshot: false };
  let db = await openTsdb(options);
  const refOf = (name: string): number => {
    const appender = db.appender();
    const ref = appender.series(labelsFrom({ __name__: name, job: "test" }));
    appender.rollback();
    return ref;
  };
  for (let t = 0; t < hour; t += 15_000) append(db, [...(t === 0 ? [["a", 0, 0] as Row] : []), ["gone", t, t]]);
  expect(refOf("gone")).toBe(2);
  for (let t = hour; t < 12 * hour; t += minute) {
    append(db, [["a", t, t]]);
    if (t % hour === 0) await db.compact();
  }
  db = await reopenAfterKill(options);
  expect(refOf("new")).toBe(3);
});

describe("the head goes on behind a block", () => {
  test("when the disk takes no chunks of the head", async () => {
    const db = await openTsdb(simulated(new NoChunksFileSystem()));
    fill(db, 0, 5.5);
    const before = dump(db);
    await db.compact();
    expect(spans(db)).toEqual(["0-2", "2-4"]);
    expect(db.stats()).toMatchObject({ headMinTime: 4 * hour, headSeries: 2 });
    expect(dump(db)).toEqual(before);
    fill(db, 5.5, 9);
    await db.compact();
    expect(spans(db)).toEqual(["0-2", "2-4", "4-6"]);
    expect(dump(db).map((line) => line.split(" ").length)).toEqual([541, 541, 121]);
  });

  test("when blocks have become shorter than the chunks it has", async () => {
    const options = simulated();
    let db = await openTsdb(options);
    for (let t = 0; t <= 3; t += 1 / 8) append(db, [["a", t * hour, t]]);
    await db.close();
    db = await openTsdb({ ...options, blockRangeMs: hour / 2, blockRangeMaxMs: hour / 2 });
    const before = dump(db);
    await db.compact();
    expect(spans(db)).toEqual(["0-0.5", "0.5-1", "1-1.5", "1.5-2", "2-2.5"]);
    expect(db.stats().headMinTime).toBe(2.5 * hour);
    expect(dump(db)).toEqual(before);
  });
});

describe("blocks to larger blocks", () => {
  test("three small ranges become one, without loss", async () => {
    const db = await openTsdb({ ...simulated(), retentionMs: 0 });
    fill(db, 0, 13);
    const before = dump(db);
    await db.compact();
    expect(spans(db)).toEqual(["0-6", "6-8", "8-10"]);
    expect(db.blocks()[0]?.compaction).toMatchObject({ level: 2, parents: [{}, {}, {}] });
    expect(dump(db)).toEqual(before);
  });

  test("a querier that is open keeps its blocks readable", async () => {
    const options = simulated();
    const db = await openTsdb({ ...options, retentionMs: 0 });
    fill(db, 0, 3.5);
    await db.compact();
    const querier = db.querier(everything);
    const sources = querier.select({ matchers: [matcherFrom("=", "__name__", "c")], ...everything });
    fill(db, 3.5, 13);
    await db.compact();
    const { SampleColumns } = await import("@narthex/model");
    const columns = new SampleColumns();
    sources[0]?.read(columns);
    expect(columns.count).toBe(60);
    querier.close();
    expect(options.fileSystem.readFolder("/data").filter((name) => name.includes("deletion"))).toEqual([]);
  });
});

describe("blocks that are being made", () => {
  const folders = (fileSystem: SimFileSystem): string[] =>
    fileSystem.readFolder("/data").filter((name) => name.endsWith(".tmp-for-creation"));

  test("by a tool in the same directory are left to it, those of a compaction that failed are removed", async () => {
    const options = simulated();
    const db = await openTsdb(options);
    fill(db, 0, 3.5);
    const foreign = `${"0".repeat(26)}.tmp-for-creation`;
    options.fileSystem.makeFolder(`/data/${foreign}`);
    await db.compact();
    expect(folders(options.fileSystem)).toEqual([foreign]);
    fill(db, 3.5, 5.5);
    // From its fifth change on nothing can be written, nor removed.
    options.fileSystem.fault({ call: 5, code: "EIO", times: 1e9 });
    await expect(db.compact()).rejects.toThrow("EIO");
    options.fileSystem.fault(undefined);
    expect(folders(options.fileSystem)).toHaveLength(2);
    await db.compact();
    expect(folders(options.fileSystem)).toEqual([]);
    expect(spans(db)).toEqual(["0-2", "2-4"]);
  });
});

describe("deleting", () => {
  test("deleted samples are hidden at once, after a restart, and gone after cleaning", async () => {
    const options = simulated();
    let db = await openTsdb(options);
    fill(db, 0, 3.5);
    await db.compact();
    const check = (): void => {
      expect(dump(db, { start: hour, end: 3 * hour })[0]).toBe("a 3600000=60 10800000=180");
      expect(dump(db, { start: hour, end: 3 * hour })[1]?.split(" ")).toHaveLength(122);
    };
    await db.deleteSeries([matcherFrom("=", "__name__", "a")], { start: hour + 1, end: 3 * hour - 1 });
    check();
    db = await reopenAfterKill(options);
    check();
    await db.cleanTombstones();
    expect(db.blocks()[0]?.stats).toMatchObject({ numSamples: 61 + 120 + 60 });
    check();
  });

  test("what went with its whole block does not come back from the log", async () => {
    const options = simulated();
    let db = await openTsdb(options);
    fill(db, 0, 3.5);
    await db.compact();
    const kept = dump(db, { start: 2 * hour, end: 4 * hour });
    await db.deleteSeries([matcherFrom("=~", "__name__", ".+")], { start: 0, end: 2 * hour - 1 });
    await db.cleanTombstones();
    expect(dump(db)).toEqual(kept);
    db = await reopenAfterKill(options);
    expect(dump(db)).toEqual(kept);
    fill(db, 3.5, 13);
    await db.compact();
    expect(spans(db)).toEqual(["0-6", "6-8", "8-10"]);
    expect(dump(db, { start: 0, end: 3.5 * hour - 1 })).toEqual(kept);
  });

  test("what was deleted in the head does not come back where nothing of its time is left", async () => {
    const options = simulated();
    let db = await openTsdb(options);
    fill(db, 0, 1.9);
    append(db, [["b", 2 * hour, 1]]);
    await db.deleteSeries([matcherFrom("=~", "__name__", ".+")], { start: 0, end: 2 * hour - 1 });
    fill(db, 2.1, 3.5);
    const kept = dump(db);
    await db.compact();
    expect(db.blocks().map(({ stats }) => stats.numSamples)).toEqual([0]);
    expect(dump(db)).toEqual(kept);
    await db.close();
    db = await openTsdb(options);
    expect(dump(db)).toEqual(kept);
    await db.close();
  });

  test("a snapshot holds blocks and head, and opens as a database", async () => {
    const options = simulated();
    const db = await openTsdb(options);
    fill(db, 0, 3.5);
    await db.compact();
    const before = dump(db);
    await db.snapshot("/data/snapshots/one", { withHead: true });
    const copy = await openTsdb({ ...options, path: "/data/snapshots/one" });
    expect(dump(copy)).toEqual(before);
  });

  test("a snapshot holds blocks that overlap, and late samples that are in none", async () => {
    const options = { ...simulated(), outOfOrderTimeWindowMs: 10 * hour };
    const db = await openTsdb(options);
    fill(db, 0, 3.5);
    await db.compact();
    const late = (seconds: number): Row => ["late", hour + seconds * 1000, seconds];
    append(db, [["late", 3.4 * hour, 0], late(2), late(1)]);
    // Makes blocks of late samples, and merges none.
    await db.deleteSeries([matcherFrom("=", "__name__", "nothing")], everything);
    append(db, [late(3)]);
    expect(spans(db)).toEqual(["0-2", "0-2"]);
    const before = dump(db);
    expect(before.at(-1)).toBe(`late ${hour + 1000}=1 ${hour + 2000}=2 ${hour + 3000}=3 ${3.4 * hour}=0`);
    await db.snapshot("/data/snapshots/one", { withHead: true });
    const copy = await openTsdb({ ...options, path: "/data/snapshots/one" });
    expect(copy.blocks().length).toBeGreaterThan(3);
    expect(dump(copy)).toEqual(before);
    await copy.compact();
    expect(dump(copy)).toEqual(before);
  });
});

describe("damage", () => {
  test("a damaged block is reported and set aside, the others serve", async () => {
    const options = simulated();
    let db = await openTsdb(options);
    fill(db, 0, 6);
    await db.compact();
    const ulid = db.blocks()[0]?.ulid;
    await db.close();
    options.fileSystem.open(`/data/${ulid}/index`, "update").write(new Uint8Array(4), 0);
    const errors: string[] = [];
    db = await openTsdb({ ...options, onCorruption: (error) => errors.push(error.message) });
    expect(errors).toEqual([`/data/${ulid}/index: byte 0: no index file`]);
    expect(spans(db)).toEqual(["2-4"]);
  });
});

describe("planner", () => {
  const meta = (minTime: number, maxTime: number, numTombstones = 0): BlockMeta => ({
    ulid: `${minTime}-${maxTime}`,
    minTime,
    maxTime,
    stats: { numSamples: 1, numSeries: 10, numChunks: 1, numTombstones },
    compaction: { level: 1, sources: [] },
    version: 1,
  });
  const check = (blocks: BlockMeta[], expected: string[]): void => {
    expect(planCompaction(blocks, [20, 60, 180]).map(({ ulid }) => ulid)).toEqual(expected);
  };

  test("ranges grow threefold up to the largest", () => {
    expect(blockRanges(2, 60)).toEqual([2, 6, 18, 54]);
  });

  test("plans are Prometheus'", () => {
    check([], []);
    check([meta(0, 20)], []);
    check([meta(0, 20), meta(20, 40), meta(40, 60)], []);
    check([meta(0, 20), meta(20, 40), meta(40, 60), meta(60, 80)], ["0-20", "20-40", "40-60"]);
    check([meta(20, 40), meta(60, 80), meta(80, 100)], []);
    check([meta(0, 20), meta(20, 40), meta(60, 80), meta(80, 100)], ["0-20", "20-40"]);
    check([meta(0, 20), meta(10, 40), meta(40, 60)], ["0-20", "10-40"]);
    check([meta(0, 60), meta(60, 120), meta(120, 180), meta(180, 200)], ["0-60", "60-120", "120-180"]);
    check([meta(0, 60, 5), meta(60, 80)], ["0-60"]);
    check([meta(0, 60, 5), meta(60, 80, 9), meta(80, 100)], []);
    check([meta(0, 60), meta(60, 80, 10), meta(80, 100)], ["60-80"]);
    check([meta(-60, -40), meta(-40, -20), meta(-20, 0), meta(0, 20)], ["-60--40", "-40--20", "-20-0"]);
    check([meta(0, 100), meta(10, 20), meta(30, 40), meta(100, 120)], ["0-100", "10-20", "30-40"]);
  });

  test("blocks that failed before, and blocks of some series only, stay apart", () => {
    const withCompaction = (block: BlockMeta, compaction: Partial<BlockMeta["compaction"]>): BlockMeta => ({
      ...block,
      compaction: { ...block.compaction, ...compaction },
    });
    const failed = (block: BlockMeta): BlockMeta => withCompaction(block, { failed: true });
    const stale = (block: BlockMeta): BlockMeta => withCompaction(block, { hints: ["from-stale-series"] });
    check([meta(0, 20), failed(meta(20, 40)), meta(40, 60), meta(60, 80)], []);
    check([meta(0, 20), failed(meta(10, 40)), meta(40, 60)], []);
    check([meta(0, 20), stale(meta(0, 20)), meta(20, 40)], []);
    check([stale(meta(0, 20)), stale(meta(10, 20)), meta(0, 20), meta(10, 30)], ["0-20", "10-30"]);
    check([stale(meta(0, 20)), stale(meta(10, 20)), meta(0, 20), meta(20, 30)], ["0-20", "10-20"]);
  });
});
