// Functions of instant vectors, by name.
import { emptyLabels } from "@narthex/model";
import type { CallPlan, ScalarPlan } from "../../plan/node.js";
import { Column, type ColumnSink } from "../column.js";
import type { Evaluation } from "../evaluation.js";
import { evaluateScalar } from "../scalar.js";
import { absentVector } from "./absent.js";
import { dateFunctions, evaluateDate } from "./date.js";
import { histogramFractionOf, histogramQuantileOf, histogramQuantilesOf } from "./histogram-rank.js";
import { evaluateHistogramStatistic, histogramStatistics } from "./histogram-statistic.js";
import { evaluateInfo } from "./info.js";
import { labelJoin, labelReplace } from "./label.js";
import { clamp, elementFunctions, evaluateElement, round } from "./math.js";
import { sortByLabel, sortByValue } from "./sort.js";
import { startTimestamp, timestamp } from "./timestamp.js";

export type CallOperator = (plan: CallPlan, evaluation: Evaluation, sink: ColumnSink) => void;

const operators: Readonly<Record<string, CallOperator>> = {
  absent: absentVector,
  clamp,
  clamp_max: clamp,
  clamp_min: clamp,
  histogram_fraction: histogramFractionOf,
  histogram_quantile: histogramQuantileOf,
  histogram_quantiles: histogramQuantilesOf,
  info: evaluateInfo,
  label_join: labelJoin,
  label_replace: labelReplace,
  round,
  sort: sortByValue,
  sort_desc: sortByValue,
  sort_by_label: sortByLabel,
  sort_by_label_desc: sortByLabel,
  start_timestamp: startTimestamp,
  timestamp,
  vector: vectorOf,
};

export function evaluateCall(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const { fn } = plan;
  if (fn in elementFunctions) evaluateElement(plan, evaluation, sink);
  else if (fn in dateFunctions) evaluateDate(plan, evaluation, sink);
  else if (fn in histogramStatistics) evaluateHistogramStatistic(plan, evaluation, sink);
  else (operators[fn] as CallOperator)(plan, evaluation, sink);
}

function vectorOf(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const column = new Column(emptyLabels, evaluation.grid.count);
  const values = evaluateScalar(plan.arguments[0] as ScalarPlan, evaluation);
  for (let i = 0; i < values.length; i++) column.setFloat(i, values[i] as number);
  sink(column);
}
