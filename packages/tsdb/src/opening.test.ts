// Appending while the log is replayed: nothing is lost, nothing comes out of order, and there is a limit.
import { type Appendable, appendOutcome, type Histogram, labelsFrom, matcherFrom } from "@narthex/model";
import { randomFrom, SimClock } from "@narthex/stdx";
import { expect, test } from "vitest";
import { OpeningTsdb } from "./opening.js";
import { randomHistograms } from "./testdata/histograms.js";
import { anySeries, append, columnsOf, dump, everything, type Row, simulated } from "./testdata/rig.js";
import { openTsdb } from "./tsdb.js";
import { WaitingBatches, waitingLimits } from "./waiting.js";

const step = 15_000;

/** A closed database with `count` samples of a and b. */
async function filled(count: number): Promise<ReturnType<typeof simulated>> {
  const options = simulated();
  const db = await openTsdb(options);
  for (let i = 0; i < count; i++) append(db, rowsAt(i));
  await db.close();
  return options;
}

const rowsAt = (i: number): Row[] => [
  ["a", i * step, i],
  ["b", i * step, -i],
];

function refsOf(storage: Appendable, names: readonly string[]): number[] {
  const appender = storage.appender();
  const refs = names.map((name) => appender.series(labelsFrom({ __name__: name, job: "test" })));
  appender.rollback();
  return refs;
}

/** Appends with refs that were given before, as a scrape loop does; returns the outcomes. */
function appendTo(storage: Appendable, refs: readonly number[], rows: readonly Row[]): number[] {
  const appender = storage.appender();
  const columns = columnsOf(refs, rows);
  appender.append(columns);
  appender.commit();
  return [...columns.outcomes];
}

test("what is appended during the replay is committed behind it", async () => {
  const db = new OpeningTsdb(await filled(200));
  expect(() => db.querier(everything)).toThrow("TSDB not ready");
  const refs = refsOf(db, ["a", "new"]);
  for (let i = 200; i < 205; i++) {
    const rows: Row[] = [
      ["a", i * step, i],
      ["new", i * step, i === 204 ? "stale" : i],
    ];
    expect(appendTo(db, refs, rows)).toEqual([0, 0]);
  }
  expect(db.isReady).toBe(false);
  expect(db.waiting).toMatchObject({ batches: 5, refused: 0 });
  await db.opened;
  expect(db.waiting).toMatchObject({ batches: 0, bytes: 0, refused: 0 });
  appendTo(db, refsOf(db, ["a", "new"]), [
    ["a", 205 * step, 205],
    ["new", 205 * step, 205],
  ]);
  const expected = Array.from({ length: 206 }, (_, i) => `${i * step}=${i}`).join(" ");
  const news = [200, 201, 202, 203].map((i) => `${i * step}=${i}`);
  const lines = dump(db);
  expect(lines[0]).toBe(`a ${expected}`);
  expect(lines[2]).toBe(["new", ...news, `${204 * step}=stale`, `${205 * step}=205`].join(" "));
  expect(db.stats().head.outOfOrder).toBe(0);
  await db.close();
});

test("a ref of the replay is exchanged at the next sample; a marker that comes with it counts, for an hour", async () => {
  const clock = new SimClock(1_700_000_000_000);
  const db = new OpeningTsdb({ ...(await filled(3)), clock });
  const refs = refsOf(db, ["a", "new"]);
  const at = (i: number, v: number | "stale"): Row[] => [
    ["a", i * step, v],
    ["new", i * step, v],
  ];
  const [known = 0] = refs;
  appendTo(db, refs, at(3, 3));
  await db.opened;
  const { unknownSeries, appended } = appendOutcome;
  expect(appendTo(db, refs, at(4, 4))).toEqual([unknownSeries, unknownSeries]);
  const real = refsOf(db, ["a", "new"]);
  expect(appendTo(db, [known, ...real.slice(1)], at(4, 4))).toEqual([unknownSeries, appended]);
  expect(appendTo(db, refs, at(5, "stale"))).toEqual([appended, appended]);
  expect(dump(db)[2]).toBe(`new ${3 * step}=3 ${4 * step}=4 ${5 * step}=stale`);
  const histogram = randomHistograms(randomFrom(1), 1).next().value as Histogram;
  expect(db.appender().appendHistogram(known, 6 * step, histogram)).toBe(unknownSeries);
  await clock.advance(3_600_000);
  await db.compact();
  expect(appendTo(db, refs, at(6, "stale"))).toEqual([unknownSeries, unknownSeries]);
  expect(appendTo(db, real, at(6, 6))).toEqual([appended, appended]);
  await db.close();
});

test("no batch is left behind that comes while the last ones are released", async () => {
  const db = await openTsdb(simulated());
  const waiting = new WaitingBatches(waitingLimits);
  const refs = refsOf(waiting, ["a"]);
  let isReleased = false;
  let count = 0;
  const appendNext = (): void => void appendTo(waiting, refs, [["a", ++count * step, count]]);
  appendNext();
  const released = waiting.release(db, {
    pause: () => Promise.resolve().then(() => undefined),
    onRefused: (error) => expect(error).toBe(undefined),
    onReleased: () => {
      isReleased = true;
    },
  });
  // In each turn of the microtasks now and then one, as answers of targets come.
  for (let i = 0; i < 200; i++) {
    await Promise.resolve();
    if (!isReleased && i % 4 !== 3) appendNext();
  }
  await released;
  expect(waiting.counters).toMatchObject({ batches: 0, bytes: 0, refused: 0 });
  expect(dump(db)[0]?.split(" ")).toHaveLength(1 + count);
  expect(count).toBeGreaterThan(1);
  expect(appendNext).toThrow("until the storage is there");
  await db.close();
});

