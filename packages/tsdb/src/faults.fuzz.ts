// A scripted day on a disk that fails or dies at every place in turn: whatever happens, the database opens again and
// holds what was committed. Every place: FUZZ_ROUNDS=5000 npx vitest run packages/tsdb/src/faults.fuzz.ts
import { labelsFrom, matcherFrom } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import type { TsdbOptions } from "./options.js";
import { columnsOf, dump, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import type { Tsdb } from "./tsdb.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 5);
const timeoutMs = 60_000 + Math.min(rounds, 5000) * 1000;
const minute = 60_000;
const hour = 60 * minute;
const batchMs = 7 * minute;
const retentionMs = 16 * hour;
const shortRetentionMs = 6 * hour;
const shortLived = [matcherFrom("=", "__name__", "b1")];

/** What must be there is kept, what must not be is gone; after a step that failed it may be either. */
type Fate = "kept" | "gone" | "either";

/** Samples by series and time. */
class Model {
  readonly #fates = new Map<string, Map<number, { readonly text: string; fate: Fate }>>();

  add(name: string, t: number, v: number): void {
    const series = this.#fates.get(name) ?? new Map<number, { readonly text: string; fate: Fate }>();
    series.set(t, { text: `${t}=${v}`, fate: "kept" });
    this.#fates.set(name, series);
  }

  mark(name: string, range: { readonly start: number; readonly end: number }, fate: Fate): void {
    for (const [t, sample] of this.#fates.get(name) ?? []) {
      if (t >= range.start && t <= range.end && sample.fate !== "gone") sample.fate = fate;
    }
  }

  /** What is wrong with the lines of a dump; samples after `lostAfter` may be missing, at the end of a series. */
  faults(lines: readonly string[], lostAfter = Number.POSITIVE_INFINITY): string[] {
    const found = new Map(lines.map((line) => [line.split(" ")[0], new Set(line.split(" ").slice(1))]));
    const faults: string[] = [];
    for (const [name, series] of this.#fates) {
      const samples = found.get(name) ?? new Set();
      // A full chunk may be on the disk whose log record is not.
      const last = Math.max(lostAfter, ...[...samples].map(timeOf));
      for (const [t, { text, fate }] of series) {
        const isThere = samples.delete(text);
        if (fate === "kept" && !isThere && t <= last) faults.push(`${name} misses ${text}`);
        if (fate === "gone" && isThere) faults.push(`${name} has ${text} back`);
      }
      for (const text of samples) faults.push(`${name} has ${text}, which nobody wrote`);
    }
    return faults;
  }

  /** As retention may: what is older than `newest` allows may be there or not. */
  expire(newest: number): void {
    for (const name of this.#fates.keys()) {
      const kept = name === "b1" ? shortRetentionMs : retentionMs;
      this.mark(name, { start: Number.NEGATIVE_INFINITY, end: newest - kept - 1 }, "either");
    }
  }

  /** What was deleted may be back. */
  forgetDeletions(): void {
    for (const series of this.#fates.values()) {
      for (const sample of series.values()) if (sample.fate === "gone") sample.fate = "either";
    }
  }
}

const timeOf = (sample: string): number => Number(sample.split("=")[0]);

interface Day {
  db: Tsdb;
  /** Closed, and not open again yet. */
  isDown: boolean;
  readonly options: TsdbOptions;
  readonly model: Model;
  /** Until then the log is on the disk for certain: its segments are synced when they end. */
  syncedTime: number;
}

function newestSegment({ options }: Day): string | undefined {
  return options.fileSystem?.readFolder("/data/wal").findLast((name) => /^\d+$/.test(name));
}

function commitBatch(day: Day, i: number): void {
  const { db, model } = day;
  const t = i * batchMs;
  const segment = newestSegment(day);
  const rows: Row[] = [
    ["a", t, i],
    [`b${i % 3}`, t, -i],
  ];
  const appender = db.appender();
  const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name })));
  appender.append(columnsOf(refs, rows));
  appender.commit();
  for (const [name, time, v] of rows) model.add(name, time, Number(v));
  if (newestSegment(day) !== segment) day.syncedTime = t - batchMs;
}

async function compact(day: Day): Promise<void> {
  try {
    await day.db.compact();
  } finally {
    expire(day);
  }
}

function expire({ db, model }: Day): void {
  const newest = Math.max(...db.blocks().map(({ maxTime }) => maxTime));
  // The head's samples are newer than every block, so retention can only take what a block's end allows.
  if (db.blocks().length > 0) model.expire(newest);
}

async function deleteSome({ db, model }: Day, name: string, range: { start: number; end: number }): Promise<void> {
  model.mark(name, range, "either");
  await db.deleteSeries([matcherFrom("=", "__name__", name)], range);
  model.mark(name, range, "gone");
}

async function restart(day: Day): Promise<void> {
  day.isDown = true;
  await day.db.close();
}

async function reopen(day: Day): Promise<void> {
  day.db = await reopenAfterKill(day.options);
  day.isDown = false;
  // It may find a block that a compaction finished and did not take in, and retention goes by that.
  expire(day);
}

