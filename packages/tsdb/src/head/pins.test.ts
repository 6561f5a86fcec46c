import { expect, test } from "vitest";
import { ViewPins } from "./pins.js";

/** Steps: "+a" takes view a, "-a" releases it, "x" lets go of x. Returns what was freed, in order. */
function check(steps: string, freed: string): void {
  const pins = new ViewPins();
  const views = new Map<string, () => void>();
  let out = "";
  for (const step of steps.split(" ")) {
    const name = step.slice(1);
    if (step.startsWith("+")) views.set(name, pins.pin());
    else if (step.startsWith("-")) views.get(name)?.();
    else
      pins.afterViews(() => {
        out += step;
      });
  }
  expect(out).toBe(freed);
}

test.each([
  ["x y", "xy"],
  ["+a x y", ""],
  ["+a x y -a", "xy"],
  ["+a x -a y", "xy"],
  ["+a x +b y -b", ""],
  ["+a x +b y -a", "x"],
  ["+a x +b y -b -a", "xy"],
  ["+a x -a -a +b y -a", "x"],
])("views and frees %s", check);
