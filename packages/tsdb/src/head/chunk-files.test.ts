import { type Random, randomFrom, readWholeFile, SimFileSystem, writeFileAtomically } from "@narthex/stdx";
import { expect, test } from "vitest";
import { chunkEncoding } from "../chunk/encoding.js";
import { documentedExamples } from "../testdata/documented.js";
import { append, dump, simulated } from "../testdata/rig.js";
import { openTsdb } from "../tsdb.js";
import { ChunkFiles, type ChunkVisitor } from "./chunk-files.js";
import { type StoredChunk, startChunkScanner } from "./chunk-scanner.js";
import { ClosedChunks } from "./closed-chunks.js";

const path = "/data/chunks_head/000001";

/** Mostly 0. */
const below4 = (random: Random): number => (random() < 0.7 ? 0 : Math.floor(random() * 4));

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

/** The oldest time that some chunks do not reach to. */
const minTime = 1_700_000_000_002;

/** What loading finds, the entries that become of it, and the damage that ends it. */
async function loaded(disk: SimFileSystem, startScanner: typeof startChunkScanner): Promise<unknown> {
  const chunks: StoredChunk[] = [];
  const closed = new ClosedChunks();
  const entries: number[] = [];
  const files = new ChunkFiles(disk, "/data/chunks_head", startScanner);
  const add = (chunk: StoredChunk): void => {
    if (!chunk.isOutOfOrder && chunk.maxTime >= minTime) entries.push(closed.add(chunk));
  };
  const visitor: ChunkVisitor = {
    chunk(chunk) {
      chunks.push({ ...chunk });
      add(chunk);
    },
    run(run, chunkAt) {
      const { first, areAdded } = closed.addRun(run, minTime);
      for (let i = 0; i < run.count; i++) {
        chunks.push({ ...chunkAt(i) });
        if (areAdded[i] === 1) entries.push(first + i);
        else add(chunkAt(i));
      }
    },
  };
  const damage = await files.load(visitor, () => Promise.resolve());
  const { bytes } = files;
  files.abandon();
  return { chunks, closed: entries.map((entry) => closed.at(entry)), size: closed.size, damage: String(damage), bytes };
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
      const maxTime = 1_700_000_000_000 + i;
      const first = [maxTime - Math.floor(random() * 1e6), -i * 1000, maxTime + 1, maxTime + 2 ** 33][below4(random)]!;
      const times = { minTime: first, maxTime: first > maxTime && random() < 0.5 ? first : maxTime };
      const data = { encoding, bytes, start: 0, end: length };
      files.add(i < 3 ? i : 2 ** 40 + i, { ...times, data, isOutOfOrder: random() < 0.3 });
    }
    files.flush();
    files.close();
    // Some numbers of files are longer than what entries have room for.
    const name = round % 5 === 4 ? "/data/chunks_head/070000" : path;
    if (name !== path) disk.rename(path, name);
    const file = disk.open(name, "update");
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
