// Functions of range vectors: one window slid over every series.
import { labelValue, metricNameLabel } from "@narthex/model";
import { QueryError } from "../error.js";
import type { RangeCallPlan } from "../plan/node.js";
import { texts } from "./annotations.js";
import { absentOverTime } from "./call/absent.js";
import { type ColumnSink, isFloat } from "./column.js";
import { type Evaluation, evaluationFrom } from "./evaluation.js";
import { dropNames, isOneMetric, metricName } from "./names.js";
import type { LeafTarget } from "./parallel/assistant.js";
import { columnKernels } from "./range/column-kernel.js";
import { compiledKernels, manyCalls } from "./range/compiled-kernel.js";
import type { RangeCall, RangeFunction } from "./range/function.js";
import { nameKeepingFunctions, rangeFunctions } from "./range/table.js";
import { evaluateScalar } from "./scalar.js";
import { eachWindow, type Look, type Window } from "./window.js";

export function evaluateRangeCall(plan: RangeCallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  checkExtension(plan);
  if (plan.fn === "absent_over_time") {
    absentOverTime(plan, evaluation, sink);
    return;
  }
  const run = (target: ColumnSink): void => slide(plan, evaluation, target);
  if (nameKeepingFunctions.has(plan.fn)) run(sink);
  else dropNames(evaluation, { sink, isOneMetric: isOneMetric(plan.matrix) }, run);
}

function slide(plan: RangeCallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const fn = rangeFunctions[plan.fn] as RangeFunction;
  const call = rangeCall(plan, evaluation);
  const looksForNonCounters = wantsCounters(plan, evaluation);
  eachWindow(plan.matrix, evaluation, {
    kernel: (window, look) => runKernel(call, window, look),
    margins: marginsOf(plan, evaluation.lookbackDeltaMs),
    each: (window) => fn(window, call),
    finish: (window) => {
      if (window.column.isEmpty()) return;
      if (looksForNonCounters) informOfNonCounter(plan, evaluation, window);
      sink(window.column);
    },
    leaf: hasKernel(plan) ? plan : undefined,
    overlap: evaluation.overlaps?.of(plan, evaluation.grid),
    many: hasKernel(plan) ? manyCalls[plan.fn]?.(call) : undefined,
  });
}

/** For a thread that helps another: by the kernel, and nothing that the other has to say. */
export function slideForLeader(plan: RangeCallPlan, evaluation: Evaluation, target: LeafTarget): void {
  const call = rangeCall(plan, evaluation);
  eachWindow(plan.matrix, evaluation, {
    kernel: (window, look) => runKernel(call, window, look),
    each: () => target.refuse(),
    finish: ({ column }) => {
      if (!column.isEmpty()) target.put(column);
    },
  });
}

function rangeCall(plan: RangeCallPlan, evaluation: Evaluation): RangeCall {
  const ofAllNames = evaluationFrom(evaluation, { keepsNames: false });
  const parameters = plan.parameters.map((parameter) => evaluateScalar(parameter, ofAllNames));
  return { plan, parameters, evaluation };
}

/** Whether series of floats are evaluated whole; then there is nothing to be said of them but their column. */
export function hasKernel({ fn, matrix }: RangeCallPlan): boolean {
  const isExtended = matrix.kind === "window" && matrix.selector.extension !== undefined;
  return !isExtended && (fn in compiledKernels || fn in columnKernels);
}

function runKernel({ plan, parameters, evaluation }: RangeCall, window: Window, look: Look): boolean {
  const { samples, column, windowMs } = window;
  const hasStarts = evaluation.useStartTimestamps && samples.floatStarts !== undefined;
  if (hasStarts || !hasKernel(plan)) return false;
  const { floatCount: count, floatTimes: t, floats: v, mayFall, isRegular } = samples;
  const { first, step } = look;
  const request = { t, v, count, mayFall, isRegular, first, step, windowMs };
  const kernel = evaluation.kernel?.request(request, column) ? evaluation.kernel : undefined;
  const compiled = compiledKernels[plan.fn];
  if (kernel && compiled) return compiled(kernel.functions, windowMs);
  const plain = columnKernels[plan.fn];
  const input = { ...request, parameters, grid: evaluation.grid, rows: window.rowsFor(count), kernel };
  return plain ? plain(input, column) : false;
}

function marginsOf({ matrix }: RangeCallPlan, lookbackDeltaMs: number): { before: number; after: number } {
  const extension = matrix.kind === "window" ? matrix.selector.extension : undefined;
  return { before: extension ? lookbackDeltaMs : 0, after: extension === "smoothed" ? lookbackDeltaMs : 0 };
}

const extensionUsers = {
  anchored: ["changes", "delta", "increase", "rate", "resets"],
  smoothed: ["delta", "increase", "rate"],
} as const;

function checkExtension({ fn, matrix }: RangeCallPlan): void {
  const extension = matrix.kind === "window" ? matrix.selector.extension : undefined;
  if (!extension) return;
  const users: readonly string[] = extensionUsers[extension];
  if (users.includes(fn)) return;
  const text = `${extension} modifier can only be used with: ${users.join(", ")} - not with ${fn}`;
  throw new QueryError("execution", text);
}

function isCounterName(name: string): boolean {
  return name.endsWith("_total") || name.endsWith("_bucket") || name.endsWith("_count") || name.endsWith("_sum");
}

/** Where the selector names a counter, series need not be looked at. */
function wantsCounters({ fn, matrix }: RangeCallPlan, { typeAndUnitLabels }: Evaluation): boolean {
  if (fn !== "rate" && fn !== "increase") return false;
  if (typeAndUnitLabels) return true;
  const matchers = matrix.kind === "window" ? matrix.selector.matchers : [];
  return !matchers.some(({ name, type, value }) => name === metricNameLabel && type === "=" && isCounterName(value));
}

function informOfNonCounter(plan: RangeCallPlan, evaluation: Evaluation, window: Window): void {
  const { labels } = window.samples;
  const name = metricName(labels);
  if (name === "" || !window.column.present.includes(isFloat)) return;
  if (!evaluation.typeAndUnitLabels) {
    if (!isCounterName(name)) evaluation.annotations.inform(plan.matrix.range, texts.possibleNonCounter(name));
    return;
  }
  const type = labelValue(labels, "__type__");
  if (type === "counter" || type === "histogram") return;
  evaluation.annotations.inform(plan.matrix.range, texts.possibleNonCounterType(name, type));
}
