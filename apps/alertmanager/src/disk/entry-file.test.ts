import { decodeUtf8, encodeUtf8, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { entryBytesMax, openEntryFile } from "./entry-file.js";

function open(fileSystem: SimFileSystem) {
  const decode = (message: Uint8Array): string => {
    if (message.length === 0) throw new Error("empty entry");
    return decodeUtf8(message);
  };
  return openEntryFile({ fileSystem, path: "/entries", decode });
}

function write(fileSystem: SimFileSystem, bytes: Uint8Array): void {
  fileSystem.open("/entries", "replace").write(bytes, 0);
}

test("entries come back in order", () => {
  const fileSystem = new SimFileSystem();
  const { file } = open(fileSystem);
  for (const text of ["one", "two", "x".repeat(300)]) file.append(encodeUtf8(text));
  expect(open(fileSystem).entries).toEqual(["one", "two", "x".repeat(300)]);
  file.rewrite([encodeUtf8("three")]);
  file.append(encodeUtf8("four"));
  expect(open(fileSystem)).toMatchObject({ entries: ["three", "four"], damage: undefined });
});

test.each([
  ["a half-written entry", [3, 97, 98, 99, 5, 97], "unexpected end of data at byte 5"],
  ["a half-written length", [3, 97, 98, 99, 0x80], "unexpected end of data at byte 5"],
  ["an entry that does not decode", [3, 97, 98, 99, 0], "empty entry"],
  ["an absurd length", [3, 97, 98, 99, 0xff, 0xff, 0xff, 0xff, 0x0f], "message of 4294967295 bytes at byte 4"],
])("%s is put aside", (_, bytes, reason) => {
  const fileSystem = new SimFileSystem();
  write(fileSystem, Uint8Array.from(bytes));
  const { file, entries, damage } = open(fileSystem);
  expect(entries).toEqual(["abc"]);
  expect(damage).toEqual({ offset: 4, reason, keptAt: "/entries.damaged" });
  expect([...readWholeFile(fileSystem, "/entries.damaged")]).toEqual(bytes);
  file.append(encodeUtf8("next"));
  expect(open(fileSystem)).toMatchObject({ entries: ["abc", "next"], damage: undefined });
});

test("an entry beyond the bound is refused", () => {
  const { file } = open(new SimFileSystem());
  expect(() => file.append(new Uint8Array(entryBytesMax + 1))).toThrow("limit 16777216");
});
