// alert_rule_test: compares the alerts that fire with those that a test expects.
import { compareLabels, type Labels, labelsEqual, labelsFrom, printDuration, printLabelSet } from "@narthex/model";
import { AlertingRule } from "../rules/alerting.js";
import type { RuleGroup } from "../rules/group.js";
import type { AlertTest } from "./config.js";
import { type DiffStyle, printDifference } from "./difference.js";
import { indentRest } from "./print.js";

type ShownAlert = { readonly labels: Labels; readonly annotations: Labels };

/** Undefined when the alerts are as expected; rules of one name in several groups count together. */
export function alertFailure(
  test: AlertTest,
  groups: readonly RuleGroup[],
  { name, diff }: { readonly name: string; readonly diff: DiffStyle | undefined },
): string | undefined {
  const expected = test.exp_alerts
    .map(({ exp_labels, exp_annotations }) => ({
      // Tests leave out the label that every alert gets.
      labels: labelsFrom({ ...exp_labels, alertname: test.alertname }),
      annotations: labelsFrom(exp_annotations),
    }))
    .sort(compareAlerts);
  const actual = firingAlerts(test.alertname, groups).sort(compareAlerts);
  const isEqual = expected.length === actual.length && expected.every((one, i) => alertsEqual(one, actual[i]));
  if (isEqual) return undefined;
  const where = `${printTestName(name)}    alertname: ${test.alertname}, time: ${printDuration(test.eval_time)}, \n`;
  const [exp, got] = [printAlerts(expected), printAlerts(actual)];
  if (diff) return `${where}        diff:\n          ${indentRest(printDifference(exp, got, diff), " ".repeat(10))}`;
  const indent = " ".repeat(12);
  return `${where}        exp:${indentRest(exp, indent)}, \n        got:${indentRest(got, indent)}`;
}

function firingAlerts(name: string, groups: readonly RuleGroup[]): ShownAlert[] {
  return groups
    .flatMap((group) => group.rules)
    .filter((rule) => rule instanceof AlertingRule)
    .filter((rule) => rule.config.name === name)
    .flatMap((rule) => [...rule.alerts.values()])
    .filter((alert) => alert.state === "firing");
}

function compareAlerts(a: ShownAlert, b: ShownAlert): number {
  return compareLabels(a.labels, b.labels) || compareLabels(a.annotations, b.annotations);
}

function alertsEqual(a: ShownAlert, b: ShownAlert | undefined): boolean {
  return b !== undefined && labelsEqual(a.labels, b.labels) && labelsEqual(a.annotations, b.annotations);
}

/** A failure's first line, where the test has a name. */
export function printTestName(name: string): string {
  return name === "" ? "" : `    name: ${name},\n`;
}

function printAlerts(alerts: readonly ShownAlert[]): string {
  if (alerts.length === 0) return "[]";
  const items = alerts.map(
    ({ labels, annotations }, i) =>
      `${i}:\n  Labels:${printLabelSet(labels)}\n  Annotations:${printLabelSet(annotations)}`,
  );
  return `[\n${items.join(",\n")}\n]`;
}
