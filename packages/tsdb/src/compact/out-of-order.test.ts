// Blocks of late samples: beside the others, joined with them, and apart from them where they reach into the head's time.
import { labelsFrom, matcherFrom } from "@narthex/model";
import { randomFrom, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import { type BlockMeta, outOfOrderHint } from "../block/meta.js";
import type { TsdbOptions } from "../options.js";
import { comparable, randomHistograms } from "../testdata/histograms.js";
import { append, dumpAll, type Row, reopenAfterKill, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { blockRanges, planCompaction } from "./planner.js";

const minute = 60_000;
const hour = 60 * minute;

const optionsWithWindow = (): TsdbOptions => ({
  ...simulated(new SimFileSystem()),
  retentionMs: 0,
  outOfOrderTimeWindowMs: 10 * hour,
});

/** Takes so many blocks more. */
class FewBlocksFileSystem extends SimFileSystem {
  blocksMax = Number.POSITIVE_INFINITY;

  override makeFolder(path: string): void {
    if (path.endsWith(".tmp-for-creation") && this.blocksMax-- === 0) throw new Error(`EIO: ${path}`);
    super.makeFolder(path);
  }
}

/** By series and time; the first of a time stays. */
type Model = Map<string, Map<number, string>>;

function note(model: Model, name: string, sample: { readonly t: number; readonly text: string }): void {
  const samples = model.get(name) ?? new Map<number, string>();
  if (!samples.has(sample.t)) samples.set(sample.t, sample.text);
  model.set(name, samples);
}

function lines(model: Model): string[] {
  return [...model]
    .map(([name, samples]) => {
      const sorted = [...samples].sort(([a], [b]) => a - b);
      return [name, ...sorted.map(([t, text]) => `${t}=${text}`)].join(" ");
    })
    .sort();
}

function add(db: Tsdb, model: Model, rows: readonly Row[]): void {
  append(db, rows);
  for (const [name, t, v] of rows) note(model, name, { t, text: String(v) });
}

/** A sample of `a` a minute from `start` to `end`, hours. */
function fillInOrder(db: Tsdb, model: Model, span: { readonly start: number; readonly end: number }): void {
  for (let t = span.start * hour; t < span.end * hour; t += minute) add(db, model, [["a", t, t / minute]]);
}

const spans = (db: Tsdb): string[] =>
  db.blocks().map(({ minTime, maxTime, compaction: { level, hints } }) => {
    return `${minTime / hour}-${maxTime / hour} level ${level}${hints?.includes(outOfOrderHint) ? " late" : ""}`;
  });

test.each(["nothing", "late"])("deleted late samples stay deleted, behind a deletion of %s", async (first) => {
  const options = optionsWithWindow();
  const db = await openTsdb(options);
  const model: Model = new Map();
  fillInOrder(db, model, { start: 0, end: 2.9 });
  append(db, [["late", hour, 1]]);
  for (const name of [first, "late"]) {
    await db.deleteSeries([matcherFrom("=", "__name__", name)], { start: 0, end: 3 * hour });
  }
  expect(dumpAll(db)).toEqual(lines(model));
  expect(dumpAll(await reopenAfterKill(options))).toEqual(lines(model));
});

test("a late sample stays its series' while a block of it cannot be made, whatever ref it came under", async () => {
  const fileSystem = new FewBlocksFileSystem();
  const options = { ...optionsWithWindow(), fileSystem, walSegmentBytesMax: 2048, memorySnapshot: false };
  let db = await openTsdb(options);
  const model: Model = new Map();
  add(db, model, [["back", 0, 1]]);
  fillInOrder(db, model, { start: 0, end: 3.5 });
  await db.compact();
  add(db, model, [["back", 3.5 * hour, 2]]);
  add(db, model, [["back", 3.2 * hour, 3]]);
  db = await reopenAfterKill(options);
  fillInOrder(db, model, { start: 3.5, end: 9 });
  fileSystem.blocksMax = 2;
  await expect(db.compact()).rejects.toThrow("EIO");
  expect(db.stats().maintenance).toMatchObject({ headTruncations: 2, checkpoints: 1 });
  fileSystem.blocksMax = Number.POSITIVE_INFINITY;
  expect(dumpAll(await reopenAfterKill(options))).toEqual(lines(model));
});

describe("late samples in blocks", () => {
  test("are joined with those in order, sample by sample", async () => {
    const options = optionsWithWindow();
    let db = await openTsdb(options);
    const model: Model = new Map();
    fillInOrder(db, model, { start: 0, end: 2.9 });
    // At the times of others, where the first stays; between them; of a series that has nothing else; stale.
    for (let i = 0; i < 60; i++) {
      const t = ((i * 37) % 110) * minute;
      add(db, model, [
        ["a", t, -i],
        ["a", t + 1, i],
        ["late", t + 7, i % 9 === 0 ? "stale" : i],
      ]);
    }
    for (const histogram of randomHistograms(randomFrom(5), 40)) {
      const t = Math.floor(((model.get("h")?.size ?? 0) * 17) % 110) * minute + 11;
      const appender = db.appender();
      appender.appendHistogram(appender.series(labelsFrom({ __name__: "h", job: "test" })), t, histogram);
      appender.commit();
      note(model, "h", { t, text: JSON.stringify(comparable(histogram)) });
    }
    fillInOrder(db, model, { start: 2.9, end: 3.5 });
    expect(dumpAll(db)).toEqual(lines(model));
    await db.compact();
    expect(spans(db)).toEqual(["0-2 level 2"]);
    expect(dumpAll(db)).toEqual(lines(model));
    const inBlock = [...model.values()].flatMap((samples) => [...samples.keys()]).filter((t) => t < 2 * hour);
    expect(db.blocks()[0]?.stats).toMatchObject({ numSeries: 3, numSamples: inBlock.length });
    expect(db.stats().maintenance.verticalCompactions).toBe(1);
    db = await reopenAfterKill(options);
    expect(dumpAll(db)).toEqual(lines(model));
    await db.close();
  });

  test("stay apart where the head has samples of that time, over restarts and compactions", async () => {
    const options = optionsWithWindow();
    let db = await openTsdb(options);
    const model: Model = new Map();
    fillInOrder(db, model, { start: 0, end: 3.5 });
    for (const t of [1, 2.5, 3]) add(db, model, [["a", t * hour + 1, t]]);
    await db.compact();
    expect(spans(db)).toEqual(["0-2 level 2", "2-4 level 1 late"]);
    // In order, and of a time for which there is a block.
    fillInOrder(db, model, { start: 3.5, end: 3.9 });
    db = await reopenAfterKill(options);
    expect(dumpAll(db)).toEqual(lines(model));
    fillInOrder(db, model, { start: 3.9, end: 5.5 });
    add(db, model, [["a", 3.2 * hour + 1, 9]]);
    await db.compact();
    expect(spans(db)).toEqual(["0-2 level 2", "2-4 level 2"]);
    expect(dumpAll(db)).toEqual(lines(model));
    await db.close();
  });
});

describe("planner", () => {
  const block = (start: number, end: number, hints: readonly string[] = []): BlockMeta => ({
    ulid: `${start}-${end}${hints.length > 0 ? " late" : ""}`,
    minTime: start * hour,
    maxTime: end * hour,
    version: 1,
    stats: { numSamples: 1, numSeries: 1, numChunks: 1 },
    compaction: { level: 1, sources: [], ...(hints.length > 0 ? { hints: [...hints] } : {}) },
  });
  const late = (start: number, end: number): BlockMeta => block(start, end, [outOfOrderHint]);

  test.each<readonly [what: string, blocks: readonly BlockMeta[], plan: readonly string[]]>([
    ["a late block beside one in order is joined with it", [block(0, 2), late(0, 2)], ["0-2", "0-2 late"]],
    ["one ahead of all in order is left alone", [block(0, 2), late(2, 4)], []],
    ["it does not fill a larger range either", [block(0, 2), block(2, 4), late(4, 6), late(6, 8)], []],
    ["two ahead are joined with each other", [block(0, 2), late(2, 4), late(2, 4)], ["2-4 late", "2-4 late"]],
    ["what is settled goes first", [block(0, 2), late(0, 2), late(2, 4), late(2, 4)], ["0-2", "0-2 late"]],
    [
      "when those in order have caught up it is joined",
      [block(0, 2), block(2, 4), late(2, 4), late(4, 6)],
      ["2-4", "2-4 late"],
    ],
  ])("%s", (_, blocks, plan) => {
    expect(planCompaction(blocks, blockRanges(2 * hour, 18 * hour)).map(({ ulid }) => ulid)).toEqual(plan);
  });
});
