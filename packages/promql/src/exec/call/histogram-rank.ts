// histogram_quantile, histogram_quantiles and histogram_fraction, over classic and native histograms alike.
// The buckets of a classic histogram are series of their own: they are brought together by their labels without "le".

import { type Labels, labelsKey, labelValue, quote, withLabel } from "@narthex/model";
import { parseFloatGo, printFloatG } from "@narthex/stdx";
import { QueryError } from "../../error.js";
import { ClassicBuckets, classicFraction, classicQuantile } from "../../histogram/classic.js";
import { histogramFraction } from "../../histogram/fraction.js";
import { histogramQuantile } from "../../histogram/quantile.js";
import type { CallPlan, ScalarPlan, StringPlan, VectorPlan } from "../../plan/node.js";
import { texts } from "../annotations.js";
import { Column, type ColumnSink, isFloat, isHistogram } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { ColumnMerger, metricName, withoutName } from "../names.js";
import { evaluateScalar } from "../scalar.js";
import { timeAt } from "../step-grid.js";
import { MonotonicityFixes } from "./monotonicity.js";

const bucketLabel = "le";

type HistogramBucket = { readonly upperBound: number; readonly column: Column };

type HistogramGroup = {
  readonly labels: Labels;
  readonly buckets: HistogramBucket[];
  native: Column | undefined;
};

/** What a function makes of one histogram at step i. */
type Rank = {
  readonly native: (group: HistogramGroup, i: number) => number;
  readonly classic: (group: HistogramGroup, i: number, buckets: ClassicBuckets | undefined) => number;
  /** Labels of the result. */
  readonly labels?: (labels: Labels) => Labels;
};

export function histogramQuantileOf(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const [q, vector] = plan.arguments as [ScalarPlan, VectorPlan];
  const fixes = new MonotonicityFixes(evaluation, vector.range);
  const rank = quantileRank({ plan: vector, evaluation, fixes, q: quantilesFrom(q, evaluation) });
  evaluateRanks(vector, evaluation, { sink, ranks: [rank] });
  fixes.report();
}

export function histogramQuantilesOf(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const [vector, label, ...quantiles] = plan.arguments as [VectorPlan, StringPlan, ...ScalarPlan[]];
  if (label.value === "") throw new QueryError("execution", `invalid label name ${quote(label.value)}`);
  const fixes = new MonotonicityFixes(evaluation, vector.range);
  const ranks = quantiles.map((quantile) => {
    const q = quantilesFrom(quantile, evaluation);
    const name = printOpenMetricsFloat(q[0] as number);
    const rank = quantileRank({ plan: vector, evaluation, fixes, q });
    return { ...rank, labels: (labels: Labels) => withLabel(labels, label.value, name) };
  });
  evaluateRanks(vector, evaluation, { sink, ranks });
  fixes.report();
}

export function histogramFractionOf(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const [low, high, vector] = plan.arguments as [ScalarPlan, ScalarPlan, VectorPlan];
  const lowers = evaluateScalar(low, evaluation);
  const uppers = evaluateScalar(high, evaluation);
  const limits = (i: number) => ({ lower: lowers[i] as number, upper: uppers[i] as number });
  const rank: Rank = {
    native: ({ native, labels }, i) => {
      const { value, hasNans } = histogramFraction(limits(i), (native as Column).histogramAt(i));
      if (hasNans) evaluation.annotations.inform(vector.range, texts.fractionNans(shownName(labels, evaluation)));
      return value;
    },
    classic: (_, i, buckets) => (buckets ? classicFraction(limits(i), buckets) : NaN),
  };
  evaluateRanks(vector, evaluation, { sink, ranks: [rank] });
}

function quantilesFrom(plan: ScalarPlan, evaluation: Evaluation): Float64Array {
  const quantiles = evaluateScalar(plan, evaluation);
  for (const q of quantiles) {
    if (!(q >= 0 && q <= 1)) evaluation.annotations.warn(plan.range, texts.invalidQuantile(q));
  }
  return quantiles;
}

