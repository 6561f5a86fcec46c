// Operators over two columns of floats: tight loops, one per operator that queries are full of.

import type { ElementOperator } from "../../plan/node.js";
import { absent, type Column, isFloat } from "../column.js";
import { compare, isComparison, scalarOperation } from "./element.js";

/** Writes a ∘ b into `out` (which may be a or b), row by row, whatever stands in them. */
export function combineValues(operator: ElementOperator, a: Float64Array, b: Float64Array, out: Float64Array): void {
  const n = out.length;
  switch (operator) {
    case "+":
      for (let i = 0; i < n; i++) out[i] = (a[i] as number) + (b[i] as number);
      return;
    case "-":
      for (let i = 0; i < n; i++) out[i] = (a[i] as number) - (b[i] as number);
      return;
    case "*":
      for (let i = 0; i < n; i++) out[i] = (a[i] as number) * (b[i] as number);
      return;
    case "/":
      for (let i = 0; i < n; i++) out[i] = (a[i] as number) / (b[i] as number);
      return;
    default: {
      const operation = scalarOperation(operator);
      for (let i = 0; i < n; i++) out[i] = operation(a[i] as number, b[i] as number);
    }
  }
}

/** One series of each side, floats only; the result goes into `result`, which may be one of the two. */
export function combineFloatColumns(
  of: { readonly operator: ElementOperator; readonly isBool: boolean },
  left: Column,
  right: Column,
  result: Column,
): void {
  const { v, present } = result;
  const isFilter = isComparison(of.operator) && !of.isBool;
  const test = isFilter ? compare(of.operator) : undefined;
  for (let i = 0; i < present.length; i++) {
    const areThere = left.present[i] !== absent && right.present[i] !== absent;
    present[i] = areThere && (!test || test(left.v[i] as number, right.v[i] as number)) ? isFloat : absent;
  }
  if (!isFilter) combineValues(of.operator, left.v, right.v, v);
  else if (v !== left.v) v.set(left.v);
}
