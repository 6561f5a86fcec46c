// The examples of docs/formats/block.md and index.md, and of segments in chunk.md, decoded.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { labelsFrom, SampleColumns } from "@narthex/model";
import { readWholeFile, SimFileSystem, writeFileAtomically } from "@narthex/stdx";
import { expect, test } from "vitest";
import { chunkEncoding } from "../chunk/encoding.js";
import { documentedExamples } from "../testdata/documented.js";
import { readTombstones, Tombstones, writeTombstones } from "../tombstones.js";
import { Block } from "./block.js";
import { BlockCache } from "./cache.js";
import { readMeta } from "./meta.js";
import { BlockWriter } from "./writer.js";

const document = readFileSync(fileURLToPath(new URL("../../../../docs/formats/block.md", import.meta.url)), "utf8");

const [, meta = ""] = /```json\n([^`]+)```/.exec(document) ?? [];

test("the documented meta.json is one", () => {
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/block");
  writeFileAtomically(fileSystem, "/block/meta.json", new TextEncoder().encode(meta));
  expect(readMeta(fileSystem, "/block")).toMatchObject({ maxTime: 7_200_000, compaction: { level: 1 } });
});

test("the documented tombstones have the documented bytes", () => {
  const [bytes = Uint8Array.of()] = documentedExamples("block.md");
  const fileSystem = new SimFileSystem();
  writeFileAtomically(fileSystem, "/documented", bytes);
  expect([...readTombstones(fileSystem, "/documented").entries()]).toEqual([[1, [{ minTime: 1000, maxTime: 2000 }]]]);
  const tombstones = new Tombstones();
  tombstones.add(1, { minTime: 1000, maxTime: 2000 });
  writeTombstones(fileSystem, "/written", tombstones);
  expect(hex(readWholeFile(fileSystem, "/written"))).toBe(hex(bytes));
});

const [index = Uint8Array.of()] = documentedExamples("index.md");
const segment = documentedExamples("chunk.md").at(-1) as Uint8Array;

test("the documented index and segment are a block's", () => {
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/block/chunks");
  writeFileAtomically(fileSystem, "/block/index", index);
  writeFileAtomically(fileSystem, "/block/chunks/000001", segment);
  writeFileAtomically(fileSystem, "/block/meta.json", new TextEncoder().encode(meta));
  const querier = Block.open(fileSystem, "/block", new BlockCache(1_000_000)).querier();
  const series = querier.select({ matchers: [], start: 0, end: 100_000 });
  expect(series.map(({ labels }) => labels)).toEqual([["a", "b"]]);
  const columns = new SampleColumns();
  series[0]?.read(columns);
  expect([...columns.t.subarray(0, columns.count)]).toEqual([1000, 16_000, 31_000]);
  expect([...columns.v.subarray(0, columns.count)]).toEqual([1, 1, 2]);
  querier.close();
});

test("a block of the documented series has the documented bytes", () => {
  const fileSystem = new SimFileSystem();
  const [bytes = Uint8Array.of()] = documentedExamples("chunk.md");
  const data = { encoding: chunkEncoding.xor, bytes, start: 0, end: bytes.length };
  const writer = new BlockWriter(fileSystem, { directory: "/data", ulid: "block" }, ["a", "b"]);
  writer.addSeries(labelsFrom({ a: "b" }), [{ minTime: 1000, maxTime: 31_000, data }]);
  writer.finish({ minTime: 0, maxTime: 7_200_000, compaction: { level: 1, sources: ["block"] } });
  expect(hex(readWholeFile(fileSystem, "/data/block/index"))).toBe(hex(index));
  expect(hex(readWholeFile(fileSystem, "/data/block/chunks/000001"))).toBe(hex(segment));
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
