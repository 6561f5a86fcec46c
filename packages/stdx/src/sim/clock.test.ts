import { expect, it } from "vitest";
import { SimClock } from "./clock.js";

it("runs timers in the order they fall due, and those they start", async () => {
  const clock = new SimClock(1000);
  const log: string[] = [];
  const note = (text: string) => () => void log.push(`${clock.now()} ${text}`);
  clock.after(30, note("c"));
  clock.after(10, () => {
    note("a")();
    clock.after(10, note("b"));
  });
  const cancel = clock.after(5, note("never"));
  cancel();
  await clock.advance(25);
  expect(log).toEqual(["1010 a", "1020 b"]);
  expect(clock.now()).toBe(1025);
  await clock.advance(25);
  expect(log).toEqual(["1010 a", "1020 b", "1030 c"]);
});
