// What a rule reads and what it writes, by metric name: for the order of rules.
// Goes to: rules/order, backtest/order.
import { matches, metricNameLabel } from "@narthex/model";
import { analyseExpression, type Expression } from "@narthex/promql";
import { alertForStateMetricName, alertMetricName } from "./alerting.js";
import type { RuleConfig } from "./config.js";

export type NameTest = (name: string) => boolean;

/** Whether the expression may read series of a name; a selector that says nothing of the name may read any. */
export function namesReadBy(expression: Expression): NameTest {
  const { selectors } = analyseExpression(expression);
  return (name) =>
    selectors.some(({ matchers }) =>
      matchers.every((matcher) => matcher.name !== metricNameLabel || matches(matcher, name)),
    );
}

export function writtenNames(rule: RuleConfig): readonly string[] {
  return rule.kind === "recording" ? [rule.name] : alertNames;
}

export const alertNames: readonly string[] = [alertMetricName, alertForStateMetricName];
