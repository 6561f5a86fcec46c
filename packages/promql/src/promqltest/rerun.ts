// An instant evaluation must give the same at other times once every selector is pinned by `@`, and in the middle of a
// range query. Here: which evaluations those are.
import type { Expression } from "../ast.js";
import { printExpression } from "../print/printer.js";

// Functions that look at the evaluation time itself, not only at their argument.
const timeDependent: ReadonlySet<string> = new Set(
  "days_in_month day_of_month day_of_week day_of_year hour minute month year start end step range time timestamp predict_linear".split(
    " ",
  ),
);

export type PinnedEval = { readonly expression: string; readonly time: number };

/** The expression pinned to `time` and the times to evaluate it at; none when some function looks at the time itself. */
export function pinnedEvals(expression: Expression, time: number): PinnedEval[] {
  if (callsAny(expression, timeDependent)) return [];
  const pinned = printExpression(pin(expression, time));
  const times = time === 0 ? [-1000, 0, 1000] : [-10 * time, 0, Math.trunc(time / 5), time, 10 * time];
  return times.map((at) => ({ expression: pinned, time: at }));
}

/** Whether a range query sees nothing of its own bounds: `start()` and the like. */
export function isRangeIndependent(text: string): boolean {
  return !/\b(?:start|end|range|step)\(\)/.test(text);
}

/** Sets `@` on selectors and subqueries that have none; what stands in a pinned subquery stays. */
function pin(expression: Expression, time: number): Expression {
  switch (expression.kind) {
    case "number":
    case "string":
      return expression;
    case "vector-selector":
      return { ...expression, at: expression.at ?? time };
    case "matrix-selector":
      return { ...expression, selector: { ...expression.selector, at: expression.selector.at ?? time } };
    case "subquery":
      return { ...expression, at: expression.at ?? time };
    case "paren":
      return { ...expression, inner: pin(expression.inner, time) };
    case "unary":
      return { ...expression, operand: pin(expression.operand, time) };
    case "binary":
      return { ...expression, left: pin(expression.left, time), right: pin(expression.right, time) };
    case "call":
      return { ...expression, arguments: expression.arguments.map((argument) => pin(argument, time)) };
    case "aggregation":
      return {
        ...expression,
        expression: pin(expression.expression, time),
        parameter: expression.parameter && pin(expression.parameter, time),
      };
  }
}

function callsAny(expression: Expression, fns: ReadonlySet<string>): boolean {
  if (expression.kind === "call" && fns.has(expression.fn)) return true;
  return children(expression).some((child) => callsAny(child, fns));
}

function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "subquery":
      return [expression.expression];
    case "paren":
      return [expression.inner];
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "call":
      return expression.arguments;
    case "aggregation":
      return expression.parameter ? [expression.parameter, expression.expression] : [expression.expression];
    default:
      return [];
  }
}
