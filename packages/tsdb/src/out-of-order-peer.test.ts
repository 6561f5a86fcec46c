// Samples that came late, in directories of Debian's prometheus and of ours: in wbl, in chunks_head and in blocks. Each
// reads every sample of the other.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { labelsFrom } from "@narthex/model";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasPrometheus, Prometheus, promtoolDump } from "./testdata/prometheus.js";
import { columnsOf, dump, type Row } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const missing = hasPrometheus ? "" : " (left out: promtool and prometheus are not installed)";
const port = 21_145;
const minute = 60_000;
const hour = 60 * minute;
const start = 1_700_000_000_000 - (1_700_000_000_000 % (2 * hour));
const config = "storage: {tsdb: {out_of_order_time_window: 1h}}\n";
const wholeTime = { start: 0, end: start + 9 * hour };
const clock = { now: () => start, after: () => () => undefined };

function temporaryFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/tsdb-late-`);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * What comes in minute `i`: a sample of `x` and `y`, but the one of every second minute of `x` comes 35 minutes late, and
 * that of `y` is seldom late.
 */
function rowsAt(i: number): Row[] {
  const rows: Row[] = [];
  const late = i - 35;
  if (i % 2 === 0) rows.push(["x", start + i * minute, i]);
  if (i % 7 !== 3) rows.push(["y", start + i * minute, -i]);
  if (late >= 0 && late % 2 === 1) rows.push(["x", start + late * minute, late]);
  if (late >= 0 && late % 7 === 3) rows.push(["y", start + late * minute, -late]);
  return rows;
}

/** All samples of these minutes as `dump` prints them. */
function expectedUpTo(end: number): string[] {
  const rows = Array.from({ length: end }, (_, i) => rowsAt(i)).flat();
  return ["x", "y"].map((wanted) => {
    const samples = rows.filter(([name]) => name === wanted).sort(([, a], [, b]) => a - b);
    return [wanted, ...samples.map(([, t, v]) => `${t}=${v}`)].join(" ");
  });
}

function fill(db: Tsdb, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const rows = rowsAt(i);
    const appender = db.appender();
    appender.append(
      columnsOf(
        rows.map(([name]) => appender.series(labelsFrom({ __name__: name }))),
        rows,
      ),
    );
    appender.commit();
  }
}

async function feed(prometheus: Prometheus, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await prometheus.write(rowsAt(i));
}

const openOurs = (path: string): Promise<Tsdb> =>
  openTsdb({ path, clock, retentionMs: 0, outOfOrderTimeWindowMs: hour });

async function ourDump(path: string): Promise<string[]> {
  const db = await openOurs(path);
  try {
    return dump(db);
  } finally {
    await db.close();
  }
}

/** A copy of a directory as a killed process leaves it. */
function copyOf(path: string): string {
  const copy = `${temporaryFolder()}/data`;
  cpSync(path, copy, { recursive: true, filter: (source) => !source.endsWith("/lock") });
  return copy;
}

/** What a prometheus that starts on a copy of the directory answers. */
async function theirDump(path: string): Promise<string[]> {
  const prometheus = await Prometheus.start({ folder: copyOf(path), port, config });
  try {
    return await prometheus.matrix('{__name__=~"x|y"}[10h]', start + 9 * hour);
  } finally {
    await prometheus.end("SIGKILL");
  }
}

describe.skipIf(!hasPrometheus)(`late samples, with Debian's promtool and prometheus${missing}`, () => {
  test("we read what prometheus left: killed, and stopped with blocks", { timeout: 60_000 }, async () => {
    const folder = `${temporaryFolder()}/data`;
    let prometheus = await Prometheus.start({ folder, port, config });
    await feed(prometheus, 0, 170);
    await prometheus.end("SIGKILL");
    expect(readdirSync(`${folder}/wbl`)).toEqual(["00000000"]);
    expect(await ourDump(copyOf(folder))).toEqual(expectedUpTo(170));
    prometheus = await Prometheus.start({ folder, port, config });
    const running = prometheus;
    await feed(running, 170, 260);
    // A block of the head, and two of late samples; it may be joining them when it is stopped.
    await running.until(async () => (await running.metric("prometheus_tsdb_compactions_total")) >= 3);
    await running.end("SIGTERM");
    const db = await openOurs(folder);
    // The head has these two hours in memory still: only late samples are in a block.
    expect(db.blocks().at(-1)).toMatchObject({ minTime: start + 2 * hour, maxTime: start + 4 * hour });
    expect(dump(db)).toEqual(expectedUpTo(260));
    await db.close();
  });

  test("prometheus and promtool read what we left: killed, and with blocks", { timeout: 60_000 }, async () => {
    const folder = `${temporaryFolder()}/data`;
    const db = await openOurs(folder);
    fill(db, 0, 170);
    expect(readdirSync(`${folder}/wbl`)).toEqual(["00000000"]);
    expect(await theirDump(folder)).toEqual(expectedUpTo(170));
    expect(promtoolDump(folder, wholeTime)).toEqual(expectedUpTo(170));
    fill(db, 170, 260);
    await db.compact();
    expect(db.blocks().at(-1)).toMatchObject({ minTime: start + 2 * hour, maxTime: start + 4 * hour });
    fill(db, 260, 280);
    expect(await theirDump(folder)).toEqual(expectedUpTo(280));
    // promtool takes a block of late samples for the end of what blocks hold, with prometheus' own directory too: it
    // reads a head behind one in blocks only.
    const copy = `${folder}-copy`;
    await db.snapshot(copy, { withHead: true });
    mkdirSync(`${copy}/wal`);
    expect(promtoolDump(copy, wholeTime)).toEqual(expectedUpTo(280));
    await db.close();
  });
});
