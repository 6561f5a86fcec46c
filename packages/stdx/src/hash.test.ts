import { expect, it } from "vitest";
import { crc32c, plainCrc32c } from "./crc32c.js";
import { Fnv64a } from "./fnv.js";
import { randomFrom } from "./random.js";
import { encodeUtf8 } from "./utf8.js";

it("CRC-32C gives the values of RFC 3720, B.4", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(encodeUtf8("123456789"))).toBe(0xe3069283);
});

it("CRC-32C of parts continues to the CRC of the whole", () => {
  const bytes = encodeUtf8("a record that is longer than eight bytes");
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(crc32c(bytes, cut, bytes.length, crc32c(bytes, 0, cut))).toBe(crc32c(bytes));
  }
});

it("CRC-32C of data of any length is what plain code says", () => {
  const random = randomFrom(3);
  const bytes = Uint8Array.from({ length: 200_000 }, () => random() * 256);
  for (const length of [0, 1, 127, 128, 129, 143, 1000, 65_535, 65_536, 65_537, 199_000]) {
    const start = Math.floor(random() * 1000);
    const before = Math.floor(random() * 2 ** 32);
    const end = start + length;
    expect(crc32c(bytes, start, end, before)).toBe(plainCrc32c(bytes, start, end, before));
  }
});

// Published vectors of FNV-1a, 64 bits.
it.each([
  ["", "cbf29ce484222325"],
  ["a", "af63dc4c8601ec8c"],
  ["foobar", "85944171f73967e8"],
])("FNV-1a of %j", (text, hex) => {
  expect(new Fnv64a().addText(text).hex()).toBe(hex);
  expect(new Fnv64a().addText(text).value().toString(16).padStart(16, "0")).toBe(hex);
});
