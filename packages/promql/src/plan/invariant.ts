// Which parts of an expression are the same at every step: those that look only at fixed times.
import type { Expression } from "../ast.js";

/** Functions whose value depends on the evaluation time itself. */
const timeDependent = new Set(
  "days_in_month day_of_month day_of_week day_of_year end hour minute month year predict_linear range start step time timestamp".split(
    " ",
  ),
);

export function isInvariant(expression: Expression): boolean {
  switch (expression.kind) {
    case "number":
    case "string":
      return true;
    case "vector-selector":
    case "subquery":
      return expression.at !== undefined;
    case "matrix-selector":
      return expression.selector.at !== undefined;
    case "aggregation":
      return isInvariant(expression.expression) && (!expression.parameter || isInvariant(expression.parameter));
    case "binary":
      return isInvariant(expression.left) && isInvariant(expression.right);
    case "unary":
      return isInvariant(expression.operand);
    case "call":
      return !timeDependent.has(expression.fn) && expression.arguments.every(isInvariant);
    case "paren":
      return isInvariant(expression.inner);
  }
}
