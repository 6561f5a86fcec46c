import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteRangeError, ByteReader, ByteWriter } from "./bytes.js";

function written(write: (writer: ByteWriter) => void): number[] {
  const writer = new ByteWriter(1);
  write(writer);
  return [...writer.bytes()];
}

describe("varints", () => {
  // Values and bytes as Go's encoding/binary gives them.
  it.each<[number, number[]]>([
    [0, [0]],
    [1, [2]],
    [-1, [1]],
    [63, [126]],
    [-64, [127]],
    [64, [128, 1]],
    [1_700_000_000_000, [128, 160, 171, 254, 249, 98]],
  ])("varint %d", (value, bytes) => {
    expect(written((writer) => writer.varint(value))).toEqual(bytes);
    expect(new ByteReader(Uint8Array.from(bytes)).varint()).toBe(value);
  });

  it("read back what was written", () => {
    const safe = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    fc.assert(
      fc.property(safe, (value) => {
        const bytes = written((writer) => {
          writer.varint(value);
          writer.uvarint(Math.abs(value));
          writer.i64(value);
        });
        const reader = new ByteReader(Uint8Array.from(bytes));
        expect([reader.varint(), reader.uvarint(), reader.i64()]).toEqual([value, Math.abs(value), value]);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it.each([
    ["an end in the middle", [128, 128], "unexpected end of data at byte 2"],
    ["more than ten bytes", Array.from({ length: 11 }, () => 128), "varint longer than 64 bits"],
    ["more than 53 bits", [255, 255, 255, 255, 255, 255, 255, 255, 255, 1], "integer beyond 53 bits"],
  ])("%s is refused", (_, bytes, message) => {
    const read = (): number => new ByteReader(Uint8Array.from(bytes)).uvarint();
    expect(read).toThrow(ByteRangeError);
    expect(read).toThrow(message);
  });
});

describe("ByteReader", () => {
  it("stays within its bounds", () => {
    const reader = new ByteReader(new Uint8Array(8), 2, 4);
    expect(reader.u16()).toBe(0);
    expect(() => reader.u8()).toThrow("unexpected end of data at byte 4");
  });

  it("reads text of any length", () => {
    for (const text of ["", "abc", "größe", "🔥".repeat(20), "a".repeat(300)]) {
      expect(new ByteReader(Uint8Array.from(written((writer) => writer.text(text)))).text()).toBe(text);
    }
  });
});
