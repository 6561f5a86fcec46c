// Series of blocks and of the head: samples are those of a list, and what is said of all rows is true of them, whoever decoded which.
// A longer run: FUZZ_ROUNDS=200 npx vitest run packages/tsdb/src/query/merge.fuzz.ts
import { type Querier, rowNotes, SampleColumns, type SeriesSource, wordsOf } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { anySeries, append, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { TsdbReader } from "../view/reader.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 4);
const minute = 60_000;
const hour = 60 * minute;
const end = 7 * hour;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** Mostly even and rising; at the end of a block, too, it may be otherwise. */
function randomRows(random: Random, name: string): Row[] {
  const rows: Row[] = [];
  const kind = below(random, 4);
  const interval = 15_000 * (1 + below(random, 8));
  const odd = below(random, 2) === 0 ? below(random, end) : 2 * hour * (1 + below(random, 3));
  let value = 0;
  for (let t = below(random, hour); t < end; t += interval) {
    const isOdd = t <= odd && odd < t + interval;
    if (isOdd && kind === 1) t += 1 + below(random, minute);
    value = isOdd && kind === 2 ? 0 : value + below(random, 5);
    rows.push([name, t, isOdd && kind === 3 ? "stale" : value]);
  }
  return rows;
}

async function filled(random: Random, series: readonly Row[][], fileSystem: SimFileSystem): Promise<Tsdb> {
  const db = await openTsdb(simulated(fileSystem));
  const rows = series.flat().sort((a, b) => a[1] - b[1]);
  const compactedAt = Array.from({ length: below(random, 3) }, () => below(random, end));
  for (const [i, row] of rows.entries()) {
    append(db, [row]);
    if (compactedAt.some((t) => row[1] <= t && t < (rows[i + 1]?.[1] ?? t))) await db.compact();
  }
  return db;
}

function expectRows(columns: SampleColumns, rows: readonly Row[]): void {
  const isStale = (i: number): boolean => columns.isStaleAt(i);
  expect(Array.from({ length: columns.count }, (_, i) => [columns.t[i], isStale(i) ? "stale" : columns.v[i]])).toEqual(
    rows.map(([, t, v]) => [t, v]),
  );
  for (const note of Object.values(rowNotes)) if (!columns.may(note)) expectUnlike(columns, note);
}

/** What is read together is what is read one by one. Returns how many series were. */
function expectMany(querier: Querier, sources: readonly SeriesSource[]): number {
  const v = new Float64Array(8192);
  const rows = { t: new Float64Array(8192), words: wordsOf(v), ends: new Int32Array(3), notes: new Uint8Array(3) };
  const columns = new SampleColumns();
  let together = 0;
  for (let first = 0; first < sources.length; ) {
    const count = querier.readMany?.(sources, first, rows) ?? 0;
    const read = { t: rows.t.slice(), words: rows.words.slice(), ends: [...rows.ends], notes: [...rows.notes] };
    for (let i = 0; i < count; i++) {
      sources[first + i]?.read(columns);
      const [from, to] = [i === 0 ? 0 : read.ends[i - 1]!, read.ends[i]!];
      expect(read.t.subarray(from, to)).toEqual(columns.t.subarray(0, columns.count));
      expect(read.words.subarray(2 * from, 2 * to)).toEqual(columns.words.subarray(0, 2 * columns.count));
      const isNoted = (note: number): boolean => (read.notes[i]! & note) !== 0;
      for (const note of Object.values(rowNotes)) if (!isNoted(note)) expectUnlike(columns, note);
    }
    together += count;
    first += Math.max(1, count);
  }
  return together;
}

/** Of none of the rows that is so what the note says. */
function expectUnlike({ t, v, count }: SampleColumns, note: number): void {
  const interval = t[1]! - t[0]!;
  let seen = 0;
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(v[i])) seen |= rowNotes.hasNaN;
    if (i > 0 && v[i]! < v[i - 1]!) seen |= rowNotes.hasFall;
    if (i > 0 && t[i]! - t[i - 1]! !== interval) seen |= rowNotes.hasJitter;
  }
  expect(seen & note).toBe(0);
}

test(`samples and notes are true (seeds 1–${rounds})`, async () => {
  let told = 0;
  let together = 0;
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const fileSystem = new SimFileSystem();
    const series = ["a", "b", "c", "d"].map((name) => randomRows(random, name));
    const db = await filled(random, series, fileSystem);
    const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
    reader.addSlabs(db.slabs(0));
    const columns = new SampleColumns();
    for (let round = 0; round < 8; round++) {
      const start = round < 2 ? 0 : below(random, end);
      const range = { start, end: start + below(random, end) };
      const selection = { matchers: [anySeries], ...range };
      const { view, release } = await db.view([selection]);
      const open = reader.open(view);
      const querier = open.querier(range);
      const sources = querier.select(selection);
      together += expectMany(querier, sources);
      for (const source of sources) {
        source.read(columns);
        const rows = series[source.labels[1]!.charCodeAt(0) - 97]!;
        expectRows(
          columns,
          rows.filter(([, t]) => t >= range.start && t <= range.end),
        );
        if (columns.count > 300 && !columns.may(rowNotes.hasJitter | rowNotes.hasFall | rowNotes.hasNaN)) told++;
      }
      querier.close();
      open.close();
      release();
    }
    reader.close();
    await db.close();
  }
  expect(told).toBeGreaterThan(rounds);
  expect(together).toBeGreaterThan(rounds);
});

test("of blocks and head together is known what is known of each", async () => {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb(simulated(fileSystem));
  for (let t = 0; t < end; t += minute) append(db, [["a", t, t]]);
  await db.compact();
  const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
  reader.addSlabs(db.slabs(0));
  const selection = { matchers: [anySeries], start: 0, end };
  const { view, release } = await db.view([selection]);
  expect(view.blocks.length).toBeGreaterThan(0);
  expect(view.head).toBeDefined();
  const open = reader.open(view);
  const columns = new SampleColumns();
  for (const source of open.querier(selection).select(selection)) source.read(columns);
  expect(columns.count).toBe(end / minute);
  expect(columns.may(rowNotes.hasNaN)).toBe(false);
  expect(columns.may(rowNotes.hasFall)).toBe(false);
  expect(columns.may(rowNotes.hasJitter)).toBe(false);
  open.close();
  release();
  reader.close();
  await db.close();
});
