// Expression tree to one line of text that parses to the same tree, as Prometheus prints it.
import { isLegacyLabelName, metricNameLabel, printMatcher, quote } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import type {
  Aggregation,
  AtModifier,
  Binary,
  Duration,
  Expression,
  Matching,
  MatrixSelector,
  Subquery,
  VectorSelector,
} from "../ast.js";
import { printDurationTerm, printNumber } from "./duration.js";

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return printNumber(expression);
    case "string":
      return quote(expression.value);
    case "vector-selector":
      return printInstantSelector(expression);
    case "matrix-selector":
      return printRangeSelector(expression);
    case "subquery":
      return printExpression(expression.expression) + printSubquerySuffix(expression);
    case "aggregation":
      return `${printAggregationHead(expression)}(${printAggregationArguments(expression)})`;
    case "binary":
      return `${printExpression(expression.left)} ${printOperator(expression)} ${printExpression(expression.right)}`;
    case "unary":
      return expression.operator + printExpression(expression.operand);
    case "call":
      return `${expression.fn}(${expression.arguments.map(printExpression).join(", ")})`;
    case "paren":
      return `(${printExpression(expression.inner)})`;
  }
}

function printMatchers(selector: VectorSelector): string {
  const conditions = selector.matchers
    .filter(({ name, value }) => selector.name === "" || name !== metricNameLabel || value !== selector.name)
    .map(printMatcher)
    .sort();
  return selector.name + (conditions.length > 0 ? `{${conditions.join(",")}}` : "");
}

// Prometheus prints anchored and smoothed behind @ here, and before it where there is a range.
function printInstantSelector(selector: VectorSelector): string {
  return printMatchers(selector) + printAt(selector.at) + printExtension(selector) + printOffset(selector.offset);
}

function printRangeSelector({ selector, window }: MatrixSelector): string {
  const range = `[${printDurationTerm(window)}]`;
  return printMatchers(selector) + range + printExtension(selector) + printModifiers(selector);
}

function printExtension({ extension }: VectorSelector): string {
  return extension ? ` ${extension}` : "";
}

/** `[5m:1m] @ … offset …`. */
export function printSubquerySuffix(subquery: Subquery): string {
  const step = subquery.step ? printDurationTerm(subquery.step) : "";
  return `[${printDurationTerm(subquery.window)}:${step}]${printModifiers(subquery)}`;
}

function printModifiers(node: { at: AtModifier | undefined; offset: Duration | undefined }): string {
  return printAt(node.at) + printOffset(node.offset);
}

function printOffset(offset: Duration | undefined): string {
  if (offset === undefined || (offset.kind === "literal" && offset.ms === 0)) return "";
  return ` offset ${printDurationTerm(offset)}`;
}

function printAt(at: AtModifier | undefined): string {
  if (at === undefined) return "";
  return typeof at === "number" ? ` @ ${(at / 1000).toFixed(3)}` : ` @ ${at}()`;
}

/** `sum by (job) ` up to the parenthesis. */
export function printAggregationHead(aggregation: Aggregation): string {
  const labels = aggregation.grouping.map(printLabel).join(", ");
  if (aggregation.without) return `${aggregation.aggregator} without (${labels}) `;
  return labels ? `${aggregation.aggregator} by (${labels}) ` : aggregation.aggregator;
}

function printAggregationArguments(aggregation: Aggregation): string {
  const inner = printExpression(aggregation.expression);
  return aggregation.parameter ? `${printExpression(aggregation.parameter)}, ${inner}` : inner;
}

/** The operator with bool, matching and fill. */
export function printOperator(binary: Binary): string {
  const bool = binary.isBool ? " bool" : "";
  return binary.operator + bool + (binary.matching ? printMatching(binary.matching) : "");
}

function printMatching(matching: Matching): string {
  const { cardinality, include, labels, on } = matching;
  const isGrouped = cardinality === "many-to-one" || cardinality === "one-to-many";
  let text = "";
  if (on || labels.length > 0 || isGrouped) {
    text += ` ${on ? "on" : "ignoring"} (${labels.map(printLabel).join(", ")})`;
  }
  if (isGrouped)
    text += ` ${cardinality === "many-to-one" ? "group_left" : "group_right"} (${include.map(printLabel).join(", ")})`;
  return text + printFill(matching);
}

function printFill({ fillLeft, fillRight }: Matching): string {
  if (fillLeft !== undefined && Object.is(fillLeft, fillRight)) return ` fill (${printFloatG(fillLeft)})`;
  const left = fillLeft === undefined ? "" : ` fill_left (${printFloatG(fillLeft)})`;
  const right = fillRight === undefined ? "" : ` fill_right (${printFloatG(fillRight)})`;
  return left + right;
}

function printLabel(label: string): string {
  return isLegacyLabelName(label) ? label : quote(label);
}
