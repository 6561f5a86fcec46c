// A directory of a Prometheus that put stale series into blocks of their own: their samples are in the block, those of the
// others in the log, and a series that came back goes on under another ref.
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
