import { readWholeFile } from "@narthex/stdx";
import { expect, test } from "vitest";
import { append, dump, simulated } from "../testdata/rig.js";
import { openTsdb } from "../tsdb.js";

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
