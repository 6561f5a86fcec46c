// Views that take many turns of the event loop: what happens in between does not show, and everything else has its turns.
import { labelsFrom, matcherFrom, SampleColumns } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { columnsOf, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import type { LeasedView } from "./database.js";
import { TsdbReader } from "./reader.js";

const minute = 60_000;
const seriesCount = 20_000;
// Every value is looked at, one after the other.
const selection = { matchers: [matcherFrom("=~", "i", ".*[0-9]")], start: 0, end: 1e15 };

type Filled = {
  readonly db: Tsdb;
  readonly fileSystem: SimFileSystem;
  readonly appendBatch: (t: number) => void;
};

async function filled(): Promise<Filled> {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb(simulated(fileSystem));
  const appender = db.appender();
  const refs = Array.from({ length: seriesCount }, (_, i) => appender.series(labelsFrom({ __name__: "m", i: `${i}` })));
  appender.commit();
  const appendBatch = (t: number): void => {
    const batch = db.appender();
    const rows = refs.map((_, i): Row => ["", t, i]);
    batch.append(columnsOf(refs, rows));
    batch.commit();
  };
  return { db, fileSystem, appendBatch };
}

/** How many series have how many samples, as `samples×series`. */
function countsOf({ db, fileSystem }: Filled, { view, release }: LeasedView): string[] {
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  const open = reader.open(view);
  const columns = new SampleColumns();
  const series = new Map<number, number>();
  for (const source of open.querier(selection).select(selection)) {
    source.read(columns);
    series.set(columns.count, (series.get(columns.count) ?? 0) + 1);
  }
  open.close();
  reader.close();
  release();
  return [...series].map(([samples, count]) => `${samples}×${count}`);
}

/** Calls `happen` in each turn of the event loop until the promise is settled; returns how often. */
async function meanwhile<T>(
  awaited: Promise<T>,
  happen: () => void,
): Promise<{ readonly turns: number; readonly value: T }> {
  let turns = 0;
  let isSettled = false;
  const settled = awaited.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    happen();
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { turns, value: await settled };
}

test("a batch that is committed meanwhile is in it whole or not at all", { timeout: 60_000 }, async () => {
  const database = await filled();
  const { db, appendBatch } = database;
  for (let batches = 1; batches <= 3; batches++) appendBatch(batches * minute);
  let batches = 3;
  const { turns, value } = await meanwhile(db.view([selection]), () => appendBatch(++batches * minute));
  expect(turns).toBeGreaterThan(2);
  const counts = countsOf(database, value);
  expect(counts).toHaveLength(1);
  const samples = Number((counts[0] as string).split("×")[0]);
  expect(samples).toBeGreaterThanOrEqual(3);
  expect(samples).toBeLessThanOrEqual(batches);
  expect(counts).toEqual([`${samples}×${seriesCount}`]);
  await db.close();
});

test("samples that leave the head meanwhile are read from their block", { timeout: 60_000 }, async () => {
  const database = await filled();
  const { db, appendBatch } = database;
  const batches = 21;
  for (let i = 0; i < batches; i++) appendBatch(i * 10 * minute);
  // The view is begun now and then, so that compaction is at another point each time.
  const views: Promise<LeasedView>[] = [];
  const compacted = db.compact();
  let turns = 0;
  await meanwhile(compacted, () => {
    if (turns++ % 4 === 0) views.push(db.view([selection]));
  });
  expect(db.viewBlocks()).not.toEqual([]);
  expect(views.length).toBeGreaterThan(1);
  for (const view of views) expect(countsOf(database, await view)).toEqual([`${batches}×${seriesCount}`]);
  await db.close();
});

test("ends when its signal is aborted, and gives back what it pinned", { timeout: 60_000 }, async () => {
  const { db, appendBatch } = await filled();
  appendBatch(minute);
  const stop = new AbortController();
  const view = expect(db.view([selection], stop.signal)).rejects.toThrow("enough");
  stop.abort(new Error("enough"));
  await view;
  await db.close();
});
