import { expect, test } from "vitest";
import { RefSet } from "./ref-set.js";

test.each<[string, number[]]>([
  ["nothing", []],
  ["neighbours", [1, 2, 3, 31, 32, 33]],
  ["both sides of a page", [4095, 4096]],
  ["the greatest refs", [0x7fffffff, 0x80000000, 0xffffffff]],
])("a set of %s holds these and no others", (_, refs) => {
  const set = new RefSet(refs);
  const near = refs.flatMap((ref) => [ref - 1, ref, ref + 1]).filter((ref) => ref >= 0 && ref <= 0xffffffff);
  expect(near.filter((ref) => set.has(ref))).toEqual(near.filter((ref) => refs.includes(ref)));
  expect(set.has(77)).toBe(false);
  set.add(77);
  expect(set.has(77)).toBe(true);
});
