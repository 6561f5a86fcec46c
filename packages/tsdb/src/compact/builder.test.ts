// Building blocks in a worker: on the real disk, from built files.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matcherFrom } from "@narthex/model";
import { nodeFileSystem } from "@narthex/stdx";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ThreadWatch } from "../options.js";
import { append, dump, processes, type Row } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";

const hour = 3_600_000;
const minute = 60_000;

let path = "";
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "narthex-merger-"));
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const openHere = (compactionThread: "caller" | "worker"): Promise<Tsdb> =>
  openTsdb({ path, compactionThread, fileSystem: nodeFileSystem, processes, retentionMs: 0 });

/** Two-hour blocks 0–2, 2–4, …, unmerged: a database whose largest range is the smallest makes no others. */
async function smallBlocks(count: number): Promise<string[]> {
  const db = await openTsdb({ path, fileSystem: nodeFileSystem, processes, retentionMs: 0, blockRangeMaxMs: 2 * hour });
  for (let t = 0; t < (2 * count + 1.5) * hour; t += minute) {
    const rows: Row[] = Array.from({ length: 5 }, (_, i) => [`m${i}`, t, Math.sin(i + t)]);
    append(db, rows);
  }
  await db.compact();
  const lines = dump(db);
  await db.close();
  return lines;
}

const spans = (db: Tsdb): string[] => db.blocks().map(({ minTime, maxTime }) => `${minTime / hour}-${maxTime / hour}`);
const unfinished = (): string[] => readdirSync(path).filter((name) => name.includes(".tmp"));

