import { expect, it } from "vitest";
import { toggleShown } from "./shown-series.js";

function check(
  shown: number[] | undefined,
  toggle: [index: number, isAdded: boolean],
  expected: number[] | undefined,
): void {
  const [index, isAdded] = toggle;
  const next = toggleShown(shown && new Set(shown), { index, count: 3, isAdded });
  expect(next && [...next].sort((a, b) => a - b)).toEqual(expected);
}

it("a click isolates a series, and a second one shows all", () => {
  check(undefined, [1, false], [1]);
  check([1], [2, false], [2]);
  check([1], [1, false], undefined);
  check([0, 1], [1, false], [1]);
});

it("with a modifier a series is added or removed, and all or none means all", () => {
  check(undefined, [1, true], [0, 2]);
  check([0], [2, true], [0, 2]);
  check([0, 2], [1, true], undefined);
  check([0], [0, true], undefined);
});
