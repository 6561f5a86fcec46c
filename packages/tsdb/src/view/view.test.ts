import { labelsFrom, matcherFrom } from "@narthex/model";
import { type File, type OpenMode, randomFrom, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import { randomHistograms } from "../testdata/histograms.js";
import { anySeries, append, dump, everything, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type TimeRange, type Tsdb } from "../tsdb.js";
import type { TsdbView } from "./database.js";
import { UnplannedSelectionError } from "./head-reader.js";
import { type OpenView, TsdbReader } from "./reader.js";

const minute = 60_000;
const hour = 60 * minute;

function fill(db: Tsdb, from: number, to: number, stepMs = minute): void {
  for (let t = from; t < to; t += stepMs) {
    const rows: Row[] = [
      ["a", t, t / minute],
      ["b", t, Math.sin(t)],
    ];
    append(db, t % (10 * minute) === 0 ? [...rows, ["c", t, "stale"]] : rows);
  }
}

class NoRoomForChunks extends SimFileSystem {
  refusals = 0;

  override open(path: string, mode: OpenMode): File {
    if (mode !== "replace" || !path.startsWith("/data/chunks_head/")) return super.open(path, mode);
    this.refusals++;
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  }
}

interface Taken {
  readonly open: OpenView;
  readonly end: () => void;
}

/** Takes a view and hands it over as a message would. */
async function take(db: Tsdb, fileSystem: SimFileSystem, range: TimeRange = everything): Promise<Taken> {
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  const { view, buffers, release } = await db.view([{ matchers: [anySeries], ...range }]);
  const open = reader.open(structuredClone<TsdbView>(view, { transfer: buffers }));
  const end = (): void => {
    open.close();
    reader.close();
    release();
  };
  return { open, end };
}

async function opened(): Promise<{ readonly db: Tsdb; readonly fileSystem: SimFileSystem }> {
  const fileSystem = new SimFileSystem();
  return { db: await openTsdb(simulated(fileSystem)), fileSystem };
}

describe("a view answers as the database did when it was taken", () => {
  test("floats, stale markers, histograms and deleted samples of the head", async () => {
    const { db, fileSystem } = await opened();
    fill(db, 0, 4 * hour);
    const histograms = randomHistograms(randomFrom(3), 300);
    for (let t = 0; t < 300 * minute; t += minute) {
      const appender = db.appender();
      const ref = appender.series(labelsFrom({ __name__: "h", job: "test" }));
      appender.appendHistogram(ref, t, histograms.next().value);
      appender.commit();
    }
    await db.deleteSeries([matcherFrom("=", "__name__", "a")], { start: 5 * minute, end: 130 * minute });
    const { open, end } = await take(db, fileSystem);
    expect(dump(open)).toEqual(dump(db));
    expect(dump(open)).toHaveLength(4);
    end();
  });

  test.each([
    ["inside the open chunk", { start: 3.5 * hour, end: 3.6 * hour }],
    ["inside a closed chunk", { start: 10 * minute, end: 20 * minute }],
    ["over both", { start: hour, end: 9 * hour }],
    ["behind all samples", { start: 5 * hour, end: 9 * hour }],
  ])("%s", async (_, range) => {
    const { db, fileSystem } = await opened();
    fill(db, 0, 4 * hour);
    const { open, end } = await take(db, fileSystem, range);
    expect(dump(open, range)).toEqual(dump(db, range));
    end();
  });

  test("more series than are compared with each other come in order of labels, and so do the first of them", async () => {
    const { db, fileSystem } = await opened();
    const random = randomFrom(5);
    const texts = ["a", "aa", "b", "host-1", "host-10", "\u{ff61}", "\u{1f525}"];
    const text = (): string => texts[Math.floor(random() * texts.length)] as string;
    const appender = db.appender();
    for (let i = 0; i < 3000; i++) {
      const labels = labelsFrom({ __name__: text(), [text()]: text(), id: String(Math.floor(random() * 1e6)) });
      const v = new Float64Array(1);
      const refs = Uint32Array.of(appender.series(labels));
      appender.append({ count: 1, refs, t: v, v, outcomes: new Uint8Array(1) });
    }
    appender.commit();
    const { open, end } = await take(db, fileSystem);
    for (const limit of [0, 7]) {
      const selection = { matchers: [anySeries], ...everything, sorted: true, limit };
      const [here, there] = [db, open].map((store) => {
        const querier = store.querier(everything);
        return querier.select(selection).map(({ labels }) => labels);
      });
      expect(there?.length).toBe(limit === 0 ? db.stats().headSeries : limit);
      expect(there).toEqual(here);
    }
    end();
  });

  test("while samples are appended, chunks are cut and pieces would be used again", async () => {
    const { db, fileSystem } = await opened();
    fill(db, 0, 3 * hour + 17 * minute);
    const before = dump(db);
    const { open, end } = await take(db, fileSystem);
    fill(db, 3 * hour + 17 * minute, 12 * hour);
    expect(dump(open)).toEqual(before);
    end();
  });

  test("while the head becomes blocks and blocks become larger ones", async () => {
    const { db, fileSystem } = await opened();
    fill(db, 0, 9 * hour);
    await db.compact();
    const ulids = db.viewBlocks().map(({ ulid }) => ulid);
    fill(db, 9 * hour, 13 * hour);
    const before = dump(db);
    const { open, end } = await take(db, fileSystem);
    await db.compact();
    expect(db.viewBlocks().map(({ ulid }) => ulid)).not.toContain(ulids[0]);
    expect(fileSystem.readFolder("/data").some((name) => name.endsWith(".tmp-for-deletion"))).toBe(true);
    expect(dump(open)).toEqual(before);
    end();
    expect(fileSystem.readFolder("/data").some((name) => name.endsWith(".tmp-for-deletion"))).toBe(false);
  });

  test("while files of chunks_head are due to be removed", async () => {
    const { db, fileSystem } = await opened();
    fill(db, 0, 3 * hour);
    await db.close();
    const reopened = await openTsdb(simulated(fileSystem));
    fill(reopened, 3 * hour, 6 * hour);
    const before = dump(reopened);
    const { open, end } = await take(reopened, fileSystem);
    await reopened.compact();
    expect(fileSystem.readFolder("/data/chunks_head")).toEqual(["000001", "000002"]);
    expect(dump(open)).toEqual(before);
    end();
    expect(fileSystem.readFolder("/data/chunks_head")).toEqual(["000002"]);
  });

  test("closed chunks that a full disk refused are in the view itself", async () => {
    const fileSystem = new NoRoomForChunks();
    const db = await openTsdb(simulated(fileSystem));
    fill(db, 0, 5 * hour);
    expect(fileSystem.refusals).toBeGreaterThan(0);
    const { open, end } = await take(db, fileSystem);
    expect(dump(open)).toEqual(dump(db));
    end();
  });
});

test("a reader opens a block again when something was deleted of it", async () => {
  const { db, fileSystem } = await opened();
  fill(db, 0, 3.5 * hour);
  await db.compact();
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  for (const end of [0, 10, 20]) {
    await db.deleteSeries([matcherFrom("=", "__name__", "a")], { start: 0, end: end * minute });
    const { view, release } = await db.view([{ matchers: [anySeries], ...everything }]);
    const open = reader.open(view);
    expect(dump(open)).toEqual(dump(db));
    open.close();
    release();
  }
  reader.close();
});

describe("a reader that is kept", () => {
  async function kept(whileOpen: (fileSystem: SimFileSystem) => void): Promise<void> {
    const { db, fileSystem } = await opened();
    const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
    let slabs = 0;
    for (let from = 0; from < 3 * hour; from += 30 * minute) {
      fill(db, from, from + 30 * minute, 5000);
      reader.addSlabs(db.slabs(slabs));
      slabs = db.slabs(0).length;
      for (let round = 0; round < 2; round++) {
        const { view, release } = await db.view([{ matchers: [anySeries], ...everything }]);
        const open = reader.open(view);
        expect(dump(open)).toEqual(dump(db));
        whileOpen(fileSystem);
        open.close();
        release();
      }
    }
    reader.close();
  }

  test("reads chunks that came since, in a file that it has read", () => kept(() => undefined));

  test("takes nothing for a chunk that no view has named", () =>
    kept((fileSystem) => {
      // As a write that failed may leave it; the next one goes to the same place.
      const file = fileSystem.open("/data/chunks_head/000001", "update");
      file.write(new Uint8Array(100_000).fill(0xa5), file.size());
      file.close();
    }));

  test("says where a chunk is damaged", async () => {
    const { db, fileSystem } = await opened();
    fill(db, 0, 3 * hour, 5000);
    const file = fileSystem.open("/data/chunks_head/000001", "update");
    file.write(Uint8Array.of(0xa5, 0xa5), 80);
    file.close();
    const { open, end } = await take(db, fileSystem);
    expect(() => dump(open)).toThrow("/data/chunks_head/000001: byte 8: checksum does not match");
    end();
  });
});

test("a selection that the view was not taken for is refused, not answered with too little", async () => {
  const { db, fileSystem } = await opened();
  fill(db, 0, hour);
  const { open, end } = await take(db, fileSystem, { start: 0, end: 10 * minute });
  expect(() => dump(open, { start: 0, end: 11 * minute })).toThrow(UnplannedSelectionError);
  expect(() => dump(open, { start: 0, end: 1 }, matcherFrom("=", "__name__", "a"))).toThrow(UnplannedSelectionError);
  end();
});

test("selections of blocks alone and of the head are answered by one view", async () => {
  const { db, fileSystem } = await opened();
  fill(db, 0, 6 * hour);
  await db.compact();
  const early = { start: hour, end: 1.5 * hour };
  const now = { start: 5.5 * hour, end: 6 * hour };
  const selections = [
    { matchers: [anySeries], ...now },
    { matchers: [matcherFrom("=", "__name__", "a")], ...early },
    { matchers: [anySeries], ...early },
  ];
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  const { view, release } = await db.view(selections);
  expect(view.headMinTime).toBeGreaterThan(early.end);
  const open = reader.open(view);
  for (const { matchers, ...range } of selections) {
    expect(dump(open, range, matchers[0])).toEqual(dump(db, range, matchers[0]));
  }
  expect(dump(open, early)).toHaveLength(3);
  open.close();
  reader.close();
  release();
});

describe("a view with late samples", () => {
  const lateOptions = (fileSystem: SimFileSystem) => ({ ...simulated(fileSystem), outOfOrderTimeWindowMs: 5 * hour });

  /** Of `a`, between its samples and at their times; of `late`, which has no others; 45 of each. */
  function appendLate(db: Tsdb): void {
    for (let i = 0; i < 45; i++) {
      const t = ((i * 37) % 100) * minute;
      append(db, [
        ["a", t + (i % 2), -i],
        ["late", t + 7, i % 9 === 0 ? "stale" : i],
      ]);
    }
  }

  test.each([
    ["in memory, and in chunks_head", new SimFileSystem()],
    ["in memory alone, because the disk is full", new NoRoomForChunks()],
  ])("%s", async (_, fileSystem) => {
    const db = await openTsdb(lateOptions(fileSystem));
    fill(db, 0, 3.5 * hour);
    appendLate(db);
    const whole = dump(db);
    expect(whole).toHaveLength(4);
    const taken = await take(db, fileSystem);
    // What comes later is not in it.
    append(db, [["late", 5 * minute, 1000]]);
    expect(dump(taken.open)).toEqual(whole);
    taken.end();
    for (const range of [
      { start: 0, end: 30 * minute },
      { start: 50 * minute + 1, end: 50 * minute + 7 },
      { start: 3 * hour, end: 4 * hour },
    ]) {
      const { open, end } = await take(db, fileSystem, range);
      expect(dump(open, range)).toEqual(dump(db, range));
      end();
    }
    await db.close();
  });

  test("answers the same while they become blocks", async () => {
    const fileSystem = new SimFileSystem();
    const db = await openTsdb(lateOptions(fileSystem));
    fill(db, 0, 3.5 * hour);
    appendLate(db);
    const whole = dump(db);
    const { open, end } = await take(db, fileSystem);
    await db.compact();
    expect(db.blocks().length).toBeGreaterThan(0);
    expect(dump(open)).toEqual(whole);
    end();
    const later = await take(db, fileSystem);
    expect(dump(later.open)).toEqual(whole);
    later.end();
    await db.close();
  });
});
