// One operator on one point of each side.
import type { Histogram } from "@narthex/model";
import type { ElementOperator } from "../../plan/node.js";
import { type Column, isFloat } from "../column.js";
import { compare, isComparison, scalarOperation } from "./element.js";
import { combineHistograms, type ElementContext } from "./histogram-element.js";

export type PairContext = ElementContext & { readonly isBool: boolean };

type Put = (column: Column, i: number) => void;

/** Calls `emit` with what puts the result in place, unless there is none. REQUIRES: both columns have a point at i. */
export function combineAt(
  context: PairContext,
  pair: { readonly left: Column; readonly right: Column; readonly i: number },
  emit: (put: Put) => void,
): void {
  const { left, right, i } = pair;
  if (left.present[i] === isFloat && right.present[i] === isFloat) {
    combineFloats(context, { left, i, a: left.v[i] as number, b: right.v[i] as number }, emit);
    return;
  }
  const result = combineHistograms(context, elementAt(left, i), elementAt(right, i));
  if (!result) return;
  if ("histogram" in result) emit((column) => column.setHistogram(i, result.histogram));
  else if (context.isBool) emit((column) => column.setFloat(i, result.keep ? 1 : 0));
  else if (result.keep) emit((column) => column.copyPoint(i, left));
}

function combineFloats(
  context: PairContext,
  pair: { left: Column; i: number; a: number; b: number },
  emit: (put: Put) => void,
): void {
  const { operator, isBool } = context;
  const { left, i, a, b } = pair;
  if (!isComparison(operator)) {
    if (operator === "</" || operator === ">/") {
      combineHistograms(context, a, b);
      return;
    }
    const value = scalarOperation(operator as ElementOperator)(a, b);
    emit((column) => column.setFloat(i, value));
    return;
  }
  const isTrue = compare(operator)(a, b);
  if (isBool) emit((column) => column.setFloat(i, isTrue ? 1 : 0));
  else if (isTrue) emit((column) => column.copyPoint(i, left));
}

function elementAt(column: Column, i: number): Histogram | number {
  return column.present[i] === isFloat ? (column.v[i] as number) : column.histogramAt(i);
}
