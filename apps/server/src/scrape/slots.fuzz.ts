// Slots of series against a Map: assigned, several to one series at times, released, taken live.
// A longer run: FUZZ_ROUNDS=2000 npx vitest run apps/server/src/scrape/slots.fuzz.ts
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { SeriesSlots } from "./slots.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20);
const slotsEnd = 200;

class Model {
  readonly slots = new SeriesSlots();
  readonly refOf = new Map<number, number>();
  /** Series, whichever of their slots it was said of. */
  readonly live = new Set<number>();

  constructor() {
    this.slots.reserve(slotsEnd);
  }

  slotsOf(ref: number): number[] {
    return [...this.refOf.keys()].filter((slot) => this.refOf.get(slot) === ref);
  }

  step(random: Random): void {
    const slot = Math.floor(random() * slotsEnd);
    if (this.refOf.has(slot)) this.#release(slot);
    else this.#assign(slot, 1 + Math.floor(random() * (random() < 0.5 ? 150 : 1e6)), random() < 0.7);
    if (random() < 0.01) this.#takeLive();
  }

  #assign(slot: number, ref: number, isLive: boolean): void {
    this.slots.assign(slot, ref);
    this.refOf.set(slot, ref);
    this.slots.setLive(slot, isLive);
    if (isLive) this.live.add(ref);
    else this.live.delete(ref);
  }

  #release(slot: number): void {
    const ref = this.refOf.get(slot) as number;
    this.refOf.delete(slot);
    const isLast = this.slotsOf(ref).length === 0;
    expect(this.slots.release(slot)).toBe(isLast && this.live.has(ref) ? ref : 0);
    if (isLast) this.live.delete(ref);
    expect(this.slots.hasSeries(ref)).toBe(this.slotsOf(ref).length > 0);
  }

  #takeLive(): void {
    expect(this.slots.takeLive().sort((a, b) => a - b)).toEqual([...this.live].sort((a, b) => a - b));
    this.live.clear();
  }

  check(): void {
    for (const [slot, ref] of this.refOf) {
      expect(this.slots.refs[slot]).toBe(ref);
      const primaries = new Set(this.slotsOf(ref).map((other) => this.slots.primary[other]));
      expect(primaries.size).toBe(1);
      expect(this.refOf.get(this.slots.primary[slot] as number)).toBe(ref);
    }
  }
}

test("slots know their series, and series their slots", () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const model = new Model();
    for (let step = 0; step < 1000; step++) model.step(random);
    model.check();
  }
});
