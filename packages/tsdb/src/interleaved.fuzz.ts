// What happens between the steps of maintenance: samples in order and late ones are appended, series come and go, samples
// are deleted, queries and views are answered, the clock jumps, the disk is full or fails for a while, the process ends or dies.
// A Map of Maps must agree at every moment. A longer run: FUZZ_ROUNDS=200 npx vitest run packages/tsdb/src/interleaved.fuzz.ts
import { appendOutcome, labelsFrom, matcherFrom } from "@narthex/model";
import { type Random, randomFrom, SimClock, SimFileSystem } from "@narthex/stdx";
import { expect, test, vi } from "vitest";
import { giveWay } from "./pause.js";
import { anySeries, columnsOf, dump, everything, type Row, reopenAfterKill, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";
import { TsdbReader } from "./view/reader.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 2);
const turnsPerRound = 400;
const minute = 60_000;
const hour = 60 * minute;
const windowMs = 3 * hour;

/** "either": its deletion was begun, or it came while its time was being deleted. */
interface Sample {
  readonly text: string;
  fate: "kept" | "either";
}

interface Deletion {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

interface World {
  db: Tsdb;
  readonly seed: number;
  readonly random: Random;
  readonly clock: SimClock;
  readonly fileSystem: SimFileSystem;
  readonly options: ReturnType<typeof simulated>;
  readonly model: Map<string, Map<number, Sample>>;
  now: number;
  /** Series of each number go on under another name now and then. */
  readonly versions: number[];
  /** Maintenance that is not done; undefined while none runs. */
  running: Promise<void> | undefined;
  deletion: Deletion | undefined;
  /** Views that are out. */
  readonly views: { readonly check: () => void; readonly end: () => void }[];
  /** Turns until the disk works again; 0 while it does. */
  troubledTurns: number;
  /** Of batches that the disk refused: nobody sees them, but where it would not take them back a restart may. */
  readonly refused: Row[];
  readonly counts: { compactions: number; lives: number; failedTasks: number };
}

const below = (random: Random, end: number): number => Math.floor(random() * end);
const isDiskError = (error: unknown): boolean =>
  /EIO|ENOSPC/.test(`${String(error)} ${String((error as Error).cause)}`);

function moveOn(world: World): void {
  const { random } = world;
  world.now += 1 + below(random, 4 * minute);
  const dice = random();
  if (dice < 0.005) world.now += below(random, 7 * hour);
  else if (dice < 0.01) world.now -= below(random, 3 * hour);
}

function randomRows({ random, versions, now }: World): Row[] {
  const rows: Row[] = [];
  if (random() < 0.05) versions[below(random, versions.length)]!++;
  for (const [i, version] of versions.entries()) {
    if (random() < 0.8) rows.push([`s${i}v${version}`, now, rows.length]);
  }
  const lateCount = random() < 0.2 ? below(random, 40) : 0;
  for (let i = 0; i < lateCount; i++) {
    const name = random() < 0.5 ? "late" : `s${below(random, versions.length)}v${below(random, 3)}`;
    rows.push([name, now - below(random, windowMs), -i]);
  }
  return rows;
}

function appendBatch(world: World): void {
  const { db, random } = world;
  moveOn(world);
  const rows = randomRows(world);
  const appender = db.appender();
  const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name, job: "test" })));
  const columns = columnsOf(refs, rows);
  appender.append(columns);
  if (random() < 0.05) {
    appender.rollback();
    return;
  }
  try {
    appender.commit();
  } catch (error) {
    if (!isDiskError(error)) throw error;
    world.refused.push(...rows);
    return;
  }
  for (const [i, row] of rows.entries()) if (columns.outcomes[i] === appendOutcome.appended) note(world, row, "kept");
}

