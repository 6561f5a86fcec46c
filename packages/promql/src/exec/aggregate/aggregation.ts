// Aggregations. Those that a running result is enough for take series as they come: memory is groups × steps.
// The others (ranks, quantiles, counts of values) need all series of a group.
import type { Labels } from "@narthex/model";
import type { AggregationPlan, ScalarPlan, StringPlan } from "../../plan/node.js";
import type { Column, ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector, evaluationFrom } from "../evaluation.js";
import { withoutName } from "../names.js";
import { evaluateScalar } from "../scalar.js";
import { AverageGroup } from "./average.js";
import { collectGroups } from "./collect.js";
import { CountGroup } from "./count.js";
import { countValues } from "./count-values.js";
import { ExtremeGroup } from "./extreme.js";
import { type GroupContext, Groups, ignoresNames, type RunningGroup } from "./group.js";
import { limitK, limitRatio } from "./limit.js";
import { aggregateQuantile } from "./quantile.js";
import { rank } from "./rank.js";
import { SumGroup } from "./sum.js";
import { VarianceGroup } from "./variance.js";

const runningGroups: Readonly<Record<string, (context: GroupContext) => RunningGroup>> = {
  sum: (context) => new SumGroup(context),
  avg: (context) => new AverageGroup(context),
  count: (context) => new CountGroup(context, "count"),
  group: (context) => new CountGroup(context, "group"),
  min: (context) => new ExtremeGroup(context, "min"),
  max: (context) => new ExtremeGroup(context, "max"),
  stddev: (context) => new VarianceGroup(context, "stddev"),
  stdvar: (context) => new VarianceGroup(context, "stdvar"),
};

export function evaluateAggregation(plan: AggregationPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const running = runningGroups[plan.aggregator];
  if (running) {
    evaluateRunning(plan, evaluation, { sink, groupFrom: running });
    return;
  }
  if (plan.aggregator === "count_values") {
    countValues(plan, (plan.parameter as StringPlan).value, evaluation, sink);
    return;
  }
  const parameters = evaluateScalar(plan.parameter as ScalarPlan, evaluation);
  const collecting = {
    topk: rank,
    bottomk: rank,
    limitk: limitK,
    limit_ratio: limitRatio,
    quantile: aggregateQuantile,
  }[plan.aggregator as "topk"];
  collecting({ plan, parameters, evaluation, collect: () => collectGroups(plan, evaluation), sink });
}

function evaluateRunning(
  plan: AggregationPlan,
  evaluation: Evaluation,
  of: { sink: ColumnSink; groupFrom: (context: GroupContext) => RunningGroup },
): void {
  const groups = new Groups<RunningGroup>(plan);
  const steps = evaluation.grid.count;
  const create = (labels: Labels): RunningGroup => {
    evaluation.budget.hold(steps);
    return of.groupFrom({ plan, evaluation, labels });
  };
  const keepsNames = plan.inner.kind === "range-call" && ignoresNames(plan);
  evaluateVector(plan.inner, evaluationFrom(evaluation, { keepsNames }), (column: Column) => {
    const group = groups.of(column.labels, create);
    // Warnings about histograms name the series as it would be.
    if (keepsNames && column.h) column.labels = withoutName(column.labels);
    if (column.dropsName) group.dropsName = true;
    group.add(column);
  });
  for (const group of groups.all) {
    evaluation.budget.release(steps);
    const column = group.column();
    column.dropsName = group.dropsName;
    if (!column.isEmpty()) of.sink(column);
  }
}
