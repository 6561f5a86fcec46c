import { labelsFrom } from "@narthex/model";
import { expect, test } from "vitest";
import { parseUtf8 } from "../matchers/utf8-parser.js";
import { alertFrom } from "../testing/alerts.js";
import { Inhibitor } from "./inhibitor.js";

const second = 1000;

function rule(source: string, target: string, equal: readonly string[] = []) {
  return { name: "", sourceMatchers: parseUtf8(source), targetMatchers: parseUtf8(target), equal };
}

// Sources are "a=1,b=2 start end" in seconds; asks at second 10 whether the labels are inhibited.
function check(rules: ReturnType<typeof rule>[], sources: [string, number, number][], labels: Record<string, string>) {
  const inhibitor = new Inhibitor(rules);
  for (const [text, start, end] of sources) {
    const record = Object.fromEntries(text.split(",").map((pair) => pair.split("=") as [string, string]));
    inhibitor.learn(alertFrom(record, { startsAt: start * second, endsAt: end * second }));
  }
  return inhibitor.inhibiting(labelsFrom(labels), 10 * second).length > 0;
}

const bySeverity = rule("severity=critical", "severity=warning", ["cluster", "zone"]);

test.each([
  ["a firing source", [["severity=critical,cluster=a", 0, 20]], { severity: "warning", cluster: "a" }, true],
  ["a resolved source", [["severity=critical,cluster=a", 0, 9]], { severity: "warning", cluster: "a" }, false],
  ["another cluster", [["severity=critical,cluster=b", 0, 20]], { severity: "warning", cluster: "a" }, false],
  ["no target", [["severity=critical,cluster=a", 0, 20]], { severity: "info", cluster: "a" }, false],
  [
    "one of two sources resolves, the other still fires",
    [
      ["severity=critical,cluster=a,i=1", 0, 20],
      ["severity=critical,cluster=a,i=2", 0, 9],
    ],
    { severity: "warning", cluster: "a" },
    true,
  ],
] as [string, [string, number, number][], Record<string, string>, boolean][])("%s", (_, sources, labels, expected) => {
  expect(check([bySeverity], sources, labels)).toBe(expected);
});

test("an alert of both sides is not inhibited by another of both sides", () => {
  const both = rule("s=~1|2", "t=~1|2");
  expect(check([both], [["s=1,t=1", 0, 20]], { s: "2", t: "2" })).toBe(false);
  expect(check([both], [["s=1", 0, 20]], { s: "2", t: "2" })).toBe(true);
});

test("an empty rule inhibits nothing", () => {
  expect(check([rule("", "")], [["a=1", 0, 20]], { b: "2" })).toBe(false);
});

test("resolved sources are forgotten", () => {
  const inhibitor = new Inhibitor([bySeverity]);
  inhibitor.learn(alertFrom({ severity: "critical" }, { endsAt: 5 * second }));
  inhibitor.forgetResolved(6 * second);
  expect(inhibitor.inhibiting(labelsFrom({ severity: "warning" }), 0)).toEqual([]);
});
