import { labelsFrom, SampleColumns } from "@narthex/model";
import { ByteRangeError, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { decodeSnappy } from "../snappy/block.js";
import { decodeChunkFrames, decodeSamplesResponse } from "./read-decoder.js";
import { encodeChunkFrame, encodeLabels, encodeReadChunk, SamplesResponse } from "./read-response.js";

const seed = Number(process.env["SEED"] ?? 12);
const steps = Number(process.env["STEPS"] ?? 2000);

const labels = labelsFrom({ __name__: "up", instance: "a:1" });

function samplesMessage(): Uint8Array {
  const columns = new SampleColumns();
  for (let i = 0; i < 5; i++) columns.pushFloat(1000 * i, i);
  const response = new SamplesResponse();
  response.addSeries(labels, columns, { start: 0, end: columns.count });
  response.endResult();
  return decodeSnappy(Buffer.concat([...response.pieces()]));
}

const chunk = encodeReadChunk({ minTime: 0, maxTime: 9, encoding: 1, bytes: new Uint8Array(20) });
const frames = Buffer.concat([1, 2].map(() => encodeChunkFrame(encodeLabels(labels), [chunk, chunk], 0)));
const message = samplesMessage();

it(`a spoilt answer is read or throws ByteRangeError (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const kinds = [
    { whole: frames, decode: (bytes: Uint8Array) => [...decodeChunkFrames(bytes, { frameBytesMax: 1_000_000 })] },
    { whole: message, decode: (bytes: Uint8Array) => decodeSamplesResponse(bytes) },
  ];
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    const { whole, decode } = kinds[step % 2]!;
    const bytes = Uint8Array.from(random() < 0.3 ? whole.subarray(0, Math.floor(random() * whole.length)) : whole);
    for (let i = 0; i < 1 + random() * 3; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    try {
      decode(bytes);
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(ByteRangeError);
    }
  }
  expect(refused).toBeGreaterThan(steps / 10);
});
