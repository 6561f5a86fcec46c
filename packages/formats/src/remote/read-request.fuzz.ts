import { ByteRangeError, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { integer, message, string } from "../exposition/testdata/proto-encoder.js";
import { decodeReadRequest } from "./read-request.js";

const seed = Number(process.env["SEED"] ?? 11);
const steps = Number(process.env["STEPS"] ?? 2000);

const whole = [
  ...message(
    1,
    integer(1, 1000),
    integer(2, 2000),
    message(3, integer(1, 2), string(2, "a"), string(3, "b|c")),
    message(4, integer(1, 15), string(2, "rate"), integer(3, 1000), integer(4, 2000)),
  ),
  ...integer(2, 1),
];

it(`a spoilt request is read or throws ByteRangeError (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    const bytes = Uint8Array.from(random() < 0.3 ? whole.slice(0, Math.floor(random() * whole.length)) : whole);
    for (let i = 0; i < 1 + random() * 3; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    try {
      decodeReadRequest(bytes);
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(ByteRangeError);
    }
  }
  expect(refused).toBeGreaterThan(steps / 10);
});