/** What happens beside appends, by number of batch: about a day. */
const events: Readonly<Record<number, (day: Day) => Promise<unknown>>> = {
  29: compact,
  40: (day) => deleteSome(day, "b2", { start: 2 * hour, end: 4 * hour }),
  59: compact,
  70: (day) => day.db.snapshot("/data/snapshots/noon", { withHead: true }),
  80: (day) => deleteSome(day, "a", { start: 8 * hour, end: 9 * hour }),
  89: compact,
  100: (day) => day.db.cleanTombstones(),
  119: compact,
  130: restart,
  149: compact,
  179: compact,
  199: compact,
};
const batches = 205;

/** Runs the day; steps that the disk fails are skipped, as a server would. Returns how many there were. */
async function runDay(day: Day): Promise<number> {
  let failures = 0;
  const isDiskError = (error: unknown): boolean =>
    /EIO|ENOSPC/.test(`${String(error)} ${String((error as Error).cause)}`);
  for (let i = 0; i < batches; i++) {
    for (const step of [async () => commitBatch(day, i), async () => events[i]?.(day)]) {
      try {
        if (day.isDown) await reopen(day);
        await step();
      } catch (error) {
        if (!isDiskError(error)) throw error;
        failures++;
      }
    }
  }
  return failures;
}

const optionsOn = (fileSystem: SimFileSystem) => ({
  ...simulated(fileSystem),
  retentionMs,
  retentionRules: [{ matchers: shortLived, retentionMs: shortRetentionMs }],
  blockRangeMaxMs: 6 * hour,
  walSegmentBytesMax: 1024,
});

async function dayOn(fileSystem: SimFileSystem): Promise<Day> {
  const options = optionsOn(fileSystem);
  return { db: await reopenAfterKill(options), isDown: false, options, model: new Model(), syncedTime: -1 };
}

async function dayChanges(): Promise<number> {
  const fileSystem = new SimFileSystem();
  const day = await dayOn(fileSystem);
  const before = fileSystem.changeCount;
  expect(await runDay(day)).toBe(0);
  expect(day.model.faults(dump(day.db))).toEqual([]);
  expect(day.db.stats().maintenance).toMatchObject({ compactionFailures: 0, timeRetentions: 1 });
  return fileSystem.changeCount - before;
}

/** Places spread over the day; all of them when there are rounds enough. */
function placesOf(changes: number): number[] {
  const count = Math.min(rounds, changes);
  return Array.from({ length: count }, (_, round) => Math.floor((round * changes) / count));
}

test(`errors at every change of the disk lose nothing that was committed (${rounds} places)`, {
  timeout: timeoutMs,
}, async () => {
  for (const call of placesOf(await dayChanges())) {
    const fileSystem = new SimFileSystem({ seed: call });
    const day = await dayOn(fileSystem);
    fileSystem.fault({ call, code: call % 2 === 0 ? "EIO" : "ENOSPC", times: 1 + (call % 4) });
    await runDay(day);
    fileSystem.fault(undefined);
    expect(day.model.faults(dump(day.db)), `call ${call}`).toEqual([]);
    await reopen(day);
    expect(day.model.faults(dump(day.db)), `call ${call}, reopened`).toEqual([]);
    await compact(day);
    expect(day.model.faults(dump(day.db)), `call ${call}, compacted`).toEqual([]);
    await day.db.close();
  }
});

test(`power loss at every change of the disk loses no batch that was synced (${rounds} places)`, {
  timeout: timeoutMs,
}, async () => {
  for (const call of placesOf(await dayChanges())) {
    const fileSystem = new SimFileSystem({ seed: call });
    fileSystem.makeFolder("/data");
    fileSystem.syncFolder("/");
    const day = await dayOn(fileSystem);
    // From this change on the disk takes nothing more.
    fileSystem.fault({ call, code: "EIO", times: 1e9 });
    await runDay(day);
    const inBlocks = Math.max(Number.NEGATIVE_INFINITY, ...day.db.blocks().map(({ maxTime }) => maxTime));
    fileSystem.crash();
    // What was marked in the log may have been lost with it.
    day.model.forgetDeletions();
    await reopen(day);
    const lines = dump(day.db);
    const last = Math.max(day.syncedTime, inBlocks - 1);
    expect(day.model.faults(lines, last), `call ${call}`).toEqual([]);
    await compact(day);
    expect(day.model.faults(dump(day.db), last), `call ${call}, compacted`).toEqual([]);
    await day.db.close();
  }
});

test("an open that the disk refuses closes its files", async () => {
  const fileSystem = new SimFileSystem();
  const day = await dayOn(fileSystem);
  await runDay(day);
  await day.db.close();
  expect(fileSystem.openFileCount).toBe(0);
  let refused = 0;
  for (let call = 0; ; call++) {
    fileSystem.fault({ call, code: "EIO", times: 1e9 });
    const opened = await reopenAfterKill(day.options).catch(() => undefined);
    fileSystem.fault(undefined);
    if (opened) {
      await opened.close();
      break;
    }
    refused++;
    expect(fileSystem.openFileCount, `call ${call}`).toBe(0);
  }
  expect(refused).toBeGreaterThan(2);
});
