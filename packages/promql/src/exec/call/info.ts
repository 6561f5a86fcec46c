// info(): adds to every series the data labels of the info series (target_info, …) of the same instance and job.
import {
  type Labels,
  labelsKey,
  labelValue,
  type Matcher,
  matcherFrom,
  matches,
  metricNameLabel,
  printLabelSet,
  withLabel,
} from "@narthex/model";
import { QueryError } from "../../error.js";
import type { CallPlan, Plan, SelectPlan } from "../../plan/node.js";
import { absent, Column, type ColumnSink, isHistogram } from "../column.js";
import { type Evaluation, evaluateVector, evaluationFrom } from "../evaluation.js";
import { ColumnMerger, metricName } from "../names.js";
import { evaluateSelect } from "../select.js";
import type { StepCounts } from "../step-counts.js";
import { vectorArgument } from "./math.js";

/** What says that a series and an info series are about the same target. */
const identifyingLabels = ["instance", "job"] as const;

type InfoSeries = { readonly labels: Labels; readonly name: string; readonly times: Column };

export function evaluateInfo(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const join = new InfoJoin(writtenMatchers(plan), evaluation);
  join.read(infoSelector(plan));
  const merger = new ColumnMerger(evaluation.budget);
  evaluateVector(vectorArgument(plan), evaluation, (column) => join.enrich(column, (part) => merger.add(part)));
  if (evaluation.counts) join.count(evaluation.counts);
  merger.finish(sink);
}

/** What the info series are read by. */
export function infoSelector(plan: CallPlan): SelectPlan {
  const { names, data } = splitMatchers(writtenMatchers(plan));
  const extra = names.every(isNegative) ? [matcherFrom("=~", metricNameLabel, ".+_info")] : [];
  return {
    ...(lookOf(vectorArgument(plan)) ?? { at: undefined, offsetMs: 0 }),
    kind: "select",
    matchers: [...names, ...extra, ...data],
    extension: undefined,
    statisticsOnly: false,
    range: plan.range,
  };
}

function writtenMatchers(plan: CallPlan): readonly Matcher[] {
  const selector = plan.arguments[1] as Plan | undefined;
  return selector ? matchersOf(selector) : [];
}

function splitMatchers(written: readonly Matcher[]): { readonly names: readonly Matcher[]; readonly data: Matcher[] } {
  const names = written.filter(({ name }) => name === metricNameLabel);
  return {
    names: names.length > 0 ? names : [matcherFrom("=", metricNameLabel, "target_info")],
    data: written.filter(({ name }) => name !== metricNameLabel),
  };
}

function matchersOf(plan: Plan): readonly Matcher[] {
  if (plan.kind === "invariant") return matchersOf(plan.inner);
  return plan.kind === "select" ? plan.matchers : [];
}

type Look = { readonly at: number | undefined; readonly offsetMs: number };

// Info series are looked at as of the time of the first selector's samples.
function lookOf(plan: Plan): Look | undefined {
  switch (plan.kind) {
    case "select":
      return plan;
    case "window":
      return plan.selector;
    case "subquery":
      return composed(plan, lookOf(plan.inner));
    case "range-call":
      return lookOf(plan.matrix);
    case "call":
      return plan.arguments.map(lookOf).find((look) => look !== undefined);
    case "binary":
      return lookOf(plan.left) ?? lookOf(plan.right);
    case "vector-scalar":
      return lookOf(plan.vector);
    case "aggregation":
    case "negate":
    case "invariant":
    case "scalar-of":
      return lookOf(plan.inner);
    default:
      return undefined;
  }
}

function composed(outer: Look, inner: Look | undefined): Look {
  if (!inner) return outer;
  if (inner.at !== undefined) return inner;
  return { at: outer.at, offsetMs: outer.offsetMs + inner.offsetMs };
}

class InfoJoin {
  readonly #evaluation: Evaluation;
  readonly #nameMatchers: readonly Matcher[];
  readonly #dataMatchers: readonly Matcher[];
  readonly #byTarget = new Map<string, InfoSeries[]>();
  /** Values of the identifying labels of what was enriched. */
  readonly #identities = identifyingLabels.map((name) => ({ name, values: new Set<string>() }));

  constructor(written: readonly Matcher[], evaluation: Evaluation) {
    this.#evaluation = evaluation;
    const { names, data } = splitMatchers(written);
    this.#nameMatchers = names;
    this.#dataMatchers = data;
  }

