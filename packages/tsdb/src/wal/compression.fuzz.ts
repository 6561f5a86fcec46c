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

/** Of 300 bodies all together are 1.04 to 1.07 times as long as theirs (20 seeds), of 30 up to 1.14: a few long ones decide. */
const sizedRounds = Math.max(rounds, 300);

it(`reads back what it compressed (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let ours = 0;
  let theirs = 0;
  for (let round = 0; round < sizedRounds; round++) {
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

it("uncompresses what the general compressor made, and takes no damage for a block", () => {
  const random = randomFrom(seed + 2);
  for (let round = 0; round < rounds; round++) {
    const bytes = anyBytes(random, 1 + below(random, random() < 0.1 ? 200_000 : 3000));
    const block = general(bytes);
    expect(Buffer.compare(snappy.uncompress(block, bytes.length), bytes)).toBe(0);
    const damaged = block.slice(0, random() < 0.5 ? block.length : below(random, block.length));
    for (let i = below(random, 4); i >= 0 && damaged.length > 0; i--)
      damaged[below(random, damaged.length)] = below(random, 256);
    const lengthMax = 2 * bytes.length + 100;
    const ours = outcome(() => snappy.uncompress(damaged, lengthMax).slice());
    const theirs = outcome(() => plainUncompress(damaged, lengthMax));
    expect(ours, `seed ${seed}, round ${round}`).toEqual(theirs);
  }
});

function outcome(run: () => Uint8Array): string {
  try {
    return Buffer.from(run()).toString("base64");
  } catch {
    return "refused";
  }
}

/** The format as its description has it, a byte at a time. */
function plainUncompress(block: Uint8Array, lengthMax: number): Uint8Array {
  let at = 0;
  const next = (): number => {
    if (at >= block.length) throw new Error("cut off");
    return block[at++] as number;
  };
  const number = (bytes: number): number =>
    Array.from({ length: bytes }, (_, i) => next() * 256 ** i).reduce((a, b) => a + b, 0);
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = next();
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    if (scale >= 128 ** 4) throw new Error("no length");
  }
  if (length > lengthMax) throw new Error("too long");
  const out: number[] = [];
  while (at < block.length) {
    const tag = next();
    let count = (tag >> 2) + 1;
    if ((tag & 3) === 0) {
      if (count > 60) count = number(count - 60) + 1;
      if (count > block.length - at) throw new Error("cut off");
      for (let i = 0; i < count; i++) out.push(next());
    } else {
      let offset: number;
      if ((tag & 3) === 1) {
        count = ((tag >> 2) & 7) + 4;
        offset = ((tag >> 5) << 8) | next();
      } else offset = number((tag & 3) === 2 ? 2 : 4);
      if (offset === 0 || offset > out.length) throw new Error("copy of nothing");
      for (let i = 0; i < count; i++) out.push(out[out.length - offset] as number);
    }
    if (out.length > length) throw new Error("longer than it says");
  }
  if (out.length !== length) throw new Error("shorter than it says");
  return Uint8Array.from(out);
}
