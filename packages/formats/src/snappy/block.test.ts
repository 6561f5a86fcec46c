import { encodeUtf8, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { decodeSnappy, encodeSnappy, SnappyError, snappyDecodedLength } from "./block.js";

describe("snappy blocks", () => {
  it("round trip", () => {
    const random = randomFrom(3);
    for (const size of [0, 1, 59, 60, 61, 255, 256, 65_535, 65_536, 200_000]) {
      const noise = Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
      expect(Buffer.compare(decodeSnappy(encodeSnappy(noise)), noise)).toBe(0);
      const text = encodeUtf8("http_requests_total ".repeat(size / 20));
      expect(Buffer.compare(decodeSnappy(encodeSnappy(text)), text)).toBe(0);
      expect(snappyDecodedLength(encodeSnappy(text))).toBe(text.length);
    }
  });

  it("decodes what the format document shows: a literal and overlapping copies", () => {
    // Length 8, literal "ab", copy of 6 from offset 2.
    expect(decodeSnappy(Uint8Array.of(8, 0x04, 0x61, 0x62, 0x09, 0x02))).toEqual(encodeUtf8("abababab"));
  });

  it("does not decode beyond decodedBytesMax", () => {
    const block = encodeSnappy(new Uint8Array(1001));
    expect(() => decodeSnappy(block, { decodedBytesMax: 1000 })).toThrow(SnappyError);
    expect(decodeSnappy(block, { decodedBytesMax: 1001 }).length).toBe(1001);
  });

  it("refuses garbage, and works on after it", () => {
    for (const bytes of [[], [0x80], [5], [5, 0x10, 1], [4, 0x01, 0x09], [0xff, 0xff, 0xff, 0x0f, 0]]) {
      expect(() => decodeSnappy(Uint8Array.from(bytes)), String(bytes)).toThrow(SnappyError);
    }
    expect(decodeSnappy(encodeSnappy(encodeUtf8("still here")))).toEqual(encodeUtf8("still here"));
  });
});
