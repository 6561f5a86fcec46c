// topk and bottomk: at each step the k largest or smallest floats of every group, as they are.
import { QueryError } from "../../error.js";
import { absent, type Column, isFloat } from "../column.js";
import type { CollectedGroup, CollectingAggregation } from "./collect.js";
import { informOfIgnored } from "./extreme.js";

export function rank({ plan, parameters, evaluation, collect, sink }: CollectingAggregation): void {
  const limits = limitsFrom(parameters);
  const groups = collect();
  const isTop = plan.aggregator === "topk";
  for (const group of groups) {
    for (const column of group.columns) if (column.h) informOfIgnored({ plan, evaluation }, column);
    let order: Column[] = group.columns;
    for (let i = 0; i < limits.length; i++) order = keepBest(group, i, { limit: limits[i] as number, isTop });
    // An instant query's vector is in order of rank; a range query's result is sorted by labels anyway.
    const columns = evaluation.grid.count === 1 ? order : group.columns;
    for (const column of columns) if (!column.isEmpty()) sink(column);
  }
}

// Takes all points at step i away but the best; returns the columns in order of rank.
function keepBest({ columns }: CollectedGroup, i: number, of: { limit: number; isTop: boolean }): Column[] {
  const sign = of.isTop ? -1 : 1;
  const candidates = columns.filter((column) => column.present[i] === isFloat);
  // A stable sort: of equals the earlier. NaN is worse than anything.
  candidates.sort((a, b) => {
    const x = a.v[i] as number;
    const y = b.v[i] as number;
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x === y ? 0 : sign * (x < y ? -1 : 1);
  });
  const best = candidates.slice(0, Math.max(0, of.limit));
  const kept = new Set(best);
  for (const column of columns) if (!kept.has(column)) column.present[i] = absent;
  return best;
}

/** The whole part of k at each step; throws where it is NaN or no 64-bit integer. */
export function limitsFrom(parameters: Float64Array): number[] {
  return [...parameters].map((k) => {
    if (Number.isNaN(k)) throw new QueryError("execution", "Parameter value is NaN");
    if (k >= 2 ** 63) throw new QueryError("execution", `Scalar value ${k} overflows int64`);
    if (k < -(2 ** 63)) throw new QueryError("execution", `Scalar value ${k} underflows int64`);
    return Math.trunc(k);
  });
}
