// Whatever several selections of one view ask for, it answers as the database did when it was taken, while batches, late samples,
// compactions and whatever else come after it.
// A longer run: FUZZ_ROUNDS=50 npx vitest run packages/tsdb/src/view/view.fuzz.ts
import { type Matcher, matcherFrom } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { anySeries, append, dump, type Row, simulated } from "../testdata/rig.js";
import { openTsdb, type TimeRange, type Tsdb } from "../tsdb.js";
import type { TsdbView } from "./database.js";
import { TsdbReader } from "./reader.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 3);
const firstSeed = Number(process.env["SEED"] ?? 1);
const second = 1000;
const hour = 3600 * second;
const names = Array.from({ length: 8 }, (_, i) => `s${i}`);

interface Asked extends TimeRange {
  readonly matcher: Matcher;
}

class Life {
  now = 0;
  readonly #db: Tsdb;
  readonly #random: Random;

  constructor(db: Tsdb, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  async turn(): Promise<void> {
    for (let batch = Math.floor(this.#random() * 40); batch >= 0; batch--) this.#batch();
    if (this.#random() < 0.1) await this.#db.compact();
  }

  async delete(): Promise<void> {
    const start = this.#before(5 * hour);
    await this.#db.deleteSeries([matcherFrom("=", "__name__", "s1")], { start, end: start + 300 * second });
  }

  selections(): Asked[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * 4) }, () => {
      const end = this.#random() < 0.3 ? this.now + hour : this.#before(8 * hour);
      const start = end - Math.floor(this.#random() * (this.#random() < 0.5 ? 0.1 : 3) * hour);
      return { matcher: this.#matcher(), start, end };
    });
  }

  #batch(): void {
    this.now += this.#random() < 0.97 ? 30 * second : Math.floor(this.#random() * hour);
    const rows: Row[] = names
      .filter(() => this.#random() < 0.8)
      .map((name) => [name, this.now, this.#random() < 0.01 ? "stale" : this.#random()]);
    if (this.#random() < 0.1) rows.push(["s2", this.#before(hour), this.#random()]);
    if (this.#random() < 0.1) rows.push(["late", this.#before(hour), this.#random()]);
    append(this.#db, rows);
  }

  #matcher(): Matcher {
    const choice = Math.floor(this.#random() * 4);
    if (choice === 0) return anySeries;
    if (choice === 1) return matcherFrom("=~", "__name__", "s[0-3]|late");
    if (choice === 2) return matcherFrom("=", "__name__", "none");
    return matcherFrom("=", "__name__", names[Math.floor(this.#random() * names.length)] as string);
  }

  #before(distance: number): number {
    return Math.max(0, this.now - Math.floor(this.#random() * distance));
  }
}

test(`each selection of a view is answered as of then (${rounds} rounds from seed ${firstSeed})`, async () => {
  let found = 0;
  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    const random = randomFrom(seed);
    const fileSystem = new SimFileSystem();
    const db = await openTsdb({ ...simulated(fileSystem), outOfOrderTimeWindowMs: hour });
    const reader = new TsdbReader({ path: "/data", fileSystem, blockCacheBytesMax: 1 << 20 });
    const life = new Life(db, random);
    let slabs = 0;
    for (let turn = 0; turn < 100; turn++) {
      await life.turn();
      if (random() < 0.1) await life.delete();
      const selections = life.selections();
      const { view, buffers, release } = await db.view(
        selections.map(({ matcher, ...range }) => ({ matchers: [matcher], ...range })),
      );
      const expected = selections.map(({ matcher, ...range }) => dump(db, range, matcher));
      const added = db.slabs(slabs);
      slabs += added.length;
      reader.addSlabs(added);
      if (random() < 0.5) await life.turn();
      const open = reader.open(structuredClone<TsdbView>(view, { transfer: buffers }));
      const got = selections.map(({ matcher, ...range }) => dump(open, range, matcher));
      expect(got, `seed ${seed}, turn ${turn}, ${JSON.stringify(selections)}`).toEqual(expected);
      found += got.flat().length;
      open.close();
      release();
    }
    reader.close();
    await db.close();
  }
  expect(found).toBeGreaterThan(100 * rounds);
});
