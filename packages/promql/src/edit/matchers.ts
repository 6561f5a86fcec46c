// Changes the matchers of every selector of an expression. Goes to: `tool promql label-matchers`.
import type { Matcher } from "@narthex/model";
import type { Expression, MatrixSelector, VectorSelector } from "../ast.js";

/** The matchers of the label become the one given; a selector without any gets it. */
export function setMatcher(expression: Expression, matcher: Matcher): Expression {
  return mapSelectors(expression, (selector) => {
    const isThere = selector.matchers.some(({ name }) => name === matcher.name);
    const changed = selector.matchers.map((one) => (one.name === matcher.name ? matcher : one));
    return { ...selector, matchers: isThere ? changed : [...changed, matcher] };
  });
}

/** Without the matchers of the label. */
export function deleteMatcher(expression: Expression, name: string): Expression {
  return mapSelectors(expression, (selector) => ({
    ...selector,
    matchers: selector.matchers.filter((matcher) => matcher.name !== name),
  }));
}

type Change = (selector: VectorSelector) => VectorSelector;

function mapSelectors(expression: Expression, change: Change): Expression {
  const map = (inner: Expression): Expression => mapSelectors(inner, change);
  switch (expression.kind) {
    case "number":
    case "string":
      return expression;
    case "vector-selector":
      return change(expression);
    case "matrix-selector":
      return { ...expression, selector: change(expression.selector) } satisfies MatrixSelector;
    case "subquery":
      return { ...expression, expression: map(expression.expression) };
    case "aggregation": {
      const { parameter } = expression;
      return { ...expression, expression: map(expression.expression), parameter: parameter && map(parameter) };
    }
    case "binary":
      return { ...expression, left: map(expression.left), right: map(expression.right) };
    case "unary":
      return { ...expression, operand: map(expression.operand) };
    case "call":
      return { ...expression, arguments: expression.arguments.map(map) };
    case "paren":
      return { ...expression, inner: map(expression.inner) };
  }
}
