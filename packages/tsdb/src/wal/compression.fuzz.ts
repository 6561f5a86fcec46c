// What the kernel compresses, the general decoder reads back; and it is about as short as the general compressor's.
import { type Random, randomFrom } from "@narthex/stdx";
import { snappyCompressor } from "hysnappy";
import { expect, it } from "vitest";
import { openSnappy } from "./compression.js";

const seed = Number(process.env["SEED"] ?? 9);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 300);
const snappy = openSnappy();
const general = snappyCompressor();

const below = (random: Random, n: number): number => Math.floor(random() * n);

// Noise, runs, and repetitions of what stands at some distance before.
function anyBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + 1 + below(random, random() < 0.1 ? 5000 : 30));
    const kind = below(random, 3);
    const distance = 1 + below(random, Math.min(at, random() < 0.5 ? 40 : 70_000) || 1);
    for (; at < end; at++) bytes[at] = kind === 0 ? below(random, 256) : kind === 1 ? 0 : (bytes[at - distance] ?? 0);
  }
  return bytes;
}

function check(bytes: Uint8Array): number {
  const block = snappy.compress(bytes);
  expect(Buffer.compare(snappy.uncompress(block, bytes.length), bytes), `${bytes.length} bytes`).toBe(0);
  return block.length;
}

it(`reads back what it compressed (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let ours = 0;
  let theirs = 0;
  for (let round = 0; round < rounds; round++) {
    const bytes = anyBytes(random, below(random, random() < 0.1 ? 300_000 : 3000));
    ours += check(bytes);
    theirs += general(bytes).length;
  }
  expect(ours).toBeLessThan(theirs * 1.1);
});

it("reads back every short length, and lengths about a fragment's", () => {
  const random = randomFrom(seed + 1);
  for (let length = 0; length < 300; length++) {
    check(new Uint8Array(length));
    check(anyBytes(random, length));
  }
  for (const length of [65_535, 65_536, 65_537, 131_072, 131_073]) {
    check(new Uint8Array(length).fill(7));
    check(anyBytes(random, length));
    check(Uint8Array.from({ length }, () => below(random, 256)));
  }
});
