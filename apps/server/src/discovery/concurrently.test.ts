import { expect, test } from "vitest";
import { concurrently } from "./concurrently.js";

test("results keep their order; never more run than are let", async () => {
  let running = 0;
  let most = 0;
  const double = async (n: number): Promise<number> => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return n * 2;
  };
  expect(await concurrently([1, 2, 3, 4, 5], 2, double)).toEqual([2, 4, 6, 8, 10]);
  expect(most).toBe(2);
  expect(await concurrently([], 2, double)).toEqual([]);
});

test("after a failure no other is begun", async () => {
  const begun: number[] = [];
  const fail = async (n: number): Promise<number> => {
    begun.push(n);
    await Promise.resolve();
    return n === 2 ? Promise.reject(new Error("two")) : n;
  };
  await expect(concurrently([1, 2, 3, 4, 5, 6], 2, fail)).rejects.toThrow("two");
  expect(begun.length).toBeLessThan(6);
});
