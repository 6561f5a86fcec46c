import { appendOutcome, labelsFrom, type MatchType, matcherFrom } from "@narthex/model";
import { randomFrom, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import { DirectoryLockedError } from "./errors.js";
import { randomHistograms } from "./testdata/histograms.js";
import {
  anySeries,
  append,
  columnsOf,
  dump,
  everything,
  processes,
  reopenAfterKill,
  simulated,
} from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

describe("head", () => {
  test("samples come back, and again after a restart and after a crash", async () => {
    const fileSystem = new SimFileSystem();
    let db = await openTsdb(simulated(fileSystem));
    append(db, [
      ["a", 1000, 1],
      ["b", 1000, 2],
    ]);
    append(db, [
      ["a", 2000, Number.NaN],
      ["b", 2000, "stale"],
      ["c", 2000, -0.5],
    ]);
    const expected = ["a 1000=1 2000=NaN", "b 1000=2 2000=stale", "c 2000=-0.5"];
    expect(dump(db)).toEqual(expected);
    await db.close();
    db = await openTsdb(simulated(fileSystem));
    expect(dump(db)).toEqual(expected);
    append(db, [["a", 3000, 3]]);
    // No close: as kill -9 leaves it.
    db = await reopenAfterKill(simulated(fileSystem));
    expect(dump(db)[0]).toBe("a 1000=1 2000=NaN 3000=3");
  });

  test("what a killed process left unsynced is synced before more is written behind it", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const fileSystem = new SimFileSystem({ seed });
      fileSystem.makeFolder("/data");
      fileSystem.syncFolder("/");
      const options = { ...simulated(fileSystem), walSegmentBytesMax: 1024 };
      let db = await openTsdb(options);
      for (let i = 0; i < 10; i++) append(db, [["a", i, i]]);
      db = await reopenAfterKill(options);
      const first = db.stats().walSegment;
      let count = 10;
      // The segment of the first one ends, and is synced.
      while (db.stats().walSegment === first) append(db, [["a", count, count++]]);
      fileSystem.crash();
      db = await reopenAfterKill(options);
      const expected = Array.from({ length: count - 1 }, (_, i) => `${i}=${i}`).join(" ");
      expect(dump(db)[0], `seed ${seed}`).toContain(expected);
    }
  });

  test("outcomes are Prometheus'", async () => {
    const db = await openTsdb(simulated());
    const day = 86_400_000;
    expect(append(db, [["a", 10 * day, 1]])).toEqual([appendOutcome.appended]);
    expect(
      append(db, [
        ["a", 10 * day, 1],
        ["a", 10 * day, 2],
        ["a", 10 * day - 1, 1],
        ["b", 9 * day, 1],
      ]),
    ).toEqual([appendOutcome.appended, appendOutcome.duplicate, appendOutcome.outOfOrder, appendOutcome.outOfBounds]);
    const appender = db.appender();
    const columns = columnsOf([999], [["x", 10 * day, 1]]);
    expect(appender.append(columns)).toBe(0);
    expect([...columns.outcomes]).toEqual([appendOutcome.unknownSeries]);
    appender.rollback();
    expect(dump(db)).toEqual([`a ${10 * day}=1`]);
  });

  test("a batch is invisible until commit and leaves nothing after rollback", async () => {
    const db = await openTsdb(simulated());
    const appender = db.appender();
    const ref = appender.series(labelsFrom({ __name__: "a" }));
    appender.append(columnsOf([ref], [["a", 1, 1]]));
    expect(dump(db)).toEqual([]);
    appender.rollback();
    expect(dump(db)).toEqual([]);
    // The next batch logs the series that the first one made.
    const next = db.appender();
    next.append(columnsOf([ref], [["a", 2, 2]]));
    next.commit();
    expect(dump(db)).toEqual(["a 2=2"]);
  });

  test("the series limit refuses new series and lets known ones go on", async () => {
    const db = await openTsdb({ ...simulated(), headSeriesMax: 2 });
    append(db, [
      ["a", 1, 1],
      ["b", 1, 1],
    ]);
    expect(() => append(db, [["c", 2, 1]])).toThrow("as many as it may");
    expect(append(db, [["a", 2, 1]])).toEqual([0]);
    expect(db.stats().head.seriesRefused).toBe(1);
  });

  test("chunks are cut, leave memory and read back across files", async () => {
    const fileSystem = new SimFileSystem();
    let db = await openTsdb(simulated(fileSystem));
    for (let i = 0; i < 1000; i++) append(db, [["a", i * 15_000, Math.sin(i)]]);
    const before = dump(db);
    expect(before[0]?.split(" ")).toHaveLength(1001);
    expect(db.stats().headChunks).toBeGreaterThan(8);
    expect(db.stats().headChunkBytes).toBeGreaterThan(1000);
    await db.close();
    db = await openTsdb(simulated(fileSystem));
    expect(dump(db)).toEqual(before);
    expect(dump(db, { start: 3_000_000, end: 3_030_000 })).toEqual([
      `a 3000000=${Math.sin(200)} 3015000=${Math.sin(201)} 3030000=${Math.sin(202)}`,
    ]);
  });
});

