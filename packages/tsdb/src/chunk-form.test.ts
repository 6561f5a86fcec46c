// Databases whose chunks have the encodings of Prometheus 3.
import { labelsFrom, SampleColumns } from "@narthex/model";
import { ByteReader, readWholeFile, type SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { BlockWriter } from "./block/writer.js";
import { encodeChunks } from "./chunk/encode.js";
import { anySeries, append, dump, everything, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const xor2 = { floats: "xor2", histogramStarts: false } as const;
const minute = 60_000;

/** Encodings of the chunks in all blocks, each once. */
function blockEncodings(db: Tsdb, disk: SimFileSystem): number[] {
  const found = new Set<number>();
  for (const { ulid } of db.blocks()) {
    const bytes = readWholeFile(disk, `/data/${ulid}/chunks/000001`);
    const reader = new ByteReader(bytes.subarray(8));
    while (reader.remaining > 0) {
      const length = reader.uvarint();
      found.add(reader.u8());
      reader.skip(length + 4);
    }
  }
  return [...found].sort();
}

/** Ten hours, a sample a minute, with stale markers. */
function fill(db: Tsdb): void {
  for (let i = 0; i < 600; i++) {
    const rows: Row[] = [
      ["counter", i * minute, i * 3],
      ["gauge", i * minute + (i % 7), i % 50 === 7 ? "stale" : Math.sin(i)],
    ];
    append(db, rows);
  }
}

test("XOR2 chunks survive head, kill, compaction and restart", async () => {
  const plain = await openTsdb(simulated());
  fill(plain);
  const expected = dump(plain);
  const options = { ...simulated(), chunkForm: xor2, retentionMs: 0 };
  const before = await openTsdb(options);
  fill(before);
  expect(dump(before)).toEqual(expected);
  const killed = await reopenAfterKill(options);
  expect(dump(killed)).toEqual(expected);
  await killed.compact();
  expect(killed.blocks().length).toBeGreaterThan(0);
  expect(blockEncodings(killed, options.fileSystem)).toEqual([4]);
  expect(dump(killed)).toEqual(expected);
  await killed.close();
  expect(dump(await openTsdb(options))).toEqual(expected);
});

test("the encoding of floats changes while the database is open", async () => {
  const options = { ...simulated(), retentionMs: 0 };
  const db = await openTsdb(options);
  for (let i = 0; i < 200; i++) append(db, [["a", i * minute, i]]);
  db.setChunkForm(xor2);
  for (let i = 200; i < 600; i++) append(db, [["a", i * minute, i]]);
  await db.compact();
  expect(blockEncodings(db, options.fileSystem)).toEqual([1, 4]);
  expect(dump(db)[0]?.split(" ")).toHaveLength(601);
});

/** A block as Prometheus 3 writes it with st-storage: a counter that began anew every half hour. */
function writeBlock(disk: SimFileSystem): void {
  const columns = new SampleColumns();
  for (let i = 0; i < 120; i++) {
    columns.pushFloat(i * minute, i % 30);
    columns.setStartTime(Math.floor(i / 30) * 30 * minute + 1);
  }
  disk.makeFolder("/data");
  const place = { directory: "/data", ulid: "01GQDMYNJW0000000000000000" };
  const writer = new BlockWriter(disk, place, ["__name__", "counter"]);
  writer.addSeries(labelsFrom({ __name__: "counter" }), encodeChunks(columns));
  const compaction = { level: 1, sources: [place.ulid] };
  writer.finish({ minTime: 0, maxTime: 120 * minute, compaction });
}

function startTimes(db: Tsdb): string[] {
  const columns = new SampleColumns();
  const [source] = db.querier(everything).select({ matchers: [anySeries], ...everything });
  source?.read(columns);
  return Array.from({ length: columns.count }, (_, i) => `${columns.t[i]! / minute}: ${columns.startTimes?.[i]}`);
}

test("start times reach the reader, and stay when a block is written anew", async () => {
  const options = { ...simulated(), retentionMs: 0 };
  writeBlock(options.fileSystem);
  const db = await openTsdb(options);
  const expected = startTimes(db);
  expect(expected).toHaveLength(120);
  expect(expected[45]).toBe(`45: ${30 * minute + 1}`);
  await db.deleteSeries([anySeries], { start: 10 * minute, end: 19 * minute });
  await db.cleanTombstones();
  expect(blockEncodings(db, options.fileSystem)).toEqual([4]);
  expect(startTimes(db)).toEqual([...expected.slice(0, 10), ...expected.slice(20)]);
});
