// label_replace and label_join: change labels, leave values.
import { compilePattern, type Labels, labelValue, metricNameLabel, withLabel } from "@narthex/model";
import { QueryError } from "../../error.js";
import type { CallPlan, StringPlan } from "../../plan/node.js";
import type { Column, ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { ColumnMerger } from "../names.js";
import { vectorArgument } from "./math.js";

/** UTF-16 units of a label value that a query makes: nested calls can double it each time. */
export const labelLengthMax: number = 64 * 1024;

/** Values that are remembered with what replaces them. */
const replacedMax = 10_000;

export function labelReplace(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const [target, replacement, source, pattern] = strings(plan) as [string, string, string, string];
  const regex = compiled(pattern);
  checkLabelName("label_replace", "destination", target);
  // Series by the thousand have few values of one label.
  const replaced = new Map<string, string | undefined>();
  mapLabels(plan, evaluation, {
    sink,
    target,
    value: (labels) => {
      const text = labelValue(labels, source);
      if (replaced.has(text)) return replaced.get(text);
      const matcher = regex.matcher(text);
      const value = matcher.matches() ? expand(replacement, matcher) : undefined;
      if (replaced.size < replacedMax) replaced.set(text, value);
      return value;
    },
  });
}

export function labelJoin(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const [target, separator, ...sources] = strings(plan) as [string, string, ...string[]];
  for (const source of sources) checkLabelName("label_join", "source", source);
  checkLabelName("label_join", "destination", target);
  mapLabels(plan, evaluation, {
    sink,
    target,
    value: (labels) => {
      const parts = sources.map((source) => labelValue(labels, source));
      checkLength(parts.reduce((sum, part) => sum + part.length + separator.length, 0));
      return parts.join(separator);
    },
  });
}

type LabelMapping = {
  readonly sink: ColumnSink;
  readonly target: string;
  /** Undefined leaves the series as it is. */
  readonly value: (labels: Labels) => string | undefined;
};

function mapLabels(plan: CallPlan, evaluation: Evaluation, { sink, target, value }: LabelMapping): void {
  const merger = new ColumnMerger(evaluation.budget);
  evaluateVector(vectorArgument(plan), evaluation, (column: Column) => {
    const text = value(column.labels);
    if (text !== undefined) {
      column.labels = withLabel(column.labels, target, text);
      // A name that was just given is not one to be dropped.
      if (target === metricNameLabel) column.dropsName = false;
    }
    merger.add(column);
  });
  merger.finish(sink);
}

function checkLength(length: number): void {
  // Differs: see docs/compatibility.md#promql. Prometheus makes labels of any length, as far as memory goes.
  if (length > labelLengthMax)
    throw new QueryError("execution", `label value longer than ${labelLengthMax} characters`);
}

function strings(plan: CallPlan): string[] {
  return plan.arguments.slice(1).map((argument) => (argument as StringPlan).value);
}

function compiled(pattern: string): ReturnType<typeof compilePattern> {
  try {
    return compilePattern(`^(?s:${pattern})$`);
  } catch {
    throw new QueryError("execution", `invalid regular expression in label_replace(): ${pattern}`);
  }
}

function checkLabelName(fn: string, which: string, name: string): void {
  if (name !== "" && !/[\p{Surrogate}\ufffd]/u.test(name)) return;
  throw new QueryError("execution", `invalid ${which} label name in ${fn}(): ${name}`);
}

type Groups = { group(group: number | string): string | null; groupCount(): number };

// As Go's Regexp.Expand: $1, ${1}, $name, ${name}, $$; a group that is not there is empty.
function expand(template: string, match: Groups): string {
  let length = template.length;
  checkLength(length);
  return template.replaceAll(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    if (whole === "$$") return "$";
    const text = groupText(match, bare ?? braced ?? "");
    length += text.length;
    checkLength(length);
    return text;
  });
}

function groupText(match: Groups, name: string): string {
  if (/^\d+$/.test(name)) return Number(name) <= match.groupCount() ? (match.group(Number(name)) ?? "") : "";
  try {
    return match.group(name) ?? "";
  } catch {
    return "";
  }
}
