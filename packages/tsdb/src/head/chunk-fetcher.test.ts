import { SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
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

function checkGathered(lengths: readonly number[], wanted: readonly number[]): void {
  const { disk, places } = writeChunks(lengths);
  const fetcher = new ChunkFetcher(disk, folder);
  const chosen = wanted.map((i) => places[i] as ChunkPlace);
  fetcher.gather(chosen);
  const found = chosen.map((place) => {
    const { bytes, start, end } = fetcher.read(place);
    return { first: bytes[start], last: bytes[end - 1], length: end - start };
  });
  expect(found).toEqual(wanted.map((i) => ({ first: i + 1, last: i + 1, length: lengths[i] })));
  fetcher.close();
}

describe("chunks that are gathered", () => {
  test("come in the order in which they are wanted, whatever the files'", () => {
    checkGathered([100, 3, 2000, 70, 1], [4, 0, 2, 3, 1]);
  });

  test("may be far apart, or longer than what is read at once", () => {
    const mebibyte = 1024 * 1024;
    checkGathered([50, 20_000, 60, 2 * mebibyte, 70, mebibyte - 100, 80], [6, 0, 3, 2, 5]);
  });

  test("are checked: one behind the end of its file is damage", () => {
    const { disk, places } = writeChunks([100, 200]);
    const file = disk.open(`${folder}/000001`, "update");
    file.truncate((places[1] as ChunkPlace).position + 50);
    const fetcher = new ChunkFetcher(disk, folder);
    fetcher.gather([places[1] as ChunkPlace, places[0] as ChunkPlace]);
    const offset = places[1]?.position;
    expect(() => fetcher.read(places[1] as ChunkPlace)).toThrow(`${folder}/000001: byte ${offset}: `);
    expect(fetcher.read(places[0] as ChunkPlace)).toMatchObject({ encoding: chunkEncoding.xor });
    expect(() => fetcher.read({ ...(places[0] as ChunkPlace) })).toThrow("as gathered");
  });
});
