// Random batches with start times, on a database and on a Map of Maps: counters that begin anew, samples without a start
// time between others, late ones, histograms, restarts, kills, compactions; read here and through a view.
// A longer run: FUZZ_ROUNDS=200 npx vitest run packages/tsdb/src/start-times.fuzz.ts
import { type Histogram, labelsFrom, type Queryable, SampleColumns } from "@narthex/model";
import { type Random, randomFrom, SimClock, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { randomHistograms } from "./testdata/histograms.js";
import { anySeries, columnsOf, everything, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";
import { TsdbReader } from "./view/reader.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 1);
const stepsPerRound = 150;
const minute = 60_000;
const hour = 60 * minute;

interface World {
  db: Tsdb;
  readonly fileSystem: SimFileSystem;
  readonly random: Random;
  readonly options: Parameters<typeof openTsdb>[0];
  readonly histograms: Generator<Histogram>;
  /** By series and time: the start time of the sample. */
  readonly model: Map<string, Map<number, number>>;
  /** What each series tells now. */
  readonly starts: Map<string, number>;
  now: number;
}

const names = ["a", "b", "c", "d", "h"];
const below = (random: Random, end: number): number => Math.floor(random() * end);

function nextStart({ starts, random, now }: World, name: string): number {
  // Some begin anew seldom, some often; `d` never tells.
  if (name === "d") return 0;
  const changes = name === "a" ? 0.01 : 0.3;
  if (random() < changes) starts.set(name, random() < 0.3 ? 0 : now - below(random, 3 * hour));
  return starts.get(name) ?? 0;
}

function appendBatch(world: World, { isLate }: { readonly isLate: boolean }): void {
  const { db, random, model, histograms } = world;
  world.now += 1 + below(random, 2 * minute);
  const t = isLate ? world.now - below(random, 4 * hour) : world.now;
  // One time to each sample: which of two counts is not what is looked at here.
  if ([...model.values()].some((samples) => samples.has(t))) return;
  const rows = names.slice(0, 4).map((name): Row => [name, t, random() < 0.03 ? "stale" : below(random, 1000)]);
  const startTimes = Float64Array.from(rows, ([name]) => nextStart(world, name));
  const appender = db.appender();
  const refs = names.map((name) => appender.series(labelsFrom({ __name__: name })));
  const hasStarts = random() < 0.9;
  const columns = columnsOf(refs.slice(0, 4), rows);
  expect(appender.append(hasStarts ? { ...columns, startTimes } : columns)).toBe(4);
  const startTime = nextStart(world, "h");
  expect(appender.appendHistogram(refs[4]!, { t, startTime }, histograms.next().value as Histogram)).toBe(0);
  appender.commit();
  for (const [i, [name]] of rows.entries()) model.get(name)?.set(t, hasStarts ? startTimes[i]! : 0);
  model.get("h")?.set(t, startTime);
}

function startTimesIn(storage: Queryable): string[] {
  const columns = new SampleColumns();
  const querier = storage.querier(everything);
  const sources = querier.select({ matchers: [anySeries], ...everything, sorted: true });
  const lines = sources.map((source) => {
    source.read(columns);
    const samples = Array.from({ length: columns.count }, (_, i) => `${columns.t[i]}@${columns.startTimes?.[i] ?? 0}`);
    return [source.labels[1], ...samples].join(" ");
  });
  querier.close();
  return lines;
}

async function compare(world: World, seed: number): Promise<void> {
  const { db, model, fileSystem } = world;
  const stored = [...model].filter(([, samples]) => samples.size > 0);
  const expected = stored.map(([name, samples]) => {
    const sorted = [...samples].sort(([a], [b]) => a - b);
    return [name, ...sorted.map(([t, startTime]) => `${t}@${startTime}`)].join(" ");
  });
  expect(startTimesIn(db), `seed ${seed}`).toEqual(expected);
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  const { view, release } = await db.view([{ matchers: [anySeries], ...everything }]);
  const open = reader.open(view);
  // Chunks end and counters begin anew behind the view's back.
  for (let i = 0; i < 60; i++) appendBatch(world, { isLate: false });
  expect(startTimesIn(open), `view, seed ${seed}`).toEqual(expected);
  open.close();
  reader.close();
  release();
}

async function restart(world: World): Promise<void> {
  if (world.random() < 0.5) world.db = await reopenAfterKill(world.options);
  else {
    await world.db.close();
    world.db = await openTsdb(world.options);
  }
}

async function step(world: World, seed: number): Promise<void> {
  const dice = world.random();
  if (dice < 0.88) appendBatch(world, { isLate: world.random() < 0.15 });
  else if (dice < 0.93) await restart(world);
  else if (dice < 0.97) await world.db.compact();
  else await compare(world, seed);
}

test(`start times come back as they were given (seeds 1–${rounds})`, {
  timeout: 30_000 + rounds * 10_000,
}, async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const fileSystem = new SimFileSystem({ seed });
    const options = {
      ...simulated(fileSystem),
      clock: new SimClock(1_700_000_000_000),
      retentionMs: 0,
      walSegmentBytesMax: 8192,
      outOfOrderTimeWindowMs: 5 * hour,
      chunkForm: { floats: "xor2", histogramStarts: true } as const,
    };
    const world: World = {
      db: await openTsdb(options),
      fileSystem,
      random: randomFrom(seed),
      options,
      histograms: randomHistograms(randomFrom(seed + 1e6), 1e6),
      model: new Map(names.map((name) => [name, new Map()])),
      starts: new Map(),
      now: 100 * hour,
    };
    for (let i = 0; i < stepsPerRound; i++) await step(world, seed);
    await compare(world, seed);
    await world.db.close();
  }
});
