// Nine hours with samples that come late, on a disk that fails or dies at every place in turn: whatever happens, the database
// opens again and holds what was committed. Every place: FUZZ_ROUNDS=5000 npx vitest run packages/tsdb/src/late-faults.fuzz.ts
import { matcherFrom } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import type { TsdbOptions } from "./options.js";
import { append, dump, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import type { Tsdb } from "./tsdb.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 5);
const timeoutMs = 60_000 + Math.min(rounds, 5000) * 1000;
const minute = 60_000;
const hour = 60 * minute;
const batchMs = 7 * minute;
const batches = 80;

/** A sample, by the batch it came with; `isMarked`: a deletion of it was begun, so it may be gone. */
interface Written {
  readonly batch: number;
  readonly isLate: boolean;
  isMarked: boolean;
}

interface Hours {
  db: Tsdb;
  isDown: boolean;
  readonly options: TsdbOptions;
  /** By `name t=v`. */
  readonly written: Map<string, Written>;
  /** Samples of batches that were refused. */
  readonly refused: Set<string>;
  /** The last batch that is on the disk for certain, in each log: segments are synced when they end. */
  readonly synced: { wal: number; wbl: number };
}

function newestSegment({ options }: Hours, log: "wal" | "wbl"): string | undefined {
  const folder = `/data/${log}`;
  const { fileSystem } = options;
  return fileSystem?.stat(folder) ? fileSystem.readFolder(folder).findLast((name) => /^\d+$/.test(name)) : undefined;
}

/** One sample in order, three late ones of a series that has some in order, and of one that has none. */
function rowsOf(i: number): Row[] {
  const t = i * batchMs;
  const late = [1, 2, 3].map((k): Row => ["a", t - k * 23 * minute - i, -i]);
  return [["a", t, i], ...late, ["late", t - ((i * 13) % 90) * minute - i, i]];
}

function commitBatch(hours: Hours, i: number): void {
  const { written, refused, synced } = hours;
  const before = { wal: newestSegment(hours, "wal"), wbl: newestSegment(hours, "wbl") };
  const rows = rowsOf(i);
  const keys = rows.map(([name, t, v]) => `${name} ${t}=${v}`);
  for (const key of keys) refused.add(key);
  append(hours.db, rows);
  for (const [n, key] of keys.entries()) {
    refused.delete(key);
    written.set(key, { batch: i, isLate: n > 0, isMarked: false });
  }
  if (newestSegment(hours, "wal") !== before.wal) synced.wal = i - 1;
  if (before.wbl !== undefined && newestSegment(hours, "wbl") !== before.wbl) synced.wbl = i - 1;
}

async function deleteSome({ db, written }: Hours): Promise<void> {
  const range = { start: hour, end: 5 * hour };
  const isInside = (key: string): boolean => {
    const [name, sample = ""] = key.split(" ");
    const t = Number(sample.split("=")[0]);
    return name === "late" && t >= range.start && t <= range.end;
  };
  for (const [key, sample] of written) if (isInside(key)) sample.isMarked = true;
  await db.deleteSeries([matcherFrom("=", "__name__", "late")], range);
}

async function restart(hours: Hours): Promise<void> {
  hours.isDown = true;
  await hours.db.close();
}

const events: Readonly<Record<number, (hours: Hours) => Promise<unknown>>> = {
  29: ({ db }) => db.compact(),
  38: restart,
  47: ({ db }) => db.compact(),
  52: deleteSome,
  58: ({ db }) => db.cleanTombstones(),
  65: ({ db }) => db.compact(),
  72: ({ db }) => db.snapshot("/data/snapshots/late", { withHead: true }),
};

/** Runs the hours; steps that the disk fails are skipped, as a server would. Returns how many there were. */
async function run(hours: Hours): Promise<number> {
  let failures = 0;
  const isDiskError = (error: unknown): boolean =>
    /EIO|ENOSPC/.test(`${String(error)} ${String((error as Error).cause)}`);
  for (let i = 0; i < batches; i++) {
    for (const step of [async () => commitBatch(hours, i), async () => events[i]?.(hours)]) {
      try {
        if (hours.isDown) {
          hours.db = await reopenAfterKill(hours.options);
          hours.isDown = false;
        }
        await step();
      } catch (error) {
        if (!isDiskError(error)) throw error;
        failures++;
      }
    }
  }
  return failures;
}

/** What is wrong with what is there now. */
function faults({ db, written }: Hours, isSure: (sample: Written) => boolean = () => true): string[] {
  const found = new Set(dump(db).flatMap(samplesOf));
  const missing = [...written].filter(([key, sample]) => !sample.isMarked && isSure(sample) && !found.has(key));
  const unknown = [...found].filter((key) => !written.has(key));
  return [...missing.map(([key]) => `misses ${key}`), ...unknown.map((key) => `has ${key}, which nobody wrote`)];
}

function samplesOf(line: string): string[] {
  const [name, ...samples] = line.split(" ");
  return samples.map((sample) => `${name} ${sample}`);
}

async function begin(fileSystem: SimFileSystem): Promise<Hours> {
  const options = {
    ...simulated(fileSystem),
    retentionMs: 0,
    outOfOrderTimeWindowMs: 3 * hour,
    walSegmentBytesMax: 1024,
  };
  const db = await reopenAfterKill(options);
  return { db, isDown: false, options, written: new Map(), refused: new Set(), synced: { wal: -1, wbl: -1 } };
}

async function countChanges(): Promise<number> {
  const fileSystem = new SimFileSystem();
  const hours = await begin(fileSystem);
  const before = fileSystem.changeCount;
  expect(await run(hours)).toBe(0);
  expect(faults(hours)).toEqual([]);
  expect(hours.db.stats().maintenance.verticalCompactions).toBeGreaterThan(0);
  expect(hours.synced.wbl).toBeGreaterThan(0);
  return fileSystem.changeCount - before;
}

/** Places spread over the hours; all of them when there are rounds enough. */
function placesOf(changes: number): number[] {
  const count = Math.min(rounds, changes);
  return Array.from({ length: count }, (_, round) => Math.floor((round * changes) / count));
}

test(`errors at every change of the disk lose no late sample that was committed (${rounds} places)`, {
  timeout: timeoutMs,
}, async () => {
  for (const call of placesOf(await countChanges())) {
    const fileSystem = new SimFileSystem({ seed: call });
    const hours = await begin(fileSystem);
    fileSystem.fault({ call, code: call % 2 === 0 ? "EIO" : "ENOSPC", times: 1 + (call % 4) });
    await run(hours);
    fileSystem.fault(undefined);
    expect(faults(hours), `call ${call}`).toEqual([]);
    // What one log took and the other did not, on a disk that did not let it be taken back: the next start finds it.
    for (const key of hours.refused) hours.written.set(key, { batch: -1, isLate: false, isMarked: true });
    hours.db = await reopenAfterKill(hours.options);
    expect(faults(hours), `call ${call}, reopened`).toEqual([]);
    await hours.db.compact();
    expect(faults(hours), `call ${call}, compacted`).toEqual([]);
    await hours.db.close();
  }
});

test(`power loss at every change of the disk loses no late sample that was synced (${rounds} places)`, {
  timeout: timeoutMs,
}, async () => {
  for (const call of placesOf(await countChanges())) {
    const fileSystem = new SimFileSystem({ seed: call });
    fileSystem.makeFolder("/data");
    fileSystem.syncFolder("/");
    const hours = await begin(fileSystem);
    // From this change on the disk takes nothing more.
    fileSystem.fault({ call, code: "EIO", times: 1e9 });
    await run(hours);
    fileSystem.crash();
    // A batch that one log took and the other did not: on a dead disk it cannot be taken back.
    for (const key of hours.refused) hours.written.set(key, { batch: -1, isLate: false, isMarked: true });
    hours.db = await reopenAfterKill(hours.options);
    const { wal, wbl } = hours.synced;
    // Without its series, which is in the WAL, a late sample is nothing.
    const isSure = ({ batch, isLate }: Written): boolean => batch <= (isLate ? Math.min(wal, wbl) : wal);
    expect(faults(hours, isSure), `call ${call}`).toEqual([]);
    await hours.db.compact();
    expect(faults(hours, isSure), `call ${call}, compacted`).toEqual([]);
    await hours.db.close();
  }
});
