// topk and bottomk: at each step the k largest or smallest floats of every group, as they are.
import { printFloatG } from "@narthex/stdx";
import { QueryError } from "../../error.js";
import { absent, type Column, isFloat } from "../column.js";
import type { CollectedGroup, CollectingAggregation } from "./collect.js";
import { informOfIgnored } from "./extreme.js";
import { RankHeap } from "./rank-heap.js";

export function rank({ plan, parameters, evaluation, collect, sink }: CollectingAggregation): void {
  const limits = limitsFrom(parameters);
  const sign = plan.aggregator === "topk" ? 1 : -1;
  for (const group of collect()) {
    // Prometheus: at the aggregation; others tell it at what they aggregate.
    for (const column of group.columns) if (column.h) informOfIgnored({ plan, evaluation }, column, plan.range);
    const best = limits.map((limit) => new RankHeap(Math.min(limit, group.columns.length)));
    // Series by series, since one step by itself would touch every column.
    group.columns.forEach((column, k) => {
      offer(column, { k, sign, best });
    });
    const ranked = evaluation.grid.count === 1 ? best[0]?.ranked() : undefined;
    keepOnly(group, best);
    // An instant query's vector is in order of rank; a range query's result is sorted by labels anyway.
    const order = ranked?.map((k) => group.columns[k] as Column) ?? group.columns;
    for (const column of order) if (!column.isEmpty()) sink(column);
  }
}

function offer({ present, v }: Column, of: { k: number; sign: number; best: readonly RankHeap[] }): void {
  for (let i = 0; i < present.length; i++) {
    if (present[i] === isFloat) (of.best[i] as RankHeap).offer(of.k, of.sign * (v[i] as number));
  }
}

function keepOnly({ columns }: CollectedGroup, best: readonly RankHeap[]): void {
  const steps = best.length;
  // Column by column, in one array: thousands of them would cost more than the ranking.
  const kept = new Uint8Array(columns.length * steps);
  best.forEach((values, i) => {
    for (const k of values.columns) kept[k * steps + i] = 1;
  });
  columns.forEach(({ present }, k) => {
    for (let i = 0; i < steps; i++) if (kept[k * steps + i] === 0) present[i] = absent;
  });
}

/** The whole part of k at each step; throws where it is NaN or no 64-bit integer, unless none is above zero. */
export function limitsFrom(parameters: Float64Array): number[] {
  if (parameters.every((k) => k < 1)) return [...parameters].fill(0);
  return [...parameters].map((k) => {
    if (Number.isNaN(k)) throw new QueryError("execution", "Parameter value is NaN");
    if (k >= 2 ** 63) throw new QueryError("execution", `Scalar value ${printFloatG(k)} overflows int64`);
    if (k < -(2 ** 63)) throw new QueryError("execution", `Scalar value ${printFloatG(k)} underflows int64`);
    return Math.trunc(k);
  });
}
