// Days in the life of a database, in simulated time: scrapes every half minute of targets that come, go and fail, rules on a
// grid of their own, samples that come hours late, deletions, maintenance every minute, restarts, kills, losses of power,
// retention; against a Map of Maps. What must hold of the directory at any time is looked at after each maintenance.
// A longer run: FUZZ_ROUNDS=20 DAY_HOURS=72 npx vitest run packages/tsdb/src/day.fuzz.ts
import { labelsFrom, matcherFrom } from "@narthex/model";
import { type Random, randomFrom, SimClock, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type BlockMeta, staleHint } from "./block/meta.js";
import { columnsOf, dump, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 1);
const hours = Number(process.env["DAY_HOURS"] ?? 9);
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const blockRangeMs = 2 * hour;
const blockRangeMaxMs = 9 * blockRangeMs;
const retentionMs = Math.floor(hours / 2) * hour;
const scrapeMs = 30 * second;
const targets = 3;
const seriesPerTarget = 2;
/** By seed: a target that is down for a scrape is enough for the second. */
const staleSeriesThresholds = [0, 0.15, 0.3];

interface Written {
  readonly text: string;
  /** The batch it came with; late ones stand in both logs. */
  readonly batch: number;
  readonly isLate: boolean;
  /** The batch after which it was deleted; undefined while it is there. */
  deletedAt: number | undefined;
}

interface Target {
  /** Counts up with each deployment, which gives its series another label. */
  version: number;
  isUp: boolean;
}

interface Day {
  db: Tsdb;
  readonly fileSystem: SimFileSystem;
  readonly clock: SimClock;
  readonly random: Random;
  readonly options: Parameters<typeof openTsdb>[0];
  readonly model: Map<string, Map<number, Written>>;
  readonly targets: readonly Target[];
  batch: number;
  /** The last batch that is on the disk for certain, in each log: segments are synced when they end. */
  readonly synced: { wal: number; wbl: number };
  /** The most bytes the WAL had in the first half of the day. */
  walBytesMax: number;
  /** Of all lives of the process before this one. */
  readonly past: { verticalCompactions: number; timeRetentions: number; staleCompactions: number };
  /** Files that killed processes had open: nobody closes them. */
  abandonedFiles: number;
  readonly seed: number;
}

const below = (random: Random, end: number): number => Math.floor(random() * end);
const seriesOf = (target: number, { version }: Target): string[] =>
  Array.from({ length: seriesPerTarget }, (_, i) => `t${target}_v${version}_${i}`);

function newestSegment({ fileSystem }: Day, log: "wal" | "wbl"): string | undefined {
  const folder = `/data/${log}`;
  return fileSystem.stat(folder) ? fileSystem.readFolder(folder).findLast((name) => /^\d+$/.test(name)) : undefined;
}

/** Appends rows in one batch. All must be taken. */
function append(day: Day, rows: readonly Row[], { isLate }: { readonly isLate: boolean }): void {
  if (rows.length === 0) return;
  const { db, model } = day;
  const before = { wal: newestSegment(day, "wal"), wbl: newestSegment(day, "wbl") };
  const batch = ++day.batch;
  const appender = db.appender();
  const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name })));
  const columns = columnsOf(refs, rows);
  appender.append(columns);
  appender.commit();
  expect(columns.outcomes.every((outcome) => outcome === 0)).toBe(true);
  for (const [name, t, v] of rows) {
    const samples = model.get(name) ?? new Map<number, Written>();
    samples.set(t, { text: `${t}=${v}`, batch, isLate, deletedAt: undefined });
    model.set(name, samples);
  }
  for (const log of ["wal", "wbl"] as const) {
    if (before[log] !== undefined && newestSegment(day, log) !== before[log]) day.synced[log] = batch - 1;
  }
}

/** A target's scrape, a little after its moment on the grid; a deployment or a failure ends its series. */
function scrape(day: Day, index: number, t: number): void {
  const { random } = day;
  const target = day.targets[index] as Target;
  const dice = random();
  const isDeployed = dice < 0.002;
  const fails = dice > 0.99;
  const ended = target.isUp && (isDeployed || fails) ? seriesOf(index, target) : [];
  if (isDeployed) target.version++;
  target.isUp = !fails;
  const rows = ended.map((name): Row => [name, t, "stale"]);
  if (!fails)
    rows.push(...seriesOf(index, target).map((name, i): Row => [name, t, i === 0 ? t / 1e6 : below(random, 50)]));
  append(day, [...rows, [`up_${index}`, t, fails ? 0 : 1]], { isLate: false });
}