/** Of two samples with one time the first counts. */
function note({ model, deletion }: World, [name, t, v]: Row, fate: Sample["fate"]): void {
  const samples = model.get(name) ?? new Map<number, Sample>();
  const isBeingDeleted = deletion?.name === name && t >= deletion.start && t <= deletion.end;
  if (!samples.has(t)) samples.set(t, { text: `${t}=${v}`, fate: isBeingDeleted ? "either" : fate });
  model.set(name, samples);
}

/** Samples of one fate, or of any, as `name t=v`. */
function samplesIn({ model }: World, fate?: Sample["fate"]): Set<string> {
  const found = new Set<string>();
  for (const [name, samples] of model) {
    for (const sample of samples.values()) if (!fate || sample.fate === fate) found.add(`${name} ${sample.text}`);
  }
  return found;
}

function samplesOf(line: string): string[] {
  const [name, ...samples] = line.split(" ");
  return samples.map((sample) => `${name} ${sample}`);
}

interface Expected {
  readonly sure: ReadonlySet<string>;
  readonly known: ReadonlySet<string>;
}

/** What is wrong: all that is sure must be there, and only what is known, each once. */
function faults(found: readonly string[], { sure, known }: Expected): string {
  const held = new Set(found);
  const missing = [...sure].filter((sample) => !held.has(sample)).map((sample) => `misses ${sample}`);
  const unknown = found.filter((sample) => !known.has(sample)).map((sample) => `has ${sample}, which nobody wrote`);
  return [...(held.size < found.length ? ["has samples twice"] : []), ...missing, ...unknown].slice(0, 5).join("\n");
}

function compare(world: World, what: string): void {
  const expected = { sure: samplesIn(world, "kept"), known: samplesIn(world) };
  expect(faults(dump(world.db).flatMap(samplesOf), expected), `${what}, seed ${world.seed}`).toBe("");
}

/** Batches that come while the view is taken are in it or not. */
async function takeView(world: World): Promise<void> {
  const { db, fileSystem, seed } = world;
  const sure = samplesIn(world, "kept");
  const { view, buffers, release } = await db.view([{ matchers: [anySeries], ...everything }]);
  const known = samplesIn(world);
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  const open = reader.open(structuredClone(view, { transfer: buffers }));
  world.views.push({
    check() {
      // Deletions since then may show, or not.
      const kept = samplesIn(world, "kept");
      const expected = { sure: new Set([...sure].filter((sample) => kept.has(sample))), known };
      expect(faults(dump(open).flatMap(samplesOf), expected), `a view, seed ${seed}`).toBe("");
    },
    end() {
      open.close();
      reader.close();
      release();
    },
  });
}

function endView({ views, random }: World): void {
  const [view] = views.splice(below(random, views.length), 1);
  view?.check();
  view?.end();
}

function maintain(world: World): void {
  if (world.running) return;
  const { db, random } = world;
  const dice = random();
  const task = dice < 0.8 ? db.compact() : dice < 0.9 ? deleteSome(world) : db.cleanTombstones();
  const { lives } = world.counts;
  world.running = task
    .catch((error: unknown) => {
      // What ends breaks it off.
      if (lives !== world.counts.lives) return;
      if (!isDiskError(error)) throw error;
      world.counts.failedTasks++;
    })
    .finally(() => {
      world.running = undefined;
    });
}

async function deleteSome(world: World): Promise<void> {
  const { db, model, random, now } = world;
  const names = [...model.keys()];
  const name = names[below(random, names.length)] ?? "late";
  const start = now - below(random, 8 * hour);
  const deletion = { name, start, end: start + below(random, 3 * hour) };
  const doomed = [...(model.get(name) ?? [])].filter(([t]) => t >= deletion.start && t <= deletion.end);
  for (const [, sample] of doomed) sample.fate = "either";
  const { lives } = world.counts;
  world.deletion = deletion;
  try {
    await db.deleteSeries([matcherFrom("=", "__name__", name)], deletion);
    // What a dead process thinks it did counts for nothing.
    if (lives !== world.counts.lives) return;
    for (const [t] of doomed) model.get(name)?.delete(t);
  } finally {
    world.deletion = undefined;
  }
}

