// quantile_over_time with the window's values kept in order from step to step.
import { type Column, isFloat } from "../../column.js";
import type { KernelInput } from "./kernel.js";

export function quantileKernel(input: KernelInput, column: Column): boolean {
  const { t, v, count, first, step, windowMs, parameters, kernel } = input;
  const quantiles = parameters[0] as Float64Array;
  // A q outside of [0, 1] is told in a warning, by the slow way.
  for (const q of quantiles) if (!(q >= 0 && q <= 1)) return false;
  if (kernel?.quantiles(quantiles)) return true;
  const sorted = new SortedValues(count);
  let from = 0;
  let to = 0;
  for (let i = 0; i < column.v.length; i++) {
    const end = first + i * step;
    for (; to < count && (t[to] as number) <= end; to++) sorted.insert(v[to] as number);
    for (; from < to && (t[from] as number) <= end - windowMs; from++) sorted.remove(v[from] as number);
    if (from === to) continue;
    column.v[i] = sorted.quantile(quantiles[i] as number);
    column.present[i] = isFloat;
  }
  return true;
}

/** Ascending, -0 before 0; NaNs are only counted and stand before all others. */
class SortedValues {
  readonly #values: Float64Array;
  #size = 0;
  #nans = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  insert(value: number): void {
    if (Number.isNaN(value)) {
      this.#nans++;
      return;
    }
    const values = this.#values;
    const at = this.#rank(value);
    // Windows are short: a loop beats copyWithin up to a few hundred values.
    for (let i = this.#size; i > at; i--) values[i] = values[i - 1] as number;
    values[at] = value;
    this.#size++;
  }

  remove(value: number): void {
    if (Number.isNaN(value)) {
      this.#nans--;
      return;
    }
    const values = this.#values;
    this.#size--;
    for (let i = this.#rank(value); i < this.#size; i++) values[i] = values[i + 1] as number;
  }

  quantile(q: number): number {
    const n = this.#size + this.#nans;
    const rank = q * (n - 1);
    const lower = Math.floor(rank);
    const weight = rank - lower;
    return this.#at(lower) * (1 - weight) + this.#at(Math.min(n - 1, lower + 1)) * weight;
  }

  #at(rank: number): number {
    return rank < this.#nans ? NaN : (this.#values[rank - this.#nans] as number);
  }

  // Of the first value that is not below.
  #rank(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBelow(this.#values[middle] as number, value)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBelow(a: number, b: number): boolean {
  return a < b || (a === 0 && Object.is(a, -0) && Object.is(b, 0));
}
