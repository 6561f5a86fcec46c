// Operators on two numbers.
import type { ElementOperator } from "../../plan/node.js";
import { greater, lesser } from "../lesser.js";

export type NumberOperation = (a: number, b: number) => number;

const arithmetic: Readonly<Record<string, NumberOperation>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": power,
  atan2: (a, b) => Math.atan2(a, b),
  min_of: lesser,
  max_of: greater,
};

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

// As C's pow: 1 to any power and anything to the power of 0 is 1; JavaScript has NaN for 1 ** NaN and (-1) ** Infinity.
function power(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && !Number.isFinite(b) && !Number.isNaN(b)) return 1;
  return a ** b;
}

export function isComparison(operator: string): boolean {
  return operator in comparisons;
}

export function isTrim(operator: string): boolean {
  return operator === "</" || operator === ">/";
}

export function compare(operator: string): (a: number, b: number) => boolean {
  return comparisons[operator] as (a: number, b: number) => boolean;
}

/** For scalars: comparisons give 1 or 0, trims nothing. */
export function scalarOperation(operator: ElementOperator | "min_of" | "max_of"): NumberOperation {
  const test = comparisons[operator];
  if (test) return (a, b) => (test(a, b) ? 1 : 0);
  return arithmetic[operator] ?? (() => NaN);
}
