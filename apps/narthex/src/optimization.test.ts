import { cachedDataVersionTag } from "node:v8";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { Optimization } from "./optimization.js";

/** As those do that the program knows. */
const hasOptions = Number(process.versions.node.split(".")[0]) < 22;

// V8 names the options it has by a number.
const own = cachedDataVersionTag();

afterEach(() => new Optimization().beAsUsual()());

test("who wants V8's own options has them until all such have ended", () => {
  const optimization = new Optimization();
  optimization.delay();
  const late = cachedDataVersionTag();
  optimization.hasten();
  const early = cachedDataVersionTag();
  const ends = [optimization.beAsUsual(), optimization.beAsUsual()];
  expect(cachedDataVersionTag()).toBe(own);
  ends[0]?.();
  ends[0]?.();
  expect(cachedDataVersionTag()).toBe(own);
  ends[1]?.();
  expect(cachedDataVersionTag()).toBe(early);
  expect(new Set([own, late, early]).size).toBe(hasOptions ? 3 : 1);
});

test("a thread that is short has V8's own options while it loads parts, then others than before", () => {
  const optimization = new Optimization();
  optimization.hasten();
  const early = cachedDataVersionTag();
  const thread = optimization.beforeShortThread();
  expect(cachedDataVersionTag()).toBe(own);
  thread.loaded();
  const short = cachedDataVersionTag();
  thread.ended();
  expect(cachedDataVersionTag()).toBe(early);
  expect(new Set([own, short, early]).size).toBe(hasOptions ? 3 : 1);
  optimization.beforeShortThread().ended();
  expect(cachedDataVersionTag()).toBe(early);
});

test("V8's own options hold until some time after the last answer began, and no options change while a command starts", () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const optimization = new Optimization();
  optimization.delay();
  const late = cachedDataVersionTag();
  optimization.beAsUsualBriefly();
  expect(cachedDataVersionTag()).toBe(late);
  optimization.hasten();
  const early = cachedDataVersionTag();
  optimization.beAsUsualBriefly();
  const brief = cachedDataVersionTag();
  expect(brief === early).toBe(!hasOptions);
  vi.advanceTimersByTime(6);
  optimization.beAsUsualBriefly();
  vi.advanceTimersByTime(6);
  expect(cachedDataVersionTag()).toBe(brief);
  vi.advanceTimersByTime(6);
  expect(cachedDataVersionTag()).toBe(early);
});
