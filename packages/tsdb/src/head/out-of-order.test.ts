// Late samples over restarts, damage of their log, and deletions.
import { matcherFrom } from "@narthex/model";
import { type File, type OpenMode, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import type { CorruptionError } from "../errors.js";
import type { TsdbOptions } from "../options.js";
import { append, dump, reopenAfterKill, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";

const minute = 60_000;
const hour = 60 * minute;

const optionsOn = (fileSystem: SimFileSystem): TsdbOptions => ({
  ...simulated(fileSystem),
  outOfOrderTimeWindowMs: 3 * hour,
  memorySnapshot: false,
});

/** `a` at three hours, then `count` late samples of it, a minute apart, the newest first. */
function fillLate(db: Tsdb, count: number): void {
  append(db, [["a", 3 * hour, -1]]);
  for (let i = 1; i <= count; i++) append(db, [["a", 3 * hour - i * minute, i]]);
}

/** What `dump` prints when the late samples `from` … `to` are there. */
function expected(from: number, to: number): string[] {
  const samples = [];
  for (let i = to; i >= from; i--) samples.push(`${3 * hour - i * minute}=${i}`);
  return [["a", ...samples, `${3 * hour}=-1`].join(" ")];
}

function flipByte(fileSystem: SimFileSystem, path: string, offset: number): void {
  const file = fileSystem.open(path, "update");
  const bytes = readWholeFile(fileSystem, path);
  file.write(Uint8Array.of(bytes[offset]! ^ 0xff), offset);
  file.close();
}

describe("a damaged write-behind log", () => {
  test("is cut: samples before the damage and in full chunks stay, and it is told of once", async () => {
    const fileSystem = new SimFileSystem();
    const db = await openTsdb(optionsOn(fileSystem));
    // Two full chunks, and 16 samples that stand in the log alone.
    fillLate(db, 70);
    const path = "/data/wbl/00000000";
    const { length } = readWholeFile(fileSystem, path);
    append(db, [["a", 10 * minute, 1000]]);
    flipByte(fileSystem, path, length + 9);
    const corruptions: CorruptionError[] = [];
    const options = { ...optionsOn(fileSystem), onCorruption: (error: CorruptionError) => corruptions.push(error) };
    let reopened = await reopenAfterKill(options);
    expect(corruptions).toMatchObject([{ file: path, offset: length }]);
    expect(dump(reopened)).toEqual(expected(1, 70));
    append(reopened, [["a", 3 * hour - 71 * minute, 71]]);
    reopened = await reopenAfterKill(options);
    expect(corruptions).toHaveLength(1);
    expect(dump(reopened)).toEqual(expected(1, 71));
    await reopened.close();
  });

  test("damage before the markers costs what stands in no chunk; a log that is gone likewise", async () => {
    for (const isGone of [false, true]) {
      const fileSystem = new SimFileSystem();
      fillLate(await openTsdb(optionsOn(fileSystem)), 70);
      if (isGone) fileSystem.removeTree("/data/wbl");
      else flipByte(fileSystem, "/data/wbl/00000000", 12);
      expect(dump(await reopenAfterKill(optionsOn(fileSystem)))).toEqual(expected(1, 64));
      // The log that was cut, or begun, names the chunks again.
      const db = await reopenAfterKill(optionsOn(fileSystem));
      expect(dump(db)).toEqual(expected(1, 64));
      await db.close();
    }
  });

  test("brings nothing back that a block has and had deleted, but what came since", async () => {
    const fileSystem = new SimFileSystem();
    const db = await openTsdb(optionsOn(fileSystem));
    fillLate(db, 70);
    // The second finds no late samples, and begins a segment likewise.
    for (let i = 0; i < 2; i++) {
      await db.deleteSeries([matcherFrom("=", "__name__", "a")], { start: 0, end: 3 * hour - minute });
    }
    for (let i = 71; i <= 110; i++) append(db, [["a", 3 * hour - i * minute, i]]);
    const log = fileSystem.readFolder("/data/wbl");
    expect(log).toHaveLength(1);
    // In the first record of samples, behind what the deletion wrote there: one chunk was filled since.
    flipByte(fileSystem, `/data/wbl/${log[0]}`, 60);
    const corruptions: CorruptionError[] = [];
    const options = { ...optionsOn(fileSystem), onCorruption: (error: CorruptionError) => corruptions.push(error) };
    const reopened = await reopenAfterKill(options);
    expect(corruptions).toHaveLength(1);
    expect(corruptions[0]?.offset).toBeGreaterThan(0);
    expect(dump(reopened)).toEqual([expected(71, 102)[0]]);
    await reopened.close();
  });
});

test("late samples that were deleted do not come back with the power", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const fileSystem = new SimFileSystem({ seed });
    fileSystem.makeFolder("/data");
    fileSystem.syncFolder("/");
    const db = await openTsdb(optionsOn(fileSystem));
    fillLate(db, 70);
    await db.deleteSeries([matcherFrom("=", "__name__", "a")], { start: 0, end: 3 * hour - minute });
    for (let i = 71; i <= 90; i++) append(db, [["b", 3 * hour - i * minute, i]]);
    fileSystem.crash();
    const reopened = await reopenAfterKill(optionsOn(fileSystem));
    expect(
      dump(reopened).filter((line) => line.startsWith("a ") && line !== `a ${3 * hour}=-1`),
      `seed ${seed}`,
    ).toEqual([]);
    await reopened.close();
  }
});