function makeTrouble(world: World): void {
  const { fileSystem, random } = world;
  world.troubledTurns = 1 + below(random, 20);
  if (random() < 0.5) fileSystem.fault({ call: below(random, 30), code: "EIO", times: 1 + below(random, 30) });
  else fileSystem.sizeMax = fileSystem.usedBytes + below(random, 20_000);
}

function endTrouble(world: World): void {
  world.fileSystem.fault(undefined);
  world.fileSystem.sizeMax = Number.POSITIVE_INFINITY;
  world.troubledTurns = 0;
}

/** The process dies where it stands: what it does from there on does not reach the disk. */
async function kill(world: World): Promise<void> {
  world.fileSystem.fault({ call: 0, code: "EIO", times: 1e9 });
  await world.running;
}

/** In the middle of maintenance, and of trouble. */
async function close(world: World): Promise<void> {
  await world.db.close().catch((error: unknown) => {
    if (!isDiskError(error)) throw error;
  });
  await world.running;
}

/** What a start may bring back where writes had failed. */
function noteReturning(world: World): void {
  for (const row of world.refused.splice(0)) note(world, row, "either");
}

async function beginAnew(world: World, end: (world: World) => Promise<void>): Promise<void> {
  while (world.views.length > 0) endView(world);
  const { db, options, counts } = world;
  counts.lives++;
  await end(world);
  counts.compactions += db.stats().maintenance.compactions;
  endTrouble(world);
  noteReturning(world);
  world.db = await reopenAfterKill(options);
  compare(world, `begun anew behind a ${end.name}`);
}

async function turn(world: World): Promise<void> {
  const { random, views } = world;
  // New blocks are in order of their names, as they are with a clock that goes.
  await world.clock.advance(1);
  if (random() < 0.7) appendBatch(world);
  if (random() < 0.3) maintain(world);
  if (random() < 0.1) compare(world, "between steps");
  if (random() < 0.1 && views.length < 3) await takeView(world);
  if (random() < 0.1) endView(world);
  if (world.troubledTurns > 0 && --world.troubledTurns === 0) endTrouble(world);
  else if (world.troubledTurns === 0 && random() < 0.02) makeTrouble(world);
  if (random() < 0.03) await beginAnew(world, random() < 0.5 ? kill : close);
  await giveWay();
}

async function worldOf(seed: number): Promise<World> {
  const fileSystem = new SimFileSystem({ seed });
  const clock = new SimClock(1_700_000_000_000);
  const options = {
    ...simulated(fileSystem),
    clock,
    retentionMs: 0,
    blockRangeMaxMs: 18 * hour,
    walSegmentBytesMax: 8192,
    outOfOrderTimeWindowMs: windowMs,
  };
  return {
    db: await openTsdb(options),
    seed,
    random: randomFrom(seed),
    clock,
    fileSystem,
    options,
    model: new Map(),
    now: 1000 * hour,
    versions: Array.from({ length: 8 }, () => 0),
    running: undefined,
    deletion: undefined,
    views: [],
    troubledTurns: 0,
    refused: [],
    counts: { compactions: 0, lives: 1, failedTasks: 0 },
  };
}

test(`every moment of maintenance shows what is stored (seeds 1–${rounds})`, {
  timeout: 60_000 + rounds * 10_000,
}, async () => {
  // Every other pause lets the turn go on: time flies for whoever looks at the clock.
  let time = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (time += 3));
  for (let seed = 1; seed <= rounds; seed++) {
    const world = await worldOf(seed);
    for (let i = 0; i < turnsPerRound; i++) await turn(world);
    endTrouble(world);
    await world.running;
    await world.db.compact();
    while (world.views.length > 0) endView(world);
    compare(world, "at the end");
    world.counts.compactions += world.db.stats().maintenance.compactions;
    expect(world.counts.compactions, `seed ${seed}`).toBeGreaterThan(3);
    await world.db.close();
  }
});
