import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { chunkEncoding } from "../chunk/encoding.js";
import { ChunkFetcher } from "./chunk-fetcher.js";
import { ChunkFiles, type ChunkPlace } from "./chunk-files.js";

const folder = "/data/chunks_head";

/** Chunks one behind the other, each of bytes that tell it from the others. */
function writeChunks(lengths: readonly number[]): { disk: SimFileSystem; places: ChunkPlace[] } {
  const disk = new SimFileSystem();
  const files = new ChunkFiles(disk, folder);
  const places = lengths.map((length, i): ChunkPlace => {
    const bytes = new Uint8Array(length).fill(i + 1);
    const data = { encoding: chunkEncoding.xor, bytes, start: 0, end: length };
    files.add(i + 1, { minTime: i, maxTime: i, data });
    return { ...files.flush(), length, ref: i + 1 };
  });
  files.close();
  return { disk, places };
}

test("a chunk behind the end of its file is damage, and zeros where its bytes are asked for", () => {
  const { disk, places } = writeChunks([100, 200]);
  const [first, cut] = places as [ChunkPlace, ChunkPlace];
  const file = disk.open(`${folder}/000001`, "update");
  file.truncate(cut.position + 50);
  const fetcher = new ChunkFetcher(disk, folder);
  expect(() => fetcher.read(cut)).toThrow(`${folder}/000001: byte ${cut.position}: `);
  expect(fetcher.read(first)).toMatchObject({ encoding: chunkEncoding.xor, end: fetcher.read(first).start + 100 });
  const bytes = new Uint8Array(60).fill(9);
  fetcher.readInto(bytes, cut.file, cut.position + 40);
  expect([...bytes]).toEqual(Array.from({ length: 60 }, (_, i) => (i < 10 ? 2 : 0)));
  fetcher.close();
});
