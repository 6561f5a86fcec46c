import { randomFrom, readWholeFile, SimFileSystem, writeFileAtomically } from "@narthex/stdx";
import { expect, test } from "vitest";
import { chunkEncoding } from "../chunk/encoding.js";
import { documentedExamples } from "../testdata/documented.js";
import { append, dump, simulated } from "../testdata/rig.js";
import { openTsdb } from "../tsdb.js";
import { ChunkFiles } from "./chunk-files.js";
import { type StoredChunk, startChunkScanner } from "./chunk-scanner.js";

const path = "/data/chunks_head/000001";

test("a few zeros behind the last chunk are no damage, wherever it ends", async () => {
  const remainders = new Set<number>();
  for (let seed = 1; remainders.size < 4; seed++) {
    const options = { ...simulated(), memorySnapshot: false };
    const db = await openTsdb(options);
    for (let i = 0; i < 130; i++) append(db, [["a", i * 15_000, Math.floor(100 * Math.sin(seed * i))]]);
    const expected = dump(db);
    await db.close();
    const { length } = readWholeFile(options.fileSystem, path);
    remainders.add(length % 4);
    for (const zeros of [1, 2, 3, 4]) {
      options.fileSystem.open(path, "update").write(new Uint8Array(zeros), length);
      const damage: unknown[] = [];
      const reopened = await openTsdb({ ...options, onCorruption: (error) => damage.push(error) });
      expect(damage).toEqual([]);
      expect(dump(reopened)).toEqual(expected);
      await reopened.close();
    }
  }
});

/** What loading finds, and the damage that ends it. */
async function loaded(disk: SimFileSystem, startScanner: typeof startChunkScanner): Promise<unknown> {
  const chunks: StoredChunk[] = [];
  const files = new ChunkFiles(disk, "/data/chunks_head", startScanner);
  const damage = await files.load(
    (chunk) => chunks.push({ ...chunk }),
    () => Promise.resolve(),
  );
  const { bytes } = files;
  files.abandon();
  return { chunks, damage: String(damage), bytes };
}

test("the kernel finds the chunks and the damage that the plain code finds", async () => {
  const random = randomFrom(3);
  const encodings = Object.values(chunkEncoding);
  for (let round = 0; round < 60; round++) {
    const disk = new SimFileSystem();
    const files = new ChunkFiles(disk, "/data/chunks_head");
    const count = Math.floor(random() * 12);
    for (let i = 0; i < count; i++) {
      // Some are longer than what the kernel takes at once.
      const length = round % 10 === 9 && random() < 0.3 ? 1_100_000 : 1 + Math.floor(random() * 500);
      const bytes = Uint8Array.from({ length }, () => random() * 256);
      const encoding = encodings[i % encodings.length]!;
      const times = { minTime: (random() < 0.1 ? -1 : 1) * i * 1000, maxTime: 1_700_000_000_000 + i };
      const data = { encoding, bytes, start: 0, end: length };
      files.add(i < 3 ? i : 2 ** 40 + i, { ...times, data, isOutOfOrder: random() < 0.3 });
    }
    files.flush();
    files.close();
    const file = disk.open(path, "update");
    if (round % 3 === 1) file.truncate(Math.floor(random() * file.size()));
    if (round % 3 === 2) file.write(Uint8Array.of(random() * 256), Math.floor(random() * file.size()));
    const found = await loaded(disk, startChunkScanner);
    expect(found, `round ${round}`).toEqual(await loaded(disk, () => undefined));
    if (round % 3 === 0) expect(found).toMatchObject({ chunks: { length: count }, damage: "undefined" });
  }
});

test("the documented file has the documented bytes", async () => {
  const [file = Uint8Array.of()] = documentedExamples("chunks-head.md");
  const [bytes = Uint8Array.of()] = documentedExamples("chunk.md");
  const chunk = { ref: 7, minTime: 1000, maxTime: 31_000 };
  const written = new SimFileSystem();
  const files = new ChunkFiles(written, "/data/chunks_head");
  const data = { encoding: chunkEncoding.xor, bytes, start: 0, end: bytes.length };
  files.add(chunk.ref, { ...chunk, data, isOutOfOrder: false });
  files.flush();
  files.close();
  expect(Buffer.from(readWholeFile(written, path)).toString("hex")).toBe(Buffer.from(file).toString("hex"));
  const read = new SimFileSystem();
  read.makeFolder("/data/chunks_head");
  writeFileAtomically(read, path, file);
  expect(await loaded(read, startChunkScanner)).toMatchObject({ chunks: [chunk], damage: "undefined" });
});
