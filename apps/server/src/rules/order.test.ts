import { Slots } from "@narthex/stdx";
import { expect, test } from "vitest";
import { parseRuleFile } from "./config.js";
import { dependenciesOf, runInOrder } from "./order.js";

function dependencies(rules: readonly string[]): readonly (readonly number[])[] | undefined {
  const text = `groups:\n- name: g\n  rules:\n${rules.map((rule) => `  - {${rule}}`).join("\n")}`;
  return dependenciesOf(parseRuleFile("r.yml", text)[0]?.rules ?? []);
}

test.each<[title: string, rules: string[], expected: number[][] | undefined]>([
  ["independent rules wait for none", ["record: a, expr: x", "record: b, expr: y"], [[], []]],
  ["a rule waits for the one it reads", ["record: a, expr: x", "record: b, expr: 'sum(rate(a[5m]))'"], [[], [0]]],
  ["a rule keeps behind one that reads it", ["record: a, expr: b", "record: b, expr: x"], [[], [0]]],
  ["a name by expression is matched", ["record: a1, expr: x", "record: b, expr: '{__name__=~\"a.\"}'"], [[], [0]]],
  ["rules of one name keep their order", ["record: a, expr: x", "record: a, expr: y"], [[], [0]]],
  ["a selector without name may read anything", ["record: a, expr: x", "record: b, expr: '{job=\"c\"}'"], undefined],
  [
    "all matchers of the name count",
    ["record: a1, expr: x", 'record: b, expr: \'{__name__=~"a.", __name__!="a1"}\''],
    [[], []],
  ],
  ["ALERTS may be any alert's", ["alert: a, expr: x", "record: b, expr: ALERTS"], undefined],
])("%s", (_, rules, expected) => {
  expect(dependencies(rules)).toEqual(expected);
});

test("rules run at once, as many as there are slots, behind those they need", async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const run = (i: number): Promise<void> =>
    slots.run(async () => {
      begun.push(i);
      await new Promise<void>((resolve) => (finish[i] = resolve));
    });
  const done = runInOrder([[], [], [], [0]], run);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(begun).toEqual([0, 1]);
  finish[1]?.();
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  finish[0]?.();
  await settled();
  expect(begun).toEqual([0, 1, 2, 3]);
  finish[2]?.();
  finish[3]?.();
  await done;
});
