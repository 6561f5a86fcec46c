import { type Labels, labelsFrom, labelsToRecord, matcherFrom, SampleColumns } from "@narthex/model";
import { randomFrom, SimClock, SimFileSystem } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { openTsdb } from "../tsdb.js";
import { BlockImporter, type ImportOptions } from "./importer.js";

const everything = { start: -(2 ** 50), end: 2 ** 50 };

function newImporter(fileSystem: SimFileSystem, options: Partial<ImportOptions> = {}): BlockImporter {
  const world = { fileSystem, clock: new SimClock(1_700_000_000_000), random: randomFrom(1) };
  return new BlockImporter({ directory: "/db", blockRangeMs: 1000, ...world, ...options });
}

/** Samples by the name of their series. */
async function readAll(fileSystem: SimFileSystem): Promise<Record<string, [t: number, v: number][]>> {
  const tsdb = await openTsdb({ path: "/db", fileSystem, retentionMs: 0 });
  const found: Record<string, [number, number][]> = {};
  const columns = new SampleColumns();
  const querier = tsdb.querier(everything);
  for (const source of querier.select({ matchers: [matcherFrom("=~", "__name__", ".+")], ...everything })) {
    source.read(columns);
    const rows = Array.from({ length: columns.count }, (_, i): [number, number] => [columns.t[i]!, columns.v[i]!]);
    found[labelsToRecord(source.labels)["__name__"] as string] = rows;
  }
  querier.close();
  await tsdb.close();
  return found;
}

function named(name: string): Labels {
  return labelsFrom({ __name__: name });
}

describe("BlockImporter", () => {
  it.each([1, 2, 3, 4])("writes what came, whatever its order (seed %i)", async (seed) => {
    const random = randomFrom(seed);
    const fileSystem = new SimFileSystem();
    const importer = newImporter(fileSystem, { blockSamplesMax: 300 });
    const names = Array.from({ length: 20 }, (_, i) => `m${(i * 7) % 20}`);
    const expected: Record<string, Map<number, number>> = {};
    const refs = names.map((name) => {
      expected[name] = new Map();
      return importer.addSeries(named(name));
    });
    for (let i = 0; i < 6000; i++) {
      const series = Math.floor(random() * names.length);
      const t = Math.floor(random() * 9000) - 3000;
      const known = expected[names[series] as string] as Map<number, number>;
      const v = known.get(t) ?? random();
      known.set(t, v);
      importer.append(refs[series] as number, t, v);
    }
    const metas = [...importer.finish()];
    expect(metas.map(({ minTime }) => Math.floor(minTime / 1000))).toEqual([-3, -2, -1, 0, 1, 2, 3, 4, 5]);
    const all = await readAll(fileSystem);
    for (const [name, samples] of Object.entries(expected)) {
      expect(all[name]).toEqual([...samples].sort(([a], [b]) => a - b));
    }
    expect(fileSystem.readFolder("/db").filter((file) => file.includes("import"))).toEqual([]);
  });

  it("refuses two values at one time, and leaves nothing half done", () => {
    const fileSystem = new SimFileSystem();
    const importer = newImporter(fileSystem);
    const ref = importer.addSeries(named("a"));
    for (const [t, v] of [
      [5, 1],
      [1500, 1],
      [1500, 1],
      [1500, 2],
    ] as const)
      importer.append(ref, t, v);
    const blocks = importer.finish();
    expect(blocks.next().value).toMatchObject({ minTime: 5, maxTime: 6 });
    expect(() => blocks.next()).toThrow("duplicate sample for timestamp 1500 of a");
    expect(fileSystem.readFolder("/db")).toHaveLength(1);
  });

  it("leaves no block without samples", () => {
    const fileSystem = new SimFileSystem();
    const importer = newImporter(fileSystem);
    importer.addSeries(named("a"));
    expect([...importer.finish()]).toEqual([]);
    expect(fileSystem.readFolder("/db")).toEqual([]);
  });
});
