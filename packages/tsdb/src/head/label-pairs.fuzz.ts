// Postings against sets of refs: pushed in order and out of order, with small and large gaps, taken away in bulk.
// A longer run: FUZZ_ROUNDS=2000 npx vitest run packages/tsdb/src/head/label-pairs.fuzz.ts
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { LabelPairs } from "./label-pairs.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20);
const names = 5;
const values = 7;

class Model {
  readonly pairs = new LabelPairs();
  readonly lists = new Map<number, Set<number>>();
  #lastRef = 0;

  push(random: Random): void {
    const name = Math.floor(random() * names);
    const value = Math.floor(random() * values);
    const found = this.pairs.find(name, value);
    const pair = found < 0 ? this.pairs.create(name, value) : found;
    const list = this.lists.get(pair) ?? new Set();
    this.lists.set(pair, list);
    const count = 1 + Math.floor(random() * 60);
    for (let i = 0; i < count; i++) this.#pushRef(pair, list, this.#newRef(random));
  }

  #newRef(random: Random): number {
    const kind = random();
    if (kind < 0.02) return 1 + Math.floor(random() * 0xffffffff);
    if (kind < 0.1) return 1 + Math.floor(random() * (this.#lastRef + 1));
    const gap = kind < 0.9 ? 1 : kind < 0.95 ? 127 + Math.floor(random() * 3) : Math.floor(random() * 1e6);
    this.#lastRef = Math.min(this.#lastRef + 1 + gap, 0xffffffff);
    return this.#lastRef;
  }

  #pushRef(pair: number, list: Set<number>, ref: number): void {
    if (list.has(ref)) return;
    list.add(ref);
    this.pairs.push(pair, ref);
  }

  remove(random: Random): void {
    const modulus = 1 + Math.floor(random() * 4);
    for (const [pair, list] of this.lists) {
      this.pairs.removeRefs(pair, (ref) => ref % modulus === 0);
      for (const ref of list) if (ref % modulus === 0) list.delete(ref);
      if (list.size > 0) continue;
      this.pairs.remove(pair);
      this.lists.delete(pair);
    }
  }

  check(): void {
    expect(this.pairs.size).toBe(this.lists.size);
    for (const [pair, list] of this.lists) {
      expect([...this.pairs.postings(pair)]).toEqual([...list].sort((a, b) => a - b));
      expect(this.pairs.find(this.pairs.nameOf(pair), this.pairs.valueOf(pair))).toBe(pair);
    }
  }
}

test("postings hold what was pushed and not removed, sorted", () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const model = new Model();
    for (let step = 0; step < 60; step++) {
      if (random() < 0.05) model.remove(random);
      else model.push(random);
      if (random() < 0.1) model.check();
    }
    model.check();
  }
});
