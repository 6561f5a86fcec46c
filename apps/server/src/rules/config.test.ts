import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRuleFile } from "./config.js";

const corpus = process.env["CORPORA"] ?? new URL("../../../../../shared/corpora", import.meta.url).pathname;

function mistakes(text: string): string {
  try {
    parseRuleFile("rules.yml", text);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const group = (rule: string): string => `groups:\n- name: g\n  rules:\n  - ${rule}`;

describe("parseRuleFile", () => {
  it("reads groups, rules and their labels", () => {
    const text = `
groups:
- name: g
  interval: 30s
  query_offset: 1m
  limit: 5
  labels: {team: a, env: x}
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
    labels: {env: y}
  - alert: Down
    expr: up == 0
    for: 5m
    keep_firing_for: 10m
    labels: {severity: "{{ $value }}"}
    annotations: {summary: "{{ $labels.instance }} is down"}
`;
    const [only] = parseRuleFile("rules.yml", text);
    expect(only).toMatchObject({ file: "rules.yml", name: "g", intervalMs: 30_000, queryOffsetMs: 60_000, limit: 5 });
    expect(only?.rules[0]).toMatchObject({ kind: "recording", name: "job:up:sum", labels: { team: "a", env: "y" } });
    expect(only?.rules[1]).toMatchObject({ kind: "alerting", name: "Down", forMs: 300_000, keepFiringForMs: 600_000 });
    const alerting = only?.rules[1] as unknown as { labels: Record<string, { source: string }> };
    expect(Object.entries(alerting.labels).map(([name, { source }]) => [name, source])).toEqual([
      ["team", "a"],
      ["env", "x"],
      ["severity", "{{ $value }}"],
    ]);
  });

  it("passes over nulls in lists", () => {
    const groups = parseRuleFile("rules.yml", "groups: [~, {name: g, rules: [~, {record: a, expr: b}]}]");
    expect(groups.map(({ rules }) => rules.length)).toEqual([1]);
  });

  it.each([
    ["groups: [{name: a}, {name: a}]", 'rules.yml:1:21: groupname: "a" is repeated in the same file'],
    ["groups: []\n---\ngroups: []", "rules.yml:2:1: yaml: the file holds more than one document"],
    ["groups: [{rules: []}]", "Groupname must not be empty"],
    [
      group("record: a\n    expr: rate(hi)"),
      'rules.yml:5:11: group "g", rule 1, "a": could not parse expression: 1:6: parse error:',
    ],
    [group("{record: a, alert: b, expr: '1'}"), "only one of 'record' and 'alert' must be set"],
    [group("{expr: '1'}"), "one of 'record' or 'alert' must be set"],
    [group("{record: a}"), "field 'expr' must be set in rule"],
    [group("{record: a, expr: '1', for: 1m}"), "invalid field 'for' in recording rule"],
    [group("{record: a, expr: '1', keep_firing_for: 1m}"), "invalid field 'keep_firing_for' in recording rule"],
    [group("{record: a, expr: '1', annotations: {x: y}}"), "invalid field 'annotations' in recording rule"],
    [group("{alert: a, expr: '1', labels: {__name__: x}}"), "invalid label name: __name__"],
    [
      group("{alert: a, expr: '1', annotation: {x: y}}"),
      "rules.yml:4:27: field annotation not found in type rulefmt.Rule",
    ],
    [group("{alert: a, expr: '1', for: soon}"), "rules.yml:4:32: not a valid duration string"],
    [group("{alert: a, expr: '1', annotations: {s: '{{ $labels.x'}}"), "unclosed action"],
    ["groups: []\n---\ngroups: []", "yaml: "],
  ])("%j is refused", (text, message) => {
    expect(mistakes(text)).toContain(message);
  });

  it("passes over unknown fields on demand, and knows experimental functions by feature", () => {
    const lenient = parseRuleFile("r.yml", "groups: [{name: g, owner: me, rules: []}]", { ignoreUnknownFields: true });
    expect(lenient).toMatchObject([{ name: "g" }]);
    const text = group("{record: a, expr: 'sort_by_label(up, \"x\")'}");
    expect(() => parseRuleFile("r.yml", text, { features: new Set() })).toThrow("is not enabled");
    expect(parseRuleFile("r.yml", text, { features: new Set(["experimental-functions"]) })).toHaveLength(1);
  });

  it.skipIf(!existsSync(corpus))("decides the rule files of the corpus as their names say (corpora)", () => {
    const wrong: string[] = [];
    for (const file of readdirSync(`${corpus}/rule-files`)) {
      const isGood = mistakes(readFileSync(`${corpus}/rule-files/${file}`, "utf8")) === "";
      // The legacy scheme alone refuses this one; ours is UTF-8, as Prometheus' default.
      const shouldBeGood = !file.includes(".bad.") || file === "legacy_validation_annotation.bad.yaml";
      if (isGood !== shouldBeGood) wrong.push(file);
    }
    for (const file of readdirSync(`${corpus}/rules`)) {
      const isGood = mistakes(readFileSync(`${corpus}/rules/${file}`, "utf8")) === "";
      if (isGood !== !["invalid_rules.yaml", "rules_multi_doc.yaml"].includes(file)) wrong.push(file);
    }
    expect(wrong).toEqual([]);
  });
});