/** A rule's results stand on its own grid, behind the newest sample. */
function evaluate(day: Day, t: number): void {
  append(day, [["rule", t - 3 * second, t / minute]], { isLate: false });
}

/** Samples of up to an hour and a half ago, at times that no other sample has. */
function appendLate(day: Day, t: number): void {
  const { random, batch } = day;
  const count = 1 + below(random, 40);
  const name = random() < 0.5 ? `up_${below(random, targets)}` : "late";
  const from = t - below(random, 1.5 * hour);
  const rows = Array.from({ length: count }, (_, i): Row => [name, from - i * 7 * second - 1 - (batch % 997), -i]);
  append(
    day,
    rows.filter(([, time]) => !day.model.get(name)?.has(time) && time > t - 2 * hour),
    { isLate: true },
  );
}

async function deleteSome(day: Day, t: number): Promise<void> {
  const { db, model, random } = day;
  const names = [...model.keys()];
  const name = names[below(random, names.length)] as string;
  const start = t - below(random, 5 * hour);
  const end = start + below(random, 2 * hour);
  await db.deleteSeries([matcherFrom("=", "__name__", name)], { start, end });
  for (const [time, sample] of model.get(name) ?? []) {
    if (time >= start && time <= end) sample.deletedAt ??= day.batch;
  }
}

/** What is older may be gone with its block, or not yet. */
function horizonOf(db: Tsdb): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...db.blocks().map(({ maxTime }) => maxTime)) - retentionMs;
}

function samplesIn(db: Tsdb): Map<string, Set<string>> {
  return new Map(
    dump(db).map((line) => {
      const [name = "", ...samples] = line.split(" ");
      expect(new Set(samples).size, `samples of ${name} twice`).toBe(samples.length);
      return [name, new Set(samples)];
    }),
  );
}

/** Compares all there is with the model; `isSure`: the sample, or its deletion, cannot have been lost. */
function compare(day: Day, isSure: (sample: Written, batch: number) => boolean = () => true): void {
  const { db, model } = day;
  const found = samplesIn(db);
  const horizon = horizonOf(db);
  const faults: string[] = [];
  for (const [name, samples] of model) {
    const texts = found.get(name) ?? new Set();
    for (const [t, sample] of samples) {
      const isThere = texts.delete(sample.text);
      if (t < horizon) {
        if (!isThere) samples.delete(t);
        continue;
      }
      if (sample.deletedAt === undefined) {
        if (isThere) continue;
        if (isSure(sample, sample.batch)) faults.push(`${name} misses ${sample.text}`);
        samples.delete(t);
      } else if (!isThere) samples.delete(t);
      else if (isSure(sample, sample.deletedAt)) faults.push(`${name} has ${sample.text} back`);
      else sample.deletedAt = undefined;
    }
    for (const text of texts) faults.push(`${name} has ${text}, which nobody wrote`);
  }
  for (const name of found.keys()) if (!model.has(name)) faults.push(`${name} is there, which nobody wrote`);
  expect(faults.slice(0, 10), `seed ${day.seed}, batch ${day.batch}`).toEqual([]);
}

/** What maintenance promises, whatever happened before. */
async function maintain(day: Day): Promise<void> {
  const { db, fileSystem } = day;
  await db.compact();
  const blocks = db.blocks();
  const lateHint = "from-out-of-order";
  // Of ended series alone: they stand beside the others, and say nothing of the head's time.
  const isPart = ({ compaction }: BlockMeta): boolean => compaction.hints?.includes(staleHint) ?? false;
  const whole = blocks.filter((block) => !isPart(block));
  const inOrder = whole.filter(({ compaction }) => !compaction.hints?.includes(lateHint));
  const inOrderMaxTime = Math.max(Number.NEGATIVE_INFINITY, ...inOrder.map(({ maxTime }) => maxTime));
  for (const { minTime, maxTime } of blocks.filter(isPart)) {
    expect(maxTime % blockRangeMs).toBe(0);
    expect(maxTime - minTime).toBeLessThanOrEqual(blockRangeMaxMs);
    expect(maxTime).toBeGreaterThan(horizonOf(db));
  }
  for (const [i, { minTime, maxTime }] of whole.entries()) {
    const next = whole[i + 1];
    // Late samples of the head's hours stay apart until the head has got there.
    if (next && maxTime <= inOrderMaxTime) expect(next.minTime).toBeGreaterThanOrEqual(maxTime);
    // The first of all begins with the first sample, as in Prometheus.
    if (i > 0) expect(minTime % blockRangeMs).toBe(0);
    expect(maxTime % blockRangeMs).toBe(0);
    expect(maxTime - minTime).toBeLessThanOrEqual(blockRangeMaxMs);
    expect(maxTime).toBeGreaterThan(horizonOf(db));
  }
  const { headMinTime = 0, headMaxTime = 0, walBytes, maintenance } = db.stats();
  expect(headMaxTime - headMinTime).toBeLessThanOrEqual(1.5 * blockRangeMs);
  expect(headMinTime).toBeGreaterThanOrEqual(inOrderMaxTime);
  expect(maintenance).toMatchObject({ compactionFailures: 0, headTruncationFailures: 0, checkpointFailures: 0 });
  expect(fileSystem.readFolder("/data").filter((name) => name.includes(".tmp"))).toEqual([]);
  const isFirstHalf = day.clock.now() - start < (hours / 2) * hour;
  if (isFirstHalf) day.walBytesMax = Math.max(day.walBytesMax, walBytes);
  else expect(walBytes).toBeLessThan(2 * day.walBytesMax);
}

