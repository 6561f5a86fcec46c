import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { expandGlob } from "./glob.js";

const names = ["a.yml", "b.yml", "c.txt", "[x].yml"];

function check(pattern: string, expected: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "glob-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of names) writeFileSync(join(folder, name), "");
  expect(expandGlob(join(folder, pattern)).map((path) => path.slice(folder.length + 1))).toEqual(expected);
}

test.each<[string, readonly string[]]>([
  ["*.yml", ["[x].yml", "a.yml", "b.yml"]],
  ["[a-b].yml", ["a.yml", "b.yml"]],
  ["?.txt", ["c.txt"]],
  ["nothing.yml", []],
  ["a.yml", ["a.yml"]],
])("%s finds files, sorted", (pattern, expected) => check(pattern, expected));

test.each(["[", "a[", "[]a]", "[a-]", "[-a]", "a\\"])("%s is no pattern, as in Go", (pattern) => {
  expect(() => expandGlob(join("/nowhere", pattern))).toThrow("syntax error in pattern");
});