function quantileRank(of: {
  plan: VectorPlan;
  evaluation: Evaluation;
  fixes: MonotonicityFixes;
  q: Float64Array;
}): Rank {
  const { plan, evaluation, fixes, q } = of;
  return {
    native: ({ native, labels }, i) => {
      const { value, nanEffect } = histogramQuantile(q[i] as number, (native as Column).histogramAt(i));
      const text = { result: texts.quantileNanResult, skew: texts.quantileNanSkew, none: undefined }[nanEffect];
      if (text) evaluation.annotations.inform(plan.range, text(shownName(labels, evaluation)));
      return value;
    },
    classic: ({ labels }, i, buckets) => {
      if (buckets?.fix) fixes.add(shownName(labels, evaluation), buckets.fix, timeAt(evaluation.grid, i));
      return buckets ? classicQuantile(q[i] as number, buckets) : NaN;
    },
  };
}

function evaluateRanks(
  plan: VectorPlan,
  evaluation: Evaluation,
  { sink, ranks }: { sink: ColumnSink; ranks: readonly Rank[] },
): void {
  const merger = new ColumnMerger(evaluation.budget);
  for (const group of groupHistograms(plan, evaluation)) {
    const columns = ranks.map((rank) => resultColumn(rank, group, evaluation));
    group.buckets.sort((a, b) => a.upperBound - b.upperBound);
    const classic = new ClassicBuckets(group.buckets.length);
    for (let i = 0; i < evaluation.grid.count; i++) {
      const hasClassic = gatherBuckets(group, i, classic);
      const hasNative = group.native?.present[i] === isHistogram;
      if (hasClassic && hasNative) {
        evaluation.annotations.warn(plan.range, texts.mixedClassicNative(shownName(group.labels, evaluation)));
      } else if (hasClassic) {
        const buckets = classic.finish() ? classic : undefined;
        for (let k = 0; k < ranks.length; k++) columns[k]?.setFloat(i, (ranks[k] as Rank).classic(group, i, buckets));
      } else if (hasNative) {
        for (let k = 0; k < ranks.length; k++) columns[k]?.setFloat(i, (ranks[k] as Rank).native(group, i));
      }
    }
    for (const column of columns) if (!column.isEmpty()) merger.add(column);
  }
  merger.finish(sink);
}

function resultColumn(rank: Rank, { labels }: HistogramGroup, { grid, delayedNameRemoval }: Evaluation): Column {
  const column = new Column(rank.labels ? rank.labels(labels) : labels, grid.count);
  if (delayedNameRemoval) column.dropsName = true;
  else column.labels = withoutName(column.labels);
  return column;
}

/** Whether there are any at step `i`. */
function gatherBuckets({ buckets }: HistogramGroup, i: number, classic: ClassicBuckets): boolean {
  classic.restart();
  for (let k = 0; k < buckets.length; k++) {
    const { upperBound, column } = buckets[k] as HistogramBucket;
    if (column.present[i] === isFloat) classic.add(upperBound, column.v[i] as number);
  }
  return classic.length > 0;
}

function groupHistograms(plan: VectorPlan, evaluation: Evaluation): HistogramGroup[] {
  const groups = new Map<string, HistogramGroup>();
  let held = 0;
  evaluateVector(plan, evaluation, (column) => {
    const points = column.pointCount();
    held += points;
    evaluation.budget.hold(points);
    const copy = column.copy();
    // A native histogram's "le" is a label as any other.
    if (copy.present.includes(isHistogram)) groupOf(groups, copy.labels).native = copy;
    if (copy.present.includes(isFloat)) {
      addBucket(groupOf(groups, withLabel(copy.labels, bucketLabel, "")), copy, plan, evaluation);
    }
  });
  evaluation.budget.release(held);
  return [...groups.values()];
}

function groupOf(groups: Map<string, HistogramGroup>, labels: Labels): HistogramGroup {
  const key = labelsKey(labels);
  const known = groups.get(key);
  if (known) return known;
  const group: HistogramGroup = { labels, buckets: [], native: undefined };
  groups.set(key, group);
  return group;
}

function addBucket(group: HistogramGroup, column: Column, plan: VectorPlan, evaluation: Evaluation): void {
  const text = labelValue(column.labels, bucketLabel);
  const upperBound = parseFloatGo(text);
  if (upperBound !== undefined) group.buckets.push({ upperBound, column });
  else evaluation.annotations.warn(plan.range, texts.badBucketLabel(shownName(column.labels, evaluation), text));
}

// Prometheus: without delayed removal names are gone before anything is said about a histogram.
function shownName(labels: Labels, { delayedNameRemoval }: Evaluation): string {
  return delayedNameRemoval ? metricName(labels) : "";
}

// Whole numbers have a ".0" in OpenMetrics' labels.
function printOpenMetricsFloat(value: number): string {
  const text = printFloatG(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
