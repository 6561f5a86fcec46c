// What a newer Prometheus wrote and we do not read keeps the database closed, and stays on the disk byte for byte.
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteWriter, crc32c, readWholeFile, type SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { append, dump, simulated } from "./testdata/rig.js";
import { openTsdb } from "./tsdb.js";
import { openZstd } from "./wal/compression.js";
import { fragmentType, zstdFlag } from "./wal/page.js";
import { emptyRows, encodeSamples, samplesBytesMax } from "./wal/records.js";
import { WalWriter } from "./wal/writer.js";

const folders = ["/data/wal", "/data/chunks_head"];

/** Every file's bytes; the lock's are another owner's. */
function contentOf(fileSystem: SimFileSystem): string[] {
  return folders.flatMap((folder) =>
    fileSystem
      .readFolder(folder)
      .map(
        (name) => `${folder}/${name} ${Buffer.from(readWholeFile(fileSystem, `${folder}/${name}`)).toString("hex")}`,
      ),
  );
}

/** A database with some chunks on disk, closed; then `act` on its files. */
async function databaseAfter(act: (fileSystem: SimFileSystem) => void): Promise<SimFileSystem> {
  const options = simulated();
  const db = await openTsdb(options);
  for (let i = 0; i < 300; i++) append(db, [["a", i * 15_000, Math.sin(i)]]);
  await db.close();
  act(options.fileSystem);
  return options.fileSystem;
}

async function checkRefused(fileSystem: SimFileSystem, message: RegExp): Promise<void> {
  const before = contentOf(fileSystem);
  await expect(openTsdb(simulated(fileSystem))).rejects.toMatchObject({
    name: "UnsupportedDataError",
    message: expect.stringMatching(message) as unknown,
  });
  expect(contentOf(fileSystem)).toEqual(before);
}

function writeRecord(fileSystem: SimFileSystem, ...bytes: number[]): void {
  const writer = WalWriter.open({ fileSystem, folder: "/data/wal" });
  writer.write([Uint8Array.from(bytes)]);
  writer.close();
}

/** A segment of one full fragment, marked as zstd. */
function writeZstd(fileSystem: SimFileSystem, record: Uint8Array): void {
  const writer = new ByteWriter();
  writer.u8(fragmentType.full | zstdFlag);
  writer.u16(record.length);
  writer.u32(crc32c(record));
  writer.raw(record);
  fileSystem.open("/data/wal/00000009", "create").write(writer.bytes(), 0);
}

/** A frame of one raw block: zstd without compression. */
function zstdFrame(content: Uint8Array): Uint8Array {
  const blockHeader = (content.length << 3) | 1;
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length, blockHeader, blockHeader >>> 8, 0, ...content);
}

function damageFirstChunk(fileSystem: SimFileSystem): void {
  fileSystem.open("/data/chunks_head/000001", "update").write(Uint8Array.of(0xff), 40);
}

test.each([5, 15, 16, 31])("records of type %i", async (type) => {
  await checkRefused(await databaseAfter((disk) => writeRecord(disk, type, 1, 2, 3)), new RegExp(`of type ${type},`));
});

test("records of a newer type behind damage", async () => {
  const fileSystem = await databaseAfter((disk) => {
    disk.open("/data/wal/00000000", "update").write(Uint8Array.of(0xff), 500);
    writeRecord(disk, 15, 1);
  });
  await checkRefused(fileSystem, /type 15/);
});

test("records of a newer type while chunks_head is damaged", async () => {
  const fileSystem = await databaseAfter((disk) => {
    damageFirstChunk(disk);
    writeRecord(disk, 15, 1);
  });
  await checkRefused(fileSystem, /type 15/);
});

test("chunks of a newer encoding", async () => {
  const fileSystem = await databaseAfter((disk) => {
    const bytes = readWholeFile(disk, "/data/chunks_head/000001");
    const end = 8 + 26 + bytes[33]! + (bytes[33]! >= 128 ? 1 + 128 * (bytes[34]! - 1) : 0);
    bytes[32] = 7;
    const checksum = new ByteWriter();
    checksum.u32(crc32c(bytes, 8, end));
    bytes.set(checksum.bytes(), end);
    disk.open("/data/chunks_head/000001", "update").write(bytes, 0);
  });
  await checkRefused(fileSystem, /chunks of encoding 7/);
});

/** For a Node.js without zstd: frames of one raw block, as the format has them. */
const rawZstd = {
  compress: zstdFrame,
  uncompress(frame: Uint8Array, lengthMax: number): Uint8Array {
    if (frame[4] !== 0x20 || frame[5]! > lengthMax) throw new Error("no raw frame");
    return frame.slice(9);
  },
};

test("a record compressed with zstd is read where Node.js can, else refused with the version that can", async () => {
  const rows = { ...emptyRows(1), count: 1 };
  rows.refs[0] = 1;
  rows.t[0] = 6_000_000;
  const target = new Uint8Array(samplesBytesMax(1));
  const record = target.subarray(0, encodeSamples(rows, target));
  const fileSystem = await databaseAfter((disk) => writeZstd(disk, zstdFrame(record)));
  const message = /00000009 holds zstd-compressed records, which Node\.js [\d.]+ cannot read: 22\.15 or later can/;
  if (!openZstd()) await checkRefused(fileSystem, message);
  const db = await openTsdb({ ...simulated(fileSystem), zstd: openZstd() ?? rawZstd });
  expect(dump(db)[0]).toMatch(/ 6000000=0$/);
  await db.close();
});

test("a log is written with zstd when told to, where there is one", async () => {
  const options = { ...simulated(), walCompression: "zstd", memorySnapshot: false } as const;
  if (!openZstd()) await expect(openTsdb(options)).rejects.toThrow("WAL compression zstd needs Node.js 22.15 or later");
  const frames: number[] = [];
  const zstd = {
    compress(bytes: Uint8Array): Uint8Array {
      frames.push(bytes.length);
      return Buffer.concat([Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), deflateRawSync(bytes)]);
    },
    uncompress: (frame: Uint8Array) => inflateRawSync(frame.subarray(4)),
  };
  let db = await openTsdb({ ...options, zstd });
  for (let i = 0; i < 3; i++) append(db, [["a", i * 15_000, i]]);
  expect(frames.length).toBe(4);
  await db.close();
  db = await openTsdb({ ...options, zstd });
  expect(dump(db)).toEqual(["a 0=0 15000=1 30000=2"]);
  await db.close();
});

test.each([
  ["a type that no record will have", (disk: SimFileSystem) => writeRecord(disk, 200, 1), /record type 200/],
  ["a zstd flag without zstd", (disk: SimFileSystem) => writeZstd(disk, Uint8Array.of(1, 2, 3)), /no zstd frame/],
])("%s is damage and cut off", async (_, act, message) => {
  const fileSystem = await databaseAfter(act);
  const errors: string[] = [];
  const db = await openTsdb({ ...simulated(fileSystem), onCorruption: (error) => errors.push(error.message) });
  expect(errors).toEqual([expect.stringMatching(message)]);
  expect(dump(db)[0]?.split(" ")).toHaveLength(301);
});
