// Whatever the bytes are, they are read or refused; soon, and with the right error.
import { ByteRangeError, type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { decodeOtlpJson } from "./json-decoder.js";
import { OtlpJsonError } from "./json-walk.js";
import { decodeOtlpProtobuf } from "./protobuf-decoder.js";
import { exportJson, exportProtobuf } from "./testdata/export.js";

const seed = Number(process.env["SEED"] ?? 11);
const steps = Number(process.env["STEPS"] ?? 1000);

function spoilt(random: Random, whole: Uint8Array): Uint8Array {
  const cut = random() < 0.3 ? Math.floor(random() * whole.length) : whole.length;
  const bytes = Uint8Array.from(whole.subarray(0, cut));
  for (let i = 0; i < 1 + random() * 3; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return bytes;
}

it(`a spoilt protobuf body is read or throws ByteRangeError (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    try {
      decodeOtlpProtobuf(spoilt(random, exportProtobuf));
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(ByteRangeError);
    }
  }
  expect(refused).toBeGreaterThan(steps / 10);
});

it(`spoilt JSON throws OtlpJsonError (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const whole = Buffer.from(JSON.stringify(exportJson));
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    try {
      decodeOtlpJson(spoilt(random, whole));
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(OtlpJsonError);
    }
  }
  expect(refused).toBeGreaterThan(steps / 10);
});

const odd: readonly unknown[] = [null, true, 0, -1, 1e308, 1.5, "", "1", "NaN", "x", [], {}, [null], [[]]];

/** Some values replaced by others of whatever kind, wherever they stand. */
function mutated(random: Random, value: unknown): unknown {
  if (random() < 0.01) return odd[Math.floor(random() * odd.length)];
  if (Array.isArray(value)) return value.map((item) => mutated(random, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mutated(random, inner)]));
}

it(`JSON of other shapes is read or throws OtlpJsonError (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    try {
      decodeOtlpJson(Buffer.from(JSON.stringify(mutated(random, exportJson))));
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(OtlpJsonError);
    }
  }
  expect(refused).toBeGreaterThan(steps / 10);
  expect(refused).toBeLessThan(steps);
});
