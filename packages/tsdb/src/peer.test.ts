// One data set, in directories of Debian's prometheus and of ours: floats with stale markers, native histograms, late
// samples; in a log without a checkpoint, behind one, in chunks_head, in blocks, in a snapshot. Each reads every sample of
// the other, from a directory that was left by a kill and from one that was closed.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { type Histogram, isStale, labelsFrom } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { describe, expect, onTestFinished, test } from "vitest";
import { comparable, randomHistograms } from "./testdata/histograms.js";
import { hasPrometheus, Prometheus, promtoolDump } from "./testdata/prometheus.js";
import { columnsOf, dumpAll, type Row } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const missing = hasPrometheus ? "" : " (left out: promtool and prometheus are not installed)";
const minute = 60_000;
const hour = 60 * minute;
const start = 1_700_000_000_000 - (1_700_000_000_000 % (2 * hour));
const config = "global: {scrape_interval: 1h}\nstorage: {tsdb: {out_of_order_time_window: 1h}}\n";
const clock = { now: () => start, after: () => () => undefined };
/** Minutes before blocks, and in all. */
const early = 170;
const all = 260;
// Custom buckets are younger than Debian's.
const histograms = [...randomHistograms(randomFrom(3), 2 * all)]
  .filter(({ schema, sum }) => schema >= -4 && !isStale(sum))
  .slice(0, all) as readonly Histogram[];

/** What comes in minute `i`: every second sample of `x` comes 35 minutes late, one in seven of `y`. */
function rowsAt(i: number): Row[] {
  const t = start + i * minute;
  const rows: Row[] = [
    ["counter", t, i * 7],
    ["gauge", t, i % 50 === 49 ? "stale" : Math.sin(i)],
  ];
  const late = i - 35;
  if (i % 2 === 0) rows.push(["x", t, i]);
  if (i % 7 !== 3) rows.push(["y", t, -i]);
  if (late >= 0 && late % 2 === 1) rows.push(["x", start + late * minute, late]);
  if (late >= 0 && late % 7 === 3) rows.push(["y", start + late * minute, -late]);
  return rows;
}

/** All samples of the first minutes, as `dumpAll` prints them. */
function expectedUpTo(end: number): string[] {
  const rows = Array.from({ length: end }, (_, i) => rowsAt(i)).flat();
  const floats = ["counter", "gauge", "x", "y"].map((wanted) => {
    const samples = rows.filter(([name]) => name === wanted).sort(([, a], [, b]) => a - b);
    return [wanted, ...samples.map(([, t, v]) => `${t}=${v}`)].join(" ");
  });
  const others = histograms.slice(0, end).map((histogram, i) => {
    return `${start + i * minute}=${JSON.stringify(comparable(histogram))}`;
  });
  return [...floats, ["h", ...others].join(" ")].sort();
}

/** The same as prometheus' answer, which leaves out stale markers and tells a histogram's buckets in another form. */
function answerUpTo(end: number): string[] {
  const floats = expectedUpTo(end)
    .filter((line) => !line.startsWith("h "))
    .map((line) => line.replaceAll(/ \d+=stale/g, ""));
  const others = histograms.slice(0, end).map(({ count, sum }, i) => `${start + i * minute}=${count}/${sum}`);
  return [...floats, ["h", ...others].join(" ")].sort();
}

const floatsOf = (lines: string[]): string[] =>
  lines.filter((line) => !line.startsWith("h ")).map((line) => line.replaceAll("=stale", "=NaN"));

function fill(db: Tsdb, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const rows = rowsAt(i);
    const appender = db.appender();
    const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name })));
    appender.append(columnsOf(refs, rows));
    appender.appendHistogram(appender.series(labelsFrom({ __name__: "h" })), start + i * minute, histograms[i]!);
    appender.commit();
  }
}