describe("label queries", () => {
  test("matchers select series, names and values", async () => {
    const db = await openTsdb(simulated());
    append(db, [
      ["up", 1, 1],
      ["down", 1, 1],
      ["upper", 1, 1],
    ]);
    const check = (type: "=" | "!=" | "=~" | "!~", value: string, expected: string[]): void => {
      expect(dump(db, everything, matcherFrom(type, "__name__", value)).map((line) => line.split(" ")[0])).toEqual(
        expected,
      );
    };
    check("=", "up", ["up"]);
    check("!=", "up", ["down", "upper"]);
    check("=~", "up|down|none", ["down", "up"]);
    check("=~", "up.*", ["up", "upper"]);
    check("=~", "u[p]+er", ["upper"]);
    check("!~", "up.*", ["down"]);
    check("=~", ".*", ["down", "up", "upper"]);
    check("=", "", []);
    const querier = db.querier(everything);
    expect(querier.labelNames({ matchers: [] })).toEqual(["__name__", "job"]);
    expect(querier.labelValues("__name__", { matchers: [], limit: 2 })).toEqual(["down", "up"]);
    const before = db.querier({ start: -10, end: -1 });
    expect([before.labelNames({ matchers: [] }), before.labelValues("job", { matchers: [] })]).toEqual([[], []]);
    expect(querier.labelValues("__name__", { matchers: [matcherFrom("=~", "__name__", "up.+")] })).toEqual(["upper"]);
    expect(querier.select({ matchers: [matcherFrom("=", "job", "test")], ...everything, limit: 1 })).toHaveLength(1);
  });

  test("series are counted where few postings tell how many there are", async () => {
    const db = await openTsdb(simulated());
    append(db, [
      ["up", 1, 1],
      ["down", 1, 1],
      ["upper", 1, 1],
    ]);
    const job = ["=", "job", "test"] as const;
    const check = (matchers: (readonly [MatchType, string, string])[], expected: number | undefined): void => {
      const selection = { ...everything, matchers: matchers.map((matcher) => matcherFrom(...matcher)) };
      expect(db.seriesCount(selection, 5)).toBe(expected);
    };
    check([job], 3);
    check([job, ["=", "__name__", "up"]], 1);
    check([job, ["=~", "__name__", "up|down|none"]], 2);
    check([job, ["!~", "__name__", "up|down"]], 1);
    check([job, ["!=", "__name__", "up"], ["=~", "other", ".*"]], 2);
    check([["=", "job", "none"]], 0);
    // More than five postings, the values of a label, and every series.
    check([job, job], undefined);
    check([job, ["=~", "__name__", "up.*"]], undefined);
    check([job, ["=~", "other", "x|"]], undefined);
    check([job, ["!=", "__name__", ""]], undefined);
    check([job, ["=", "other", ""]], undefined);
    check([["!=", "job", "none"]], undefined);
  });

  test("series of native histograms are not counted", async () => {
    const db = await openTsdb(simulated());
    const appender = db.appender();
    const [histogram] = randomHistograms(randomFrom(1), 1);
    appender.appendHistogram(appender.series(labelsFrom({ __name__: "sizes" })), 1, histogram!);
    appender.commit();
    const matchers = [matcherFrom("=", "__name__", "sizes")];
    expect(db.seriesCount({ ...everything, matchers }, 5)).toBeUndefined();
  });

  test("cardinality names the greatest", async () => {
    const db = await openTsdb(simulated());
    append(db, [
      ["up", 1, 1],
      ["down", 1, 1],
    ]);
    expect(await db.cardinality(1)).toEqual({
      seriesCountByMetricName: [{ name: "down", value: 1 }],
      labelValueCountByLabelName: [{ name: "__name__", value: 2 }],
      memoryInBytesByLabelName: [{ name: "job", value: 8 }],
      seriesCountByLabelValuePair: [{ name: "job=test", value: 2 }],
    });
  });
});

