import { decodeUtf8, encodeUtf8, type FileSystem, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { beforeEach, expect, it } from "vitest";
import { overlayFileSystem } from "./overlay.js";

let base: SimFileSystem;
let overlay: FileSystem;

beforeEach(() => {
  base = new SimFileSystem();
  for (const folder of ["/db/wal", "/db/block/chunks", "/sandbox"]) base.makeFolder(folder);
  for (const [path, text] of Object.entries(files)) write(base, path, text);
  overlay = overlayFileSystem({ fileSystem: base, directory: "/db", sandbox: "/sandbox", hidden: ["/db/lock"] });
});

const files = { "/db/lock": "me", "/db/wal/0": "zero", "/db/wal/1": "one", "/db/block/chunks/1": "chunk" };

function write(fileSystem: FileSystem, path: string, text: string): void {
  const file = fileSystem.open(path, "replace");
  file.write(encodeUtf8(text), 0);
  file.close();
}

function read(path: string): string {
  const bytes = readWholeFile(overlay, path);
  return decodeUtf8(bytes, 0, bytes.length);
}

it("shows the directory but what is hidden, and changes nothing of it", () => {
  expect(overlay.stat("/db/lock")).toBeUndefined();
  expect(overlay.readFolder("/db")).toEqual(["block", "wal"]);
  write(overlay, "/db/lock", "other");
  write(overlay, "/db/wal/2", "two");
  const first = overlay.open("/db/wal/1", "update");
  first.write(encodeUtf8("O"), 0);
  first.close();
  overlay.remove("/db/wal/0");
  expect(overlay.readFolder("/db/wal")).toEqual(["1", "2"]);
  expect(read("/db/wal/1")).toBe("One");
  expect(read("/db/lock")).toBe("other");
  for (const [path, text] of Object.entries(files)) {
    const bytes = readWholeFile(base, path);
    expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
  }
});

it("renames files and folders, and forgets what was there", () => {
  overlay.rename("/db/wal/0", "/db/wal/9");
  expect(overlay.readFolder("/db/wal")).toEqual(["1", "9"]);
  expect(read("/db/wal/9")).toBe("zero");
  overlay.rename("/db/block", "/db/block.tmp");
  expect(overlay.stat("/db/block")).toBeUndefined();
  expect(read("/db/block.tmp/chunks/1")).toBe("chunk");
  overlay.removeTree("/db/block.tmp");
  expect(overlay.stat("/db/block.tmp/chunks/1")).toBeUndefined();
  overlay.makeFolder("/db/block/chunks");
  expect(overlay.readFolder("/db/block/chunks")).toEqual([]);
});

it("does not create what is there", () => {
  expect(() => overlay.open("/db/wal/1", "create")).toThrow("EEXIST");
  expect(() => overlay.open("/db/wal/7", "read")).toThrow("ENOENT");
  expect(() => overlay.readFolder("/db/nowhere")).toThrow("ENOENT");
  overlay.remove("/db/wal/1");
  overlay.open("/db/wal/1", "create").close();
  expect(read("/db/wal/1")).toBe("");
});
