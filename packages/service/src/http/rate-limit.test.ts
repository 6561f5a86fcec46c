import { expect, it } from "vitest";
import { TokenBucket } from "./rate-limit.js";

const takes = (bucket: TokenBucket, times: readonly number[]): boolean[] => times.map((ms) => bucket.take(ms));

it("lets a burst through, then one for each interval", () => {
  const bucket = new TokenBucket({ interval: 100, burst: 2 }, 0);
  expect(takes(bucket, [0, 0, 0, 99, 100, 150, 200])).toEqual([true, true, false, false, true, false, true]);
});

it("saves no more than a burst while nobody asks", () => {
  const bucket = new TokenBucket({ interval: 100, burst: 2 }, 0);
  expect(takes(bucket, [10_000, 10_000, 10_000])).toEqual([true, true, false]);
});

it("lets nobody through with a burst of 0", () => {
  expect(new TokenBucket({ interval: 100, burst: 0 }, 0).take(1000)).toBe(false);
});
