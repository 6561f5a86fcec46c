// Series that ended and were put into blocks of their own, by Prometheus or here: their samples are in the block, those of
// the others in the log, and a series that came back goes on under another ref.
import { labelsFrom } from "@narthex/model";
import { ByteWriter, type SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { readMeta, writeMeta } from "./block/meta.js";
import { append, dump, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";
import { emptyRows, encodeSeries, encodeTombstones, samplesRecord } from "./wal/records.js";
import { WalWriter } from "./wal/writer.js";

const minute = 60_000;
const hour = 60 * minute;
const goneRef = 1;

function encoded(encode: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  encode(writer);
  return writer.bytes();
}

function writeRecords(fileSystem: SimFileSystem, records: readonly Uint8Array[]): void {
  const writer = WalWriter.open({ fileSystem, folder: "/data/wal" });
  writer.write(records);
  writer.close();
}

const fullRange = encoded((writer) =>
  encodeTombstones(writer, [{ ref: goneRef, minTime: Number.NEGATIVE_INFINITY, maxTime: Number.POSITIVE_INFINITY }]),
);

function appendHour(db: Tsdb, name: string, from: number): void {
  for (let t = from; t < from + hour; t += 10 * minute) append(db, [[name, t, t / minute]]);
}

/** An hour of `gone` in a block of stale series that says it reaches over two, and three of `live` in the log. */
async function directoryWithStaleBlock(): Promise<SimFileSystem> {
  const { fileSystem, ...options } = simulated();
  const other = await openTsdb({ ...options, fileSystem, path: "/other" });
  appendHour(other, "gone", 0);
  await other.snapshot("/copy", { withHead: true });
  await other.close();
  const db = await openTsdb({ ...options, fileSystem });
  appendHour(db, "gone", 0);
  for (let from = 0; from < 3 * hour; from += hour) appendHour(db, "live", from);
  await db.close();
  const [ulid = ""] = fileSystem.readFolder("/copy");
  const meta = readMeta(fileSystem, `/copy/${ulid}`);
  const compaction = { ...meta.compaction, hints: ["from-stale-series"] };
  writeMeta(fileSystem, `/copy/${ulid}`, { ...meta, maxTime: 2 * hour, compaction });
  fileSystem.rename(`/copy/${ulid}`, `/data/${ulid}`);
  writeRecords(fileSystem, [fullRange]);
  return fileSystem;
}

const line = (name: string, ...ranges: readonly (readonly [start: number, end: number])[]): string => {
  const samples = ranges.flatMap(([start, end]) => {
    return Array.from({ length: (end - start) / (10 * minute) }, (_, i) => start + i * 10 * minute);
  });
  return [name, ...samples.map((t) => `${t}=${t / minute}`)].join(" ");
};

test.each([true, false])("nothing is lost, with a snapshot of the memory: %s", async (memorySnapshot) => {
  const options = { ...simulated(await directoryWithStaleBlock()), memorySnapshot };
  const corruptions: unknown[] = [];
  const db = await openTsdb({ ...options, onCorruption: (error) => corruptions.push(error) });
  expect(corruptions).toEqual([]);
  expect(dump(db)).toEqual([line("gone", [0, hour]), line("live", [0, 3 * hour])]);
  expect(db.stats().headSeries).toBe(1);
});

test("a series that came back is there, in the log and after a checkpoint", async () => {
  const fileSystem = await directoryWithStaleBlock();
  const rows = { ...emptyRows(1), count: 1 };
  rows.refs[0] = 9;
  rows.t[0] = 3 * hour;
  rows.words.set(new Uint32Array(Float64Array.of(180).buffer));
  const back = [{ ref: 9, labels: labelsFrom({ __name__: "gone", job: "test" }) }];
  writeRecords(fileSystem, [encoded((writer) => encodeSeries(writer, back)), samplesRecord(rows)]);
  const options = { ...simulated(fileSystem), walSegmentBytesMax: 512 };
  let db = await reopenAfterKill(options);
  const early = [line("gone", [0, hour], [3 * hour, 3 * hour + 10 * minute]), line("live", [0, 3 * hour])];
  expect(dump(db)).toEqual(early);
  for (let from = 3 * hour; from < 4 * hour; from += hour) appendHour(db, "live", from);
  await db.compact();
  expect(db.stats().maintenance).toMatchObject({ checkpoints: 1, compactionFailures: 0 });
  const late = [early[0], line("live", [0, 4 * hour])];
  expect(dump(db)).toEqual(late);
  db = await reopenAfterKill(options);
  expect(dump(db)).toEqual(late);
});

/** Two hours of `names`; all but the first end in the middle. */
function appendEnding(db: Tsdb, names: readonly string[]): void {
  for (let t = 0; t < 2 * hour; t += 10 * minute) {
    const isEnd = t === hour;
    const others = t > hour ? [] : names.slice(1);
    append(db, [
      [names[0] as string, t, t / minute],
      ...others.map((name) => [name, t, isEnd ? "stale" : t / minute] as const),
    ]);
  }
}

const ended = (name: string): string => `${line(name, [0, hour])} ${hour}=stale`;

test("series that ended leave the head when they are enough", async () => {
  const options = simulated();
  let db = await openTsdb({ ...options, staleSeriesThreshold: 0.6 });
  appendEnding(db, ["a", "b", "c", "d"]);
  append(db, [
    ["e", 2 * hour, 0],
    ["f", 2 * hour, 0],
  ]);
  await db.compact();
  expect(db.stats()).toMatchObject({ headSeries: 6, headStaleSeries: 3, maintenance: { staleCompactions: 0 } });
  db.setStaleSeriesThreshold(0.5);
  const before = dump(db);
  await db.compact();
  expect(db.stats()).toMatchObject({ headSeries: 3, headStaleSeries: 0, maintenance: { staleCompactions: 1 } });
  expect(db.blocks().map(({ minTime, maxTime, compaction }) => [minTime, maxTime, compaction.hints])).toEqual([
    [0, 2 * hour, ["from-stale-series"]],
  ]);
  expect(dump(db)).toEqual(before);
  expect(before).toContain(ended("b"));
  // Samples of the same hours are still taken, of these series too.
  expect(
    append(db, [
      ["b", 2 * hour, 7],
      ["a", 2 * hour, 1],
    ]),
  ).toEqual([0, 0]);
  const after = dump(db);
  expect(after).toContain(`${ended("b")} ${2 * hour}=7`);
  db = await reopenAfterKill(options);
  expect(dump(db)).toEqual(after);
  expect(db.stats().headSeries).toBe(4);
  await db.close();
  db = await openTsdb(options);
  expect(dump(db)).toEqual(after);
});

test("near its turn the head goes whole", async () => {
  const db = await openTsdb({ ...simulated(), staleSeriesThreshold: 0.1 });
  appendEnding(db, ["a", "b"]);
  append(db, [["a", 2 * hour + 51 * minute, 1]]);
  await db.compact();
  expect(db.blocks()).toEqual([]);
  append(db, [["a", 3 * hour + minute, 1]]);
  await db.compact();
  expect(db.blocks().map(({ compaction }) => compaction.hints)).toEqual([undefined]);
});

test("a series with exemplars, late samples or an open batch stays", async () => {
  const db = await openTsdb({
    ...simulated(),
    staleSeriesThreshold: 0.01,
    exemplarsMax: 10,
    outOfOrderTimeWindowMs: hour,
  });
  appendEnding(db, ["a", "exemplar", "late", "open", "gone"]);
  const named = (name: string) => labelsFrom({ __name__: name, job: "test" });
  const marked = db.appender();
  marked.appendExemplar(marked.series(named("exemplar")), { labels: labelsFrom({ id: "1" }), v: 1, t: hour });
  marked.commit();
  append(db, [["late", hour - minute, 1]]);
  const open = db.appender();
  open.series(named("open"));
  const before = dump(db);
  await db.compact();
  expect(db.stats()).toMatchObject({ headSeries: 4, headStaleSeries: 3 });
  expect(dump(db)).toEqual(before);
  expect(db.exemplars({ start: 0, end: 3 * hour }, [[]])).toHaveLength(1);
  open.rollback();
  await db.compact();
  expect(db.stats()).toMatchObject({ headSeries: 3 });
  expect(dump(db)).toEqual(before);
});

test("a death of the process at any change of the disk loses nothing, and doubles nothing", async () => {
  let call = 0;
  for (let isStruck = true; isStruck; call++) {
    const options = simulated();
    let db = await openTsdb({ ...options, staleSeriesThreshold: 0.1 });
    appendEnding(db, ["a", "b", "c"]);
    const before = dump(db);
    options.fileSystem.fault({ call, code: "EIO", times: 1e9 });
    isStruck = await db.compact().then(
      () => false,
      () => true,
    );
    options.fileSystem.fault(undefined);
    expect(dump(db), `call ${call}`).toEqual(before);
    db = await reopenAfterKill({ ...options, staleSeriesThreshold: 0.1 });
    expect(dump(db), `call ${call}, reopened`).toEqual(before);
    await db.compact();
    expect(dump(db), `call ${call}, compacted`).toEqual(before);
    expect(db.stats().headSeries).toBe(1);
  }
  expect(call).toBeGreaterThan(5);
});