describe("a worker", () => {
  test("merges blocks as this thread does", async () => {
    const lines = await smallBlocks(4);
    const db = await openHere("worker");
    await db.compact();
    expect(spans(db)).toEqual(["0-6", "6-8"]);
    expect(dump(db)).toEqual(lines);
    expect(unfinished()).toEqual([]);
    await db.close();
  });

  test("writes the head to blocks as this thread does, appends going on meanwhile", async () => {
    const contents: string[][] = [];
    for (const compactionThread of ["caller", "worker"] as const) {
      rmSync(path, { recursive: true, force: true });
      const db = await openHere(compactionThread);
      const fill = (from: number, to: number): void => {
        for (let t = from; t < to; t += minute) {
          const rows: Row[] = Array.from({ length: 50 }, (_, i) => [
            `m${i % 7}_${i}`,
            t,
            i % 3 === 0 ? 7 : Math.sin(t),
          ]);
          append(db, rows);
        }
      };
      fill(0, 3.6 * hour);
      append(db, [["m_stale", 3.6 * hour, "stale"]]);
      await db.deleteSeries([matcherFrom("=", "__name__", "m1_1")], { start: hour, end: 3 * hour });
      const compaction = db.compact();
      fill(3.7 * hour, 4 * hour);
      await compaction;
      expect(spans(db)).toEqual(["0-2"]);
      contents.push(dump(db));
      expect(db.stats().headMinTime).toBe(2 * hour);
      await db.close();
    }
    expect(contents[1]).toEqual(contents[0]);
  });

  test("is told of before it starts, when it works and when it has ended, and only where something is due", async () => {
    const told: string[] = [];
    const beforeCompactionThread = (): ThreadWatch => {
      told.push("begin");
      return { loaded: () => told.push("loaded"), ended: () => told.push("end") };
    };
    const db = await openTsdb({ path, compactionThread: "worker", beforeCompactionThread, processes, retentionMs: 0 });
    append(db, [["m", 0, 1]]);
    await db.compact();
    expect(told).toEqual([]);
    for (let t = minute; t < 3.5 * hour; t += minute) append(db, [["m", t, 1]]);
    await db.compact();
    expect(told).toEqual(["begin", "loaded", "end"]);
    await db.close();
  });

  test("writes late samples to blocks as this thread does", async () => {
    const contents: string[][] = [];
    for (const compactionThread of ["caller", "worker"] as const) {
      rmSync(path, { recursive: true, force: true });
      const options = { path, compactionThread, fileSystem: nodeFileSystem, processes, retentionMs: 0 };
      const db = await openTsdb({ ...options, outOfOrderTimeWindowMs: 9 * hour });
      const fill = (from: number, to: number): void => {
        for (let t = from; t < to; t += minute) append(db, [["m", t, t]]);
      };
      fill(0, 3.9 * hour);
      // Chunks in files and open ones, over three block ranges, some of them across a range's end; two series know nothing else.
      for (let i = 0; i < 400; i++) {
        const t = 3.9 * hour - i * 50_000 - 500;
        append(db, [
          ["m", t, -i],
          [`late${i % 2}`, t, i],
        ]);
      }
      const compaction = db.compact();
      append(db, [["m", 3 * hour - 1, 1]]);
      await compaction;
      // The block of the late samples in the head's hours stays apart.
      expect(spans(db).sort()).toEqual(["-2-0", "0-2", "2-4"]);
      contents.push(dump(db));
      expect(db.stats().wblSegment).toBe(1);
      await db.close();
    }
    expect(contents[1]).toEqual(contents[0]);
    expect(contents[0]).toHaveLength(3);
  });

  // Some series end, so that the log knows refs that the head does not; one of these comes again under another ref.
  test("shortens the log as this thread does", async () => {
    const logs: unknown[] = [];
    for (const compactionThread of ["caller", "worker"] as const) {
      rmSync(path, { recursive: true, force: true });
      const options = { path, compactionThread, fileSystem: nodeFileSystem, processes, walSegmentBytesMax: 800 };
      let db = await openTsdb(options);
      const fill = (from: number, to: number, names: string[]): void => {
        for (let t = from; t < to; t += 5 * minute) {
          append(
            db,
            names.map((name, i): Row => [name, t, Math.sin(t + i)]),
          );
        }
      };
      fill(0, hour, ["stays", "ends", "comes"]);
      fill(hour, 5.5 * hour, ["stays"]);
      await db.compact();
      expect(db.stats()).toMatchObject({
        headSeries: 1,
        maintenance: { compactions: 2, checkpoints: 1, checkpointFailures: 0 },
      });
      fill(5.5 * hour, 6 * hour, ["stays", "comes"]);
      // A start from the snapshot has not read the log, where "comes" has two refs.
      await db.close();
      db = await openTsdb(options);
      fill(6 * hour, 9.5 * hour, ["stays", "comes"]);
      await db.compact();
      const wal = readdirSync(`${path}/wal`, { recursive: true, encoding: "utf8" }).sort();
      expect(wal.filter((name) => name.startsWith("checkpoint."))).toHaveLength(2);
      const files = wal.filter((name) => /\d{8}$/.test(name) && !/^checkpoint\.\d+$/.test(name));
      logs.push(files.map((name) => [name, readFileSync(`${path}/wal/${name}`, "hex")]));
      await db.close();
    }
    expect(logs[1]).toEqual(logs[0]);
  });

  test("says which file is damaged; that block is kept out of compactions, the others go on", async () => {
    const lines = await smallBlocks(7);
    let db = await openHere("worker");
    const doomed = `${path}/${db.blocks()[1]?.ulid}/chunks/000001`;
    await db.close();
    const file = nodeFileSystem.open(doomed, "update");
    file.write(new Uint8Array(200), 100);
    file.close();
    db = await openHere("worker");
    await expect(db.compact()).rejects.toThrow(`${doomed}: byte `);
    expect(db.stats().maintenance).toMatchObject({ compactions: 0, compactionFailures: 1 });
    expect(unfinished()).toEqual([]);
    await db.compact();
    expect(spans(db)).toEqual(["0-2", "2-4", "4-6", "6-12", "12-14"]);
    expect(dump(db, { start: 4 * hour, end: 14 * hour })).toHaveLength(lines.length);
    await db.close();
  });

  test("leaves blocks alone that are held back, and those behind them", async () => {
    const lines = await smallBlocks(7);
    let isUploaded = false;
    const isHeldBack = ({ minTime }: { readonly minTime: number }): boolean => !isUploaded && minTime === 6 * hour;
    const options = { path, fileSystem: nodeFileSystem, processes, retentionMs: 0, isHeldBack };
    const db = await openTsdb({ ...options, compactionThread: "worker" });
    await db.compact();
    expect(spans(db)).toEqual(["0-2", "2-4", "4-6", "6-8", "8-10", "10-12", "12-14"]);
    isUploaded = true;
    await db.compact();
    expect(spans(db)).toEqual(["0-6", "6-12", "12-14"]);
    expect(dump(db)).toEqual(lines);
    await db.close();
  });

  test("ends when the database closes, and leaves nothing half done", async () => {
    const lines = await smallBlocks(4);
    const db = await openHere("worker");
    const compaction = db.compact();
    await db.close();
    await expect(compaction).rejects.toThrow(/abort|ended with code/i);
    expect(unfinished()).toEqual([]);
    const again = await openHere("caller");
    expect(spans(again)).toEqual(["0-2", "2-4", "4-6", "6-8"]);
    expect(dump(again)).toEqual(lines);
    await again.close();
  });

  test("that misses a file fails the compaction, which is tried again", async () => {
    const lines = await smallBlocks(4);
    const db = await openHere("worker");
    const { ulid } = db.blocks()[0] ?? { ulid: "" };
    const index = `${path}/${ulid}/index`;
    const aside = `${path}/aside`;
    nodeFileSystem.rename(index, aside);
    await expect(db.compact()).rejects.toThrow("ENOENT");
    expect(unfinished()).toEqual([]);
    nodeFileSystem.rename(aside, index);
    await db.compact();
    expect(spans(db)).toEqual(["0-6", "6-8"]);
    expect(dump(db)).toEqual(lines);
    await db.close();
  });
});
