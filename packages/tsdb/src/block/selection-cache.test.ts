import { emptyLabels, type Matcher, matcherFrom } from "@narthex/model";
import { expect, test } from "vitest";
import type { IndexedSeries } from "./index-reader.js";
import { SelectionCache } from "./selection-cache.js";

const named = (value: string): Matcher[] => [matcherFrom("=", "__name__", value)];
const some = (count: number): IndexedSeries[] =>
  Array.from({ length: count }, (_, ref) => ({ ref, labels: emptyLabels, chunks: [] }));

/** How many series the cache has of the block's answer; -1 when it has none and asks. */
function known(cache: SelectionCache, block: number, value: string): number {
  let isAsked = false;
  const answer = cache.selected(block, named(value), () => {
    isAsked = true;
    return [];
  });
  return isAsked ? -1 : answer.length;
}

test("answers are kept for each block until it is closed", () => {
  const cache = new SelectionCache(1000);
  cache.selected(1, named("a"), () => some(3));
  cache.selected(11, named("a"), () => some(4));
  expect([known(cache, 1, "a"), known(cache, 11, "a"), known(cache, 1, "b")]).toEqual([3, 4, -1]);
  cache.drop(1);
  expect([known(cache, 1, "a"), known(cache, 11, "a")]).toEqual([-1, 4]);
});

test("the answers used longest ago make room", () => {
  const cache = new SelectionCache(300);
  for (const value of ["a", "b"]) cache.selected(1, named(value), () => some(100));
  known(cache, 1, "a");
  cache.selected(1, named("c"), () => some(100));
  expect([known(cache, 1, "a"), known(cache, 1, "c"), known(cache, 1, "b")]).toEqual([100, 100, -1]);
});

test("what is larger than all room is not kept, and empty answers take room too", () => {
  const cache = new SelectionCache(1000);
  cache.selected(1, named("large"), () => some(1001));
  expect(cache.size).toBe(0);
  for (let i = 0; i < 10_000; i++) cache.selected(1, named(`none-${i}`), () => []);
  expect(cache.size).toBeLessThan(60);
  expect(cache.size).toBeGreaterThan(10);
});