test("histograms, exemplars and metadata wait, too; a rolled back batch does not", async () => {
  const db = new OpeningTsdb({ ...(await filled(3)), exemplarsMax: 10 });
  const [a = 0, h = 0, ghost = 0] = refsOf(db, ["a", "h", "ghost"]);
  const [histogram] = [...randomHistograms(randomFrom(1), 1)];
  const appender = db.appender();
  appender.append(columnsOf([a], [["a", 3 * step, 3]]));
  expect(appender.appendHistogram(h, 3 * step, histogram!)).toBe(0);
  expect(appender.appendHistogram(77, 3 * step, histogram!)).toBe(5);
  appender.appendExemplar(a, { labels: labelsFrom({ trace: "x" }), v: 1, t: undefined });
  appender.setMetadata(a, { type: "counter", help: "h", unit: "" });
  appender.commit();
  const other = db.appender();
  other.append(columnsOf([ghost], [["ghost", 1, 1]]));
  other.rollback();
  await db.opened;
  expect(dump(db).map((line) => line.split(" ")[0])).toEqual(["a", "b", "h"]);
  expect(db.exemplars(everything, [[anySeries]])).toMatchObject([{ exemplars: [{ t: 3 * step, v: 1 }] }]);
  const [real = 0] = refsOf(db, ["a"]);
  expect(db.metadataOf(real)?.help).toBe("h");
  await db.close();
});

test.each([
  ["batches", { ...waitingLimits, waitingBatchesMax: 2 }],
  ["bytes", { ...waitingLimits, waitingBytesMax: 700 }],
])("over the limit of %s a batch is refused whole, and those before it stay", async (_, limits) => {
  const db = new OpeningTsdb({ ...(await filled(1)), limits });
  const refs = refsOf(db, ["a"]);
  appendTo(db, refs, [["a", step, 1]]);
  appendTo(db, refs, [["a", 2 * step, 2]]);
  const limit = () => {
    for (let i = 3; i < 6; i++) appendTo(db, refs, [["a", i * step, i]]);
  };
  expect(limit).toThrow("still replayed");
  expect(db.waiting.refused).toBe(1);
  await db.opened;
  expect(dump(db, everything, matcherFrom("=", "__name__", "a"))[0]).toMatch(/^a 0=0 15000=1 30000=2/);
  await db.close();
});

test("a batch that the storage refuses in the end is told of, and the others go on", async () => {
  const errors: unknown[] = [];
  const options = { ...(await filled(1)), headSeriesMax: 3, onBatchRefused: (error: unknown) => errors.push(error) };
  const db = new OpeningTsdb(options);
  const refs = refsOf(db, ["x", "y", "a"]);
  appendTo(db, refs.slice(0, 1), [["x", step, 1]]);
  appendTo(db, refs.slice(1, 2), [["y", step, 1]]);
  appendTo(db, refs.slice(2), [["a", step, 1]]);
  await db.opened;
  expect(errors).toMatchObject([{ name: "SeriesLimitError" }]);
  expect(db.waiting.refused).toBe(1);
  expect(dump(db)).toEqual(["a 0=0 15000=1", "b 0=0", "x 15000=1"]);
  await db.close();
});

test("the progress of the replay goes from the first segment to the last", async () => {
  const options = { ...simulated(), walSegmentBytesMax: 2000, memorySnapshot: false };
  const db = await openTsdb(options);
  for (let i = 0; i < 200; i++) append(db, rowsAt(i));
  const last = db.stats().walSegment;
  await db.close();
  const seen: unknown[] = [];
  const again = await openTsdb({ ...options, onReplayProgress: (progress) => seen.push(progress) });
  expect(seen).toEqual(Array.from({ length: last + 1 }, (_, current) => ({ min: 0, max: last, current })));
  expect(last).toBeGreaterThan(2);
  await again.close();
});

test("closing ends the replay and gives the directory free", async () => {
  const options = await filled(2000);
  const db = new OpeningTsdb(options);
  await db.close();
  await expect(db.opened).rejects.toThrow("closed during the replay");
  const again = await openTsdb(options);
  expect(dump(again)[0]?.split(" ")).toHaveLength(2001);
  await again.close();
});

test("a watcher of the open database is given what is committed, from then on", async () => {
  const db = await openTsdb(await filled(5));
  const given: number[] = [];
  const ignore = (): void => undefined;
  const sink = {
    series: ignore,
    samples: ({ t, count }: { t: Float64Array; count: number }) => void given.push(...t.subarray(0, count)),
    histograms: ignore,
    exemplars: ignore,
    metadata: ignore,
    forgetSeriesBefore: ignore,
  };
  const watcher = db.watchWal({ sink, startTime: 4 * step });
  await watcher.poll();
  append(db, rowsAt(5));
  await watcher.poll();
  await watcher.poll();
  expect(given).toEqual([5 * step, 5 * step]);
  await watcher.close();
  await db.close();
});
