import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { SnappyError } from "./block.js";
import { decodeSnappyFrames, encodeSnappyFrames } from "./frames.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

test("what was framed comes back, across chunks too", () => {
  for (const size of [0, 1, 65_536, 65_537, 200_000]) {
    const bytes = Buffer.alloc(size, "abcdefg");
    expect(text(decodeSnappyFrames(encodeSnappyFrames(bytes)))).toBe(text(bytes));
  }
});

test("plain chunks, padding and skippable chunks are read", () => {
  // The checksum of "a" is 0xc1d04330, masked 0x28e9... as bytes below.
  const framed = encodeSnappyFrames(Buffer.from("a"));
  const checksum = framed.subarray(14, 18);
  const stream = Buffer.concat([
    framed.subarray(0, 10),
    Uint8Array.of(0xfe, 2, 0, 0, 9, 9),
    Uint8Array.of(0x01, 5, 0, 0),
    checksum,
    Buffer.from("a"),
    Uint8Array.of(0x90, 1, 0, 0, 7),
  ]);
  expect(text(decodeSnappyFrames(stream))).toBe("a");
});

test("streams that are cut, changed or too large are refused", () => {
  const stream = encodeSnappyFrames(Buffer.alloc(1000, "x"));
  const refuse = (bytes: Uint8Array, decodedBytesMax?: number): void => {
    const options = decodedBytesMax === undefined ? {} : { decodedBytesMax };
    expect(() => decodeSnappyFrames(bytes, options)).toThrow(SnappyError);
  };
  for (let end = 1; end < stream.length; end++) if (end !== 10) refuse(stream.subarray(0, end));
  refuse(stream, 999);
  refuse(Buffer.from("not snappy at all"));
  const random = randomFrom(7);
  for (let i = 0; i < 200; i++) {
    const changed = Uint8Array.from(stream);
    const at = Math.floor(random() * changed.length);
    changed[at] = changed[at]! ^ 0x55;
    try {
      expect(decodeSnappyFrames(changed).length).toBeLessThanOrEqual(1000);
    } catch (error) {
      expect(error).toBeInstanceOf(SnappyError);
    }
  }
});
