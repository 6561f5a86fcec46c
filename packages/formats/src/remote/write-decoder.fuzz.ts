import { labelsFrom, type Metadata } from "@narthex/model";
import { ByteRangeError, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { decodeWriteRequest } from "./write-decoder.js";
import { encodeWriteRequest, writeVersions } from "./write-request.js";

const seed = Number(process.env["SEED"] ?? 7);
const steps = Number(process.env["STEPS"] ?? 3000);

it(`a spoilt body is decoded or throws ByteRangeError (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const outcomes = { decoded: 0, refused: 0 };
  for (let step = 0; step < steps; step++) {
    const version = writeVersions[step % 2]!;
    const series = Array.from({ length: below(4) }, () => ({
      labels: labelsFrom({ __name__: `m${below(5)}`, x: "é".repeat(below(20)) }),
      samples: Array.from({ length: below(3) }, () => ({ t: below(1e13) - 5e12, v: random() })),
    }));
    const metadata = new Map<string, Metadata>([["m1", { type: "counter", help: "h", unit: "" }]]);
    const body = Uint8Array.from(encodeWriteRequest({ series, metadata }, version));
    expect(decodeWriteRequest(body, version)).toHaveLength(series.length);
    for (let i = below(4); i >= 0 && body.length > 0; i--) body[below(body.length)] = below(256);
    try {
      decodeWriteRequest(body.subarray(0, body.length - below(3)), version);
      outcomes.decoded++;
    } catch (error) {
      expect(error).toBeInstanceOf(ByteRangeError);
      outcomes.refused++;
    }
  }
  expect(Math.min(outcomes.decoded, outcomes.refused)).toBeGreaterThan(steps / 20);
});
