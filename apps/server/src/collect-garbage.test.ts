import { SimClock } from "@narthex/stdx";
import { expect, it } from "vitest";
import { collectAfterBursts, collectGarbage } from "./collect-garbage.js";

/** `created`: series there are at each look. Returns the looks at which garbage was collected, as often as `enough` says. */
async function collections(atStart: number, created: readonly number[], enough = 1): Promise<number[]> {
  const clock = new SimClock();
  let look = -1;
  const found: number[] = [];
  const end = collectAfterBursts({
    clock,
    seriesCreated: () => created[look] ?? atStart,
    collect: () => found.push(look) >= enough,
  });
  for (look = 0; look < created.length; look++) await clock.advance(30_000);
  end();
  await clock.advance(180_000);
  return found;
}

it.each<[what: string, atStart: number, created: number[], expected: number[]]>([
  ["once a burst is over", 0, [4000, 9000, 15_000, 15_000, 15_000], [3]],
  ["once what the log brought is there", 20_000, [20_000, 20_000], [0]],
  ["not for a few series", 0, [9999, 9999, 9999], []],
  ["not while a burst goes on", 0, [10_000, 20_000, 30_000], []],
  ["though some series come all the time", 0, [20_000, 20_100, 20_200], [1]],
  ["again when some have come for long enough", 0, [20_000, 20_000, 29_000, 29_001, 38_001, 38_002], [1, 5]],
])("garbage is collected %s", async (_what, atStart, created, expected) => {
  expect(await collections(atStart, created)).toEqual(expected);
});

it("it is collected again where not all is gone, twice at most", async () => {
  const created = [20_000, 20_000, 20_000, 20_000, 20_000, 20_000];
  expect(await collections(0, created, 1)).toEqual([1]);
  expect(await collections(0, created, 9)).toEqual([1, 2]);
});

it("garbage is gone afterwards", () => {
  let garbage: object | undefined = { large: new Uint8Array(1000) };
  const seen = new WeakRef(garbage);
  garbage = undefined;
  // A WeakRef holds what it was made of until the turn ends.
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    collectGarbage();
    expect(seen.deref()).toBeUndefined();
  });
});
