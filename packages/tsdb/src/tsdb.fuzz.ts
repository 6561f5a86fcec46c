// Random work on a database and on a Map of arrays must give the same answers: appends, rollbacks, restarts, kills,
// compactions, deletions. A longer run: FUZZ_ROUNDS=200 npx vitest run packages/tsdb/src/tsdb.fuzz.ts
import { labelsFrom, matcherFrom } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { columnsOf, dump, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 5);
const stepsPerRound = 120;
const minute = 60_000;

interface Model {
  readonly series: Map<string, [t: number, v: number | "stale"][]>;
  now: number;
}

interface World {
  db: Tsdb;
  readonly model: Model;
  readonly random: Random;
  readonly options: ReturnType<typeof simulated>;
}

const names = Array.from({ length: 12 }, (_, i) => `m${String(i).padStart(2, "0")}`);
const below = (random: Random, end: number): number => Math.floor(random() * end);

function randomBatch({ model, random }: World): Row[] {
  model.now += 1 + below(random, 20 * minute);
  return names
    .filter(() => random() < 0.6)
    .map((name): Row => [name, model.now, random() < 0.1 ? "stale" : random() < 0.5 ? below(random, 9) : random()]);
}

function appendBatch(world: World): void {
  const rows = randomBatch(world);
  const appender = world.db.appender();
  const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name, job: "test" })));
  const columns = columnsOf(refs, rows);
  expect(appender.append(columns)).toBe(rows.length);
  if (world.random() < 0.1) {
    appender.rollback();
    return;
  }
  appender.commit();
  for (const [name, t, v] of rows) {
    const samples = world.model.series.get(name) ?? [];
    samples.push([t, v]);
    world.model.series.set(name, samples);
  }
}

async function deleteSome({ db, model, random }: World): Promise<void> {
  const name = names[below(random, names.length)] as string;
  const start = below(random, model.now);
  const end = start + below(random, 200 * minute);
  await db.deleteSeries([matcherFrom("=", "__name__", name)], { start, end });
  const kept = (model.series.get(name) ?? []).filter(([t]) => t < start || t > end);
  model.series.set(name, kept);
}

function compare({ db, model, random }: World, seed: number): void {
  const start = random() < 0.3 ? 0 : below(random, model.now);
  const end = random() < 0.3 ? model.now : start + below(random, 600 * minute);
  const expected = [...model.series]
    .map(([name, samples]) => [name, ...samples.filter(([t]) => t >= start && t <= end).map(([t, v]) => `${t}=${v}`)])
    .filter((line) => line.length > 1)
    .map((line) => line.join(" "))
    .sort();
  expect(dump(db, { start, end }), `seed ${seed}`).toEqual(expected);
}

async function restart(world: World): Promise<void> {
  if (world.random() < 0.5) {
    world.db = await reopenAfterKill(world.options);
  } else {
    await world.db.close();
    world.db = await openTsdb(world.options);
  }
}

test(`random work gives the same answers as a Map of arrays (seeds 1–${rounds})`, async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const options = {
      ...simulated(new SimFileSystem({ seed })),
      retentionMs: 0,
      walSegmentBytesMax: 8192,
      staleSeriesThreshold: seed % 2 === 0 ? 0 : 0.1,
    };
    const world: World = {
      db: await openTsdb(options),
      model: { series: new Map(), now: 0 },
      random: randomFrom(seed),
      options,
    };
    for (let step = 0; step < stepsPerRound; step++) {
      const dice = world.random();
      if (dice < 0.8) appendBatch(world);
      else if (dice < 0.86) await restart(world);
      else if (dice < 0.92) await world.db.compact();
      else if (dice < 0.94) await world.db.cleanTombstones();
      else if (dice < 0.97) await deleteSome(world);
      else compare(world, seed);
    }
    compare(world, seed);
    await world.db.close();
  }
});
