// The examples of docs/formats/block.md, decoded.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SimFileSystem, writeFileAtomically } from "@narthex/stdx";
import { expect, test } from "vitest";
import { readTombstones, Tombstones, writeTombstones } from "../tombstones.js";
import { readMeta } from "./meta.js";

const document = readFileSync(fileURLToPath(new URL("../../../../docs/formats/block.md", import.meta.url)), "utf8");

test("the documented meta.json is one", () => {
  const [, text = ""] = /```json\n([^`]+)```/.exec(document) ?? [];
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/block");
  writeFileAtomically(fileSystem, "/block/meta.json", new TextEncoder().encode(text));
  expect(readMeta(fileSystem, "/block")).toMatchObject({ maxTime: 7_200_000, compaction: { level: 1 } });
});

test("the documented tombstones have the documented bytes", () => {
  const [, hex = ""] = /^ {4}((?:[0-9a-f]{2} ?)+)$/m.exec(document) ?? [];
  const bytes = Uint8Array.from(hex.trim().split(" "), (byte) => Number.parseInt(byte, 16));
  const fileSystem = new SimFileSystem();
  writeFileAtomically(fileSystem, "/documented", bytes);
  expect([...readTombstones(fileSystem, "/documented").entries()]).toEqual([[1, [{ minTime: 1000, maxTime: 2000 }]]]);
  const tombstones = new Tombstones();
  tombstones.add(1, { minTime: 1000, maxTime: 2000 });
  writeTombstones(fileSystem, "/written", tombstones);
  const file = fileSystem.open("/written", "read");
  const written = new Uint8Array(file.size());
  file.read(written, 0);
  expect(written).toEqual(bytes);
});
