import { compareUtf8, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { atOnce } from "../pause.js";
import { labelValueSteps } from "./label-values.js";

function check(stores: readonly (readonly string[])[], partLength: number): void {
  const parts = stores.map((store) =>
    Array.from({ length: Math.ceil(store.length / partLength) }, (_, i) =>
      store.slice(i * partLength, (i + 1) * partLength),
    ),
  );
  const expected = [...new Set(stores.flat())].sort(compareUtf8);
  expect(atOnce(labelValueSteps(parts))).toEqual(expected);
}

it("values of several stores are distinct and in the order of their bytes, however many there are", () => {
  const random = randomFrom(1);
  check([], 1);
  check([["b", "a"], ["a"]], 1);
  // The order of UTF-16 is another.
  check([["\u{1f525}", "\uffee"]], 2);
  for (const count of [4095, 4096, 16_384, 16_385, 50_000]) {
    const store = (): string[] => [
      ...new Set(Array.from({ length: count }, () => `v${Math.floor(random() * 3 * count)}`)),
    ];
    check([store()], 100);
    check([store(), store(), store().sort(compareUtf8)], 512);
  }
});
