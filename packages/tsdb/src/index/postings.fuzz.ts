// Set operations on postings, against sets: few refs among many and many among few, lists that overlap, refs up to 2^32.
// A longer run: FUZZ_ROUNDS=2000 npx vitest run packages/tsdb/src/index/postings.fuzz.ts
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { intersect, subtract, union } from "./postings.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 100);
const firstSeed = Number(process.env["SEED"] ?? 1);

function randomPostings(random: Random, bound: number): Uint32Array {
  const count = Math.floor(random() * 300);
  const refs = Array.from({ length: count }, () => 1 + Math.floor(random() * bound));
  return Uint32Array.from(new Set(refs)).sort();
}

const sorted = (refs: Iterable<number>): number[] => [...new Set(refs)].sort((a, b) => a - b);

test(`sets of refs are what sets are (seeds ${firstSeed}–${firstSeed + rounds - 1})`, () => {
  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    const random = randomFrom(seed);
    const bound = [300, 5000, 40_000, 0xffff_fffe][Math.floor(random() * 4)] as number;
    const lists = Array.from({ length: Math.floor(random() * 5) }, () => randomPostings(random, bound));
    expect([...union(lists)], `seed ${seed}`).toEqual(sorted(lists.flatMap((list) => [...list])));
    const [a, b] = [randomPostings(random, bound), randomPostings(random, bound)];
    expect([...intersect(a, b)], `seed ${seed}`).toEqual([...a].filter((ref) => b.includes(ref)));
    expect([...subtract(a, b)], `seed ${seed}`).toEqual([...a].filter((ref) => !b.includes(ref)));
  }
});
