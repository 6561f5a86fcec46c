import { expect, it } from "vitest";
import type { AlertingRule, AlertState, RuleGroup } from "../api/prometheus.js";
import {
  countAlertStates,
  countRuleStates,
  detailAnnotations,
  type RuleFilter,
  selectRules,
  summaryOf,
} from "./rule-list.js";

function rule(name: string, ...states: AlertState[]): AlertingRule {
  const alerts = states.map((state, i) => ({
    labels: { alertname: name, instance: `host-${i}` },
    annotations: { summary: `${name} on host-${i}` },
    state,
    activeAt: "",
    value: "1",
  }));
  const state = states.includes("firing") ? "firing" : states.includes("pending") ? "pending" : "inactive";
  const health = name === "Broken" ? "err" : "ok";
  return {
    type: "alerting",
    name,
    query: "up == 0",
    duration: 0,
    labels: { severity: "page" },
    annotations: {},
    alerts,
    health,
    lastEvaluation: "",
    evaluationTime: 0,
    state,
  } as AlertingRule;
}

const group = (name: string, ...rules: AlertingRule[]): RuleGroup => ({
  name,
  file: "rules.yml",
  interval: 15,
  rules,
  lastEvaluation: "",
  evaluationTime: 0,
});

const groups = [
  group("quiet", rule("Idle"), rule("Broken")),
  group("loud", rule("Slow", "pending"), rule("Down", "pending", "firing", "firing")),
];

function check(filter: Partial<RuleFilter>, expected: Record<string, string[]>): void {
  const selected = selectRules(groups, { search: "", state: "all", ...filter });
  expect(Object.fromEntries(selected.map(({ name, rules }) => [name, rules.map((r) => r.name)]))).toEqual(expected);
  expect(selected.map(({ name }) => name)).toEqual(Object.keys(expected));
}

it("what fires comes first", () => check({}, { loud: ["Down", "Slow"], quiet: ["Idle", "Broken"] }));

it("rules are found by state, health, labels and the texts of their alerts", () => {
  check({ state: "pending" }, { loud: ["Slow"] });
  check({ state: "failing" }, { quiet: ["Broken"] });
  check({ search: "severity=page idle" }, { quiet: ["Idle"] });
  check({ search: "Down on host-2" }, { loud: ["Down"] });
  check({ search: "no such thing" }, {});
});

it("states are counted per rule and per alert", () => {
  expect(countRuleStates(groups)).toEqual({ firing: 1, pending: 1, inactive: 2 });
  expect(countAlertStates(groups[1]!.rules[1]!)).toEqual({ firing: 2, pending: 1, inactive: 0 });
});

it("the summary is found under each of its names, and the rest are details with links last", () => {
  expect(summaryOf({ description: "d", message: "m" })).toBe("m");
  expect(summaryOf({})).toBeUndefined();
  const details = detailAnnotations({
    summary: "s",
    runbook_url: "https://r/x",
    note: "n",
    bad: "javascript:alert(1)",
  });
  expect(details.map(({ name, isLink }) => [name, isLink])).toEqual([
    ["note", false],
    ["bad", false],
    ["runbook_url", true],
  ]);
});

it("a rule that was never evaluated counts as inactive", () => {
  const unknown: AlertingRule = { ...rule("New"), state: "unknown" };
  expect(countRuleStates([group("new", unknown)])).toEqual({ firing: 0, pending: 0, inactive: 1 });
  expect(selectRules([group("new", unknown)], { search: "", state: "inactive" })).toHaveLength(1);
});