async function restart(day: Day): Promise<void> {
  const { random, fileSystem, options, past } = day;
  const { verticalCompactions, timeRetentions, staleCompactions } = day.db.stats().maintenance;
  past.verticalCompactions += verticalCompactions;
  past.timeRetentions += timeRetentions;
  past.staleCompactions += staleCompactions;
  const dice = random();
  if (dice < 0.4) {
    await day.db.close();
    expect(fileSystem.openFileCount).toBe(day.abandonedFiles);
    day.db = await openTsdb(options);
    compare(day);
  } else if (dice < 0.7) {
    day.abandonedFiles = fileSystem.openFileCount;
    day.db = await reopenAfterKill(options);
    compare(day);
  } else {
    fileSystem.crash();
    day.abandonedFiles = 0;
    day.db = await reopenAfterKill(options);
    const { wal, wbl } = day.synced;
    // Without its series, which is in the WAL, a late sample is nothing.
    compare(day, ({ isLate }, batch) => batch <= (isLate ? Math.min(wal, wbl) : wal));
  }
}

const start = 1_700_000_000_000 - (1_700_000_000_000 % blockRangeMs);

async function live(day: Day): Promise<void> {
  const { clock, random } = day;
  for (let tick = 0; tick * scrapeMs < hours * hour; tick++) {
    await clock.advance(scrapeMs);
    const now = clock.now();
    for (let index = 0; index < targets; index++) scrape(day, index, now + index * second);
    if (tick % 2 === 0) evaluate(day, now);
    if (random() < 0.05) appendLate(day, now);
    if (tick % 2 === 1) await maintain(day);
    if (random() < 0.02) await deleteSome(day, now);
    if (random() < 0.005) await day.db.cleanTombstones();
    if (random() < 0.006) await restart(day);
  }
}

test(`days of ${hours} hours (seeds 1–${rounds})`, { timeout: 60_000 + rounds * hours * 20_000 }, async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const fileSystem = new SimFileSystem({ seed });
    fileSystem.makeFolder("/data");
    fileSystem.syncFolder("/");
    const clock = new SimClock(start);
    const options = {
      ...simulated(fileSystem),
      clock,
      random: randomFrom(seed),
      retentionMs,
      blockRangeMs,
      blockRangeMaxMs,
      outOfOrderTimeWindowMs: 2 * hour,
      walSegmentBytesMax: 8192,
      staleSeriesThreshold: staleSeriesThresholds[seed % staleSeriesThresholds.length] ?? 0,
    };
    const day: Day = {
      db: await openTsdb(options),
      fileSystem,
      clock,
      random: randomFrom(seed + 1e6),
      options,
      model: new Map(),
      targets: Array.from({ length: targets }, () => ({ version: 0, isUp: false })),
      batch: 0,
      synced: { wal: -1, wbl: -1 },
      walBytesMax: 0,
      abandonedFiles: 0,
      past: { verticalCompactions: 0, timeRetentions: 0, staleCompactions: 0 },
      seed,
    };
    await live(day);
    compare(day);
    const { maintenance, headSeries } = day.db.stats();
    expect(day.past.verticalCompactions + maintenance.verticalCompactions).toBeGreaterThan(0);
    expect(day.past.timeRetentions + maintenance.timeRetentions).toBeGreaterThan(0);
    const staleCompactions = day.past.staleCompactions + maintenance.staleCompactions;
    expect(staleCompactions > 0).toBe(options.staleSeriesThreshold > 0);
    expect(headSeries).toBeLessThan(targets * (seriesPerTarget + 1) + 60);
    await day.db.close();
    expect(fileSystem.openFileCount).toBe(day.abandonedFiles);
  }
});
