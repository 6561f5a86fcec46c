import { randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { decodeSnappy, encodeSnappy } from "./block.js";
import { decodeSnappySteps } from "./steps.js";

function decoded(block: Uint8Array, decodedBytesMax?: number): { readonly bytes: Uint8Array; readonly steps: number } {
  const decoding = decodeSnappySteps(block, decodedBytesMax === undefined ? {} : { decodedBytesMax });
  for (let steps = 0; ; steps++) {
    const { done, value } = decoding.next();
    if (done) return { bytes: value, steps };
  }
}

/** What both decoders make of a block: the bytes, or that they refuse it. */
function outcomes(block: Uint8Array): [whole: string, inSteps: string] {
  const outcomeOf = (decode: () => Uint8Array): string => {
    try {
      return Buffer.from(decode()).toString("base64");
    } catch (error) {
      return String(error);
    }
  };
  return [outcomeOf(() => decodeSnappy(block)), outcomeOf(() => decoded(block).bytes)];
}

it("decodes a long block in many steps, to what one call makes of it", () => {
  const random = randomFrom(3);
  const words = Array.from({ length: 50 }, () => "x".repeat(1 + random() * 90) + String(random()));
  const text = Array.from({ length: 40_000 }, () => words[Math.floor(random() * words.length)]).join("");
  const block = encodeSnappy(Buffer.from(text));
  const { bytes, steps } = decoded(block);
  expect(Buffer.from(bytes).toString() === text).toBe(true);
  expect(steps).toBeGreaterThan(text.length / 130_000);
});

it("reads lengths and offsets of every width", () => {
  const literal = Uint8Array.of(5, 4 << 2, 1, 2, 3, 4, 5);
  expect([...decoded(literal).bytes]).toEqual([1, 2, 3, 4, 5]);
  const wide = Uint8Array.of(3 + 4 + 2 + 1, 60 << 2, 2, 9, 8, 7, 1, 3, (1 << 2) | 2, 3, 0, 3, 7, 0, 0, 0);
  expect([...decoded(wide).bytes]).toEqual([9, 8, 7, 9, 8, 7, 9, 8, 7, 7]);
  expect(outcomes(wide)[1]).toBe(outcomes(wide)[0]);
});

it("keeps the bound", () => {
  expect(() => decoded(encodeSnappy(new Uint8Array(100)), 99)).toThrow("larger than 99");
});

const seed = Number(process.env["SEED"] ?? 6);
const steps = Number(process.env["STEPS"] ?? 3000);

it(`takes and refuses what one call takes and refuses (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    const plain = Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 4));
    const block = encodeSnappy(plain);
    if (step % 4 > 0) block[Math.floor(random() * block.length)] = Math.floor(random() * 256);
    const [whole, inSteps] = outcomes(block);
    expect(inSteps).toBe(whole);
    if (whole.includes("corrupt")) refused++;
  }
  expect(refused).toBeGreaterThan(steps / 10);
});
