// Whatever was asked before, the last samples that a view or a block gives by themselves are those of all samples that it gives; from
// batch to batch the same thread asks again, of chunks that have grown, been closed, moved to blocks or partly deleted meanwhile.
// A longer run: FUZZ_ROUNDS=50 npx vitest run packages/tsdb/src/view/latest.fuzz.ts
import { labelsKey, matcherFrom, type Querier, SampleColumns, type Selection } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { anySeries, append, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";
import { TsdbReader } from "./reader.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 3);
const second = 1000;
const hour = 3600 * second;
const names = Array.from({ length: 12 }, (_, i) => `s${i}`);

function someValue(random: Random, name: string, t: number): number | "stale" {
  if (random() < 0.01) return "stale";
  const kind = Number(name.slice(1)) % 3;
  return kind === 0 ? 7 : kind === 1 ? Math.floor(t / second) : random();
}

function appendSome(db: Tsdb, random: Random, now: number): void {
  const rows: Row[] = [];
  for (const name of names) if (random() < 0.9) rows.push([name, now, someValue(random, name, now)]);
  if (random() < 0.02) rows.push(["late", now - Math.floor(random() * hour), random()]);
  append(db, rows);
}

/** By series: time and value in bits, where the last sample is not before the selection. */
function lastOf(querier: Querier, selection: Selection): Map<string, string> {
  const columns = new SampleColumns();
  const found = new Map<string, string>();
  for (const source of querier.select(selection)) {
    source.read(columns);
    let i = columns.count - 1;
    while (i >= 0 && columns.t[i]! > selection.end) i--;
    if (i < 0 || columns.t[i]! < selection.start) continue;
    found.set(labelsKey(source.labels), `${columns.t[i]} ${columns.words.slice(2 * i, 2 * i + 2).join(" ")}`);
  }
  return found;
}

function latestOf(querier: Querier, selection: Selection, counts: { direct: number }): Map<string, string> {
  const latest = querier.latest?.(selection);
  if (latest === undefined) return lastOf(querier, selection);
  const found = new Map<string, string>();
  const columns = new SampleColumns();
  latest.labels.forEach((labels, i) => {
    let t = latest.t[i]!;
    let words = latest.words.slice(2 * i, 2 * i + 2);
    if (Number.isNaN(t)) {
      latest.source(i).read(columns);
      let last = columns.count - 1;
      while (last >= 0 && columns.t[last]! > selection.end) last--;
      if (last < 0) return;
      t = columns.t[last]!;
      words = columns.words.slice(2 * last, 2 * last + 2);
    } else counts.direct++;
    if (t >= selection.start) found.set(labelsKey(labels), `${t} ${words.join(" ")}`);
  });
  return found;
}

test(`last samples are the last of all samples (seeds 1–${rounds})`, async () => {
  const counts = { direct: 0 };
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const fileSystem = new SimFileSystem();
    const db = await openTsdb({ ...simulated(fileSystem), outOfOrderTimeWindowMs: hour });
    const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
    let slabs = 0;
    let now = 0;
    for (let turn = 0; turn < 150; turn++) {
      for (let batch = Math.floor(random() * 30); batch >= 0; batch--) {
        now += random() < 0.95 ? 15 * second : Math.floor(random() * 600 * second);
        appendSome(db, random, now);
      }
      if (random() < 0.02) await db.compact();
      if (random() < 0.02) {
        const start = now - Math.floor(random() * 2 * hour);
        await db.deleteSeries([matcherFrom("=", "__name__", "s1")], { start, end: start + 200 * second });
      }
      const end = random() < 0.6 ? now - Math.floor((random() - 0.3) * 60 * second) : Math.floor(random() * now);
      const selection = { matchers: [anySeries], start: end - Math.floor(random() * 400 * second), end };
      const { view, buffers, release } = await db.view([selection]);
      const added = db.slabs(slabs);
      slabs += added.length;
      reader.addSlabs(added);
      const open = reader.open(structuredClone(view, { transfer: buffers }));
      const querier = open.querier(selection);
      const found = latestOf(querier, selection, counts);
      expect(found, `seed ${seed}, turn ${turn}`).toEqual(lastOf(querier, selection));
      querier.close();
      const here = db.querier(selection);
      expect(latestOf(here, selection, counts), `here, seed ${seed}, turn ${turn}`).toEqual(lastOf(here, selection));
      here.close();
      open.close();
      release();
    }
    reader.close();
    await db.close();
  }
  expect(counts.direct).toBeGreaterThan(1000 * rounds);
});
