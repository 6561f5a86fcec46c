// Operators on two histograms or a histogram and a number. Everything is a new histogram; operands stay as they are.
import type { Histogram } from "@narthex/model";
import { HistogramAccumulator } from "./accumulator.js";

/** What an addition or subtraction gives, with the facts that annotations are made of. */
export type Combination = {
  readonly histogram: Histogram;
  /** Custom bounds differed; the result has those that both have. */
  readonly boundsReconciled: boolean;
  /** One operand says "reset", the other "not_reset". */
  readonly resetCollision: boolean;
};

/** a + b; undefined when one has exponential and the other custom buckets. */
export function add(a: Histogram, b: Histogram): Combination | undefined {
  const sum = new HistogramAccumulator(a);
  return sum.add(b) === "added" ? combinationFrom(sum) : undefined;
}

/**
 * a - b; undefined when one has exponential and the other custom buckets.
 *
 * The hint is combined as in `add`: an operator whose result is no counter any more sets "gauge" itself.
 */
export function subtract(a: Histogram, b: Histogram): Combination | undefined {
  const difference = new HistogramAccumulator(a);
  return difference.subtract(b) === "added" ? combinationFrom(difference) : undefined;
}

function combinationFrom(result: HistogramAccumulator): Combination {
  return {
    histogram: result.histogram(),
    boundsReconciled: result.boundsReconciled,
    resetCollision: result.resetCollision,
  };
}

/** Every count and the sum times `factor`; a negative factor makes a gauge. */
export function multiply(histogram: Histogram, factor: number): Histogram {
  return mapCounts(histogram, factor < 0, (count) => count * factor);
}

/** Every count and the sum divided; by 0, the buckets are gone and the totals are ±Inf or NaN. */
export function divide(histogram: Histogram, divisor: number): Histogram {
  const divided = mapCounts(histogram, divisor < 0, (count) => count / divisor);
  if (divisor !== 0) return divided;
  return { ...divided, positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [] };
}

function mapCounts(histogram: Histogram, isGauge: boolean, map: (count: number) => number): Histogram {
  return {
    ...histogram,
    counterResetHint: isGauge ? "gauge" : histogram.counterResetHint,
    zeroCount: map(histogram.zeroCount),
    count: map(histogram.count),
    sum: map(histogram.sum),
    positiveBuckets: histogram.positiveBuckets.map(map),
    negativeBuckets: histogram.negativeBuckets.map(map),
  };
}
