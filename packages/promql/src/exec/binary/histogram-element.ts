// Operators where one side or both are histograms.
import type { Histogram } from "@narthex/model";
import type { SourceRange } from "../../ast.js";
import { add, type Combination, divide, multiply, subtract } from "../../histogram/arithmetic.js";
import { histogramsEqual } from "../../histogram/equality.js";
import { compact } from "../../histogram/spans.js";
import { trimHistogram } from "../../histogram/trim.js";
import { type Annotations, texts } from "../annotations.js";

/** What an operator makes of two elements: keep the left one, a number, a histogram, or nothing. */
export type ElementResult = { readonly keep: boolean } | { readonly histogram: Histogram } | undefined;

export type ElementContext = {
  readonly operator: string;
  readonly annotations: Annotations;
  readonly range: SourceRange;
};

/** Undefined where the operator has no meaning for the two kinds; says so in an annotation. */
export function combineHistograms(
  { operator, annotations, range }: ElementContext,
  left: Histogram | number,
  right: Histogram | number,
): ElementResult {
  const kinds = { left: kindOf(left), right: kindOf(right) };
  if (typeof left === "object" && typeof right === "object") {
    if (operator === "==" || operator === "!=") return { keep: histogramsEqual(left, right) === (operator === "==") };
    if (operator === "+" || operator === "-") return combine({ operator, annotations, range }, left, right);
  } else if (typeof left === "object" && typeof right === "number") {
    const result = withNumber(operator, left, right);
    if (result) return { histogram: result };
  } else if (typeof right === "object" && operator === "*") {
    return { histogram: multiply(right, left as number) };
  }
  annotations.inform(range, texts.incompatibleTypes(kinds.left, operator, kinds.right));
  return undefined;
}

function kindOf(value: Histogram | number): string {
  return typeof value === "object" ? "histogram" : "float";
}

function withNumber(operator: string, left: Histogram, right: number): Histogram | undefined {
  switch (operator) {
    case "*":
      return multiply(left, right);
    case "/":
      return divide(left, right);
    case "</":
      return trimHistogram(left, "upper", right);
    case ">/":
      return trimHistogram(left, "lower", right);
    default:
      return undefined;
  }
}

function combine({ operator, annotations, range }: ElementContext, left: Histogram, right: Histogram): ElementResult {
  const combination: Combination | undefined = operator === "+" ? add(left, right) : subtract(left, right);
  if (!combination) {
    annotations.warn(range, texts.incompatibleBuckets(operator));
    return undefined;
  }
  const operation = operator === "+" ? "addition" : "subtraction";
  if (combination.resetCollision) annotations.warn(range, texts.resetCollision(operation));
  if (combination.boundsReconciled) annotations.inform(range, texts.boundsReconciled(operation));
  const histogram = compact(combination.histogram);
  // A difference of counters need not ascend.
  return { histogram: operator === "-" ? { ...histogram, counterResetHint: "gauge" } : histogram };
}
