// Full chunks added, written and dropped at random, against a Map: times near, weeks apart and beyond all bounds, lengths
// and file numbers of any size. A longer run: FUZZ_ROUNDS=2000 npx vitest run packages/tsdb/src/head/closed-chunks.fuzz.ts
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type ClosedChunk, ClosedChunks } from "./closed-chunks.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 8);
const dayMs = 86_400_000;

class Model {
  readonly chunks = new ClosedChunks();
  readonly known = new Map<number, ClosedChunk>();
  #now = 1_700_000_000_000;

  add(random: Random): void {
    this.#now += Math.floor(random() * (random() < 0.02 ? 60 * dayMs : 1000));
    const minTime = random() < 0.05 ? farTime(random) : this.#now - Math.floor(random() * dayMs);
    const duration = random() < 0.05 ? Math.floor(random() * 100 * dayMs) : Math.floor(random() * dayMs);
    const chunk: ClosedChunk = {
      encoding: random() < 0.5 ? 1 : 6,
      minTime,
      maxTime: minTime + duration,
      file: 0,
      position: 0,
      length: Math.floor(random() * (random() < 0.05 ? 1e6 : 1200)),
    };
    const entry = this.chunks.add(chunk);
    expect(this.known.has(entry)).toBe(false);
    expect(this.chunks.next(entry)).toBe(0);
    this.known.set(entry, chunk);
  }

  place(random: Random): void {
    const entry = this.#some(random);
    if (entry === undefined) return;
    const file = 1 + Math.floor(random() * (random() < 0.1 ? 1e6 : 100));
    const position = Math.floor(random() * 2 ** 27);
    this.chunks.place(entry, file, position);
    this.known.set(entry, { ...(this.known.get(entry) as ClosedChunk), file, position });
  }

  remove(random: Random): void {
    const entry = this.#some(random);
    if (entry === undefined) return;
    this.chunks.remove(entry);
    this.known.delete(entry);
  }

  check(): void {
    const { chunks } = this;
    expect(chunks.size).toBe(this.known.size);
    for (const [entry, chunk] of this.known) {
      expect(chunks.at(entry)).toEqual(chunk);
      expect([chunks.minTime(entry), chunks.maxTime(entry)]).toEqual([chunk.minTime, chunk.maxTime]);
      expect(chunks.isWritten(entry)).toBe(chunk.file !== 0);
    }
  }

  #some(random: Random): number | undefined {
    return [...this.known.keys()][Math.floor(random() * this.known.size)];
  }
}

function farTime(random: Random): number {
  const far = [0, -1, 2 ** 53, -(2 ** 63), 2 ** 63 - 1024, 4_000_000_000_000];
  return far[Math.floor(random() * far.length)] as number;
}

test("entries of full chunks hold what was put in, whatever its size", () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const model = new Model();
    for (let i = 0; i < 200; i++) {
      const kind = random();
      if (kind < 0.6) model.add(random);
      else if (kind < 0.85) model.place(random);
      else model.remove(random);
      if (i % 50 === 0) model.check();
    }
    model.check();
  }
});
