import { labelsFromSorted } from "@narthex/model";
import { expect, it } from "vitest";
import { HeadLabels } from "./head-labels.js";

it("a series has the labels it was seen with first, or that were shared with it", () => {
  const labels = new HeadLabels();
  const first = labels.of(1, () => ["a", "x"]);
  expect(first).toEqual(["a", "x"]);
  expect(labels.of(1, () => ["never", "read"])).toBe(first);
  const equal = labelsFromSorted(["a", "x"]);
  labels.share(1, equal);
  expect(labels.of(1, () => [])).toBe(equal);
  expect(labels.of(2, () => ["ä", "\u{1f525}"])).toEqual(["ä", "\u{1f525}"]);
});

it("no more series are kept than the bound", () => {
  const labels = new HeadLabels(10);
  for (let ref = 1; ref <= 35; ref++) labels.of(ref, () => ["n", String(ref)]);
  expect(labels.size).toBe(5);
  expect(labels.of(3, () => ["n", "3"])).toEqual(["n", "3"]);
});
