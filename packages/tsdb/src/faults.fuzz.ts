// A scripted day on a disk that fails or dies at every place in turn: whatever happens, the database opens again and
// holds what was committed. A longer run: FUZZ_ROUNDS=2000 npx vitest run packages/tsdb/src/faults.fuzz.ts
import { labelsFrom } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { columnsOf, dump, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import type { Tsdb } from "./tsdb.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 12);
const minute = 60_000;

/** Samples by series, batch by batch. */
type Model = Map<string, string[]>;

function commitBatch(db: Tsdb, model: Model, i: number): void {
  const t = i * 7 * minute;
  const rows: Row[] = [
    ["a", t, i],
    [`b${i % 3}`, t, -i],
  ];
  const appender = db.appender();
  const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name })));
  appender.append(columnsOf(refs, rows));
  appender.commit();
  for (const [name, time, v] of rows) model.set(name, [...(model.get(name) ?? []), `${time}=${v}`]);
}

const printed = (model: Model): string[] => [...model].map(([name, samples]) => [name, ...samples].join(" ")).sort();

/** Runs the day; returns how many batches and compactions failed. What failed is not in the model. */
async function runDay(db: Tsdb, model: Model): Promise<number> {
  let failures = 0;
  for (let i = 0; i < 90; i++) {
    try {
      commitBatch(db, model, i);
      if (i % 30 === 29) await db.compact();
    } catch (error) {
      if (!/EIO|ENOSPC/.test(`${String(error)} ${String((error as Error).cause)}`)) throw error;
      failures++;
    }
  }
  return failures;
}

const optionsOn = (fileSystem: SimFileSystem) => ({
  ...simulated(fileSystem),
  retentionMs: 0,
  walSegmentBytesMax: 1024,
});

async function dayChanges(): Promise<number> {
  const fileSystem = new SimFileSystem();
  await runDay(await reopenAfterKill(optionsOn(fileSystem)), new Map());
  return fileSystem.changeCount;
}

test(`errors at every change of the disk lose no committed batch (${rounds} places)`, async () => {
  const changes = await dayChanges();
  for (let round = 0; round < rounds; round++) {
    const fileSystem = new SimFileSystem({ seed: round });
    const db = await reopenAfterKill(optionsOn(fileSystem));
    const model: Model = new Map();
    const call = Math.floor((round * changes) / rounds);
    fileSystem.fault({ call, code: round % 2 === 0 ? "EIO" : "ENOSPC", times: 1 + (round % 4) });
    await runDay(db, model);
    fileSystem.fault(undefined);
    expect(dump(db), `round ${round}, call ${call}`).toEqual(printed(model));
    const again = await reopenAfterKill(optionsOn(fileSystem));
    expect(dump(again), `round ${round}, call ${call}, reopened`).toEqual(printed(model));
    await again.compact();
    expect(dump(again), `round ${round}, call ${call}, compacted`).toEqual(printed(model));
  }
});

test(`power loss at every change of the disk leaves a prefix of the batches (${rounds} places)`, async () => {
  const changes = await dayChanges();
  for (let round = 0; round < rounds; round++) {
    const fileSystem = new SimFileSystem({ seed: round });
    fileSystem.makeFolder("/data");
    fileSystem.syncFolder("/");
    const db = await reopenAfterKill(optionsOn(fileSystem));
    const model: Model = new Map();
    // From this change on the disk takes nothing more.
    fileSystem.fault({ call: Math.floor((round * changes) / rounds), code: "EIO", times: 1e9 });
    await runDay(db, model);
    fileSystem.crash();
    const again = await reopenAfterKill(optionsOn(fileSystem));
    const expected = new Map(printed(model).map((line) => [line.split(" ")[0], line]));
    for (const line of dump(again)) {
      expect(`${expected.get(line.split(" ")[0])} `.startsWith(`${line} `), `round ${round}: ${line}`).toBe(true);
    }
  }
});
