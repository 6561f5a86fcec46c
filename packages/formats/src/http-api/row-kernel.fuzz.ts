// Rows printed by the kernel against the same rows printed one by one.
import { decodeUtf8, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { JsonWriter } from "./json-writer.js";
import { RowKernel } from "./row-kernel.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 8);
const kernel = RowKernel.start() as RowKernel;

function printed(v: Float64Array, t: Float64Array, rowKernel?: RowKernel): string[] {
  const writer = new JsonWriter(16, { rowKernel });
  writer.rows({ count: v.length, t, v });
  return decodeUtf8(writer.bytes()).split("],");
}

function check(values: readonly number[]): void {
  const v = Float64Array.from(values);
  const t = Float64Array.from(values, (_, i) => 1_700_000_000_000 + i * 15_001);
  expect(printed(v, t, kernel)).toEqual(printed(v, t));
}

describe("rows by the kernel", () => {
  it("are the same for numbers at the edges", () => {
    const sizes = [0, 1, 0.1, 0.3, 1e-6, 9.99999999e-7, 1e20, 1e21, 9.99999999e20, 5e-324, 1e-5, 123456];
    const more = [2 ** 53, 2 ** 53 + 2, 2 ** 63, 2 ** -1074, 2.2250738585072014e-308, 1.7976931348623157e308];
    const powers = Array.from({ length: 600 }, (_, i) => Number(`1e${i - 300}`));
    const twos = Array.from({ length: 2097 }, (_, i) => 2 ** (i - 1073));
    check([NaN, Infinity, -Infinity, -0, ...[...sizes, ...more, ...powers, ...twos].flatMap((x) => [x, -x])]);
  });

  it.each([1, 2, 3])("are the same for any bits, seed %i", (seed) => {
    const random = randomFrom(seed);
    const words = new Uint32Array(2000);
    const kinds = [
      () => new Float64Array(words.map(() => random() * 2 ** 32).buffer),
      () => Float64Array.from({ length: 1000 }, () => random() * 10 ** Math.floor(random() * 20)),
      () => Float64Array.from({ length: 1000 }, () => Math.round(random() * 1e6) / 10 ** Math.floor(random() * 8)),
      () => Float64Array.from({ length: 1000 }, () => Math.floor(random() * 2 ** Math.floor(random() * 70))),
    ];
    for (let round = 0; round < rounds; round++) for (const kind of kinds) check([...kind()]);
  });

  it("take times that several series share, as far as each has them", () => {
    const random = randomFrom(8);
    const shared = new JsonWriter(16, { rowKernel: kernel });
    const plain = new JsonWriter(16);
    const grids = [60_000, 15_000].map((step) => Float64Array.from({ length: 300 }, (_, i) => step * i));
    for (let series = 0; series < 200; series++) {
      const t = grids[Math.floor(random() * 2)] as Float64Array;
      const count = Math.floor(random() * 4) * 100;
      const v = Float64Array.from({ length: count }, random);
      for (const writer of [shared, plain]) writer.rows({ count, t, v });
    }
    expect(decodeUtf8(shared.bytes()) === decodeUtf8(plain.bytes())).toBe(true);
  });

  it("take times in any order", () => {
    const random = randomFrom(7);
    const starts = new JsonWriter(16, { rowKernel: kernel });
    const plain = new JsonWriter(16);
    for (let series = 0; series < 50; series++) {
      const t = Float64Array.from({ length: 700 }, (_, i) => 1000 * (i + Math.floor(random() * 3)));
      for (const writer of [starts, plain]) writer.rows({ count: t.length, t, v: t });
    }
    expect(decodeUtf8(starts.bytes()) === decodeUtf8(plain.bytes())).toBe(true);
  });
});
