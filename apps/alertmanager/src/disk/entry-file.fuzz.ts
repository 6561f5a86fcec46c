// Random appends, syncs, rewrites, failing writes and crashes, against a list: what was synced is there afterwards,
// what was only appended may be, in order and never torn.
import { decodeUtf8, encodeUtf8, type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type EntryFile, openEntryFile } from "./entry-file.js";

const runs = 200;

function reopen(fileSystem: SimFileSystem): { file: EntryFile; entries: string[] } {
  return openEntryFile({ fileSystem, path: "/entries", decode: decodeUtf8 });
}

function run(random: Random, seed: number): void {
  const fileSystem = new SimFileSystem({ seed });
  let { file } = reopen(fileSystem);
  let appended: string[] = [];
  let durable = 0;
  for (let step = 0; step < 30; step++) {
    const choice = random();
    if (choice < 0.6) {
      const text = `${step}:${"x".repeat(Math.floor(random() * 300))}`;
      if (random() < 0.1) fileSystem.fault({ call: 0, code: "EIO" });
      try {
        file.append(encodeUtf8(text));
        appended.push(text);
      } catch (error) {
        expect((error as Error).message).toBe("cannot append to /entries");
      }
      fileSystem.fault(undefined);
    } else if (choice < 0.8) {
      file.sync();
      durable = appended.length;
    } else if (choice < 0.9) {
      appended = appended.filter(() => random() < 0.7);
      file.rewrite(appended.map(encodeUtf8));
      durable = appended.length;
    } else {
      fileSystem.crash();
      const opened = reopen(fileSystem);
      file = opened.file;
      expect(opened.entries).toEqual(appended.slice(0, opened.entries.length));
      expect(opened.entries.length).toBeGreaterThanOrEqual(durable);
      appended = opened.entries;
      durable = appended.length;
    }
  }
}

test(`${runs} random lives of an entry file`, () => {
  for (let seed = 1; seed <= runs; seed++) {
    try {
      run(randomFrom(seed), seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
