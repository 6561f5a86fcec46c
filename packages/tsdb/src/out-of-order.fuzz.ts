// Random work with samples that come late, on a database and on a Map of Maps: floats and histograms, in order and not,
// restarts, kills, compactions, deletions, another window. Of two samples with one time the first counts.
// A longer run: FUZZ_ROUNDS=200 npx vitest run packages/tsdb/src/out-of-order.fuzz.ts
import { appendOutcome, type Histogram, labelsFrom, matcherFrom } from "@narthex/model";
import { type Random, randomFrom, SimClock, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { comparable, randomHistograms } from "./testdata/histograms.js";
import { columnsOf, dumpAll, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 3);
const stepsPerRound = 120;
const minute = 60_000;
const hour = 60 * minute;

type Model = Map<string, Map<number, string>>;

interface World {
  db: Tsdb;
  readonly model: Model;
  readonly random: Random;
  readonly clock: SimClock;
  readonly options: Parameters<typeof openTsdb>[0];
  readonly histograms: Generator<Histogram>;
  windowMs: number;
  now: number;
}

const floatNames = ["a", "b", "c", "d", "e", "f"];
const below = (random: Random, end: number): number => Math.floor(random() * end);

function keep(model: Model, name: string, sample: readonly [t: number, value: string]): void {
  const [t, value] = sample;
  const samples = model.get(name) ?? new Map<number, string>();
  if (!samples.has(t)) samples.set(t, value);
  model.set(name, samples);
}

/** Mostly the time of the batch; sometimes earlier, sometimes too early. */
function randomTime({ random, now, windowMs }: World): number {
  // Without a window a batch drops what it has made late itself, without telling.
  return windowMs === 0 || random() < 0.6 ? now : now - below(random, Math.max(hour, windowMs * 1.2));
}

function randomRows(world: World): Row[] {
  const { random } = world;
  const name = (): string => floatNames[below(random, floatNames.length)] as string;
  const value = (): number | "stale" => (random() < 0.1 ? "stale" : below(random, 1000));
  return Array.from({ length: 1 + below(random, random() < 0.1 ? 200 : 8) }, () => [
    name(),
    randomTime(world),
    value(),
  ]);
}

/** `newest`: the head's before the batch; the first sample of an empty head is taken. */
function checkOutcome({ windowMs }: World, sample: { t: number; outcome: number }, newest: number | undefined): void {
  if (newest === undefined || windowMs === 0) return;
  const { t, outcome } = sample;
  const refusals = [appendOutcome.outOfOrder, appendOutcome.outOfBounds, appendOutcome.tooOld] as number[];
  if (t < newest - windowMs) expect(outcome).toBe(appendOutcome.tooOld);
  else expect(refusals).not.toContain(outcome);
}

function appendBatch(world: World): void {
  const { random, model } = world;
  world.now += below(random, 20 * minute);
  const newest = world.db.stats().headMaxTime;
  const rows = randomRows(world);
  const appender = world.db.appender();
  const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name })));
  const columns = columnsOf(refs, rows);
  appender.append(columns);
  rows.forEach(([, t], i) => {
    checkOutcome(world, { t, outcome: columns.outcomes[i]! }, newest);
  });
  const histogram = world.histograms.next().value as Histogram;
  const t = randomTime(world);
  const outcome = appender.appendHistogram(appender.series(labelsFrom({ __name__: "h" })), t, histogram);
  checkOutcome(world, { t, outcome }, newest);
  if (random() < 0.1) {
    appender.rollback();
    return;
  }
  appender.commit();
  rows.forEach(([name, time, v], i) => {
    if (columns.outcomes[i] === appendOutcome.appended) keep(model, name, [time, String(v)]);
  });
  if (outcome === appendOutcome.appended) keep(model, "h", [t, JSON.stringify(comparable(histogram))]);
}

async function deleteSome({ db, model, random, now }: World): Promise<void> {
  const name = floatNames[below(random, floatNames.length)] as string;
  const start = now - below(random, 10 * hour);
  const end = start + below(random, 3 * hour);
  await db.deleteSeries([matcherFrom("=", "__name__", name)], { start, end });
  const samples = model.get(name) ?? new Map<number, string>();
  for (const t of samples.keys()) if (t >= start && t <= end) samples.delete(t);
}

function compare({ db, model, random, now }: World, seed: number): void {
  const start = random() < 0.3 ? 0 : now - below(random, 12 * hour);
  const end = random() < 0.3 ? now : start + below(random, 6 * hour);
  const expected = [...model].flatMap(([name, samples]) => {
    const inside = [...samples].filter(([t]) => t >= start && t <= end).sort(([a], [b]) => a - b);
    return inside.map(([t, value]) => `${name} ${t}=${value}`);
  });
  const found = dumpAll(db, { start, end }).flatMap((line) => {
    const [name, ...samples] = line.split(" ");
    return samples.map((sample) => `${name} ${sample}`);
  });
  const known = new Set(expected);
  const held = new Set(found);
  const missing = expected.filter((sample) => !held.has(sample));
  const unknown = found.filter((sample) => !known.has(sample));
  expect({ missing, unknown }, `seed ${seed}`).toEqual({ missing: [], unknown: [] });
  expect(found).toHaveLength(expected.length);
}

async function restart(world: World): Promise<void> {
  const options = { ...world.options, outOfOrderTimeWindowMs: world.windowMs };
  if (world.random() < 0.5) world.db = await reopenAfterKill(options);
  else {
    await world.db.close();
    world.db = await openTsdb(options);
  }
}

function changeWindow(world: World): void {
  world.windowMs = [0, hour, 5 * hour, 24 * hour][below(world.random, 4)] as number;
  world.db.setOutOfOrderTimeWindow(world.windowMs);
}

async function step(world: World, seed: number): Promise<void> {
  // New blocks are in order of their names, as they are with a clock that goes.
  await world.clock.advance(1);
  const dice = world.random();
  if (dice < 0.75) appendBatch(world);
  else if (dice < 0.81) await restart(world);
  else if (dice < 0.87) await world.db.compact();
  else if (dice < 0.89) await world.db.cleanTombstones();
  else if (dice < 0.92) await deleteSome(world);
  else if (dice < 0.93) changeWindow(world);
  else compare(world, seed);
}

test(`late samples give the same answers as a Map of Maps (seeds 1–${rounds})`, {
  timeout: 60_000 + rounds * 10_000,
}, async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const clock = new SimClock(1_700_000_000_000);
    const base = { ...simulated(new SimFileSystem({ seed })), clock, retentionMs: 0, walSegmentBytesMax: 8192 };
    const random = randomFrom(seed);
    const windowMs = 5 * hour;
    const world: World = {
      db: await openTsdb({ ...base, outOfOrderTimeWindowMs: windowMs }),
      model: new Map(),
      random,
      clock,
      options: base,
      histograms: randomHistograms(randomFrom(seed + 1e6), stepsPerRound),
      windowMs,
      now: 100 * hour,
    };
    for (let i = 0; i < stepsPerRound; i++) await step(world, seed);
    compare(world, seed);
    await world.db.close();
  }
});
