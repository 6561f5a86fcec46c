import { expect, it } from "vitest";
import { labelPairs, matchesSearch, printSeries, searchTexts, sharedLabels, withoutLabels } from "./labels.js";

it("a series is printed as the selector that finds it", () => {
  const cases: [Record<string, string>, string][] = [
    [{ __name__: "up" }, "up"],
    [{ __name__: "up", job: "node", env: "a" }, 'up{env="a", job="node"}'],
    [{ job: 'say "hi"\n' }, '{job="say \\"hi\\"\\n"}'],
    [{ __name__: "http.requests", "service.name": "shop" }, '{"http.requests", "service.name"="shop"}'],
    [{}, "{}"],
  ];
  for (const [labels, expected] of cases) expect(printSeries(labels)).toBe(expected);
});

it("pairs leave the metric name out and are sorted", () => {
  expect(labelPairs({ b: "2", __name__: "x", a: "1" })).toEqual([
    ["a", "1"],
    ["b", "2"],
  ]);
});

it("a search needs all of its words, in any order and case", () => {
  const texts = searchTexts({ job: "node", instance: "db-1:9100" });
  expect(matchesSearch("DB-1 job=node", texts)).toBe(true);
  expect(matchesSearch('job="node"', texts)).toBe(true);
  expect(matchesSearch("node web", texts)).toBe(false);
  expect(matchesSearch("  ", texts)).toBe(true);
});

it("labels that all series share are told apart from those that differ", () => {
  const sets = [
    { job: "node", cpu: "0", rack: "1" },
    { job: "node", cpu: "1" },
  ];
  const shared = sharedLabels(sets);
  expect(shared).toEqual({ job: "node" });
  expect(sets.map((labels) => withoutLabels(labels, shared))).toEqual([{ cpu: "0", rack: "1" }, { cpu: "1" }]);
  expect(sharedLabels([{ job: "node" }])).toEqual({});
  expect(sharedLabels([])).toEqual({});
});