describe("exemplars and metadata", () => {
  test("the ring keeps the newest, and they survive a restart", async () => {
    const options = { ...simulated(), exemplarsMax: 4 };
    let db = await openTsdb(options);
    for (let i = 0; i < 6; i++) {
      const appender = db.appender();
      const ref = appender.series(labelsFrom({ __name__: "a" }));
      appender.append(columnsOf([ref], [["a", i, i]]));
      appender.appendExemplar(ref, { labels: labelsFrom({ trace: `${i}` }), v: i, t: undefined });
      appender.setMetadata(ref, { type: "counter", help: "h", unit: "" });
      appender.commit();
    }
    const times = (): number[] =>
      db
        .exemplars(everything, [[matcherFrom("=", "__name__", "a")]])
        .flatMap((series) => series.exemplars.map(({ t }) => t));
    expect(times()).toEqual([2, 3, 4, 5]);
    await db.close();
    db = await openTsdb(options);
    expect(times()).toEqual([2, 3, 4, 5]);
  });
});

describe("exemplars", () => {
  async function withExemplars(count: number): Promise<{ db: Tsdb; times: () => number[] }> {
    const db = await openTsdb({ ...simulated(), exemplarsMax: 4 });
    for (let i = 0; i < count; i++) addExemplar(db, i, { trace: `${i}` });
    const times = (): number[] =>
      db.exemplars(everything, [[anySeries]]).flatMap((series) => series.exemplars.map(({ t }) => t));
    return { db, times };
  }

  function addExemplar(db: Tsdb, t: number, labels: Record<string, string>): void {
    const appender = db.appender();
    const ref = appender.series(labelsFrom({ __name__: "a" }));
    appender.appendExemplar(ref, { labels: labelsFrom(labels), v: t, t });
    appender.commit();
  }

  test("the ring is made larger and smaller, and keeps the newest", async () => {
    const { db, times } = await withExemplars(6);
    db.setExemplarsMax(3);
    expect(times()).toEqual([3, 4, 5]);
    db.setExemplarsMax(5);
    for (const t of [6, 7, 8]) addExemplar(db, t, {});
    expect(times()).toEqual([4, 5, 6, 7, 8]);
    expect(db.stats()).toMatchObject({ exemplars: 5, exemplarsAppended: 9, exemplarsOutOfOrder: 0 });
    db.setExemplarsMax(0);
    addExemplar(db, 9, {});
    expect(times()).toEqual([]);
    db.setExemplarsMax(2);
    addExemplar(db, 10, {});
    expect(times()).toEqual([10]);
    expect(db.stats().exemplars).toBe(1);
  });

  test("one with more than 128 characters in its labels is left out, one that is older or the same, too", async () => {
    const { db, times } = await withExemplars(1);
    addExemplar(db, 1, { trace: "é".repeat(123) });
    addExemplar(db, 2, { trace: "🔥".repeat(123) });
    addExemplar(db, 3, { trace: "x".repeat(124) });
    addExemplar(db, 2, { trace: "🔥".repeat(123) });
    addExemplar(db, 1, { trace: "old" });
    expect(times()).toEqual([0, 1, 2]);
    expect(db.stats().exemplarsOutOfOrder).toBe(1);
  });
});

describe("lock", () => {
  test("a living owner keeps others out, a dead one does not", async () => {
    const fileSystem = new SimFileSystem();
    const db = await openTsdb(simulated(fileSystem));
    await expect(openTsdb(simulated(fileSystem))).rejects.toThrow(DirectoryLockedError);
    await db.close();
    const second = await openTsdb({ ...simulated(fileSystem), processes: { ...processes, ownPid: 20 } });
    await expect(openTsdb(simulated(fileSystem))).resolves.toBeDefined();
    await second.close();
  });

  test("a directory without a lock is anybody's", async () => {
    const fileSystem = new SimFileSystem();
    const db = await openTsdb({ ...simulated(fileSystem), lockFile: false });
    expect(fileSystem.stat("/data/lock")).toBeUndefined();
    await expect(openTsdb({ ...simulated(fileSystem), lockFile: false })).resolves.toBeDefined();
    await db.close();
  });

  test("a process that holds flock on the file keeps others out", async () => {
    const options = { ...simulated(), processes: { ...processes, flockHolder: () => 77 } };
    await expect(openTsdb(options)).rejects.toThrow("data directory /data is in use by process 77");
  });
});