  /** Info series keep the time of their sample at each step: of two at once, the later one counts. */
  read(plan: SelectPlan): void {
    const uncounted = evaluationFrom(this.#evaluation, { counts: undefined });
    evaluateSelect(plan, uncounted, (column) => {
      if (!column.present.includes(isHistogram)) return;
      const which = printLabelSet(column.labels);
      throw new QueryError("execution", `this should be an info metric, with float samples: ${which}`);
    });
    evaluateSelect(
      plan,
      uncounted,
      (column) => {
        const target = targetKey(column.labels);
        const series = { labels: column.labels, name: metricName(column.labels), times: column.copy() };
        const list = this.#byTarget.get(target);
        if (list) list.push(series);
        else this.#byTarget.set(target, [series]);
      },
      "timestamp",
    );
  }

  /** Prometheus reads only info series whose job and instance are among those of the series that it enriches. */
  count(counts: StepCounts): void {
    const wanted = this.#identities.filter(({ values }) => values.size > 0);
    if (wanted.length === 0) return;
    for (const infos of this.#byTarget.values()) {
      for (const { labels, times } of infos) {
        if (wanted.every(({ name, values }) => values.has(labelValue(labels, name)))) counts.addPoints(times);
      }
    }
  }

  /** Splits the column where its labels change from step to step. */
  enrich(column: Column, emit: (part: Column) => void): void {
    if (this.#isInfoSeries(column.labels)) {
      emit(column);
      return;
    }
    for (const { name, values } of this.#identities) {
      const value = labelValue(column.labels, name);
      if (value !== "") values.add(value);
    }
    const parts = new Map<string, Column>();
    const infos = this.#byTarget.get(targetKey(column.labels)) ?? [];
    for (let i = 0; i < column.present.length; i++) {
      if (column.present[i] === absent) continue;
      const labels = this.#enriched(column.labels, infos, i);
      if (!labels) continue;
      const key = labelsKey(labels);
      let part = parts.get(key);
      if (!part) {
        part = new Column(labels, column.present.length);
        part.dropsName = column.dropsName;
        parts.set(key, part);
      }
      part.copyPoint(i, column);
    }
    for (const part of parts.values()) emit(part);
  }

  #isInfoSeries(labels: Labels): boolean {
    const name = metricName(labels);
    if (this.#nameMatchers.every(isNegative)) return false;
    return this.#nameMatchers.every((matcher) => matches(matcher, name));
  }

  // Undefined where a data label is asked for and there is no info series that has it.
  #enriched(base: Labels, infos: readonly InfoSeries[], i: number): Labels | undefined {
    const current = latestByName(infos, i);
    if (current.size === 0) return this.#dataMatchers.every((matcher) => matches(matcher, "")) ? base : undefined;
    const wanted = new Set(this.#dataMatchers.map(({ name }) => name));
    const added = new Map<string, string>();
    for (const { labels } of current.values()) {
      for (let k = 0; k < labels.length; k += 2) {
        const name = labels[k] as string;
        const value = labels[k + 1] as string;
        if (name === metricNameLabel || (wanted.size > 0 && !wanted.has(name)) || labelValue(base, name) !== "")
          continue;
        const before = added.get(name);
        if (before !== undefined && before !== value) throw new QueryError("execution", `conflicting label: ${name}`);
        added.set(name, value);
      }
    }
    let result = base;
    for (const [name, value] of added) result = withLabel(result, name, value);
    return result;
  }
}

function isNegative({ type }: Matcher): boolean {
  return type === "!=" || type === "!~";
}

function targetKey(labels: Labels): string {
  return identifyingLabels.map((name) => labelValue(labels, name)).join("\u0000");
}

function latestByName(infos: readonly InfoSeries[], i: number): Map<string, InfoSeries> {
  const latest = new Map<string, InfoSeries>();
  for (const info of infos) {
    if (info.times.present[i] === absent) continue;
    const other = latest.get(info.name);
    const t = info.times.v[i] as number;
    const otherTime = other ? (other.times.v[i] as number) : -Infinity;
    if (other && otherTime === t) {
      const both = `${printLabelSet(other.labels)} @ ${otherTime * 1000}, new ${printLabelSet(info.labels)} @ ${t * 1000}`;
      throw new QueryError("execution", `found duplicate series for info metric: existing ${both}`);
    }
    if (t > otherTime) latest.set(info.name, info);
  }
  return latest;
}
