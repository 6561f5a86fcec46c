// What a native histogram knows of itself: histogram_count, _sum, _avg, _stddev, _stdvar. Floats have no part in it.
import type { Histogram } from "@narthex/model";
import { histogramAverage, histogramStandardDeviation, histogramVariance } from "../../histogram/moments.js";
import type { CallPlan } from "../../plan/node.js";
import { absent, type ColumnSink, isHistogram } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { dropNames, isOneMetric } from "../names.js";
import { vectorArgument } from "./math.js";

export const histogramStatistics: Readonly<Record<string, (histogram: Histogram) => number>> = {
  histogram_avg: histogramAverage,
  histogram_count: (histogram) => histogram.count,
  histogram_sum: (histogram) => histogram.sum,
  histogram_stddev: histogramStandardDeviation,
  histogram_stdvar: histogramVariance,
};

export function evaluateHistogramStatistic(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const statistic = histogramStatistics[plan.fn] as (histogram: Histogram) => number;
  const inner = vectorArgument(plan);
  dropNames(evaluation, { sink, isOneMetric: isOneMetric(inner) }, (target) => {
    evaluateVector(inner, evaluation, (column) => {
      for (let i = 0; i < column.v.length; i++) {
        if (column.present[i] === isHistogram) column.setFloat(i, statistic(column.histogramAt(i)));
        else column.present[i] = absent;
      }
      if (!column.isEmpty()) target(column);
    });
  });
}
