// Range functions that the kernel has: each gives, to the bit, what the one of the same name in column-kernel.ts gives.
// Comes from: range-call.ts, when the samples and the column of a series are in the kernel's memory and the request says where.
import type { ColumnFunctions, ManyCall } from "../series-kernel.js";
import type { RangeCall } from "./function.js";
import { regularStepsMin } from "./kernel/regression.js";

/** Fills the column; false, with the column as it was, where this series needs the slow way. */
export type CompiledKernel = (functions: ColumnFunctions, windowMs: number) => boolean;

export const compiledKernels: Readonly<Record<string, CompiledKernel>> = {
  rate: ({ rate }, windowMs) => isDone(rate(1, windowMs / 1000)),
  increase: ({ rate }) => isDone(rate(1, 1)),
  delta: ({ rate }) => isDone(rate(0, 1)),
  irate: ({ lastChange }) => isDone(lastChange(1)),
  idelta: ({ lastChange }) => isDone(lastChange(0)),
  changes: ({ transitions }) => isDone(transitions(0)),
  resets: ({ transitions }) => isDone(transitions(1)),
  sum_over_time: ({ sums }) => sums(0) !== 0,
  avg_over_time: ({ sums }) => sums(1) !== 0,
  stddev_over_time: ({ variances }) => isDone(variances(1)),
  stdvar_over_time: ({ variances }) => isDone(variances(0)),
  count_over_time: ({ countOverTime }) => isDone(countOverTime()),
  last_over_time: ({ latest }) => isDone(latest()),
  max_over_time: ({ extremes }) => isDone(extremes(1)),
  min_over_time: ({ extremes }) => isDone(extremes(-1)),
};

/** The same for many series at once: numbers of kernel/columns/many.ts. Undefined where one series after the other is as good. */
export const manyCalls: Readonly<Record<string, (of: RangeCall) => ManyCall | undefined>> = {
  rate: ({ plan }) => ({ call: 0, number: 1, factor: plan.matrix.windowMs / 1000 }),
  increase: () => ({ call: 0, number: 1, factor: 1 }),
  delta: () => ({ call: 0, number: 0, factor: 1 }),
  irate: () => ({ call: 1, number: 1, factor: 1 }),
  idelta: () => ({ call: 1, number: 0, factor: 1 }),
  changes: () => ({ call: 2, number: 0, factor: 1 }),
  resets: () => ({ call: 2, number: 1, factor: 1 }),
  sum_over_time: () => ({ call: 3, number: 0, factor: 1 }),
  avg_over_time: () => ({ call: 3, number: 1, factor: 1 }),
  stddev_over_time: () => ({ call: 4, number: 1, factor: 1 }),
  stdvar_over_time: () => ({ call: 4, number: 0, factor: 1 }),
  count_over_time: () => ({ call: 5, number: 0, factor: 1 }),
  last_over_time: () => lookUpCall,
  max_over_time: () => ({ call: 9, number: 0, factor: 1 }),
  min_over_time: () => ({ call: 9, number: 0, factor: -1 }),
  deriv: ({ evaluation }) => (evaluation.grid.count < regularStepsMin ? { call: 7, number: 0, factor: 0 } : undefined),
  predict_linear: predictionCall,
  quantile_over_time: quantileCall,
};

// At one time, where the window ends.
function predictionCall({ plan: { matrix }, evaluation: { grid }, parameters }: RangeCall): ManyCall | undefined {
  if (grid.count > 1 || matrix.kind !== "window") return undefined;
  const { at, offsetMs } = matrix.selector;
  if (at !== undefined || offsetMs !== 0) return undefined;
  return { call: 7, number: 1, factor: parameters[0]?.[0] as number };
}

// A q outside of [0, 1] is told in a warning, and one that changes is a number for each step.
function quantileCall({ parameters }: RangeCall): ManyCall | undefined {
  const qs = parameters[0] as Float64Array;
  const q = qs[0] as number;
  const isPlain = q >= 0 && q <= 1 && qs.every((other) => other === q);
  return isPlain ? { call: 8, number: 0, factor: q } : undefined;
}

/** What an instant selector does at each step. */
export const lookUpCall: ManyCall = { call: 6, number: 0, factor: 1 };

function isDone(_result: unknown): true {
  return true;
}