async function feed(prometheus: Prometheus, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    await prometheus.write(rowsAt(i), [{ name: "h", t: start + i * minute, histogram: histograms[i]! }]);
  }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/tsdb-peer-`);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of a directory as a killed process leaves it. */
function copyOf(path: string): string {
  const copy = `${temporaryFolder()}/data`;
  cpSync(path, copy, { recursive: true, filter: (source) => !source.endsWith("/lock") });
  return copy;
}

const openOurs = (path: string): Promise<Tsdb> =>
  openTsdb({ path, clock, retentionMs: 0, outOfOrderTimeWindowMs: hour, walSegmentBytesMax: 16 * 1024 });

async function ourDump(path: string): Promise<string[]> {
  const db = await openOurs(path);
  try {
    return dumpAll(db);
  } finally {
    await db.close();
  }
}

/** What a prometheus answers that starts on the directory, which it then closes. */
async function theirAnswer(folder: string): Promise<string[]> {
  const prometheus = await Prometheus.start({ folder, config });
  try {
    await expect(openOurs(folder)).rejects.toThrow(`in use by process ${prometheus.pid}`);
    return await prometheus.matrix('{__name__=~".+"}[10h]', start + 9 * hour);
  } finally {
    await prometheus.end("SIGTERM");
  }
}

const checkpointsIn = (path: string): number =>
  readdirSync(`${path}/wal`).filter((name) => name.startsWith("checkpoint.")).length;

describe.skipIf(!hasPrometheus)(`with Debian's promtool and prometheus${missing}`, () => {
  test("every sample of ours is prometheus'", { timeout: 120_000 }, async () => {
    const folder = `${temporaryFolder()}/data`;
    const db = await openOurs(folder);
    fill(db, 0, early);
    const [withoutCheckpoint, withCheckpoint] = [copyOf(folder), `${temporaryFolder()}/data`];
    expect(checkpointsIn(withoutCheckpoint)).toBe(0);
    expect(await theirAnswer(withoutCheckpoint)).toEqual(answerUpTo(early));
    fill(db, early, all - 10);
    await db.compact();
    fill(db, all - 10, all);
    expect(checkpointsIn(folder)).toBe(1);
    expect(readdirSync(`${folder}/wbl`)).not.toEqual([]);
    cpSync(copyOf(folder), withCheckpoint, { recursive: true });
    expect(await theirAnswer(withCheckpoint)).toEqual(answerUpTo(all));
    await db.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("chunk_snapshot."))).toHaveLength(1);
    expect(await theirAnswer(folder)).toEqual(answerUpTo(all));
    // Prometheus wrote chunks, logs and blocks of its own since.
    for (const path of [withCheckpoint, folder]) expect(await ourDump(path)).toEqual(expectedUpTo(all));
  });

  test("every sample of prometheus' is ours", { timeout: 120_000 }, async () => {
    const folder = `${temporaryFolder()}/data`;
    let prometheus = await Prometheus.start({ folder, config });
    await feed(prometheus, 0, early);
    await prometheus.end("SIGKILL");
    expect(checkpointsIn(folder)).toBe(0);
    expect(await ourDump(copyOf(folder))).toEqual(expectedUpTo(early));
    // Each start begins a segment, and a checkpoint stands for some.
    for (let i = 0; i < 3; i++) {
      prometheus = await Prometheus.start({ folder, config });
      await prometheus.end("SIGKILL");
    }
    prometheus = await Prometheus.start({ folder, config });
    const running = prometheus;
    await feed(running, early, all);
    // A block of the head, and two of late samples.
    await running.until(async () => (await running.metric("prometheus_tsdb_compactions_total")) >= 3);
    await running.until(async () => checkpointsIn(folder) > 0);
    await running.end("SIGKILL");
    expect(await ourDump(copyOf(folder))).toEqual(expectedUpTo(all));
    const last = await Prometheus.start({ folder, config });
    await last.end("SIGTERM");
    expect(await ourDump(folder)).toEqual(expectedUpTo(all));
  });

  test("promtool lists, analyzes and dumps what we left", async () => {
    const folder = `${temporaryFolder()}/data`;
    const db = await openOurs(folder);
    fill(db, 0, early);
    const whole = { start: 0, end: start + 9 * hour };
    expect(promtoolDump(folder, whole)).toEqual(floatsOf(expectedUpTo(early)));
    fill(db, early, all);
    await db.compact();
    // promtool takes a block of late samples for the end of what blocks hold, with prometheus' own directory too: it
    // reads a head behind one in blocks only.
    const copy = `${folder}-copy`;
    const list = execFileSync("promtool", ["tsdb", "list", folder], { encoding: "utf8" });
    expect(list.trim().split("\n")).toHaveLength(1 + db.blocks().length);
    expect(list).toContain(`${start}`);
    expect(execFileSync("promtool", ["tsdb", "analyze", folder], { encoding: "utf8" })).toContain("Series: ");
    await db.snapshot(copy, { withHead: true });
    mkdirSync(`${copy}/wal`);
    expect(promtoolDump(copy, whole)).toEqual(floatsOf(expectedUpTo(all)));
    await db.close();
  });

  test("we read blocks that promtool made", async () => {
    const folder = temporaryFolder();
    const lines = ["# TYPE counter gauge", "# TYPE gauge gauge"];
    for (const name of ["counter", "gauge"]) {
      for (let i = 0; i < 300; i++) lines.push(`${name}{i="${i % 3}"} ${Math.sin(i) * i} ${start / 1000 + i * 60}`);
    }
    writeFileSync(`${folder}/in.om`, `${lines.join("\n")}\n# EOF\n`);
    const path = `${folder}/data`;
    mkdirSync(`${path}/wal`, { recursive: true });
    execFileSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", `${folder}/in.om`, path]);
    const samplesOf = (dumped: string[]): string[] => dumped.flatMap((line) => line.split(" ").slice(1)).sort();
    const theirs = promtoolDump(path, { start: 0, end: start + 9 * hour });
    const db = await openOurs(path);
    expect(db.blocks().length).toBeGreaterThan(2);
    expect(samplesOf(dumpAll(db))).toEqual(samplesOf(theirs));
    expect(db.blocks().reduce((total, { stats }) => total + stats.numSamples, 0)).toBe(600);
    await db.close();
  });
});
