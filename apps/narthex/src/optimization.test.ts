import { cachedDataVersionTag } from "node:v8";
import { afterEach, expect, test } from "vitest";
import { Optimization } from "./optimization.js";

// V8 names the options it has by a number.
const own = cachedDataVersionTag();

afterEach(() => new Optimization().asUsual(async () => {}));

test("work that is done as usual finds V8's own options, before and after a command is ready", async () => {
  const optimization = new Optimization();
  optimization.delay();
  const late = cachedDataVersionTag();
  optimization.hasten();
  const early = cachedDataVersionTag();
  let during = 0;
  await optimization.asUsual(async () => {
    during = cachedDataVersionTag();
  });
  expect(during).toBe(own);
  expect(cachedDataVersionTag()).toBe(early);
  expect(new Set([own, late, early]).size).toBe(Number(process.versions.node.split(".")[0]) < 22 ? 3 : 1);
});

test("after work that failed V8 has the options from before", async () => {
  const optimization = new Optimization();
  optimization.hasten();
  const early = cachedDataVersionTag();
  await expect(optimization.asUsual(() => Promise.reject(new Error("no room")))).rejects.toThrow("no room");
  expect(cachedDataVersionTag()).toBe(early);
});
