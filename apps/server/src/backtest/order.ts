// In what order rules can be evaluated over a whole range, one rule after the other, as if it had been tick by tick.
// Comes from: the rule files. Goes to: backtest/run.
import type { Expression } from "@narthex/promql";
import type { RuleConfig, RuleGroupConfig } from "../rules/config.js";
import { type NameTest, namesReadBy, writtenNames } from "../rules/reads.js";

export type BacktestOrder = {
  /** Groups in order: what a rule reads stands before it. */
  readonly groups: readonly RuleGroupConfig[];
  /** Some rule reads what comes later, such as itself: then only time orders the evaluations. */
  readonly isByTime: boolean;
  /** Whether some rule or template may read what a rule of this metric name stores. */
  readonly isRead: (name: string) => boolean;
  /** Whether the rule reads what some rule stores, such as itself; else it can be evaluated ahead of time. */
  readonly readsRecorded: (rule: RuleConfig) => boolean;
};

export function orderOf(groups: readonly RuleGroupConfig[]): BacktestOrder {
  const needs = new Map(groups.flatMap(({ rules }) => rules).map((rule) => [rule, namesReadBy(rule.expression)]));
  const reads = (rule: RuleConfig, other: RuleConfig): boolean =>
    writtenNames(other).some((name) => (needs.get(rule) as NameTest)(name));
  const isPlain = groups.every(({ rules }) =>
    rules.every((rule, i) => rules.slice(i).every((later) => !reads(rule, later))),
  );
  const sorted = sortGroups(groups, (a, b) => a.rules.some((rule) => b.rules.some((other) => reads(rule, other))));
  const hasQueries = groups.some(({ rules }) => rules.some(hasTemplateQuery));
  return {
    groups: sorted ?? groups,
    isByTime: !isPlain || sorted === undefined || hasQueries,
    readsRecorded: (rule) => groups.some(({ rules }) => rules.some((other) => reads(rule, other))),
    isRead: (name) => hasQueries || [...needs.values()].some((test) => test(name)),
  };
}

function hasTemplateQuery(rule: RuleConfig): boolean {
  if (rule.kind === "recording") return false;
  return [...Object.values(rule.labels), ...Object.values(rule.annotations)].some(({ source }) =>
    /\bquery\b/.test(source),
  );
}

/** Each group behind those that it reads; undefined where they read each other. */
function sortGroups(
  groups: readonly RuleGroupConfig[],
  reads: (a: RuleGroupConfig, b: RuleGroupConfig) => boolean,
): RuleGroupConfig[] | undefined {
  const sorted: RuleGroupConfig[] = [];
  const waiting = [...groups];
  while (waiting.length > 0) {
    const next = waiting.findIndex((group) => waiting.every((other) => other === group || !reads(group, other)));
    if (next < 0) return undefined;
    sorted.push(...waiting.splice(next, 1));
  }
  return sorted;
}

/**
 * Whether the expression means the same at each step of a range as at that time alone: `@ start()`, `@ end()`, `step()`
 * and `range()` depend on the query's bounds.
 */
export function isSameInRange(expression: Expression): boolean {
  return !JSON.stringify(expression, (key, value: unknown) => (key === "regex" ? undefined : value)).match(
    /"at":"(?:start|end)"|"kind":"(?:step|range)"/,
  );
}
