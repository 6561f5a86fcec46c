// A disk that is full or fails: appends say so, what was committed stays and can be queried, and writing goes on when
// the disk takes bytes again.
import { appendOutcome } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { append, dump, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const disk = (fileSystem: SimFileSystem) => ({ ...simulated(fileSystem), walSegmentBytesMax: 4096 });
const appendAt = (db: Tsdb, i: number): number[] => append(db, [["a", i * 15_000, i]]);

/** Appends one sample after another until the disk refuses; returns how many it took, and the error. */
function appendUntilRefused(db: Tsdb, from: number): { next: number; error: Error } {
  for (let i = from; i < from + 10_000; i++) {
    try {
      appendAt(db, i);
    } catch (error) {
      return { next: i, error: error as Error };
    }
  }
  throw new Error("the disk refused nothing");
}

const lines = (end: number): string[] => [
  ["a", ...Array.from({ length: end }, (_, i) => `${i * 15_000}=${i}`)].join(" "),
];

test("a full disk refuses appends, keeps what it has, and is written again when there is room", async () => {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb(disk(fileSystem));
  appendAt(db, 0);
  fileSystem.sizeMax = 20_000;
  const { next, error } = appendUntilRefused(db, 1);
  expect(error.message).toMatch(/^cannot write WAL segment 0000000\d$/);
  expect(String(error.cause)).toContain("ENOSPC");
  expect(dump(db)).toEqual(lines(next));
  expect(() => appendAt(db, next)).toThrow("WAL segment");
  expect(dump(db)).toEqual(lines(next));
  fileSystem.sizeMax = 30_000;
  const again = appendUntilRefused(db, next);
  expect(again.next).toBeGreaterThan(next + 100);
  expect(dump(db)).toEqual(lines(again.next));
  expect(dump(await reopenAfterKill({ ...disk(fileSystem), walSegmentBytesMax: 1 << 20 }))).toEqual(lines(again.next));
});

test("a directory that a full disk kept closed opens when there is room", async () => {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb(disk(fileSystem));
  for (let i = 0; i < 50; i++) appendAt(db, i);
  fileSystem.sizeMax = 0;
  await expect(db.close()).resolves.toBeUndefined();
  await expect(openTsdb(disk(fileSystem))).rejects.toThrow("ENOSPC");
  fileSystem.sizeMax = 1e6;
  expect(dump(await openTsdb(disk(fileSystem)))).toEqual(lines(50));
});

test("a segment that cannot be synced refuses the batch that would begin the next one", async () => {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb(disk(fileSystem));
  for (let i = 0; i < 400; i++) {
    // The first change of a batch is its write or, where a segment ends, the sync of that.
    fileSystem.fault({ call: 0, code: "EIO" });
    expect(() => appendAt(db, i)).toThrow(/EIO|cannot write/);
    fileSystem.fault(undefined);
    expect(appendAt(db, i)).toEqual([appendOutcome.appended]);
  }
  expect(db.stats().walSegment).toBeGreaterThan(1);
  expect(dump(db)).toEqual(lines(400));
  expect(dump(await reopenAfterKill(disk(fileSystem)))).toEqual(dump(db));
});

test("a log that cannot be synced at the end is said, and the directory is free", async () => {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb(disk(fileSystem));
  for (let i = 0; i < 50; i++) appendAt(db, i);
  fileSystem.fault({ call: 0, code: "EIO" });
  await expect(db.close()).rejects.toThrow("EIO");
  fileSystem.fault(undefined);
  expect(dump(await openTsdb(disk(fileSystem)))).toEqual(lines(50));
});