test("late samples of a segment that has ended outlive a loss of power", async () => {
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/data");
  fileSystem.syncFolder("/");
  const options = { ...optionsOn(fileSystem), walSegmentBytesMax: 1024 };
  const db = await openTsdb(options);
  append(db, [["a", 3 * hour, -1]]);
  let taken = 0;
  while (!fileSystem.stat("/data/wbl/00000001")) append(db, [["a", 3 * hour - ++taken * minute, taken]]);
  fileSystem.crash();
  const reopened = await reopenAfterKill(options);
  // The one that began the next segment may be lost.
  expect(dump(reopened)[0]).toContain(expected(1, taken - 1)[0]?.slice("a ".length));
  await reopened.close();
});

class NoRoomForChunks extends SimFileSystem {
  isFull = true;

  override open(path: string, mode: OpenMode): File {
    if (this.isFull && mode === "replace" && path.startsWith("/data/chunks_head/")) {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    }
    return super.open(path, mode);
  }
}

test("full chunks that the disk refuses stay in memory, and come back from the log", async () => {
  const fileSystem = new NoRoomForChunks();
  const db = await openTsdb(optionsOn(fileSystem));
  fillLate(db, 70);
  expect(db.stats().head.chunkWriteFailures).toBeGreaterThan(0);
  expect(dump(db)).toEqual(expected(1, 70));
  const copy = await reopenAfterKill(optionsOn(fileSystem));
  expect(dump(copy)).toEqual(expected(1, 70));
  await copy.close();
});

test("refused chunks go to the disk with the series' next one, when there is room", async () => {
  const fileSystem = new NoRoomForChunks();
  const db = await openTsdb(optionsOn(fileSystem));
  fillLate(db, 70);
  fileSystem.isFull = false;
  for (let i = 71; i <= 96; i++) append(db, [["a", 3 * hour - i * minute, i]]);
  expect(dump(db)).toEqual(expected(1, 96));
  // All three in chunks_head: without the log they are there.
  fileSystem.removeTree("/data/wbl");
  const reopened = await reopenAfterKill(optionsOn(fileSystem));
  expect(dump(reopened)).toEqual(expected(1, 96));
  await reopened.close();
});

test("a deletion hides what was there, not what comes after it, in order or late", async () => {
  const options = optionsOn(new SimFileSystem());
  let db = await openTsdb(options);
  append(db, [
    ["a", 100 * minute, 1],
    ["b", 200 * minute, 1],
  ]);
  append(db, [["a", 90 * minute, 2]]);
  await db.deleteSeries([matcherFrom("=", "__name__", "a")], { start: 0, end: 300 * minute });
  expect(dump(db)).toEqual([`b ${200 * minute}=1`]);
  append(db, [["a", 190 * minute, 3]]);
  append(db, [["a", 95 * minute, 4]]);
  append(db, [["a", 201 * minute, 5]]);
  const left = [`a ${95 * minute}=4 ${190 * minute}=3 ${201 * minute}=5`, `b ${200 * minute}=1`];
  expect(dump(db)).toEqual(left);
  db = await reopenAfterKill(options);
  expect(dump(db)).toEqual(left);
  await db.close();
});
