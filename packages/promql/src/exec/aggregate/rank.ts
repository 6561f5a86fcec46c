// topk and bottomk: at each step the k largest or smallest floats of every group, as they are.
import { QueryError } from "../../error.js";
import { absent, type Column, isFloat } from "../column.js";
import type { CollectedGroup, CollectingAggregation } from "./collect.js";
import { informOfIgnored } from "./extreme.js";

export function rank({ plan, parameters, evaluation, collect, sink }: CollectingAggregation): void {
  const limits = limitsFrom(parameters);
  const sign = plan.aggregator === "topk" ? 1 : -1;
  for (const group of collect()) {
    for (const column of group.columns) if (column.h) informOfIgnored({ plan, evaluation }, column);
    const best = limits.map((limit) => new BestValues(Math.min(limit, group.columns.length)));
    // Series by series, since one step by itself would touch every column.
    group.columns.forEach((column, k) => {
      offer(column, { k, sign, best });
    });
    const ranked = evaluation.grid.count === 1 ? [...(best[0]?.columns ?? [])] : undefined;
    keepOnly(group, best);
    // An instant query's vector is in order of rank; a range query's result is sorted by labels anyway.
    const order = ranked?.map((k) => group.columns[k] as Column) ?? group.columns;
    for (const column of order) if (!column.isEmpty()) sink(column);
  }
}

function offer({ present, v }: Column, of: { k: number; sign: number; best: readonly BestValues[] }): void {
  for (let i = 0; i < present.length; i++) {
    if (present[i] === isFloat) (of.best[i] as BestValues).offer(of.k, of.sign * (v[i] as number));
  }
}

function keepOnly({ columns }: CollectedGroup, best: readonly BestValues[]): void {
  const kept = columns.map(() => new Uint8Array(best.length));
  best.forEach((values, i) => {
    for (const k of values.columns) (kept[k] as Uint8Array)[i] = 1;
  });
  columns.forEach(({ present }, k) => {
    const marks = kept[k] as Uint8Array;
    for (let i = 0; i < marks.length; i++) if (marks[i] === 0) present[i] = absent;
  });
}

/** The largest values seen, largest first, with their columns; of equals the earlier. NaN is below all. */
class BestValues {
  readonly columns: number[] = [];
  readonly #values: number[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(column: number, value: number): void {
    const size = this.#values.length;
    // Most values fail here, at one comparison.
    if (size >= this.#limit && !(size > 0 && isAbove(value, this.#values[size - 1] as number))) return;
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAbove(value, this.#values[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.#values.splice(low, 0, value);
    this.columns.splice(low, 0, column);
    if (size < this.#limit) return;
    this.#values.pop();
    this.columns.pop();
  }
}

function isAbove(a: number, b: number): boolean {
  return a > b || (Number.isNaN(b) && !Number.isNaN(a));
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
