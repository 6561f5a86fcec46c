import { type Matcher, matcherFrom } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import type { TsdbOptions } from "../options.js";
import { append, dump, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";

const hour = 3_600_000;
const minute = 60_000;

/** Series `a`, `b` and `c`, a sample a minute for 13 hours: six blocks of two hours when compacted. */
async function filled(options: Partial<TsdbOptions>): Promise<Tsdb> {
  const db = await openTsdb({ ...simulated(), retentionMs: 0, blockRangeMaxMs: 2 * hour, ...options });
  for (let t = 0; t < 13 * hour; t += minute)
    append(
      db,
      ["a", "b", "c"].map((name): Row => [name, t, t / minute]),
    );
  return db;
}

const spans = (db: Tsdb): string[] => db.blocks().map(({ minTime, maxTime }) => `${minTime / hour}-${maxTime / hour}`);

describe("whole blocks", () => {
  const check = async (options: Partial<TsdbOptions>, expected: string[]): Promise<Tsdb> => {
    const db = await filled(options);
    await db.compact();
    expect(spans(db)).toEqual(expected);
    return db;
  };
  const all = ["0-2", "2-4", "4-6", "6-8", "8-10"];

  test("go when they end so long before the newest", async () => {
    await check({ retentionMs: 0 }, all);
    await check({ retentionMs: 8 * hour + 1 }, all);
    // A block that ends exactly there is outside.
    await check({ retentionMs: 8 * hour }, all.slice(1));
    const db = await check({ retentionMs: 1 }, ["8-10"]);
    expect(db.stats().maintenance).toMatchObject({ timeRetentions: 1, sizeRetentions: 0 });
  });

  test("go, the oldest first, when all do not fit; log and head chunks count", async () => {
    const { blockBytes, walBytes, headChunkBytes } = (await check({}, all)).stats();
    const bytes = blockBytes + walBytes + headChunkBytes;
    await check({ retentionBytesMax: bytes }, all);
    await check({ retentionBytesMax: bytes - 1 }, all.slice(1));
    const db = await check({ retentionBytesMax: 1 }, []);
    expect(db.stats().maintenance).toMatchObject({ timeRetentions: 0, sizeRetentions: 1 });
    // A percentage counts instead of the bytes.
    const disk = (): SimFileSystem => new SimFileSystem({ sizeMax: 1e7 });
    const percentage = (part: number): number => (100 * part) / 1e7;
    const onDisk = (fileSystem: SimFileSystem, retentionDiskPercentMax: number): Partial<TsdbOptions> => ({
      fileSystem,
      retentionDiskPercentMax,
      retentionBytesMax: 1,
    });
    await check(onDisk(disk(), percentage(bytes + 1)), all);
    await check(onDisk(disk(), percentage(bytes - 1)), all.slice(1));
  });

  test("go by what is set while the database is open", async () => {
    const db = await check({}, all);
    db.setRetention({ retentionMs: 4 * hour });
    await db.compact();
    expect(spans(db)).toEqual(["6-8", "8-10"]);
    db.setRetention({ retentionBytesMax: 1 });
    expect(db.stats().retention).toMatchObject({ retentionMs: 4 * hour, retentionBytesMax: 1 });
    await db.compact();
    expect(spans(db)).toEqual([]);
  });

  test("that are past are gone from the start on, and do not come back from the log", async () => {
    const options = { ...simulated(), outOfOrderTimeWindowMs: 3 * hour };
    let db = await filled({ ...options, retentionMs: 0 });
    await db.compact();
    await db.close();
    db = await openTsdb({ ...options, retentionMs: 4 * hour, blockRangeMaxMs: 2 * hour });
    expect(spans(db)).toEqual(["6-8", "8-10"]);
    // A block of late samples reaches further than those in order, which so all go.
    append(db, [["a", 12.5 * hour + 1, 1]]);
    await db.deleteSeries([matcherFrom("=", "__name__", "none")], { start: 0, end: 13 * hour });
    await db.compact();
    expect(spans(db)).toEqual(["12-14"]);
    const lines = dump(db);
    await db.close();
    db = await openTsdb({ ...options, retentionMs: 4 * hour, blockRangeMaxMs: 2 * hour });
    expect(dump(db)).toEqual(lines);
    await db.close();
  });
});

describe("rules", () => {
  const named = (pattern: string): readonly Matcher[] => [matcherFrom("=~", "__name__", pattern)];
  const rule = (pattern: string, hours: number) => ({ matchers: named(pattern), retentionMs: hours * hour });

  /** First hour that each of a, b, c still has. */
  const firstHours = (db: Tsdb): number[] => dump(db).map((line) => Number(line.split(" ")[1]?.split("=")[0]) / hour);

  const check = async (options: Partial<TsdbOptions>, expected: number[]): Promise<Tsdb> => {
    const db = await filled(options);
    const lines = dump(db);
    await db.compact();
    expect(firstHours(db)).toEqual(expected);
    // What a rule does not name is whole.
    expect(dump(db).filter((_, i) => expected[i] === 0)).toEqual(lines.filter((_, i) => expected[i] === 0));
    return db;
  };

  test("drop old samples of their series from blocks that are written anew for it", async () => {
    await check({ retentionRules: [rule("a", 4)] }, [6, 0, 0]);
    // Of 8–10 no whole chunk is past 9.
    await check({ retentionRules: [rule("a", 4), rule("b", 1)] }, [6, 8, 0]);
  });

  test("the first that fits holds", async () => {
    await check({ retentionRules: [rule("a", 8), rule("a|b", 2)] }, [2, 8, 0]);
    await check({ retentionRules: [rule("a", 1000), rule(".+", 2)] }, [0, 8, 8]);
  });

  test("are cut to the sample where blocks are merged", async () => {
    // 0–6 is written once, when 8–10 is the newest: 6 hours back from 10.
    await check({ retentionRules: [rule("b", 6)], blockRangeMaxMs: 6 * hour }, [0, 4, 0]);
  });

  test("rewrite a block once, and again only when another tenth is past", async () => {
    const db = await check({ retentionRules: [rule("a", 4)], blockRangeMaxMs: 6 * hour }, [6, 0, 0]);
    const { compactions } = db.stats().maintenance;
    await db.compact();
    expect(db.stats().maintenance.compactions).toBe(compactions);
    db.setRetention({ retentionRules: [rule("a", 4), rule("b", 2)] });
    await db.compact();
    expect(firstHours(db)).toEqual([6, 8, 0]);
  });

  test("empty a block to nothing", async () => {
    const db = await check({ retentionRules: [rule(".+", 2)] }, [8, 8, 8]);
    expect(spans(db)).toEqual(["8-10"]);
  });

  test("a series with a block's tombstones keeps what neither says is gone", async () => {
    const db = await filled({});
    await db.compact();
    await db.deleteSeries(named("a"), { start: 5 * hour, end: 7 * hour });
    db.setRetention({ retentionRules: [rule("a", 5)] });
    await db.cleanTombstones();
    await db.compact();
    const [line = ""] = dump(db);
    expect(line.split(" ")[1]).toBe(`${7 * hour + minute}=${7 * 60 + 1}`);
  });
});
