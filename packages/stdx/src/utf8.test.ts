import fc from "fast-check";
import { expect, it } from "vitest";
import { compareUtf8, decodeUtf8, encodeUtf8, isValidUtf8 } from "./utf8.js";

it("compareUtf8 orders as the bytes do", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "~", "é", "ÿ", "\uffee", "\ue000", "😀", "𝒳"),
    maxLength: 4,
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(encodeUtf8(a), encodeUtf8(b)));
    }),
  );
});

it("decodes what it encodes, short and long", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(text, (original) => {
      expect(decodeUtf8(encodeUtf8(original))).toBe(original);
    }),
  );
});

it("knows invalid UTF-8", () => {
  expect(isValidUtf8(encodeUtf8("größe"))).toBe(true);
  expect(isValidUtf8(Uint8Array.of(0x61, 0xff))).toBe(false);
});
