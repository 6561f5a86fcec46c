import { randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { decodeSnappy, encodeSnappy, SnappyError } from "./block.js";

const seed = Number(process.env["SEED"] ?? 5);
const steps = Number(process.env["STEPS"] ?? 2000);

it(`a spoilt block decodes to its length or throws SnappyError (seed ${seed})`, () => {
  const random = randomFrom(seed);
  for (let step = 0; step < steps; step++) {
    const plain = Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 4));
    const block = encodeSnappy(plain);
    expect(Buffer.compare(decodeSnappy(block), plain)).toBe(0);
    const at = Math.floor(random() * block.length);
    block[at] = Math.floor(random() * 256);
    try {
      decodeSnappy(block);
    } catch (error) {
      expect(error).toBeInstanceOf(SnappyError);
    }
  }
});
