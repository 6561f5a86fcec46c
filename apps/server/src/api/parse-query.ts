// /api/v1/parse_query: a parsed expression as JSON, in the node types and field names that Prometheus' UI knows.
// Comes from: promql's AST. An offset, a window or a step that depends on the query is 0 beside its own expression.
import type { Matcher } from "@narthex/model";
import {
  type AtModifier,
  type Binary,
  type Call,
  type Duration,
  type DurationTerm,
  type Expression,
  functionSignatures,
  type RangeExtension,
  type VectorSelector,
  valueTypeOf,
} from "@narthex/promql";
import { printFloatApi } from "@narthex/stdx";

type Node = Readonly<Record<string, unknown>>;

export function syntaxTree(expression: Expression): Node {
  switch (expression.kind) {
    case "number":
      return { type: "numberLiteral", val: printFloatApi(expression.value) };
    case "string":
      return { type: "stringLiteral", val: expression.value };
    case "paren":
      return { type: "parenExpr", expr: syntaxTree(expression.inner) };
    case "unary":
      return { type: "unaryExpr", op: expression.operator, expr: syntaxTree(expression.operand) };
    case "call":
      return callTree(expression);
    case "vector-selector":
      return { type: "vectorSelector", ...selectorFields(expression) };
    case "matrix-selector":
      return {
        type: "matrixSelector",
        ...selectorFields(expression.selector),
        ...durationFields("range", expression.window),
      };
    case "subquery":
      return {
        type: "subquery",
        expr: syntaxTree(expression.expression),
        ...durationFields("range", expression.window),
        ...durationFields("step", expression.step),
        ...durationFields("offset", expression.offset),
        ...atFields(expression.at),
      };
    case "aggregation":
      return {
        type: "aggregation",
        op: expression.aggregator,
        expr: syntaxTree(expression.expression),
        param: expression.parameter ? syntaxTree(expression.parameter) : null,
        grouping: expression.grouping,
        without: expression.without,
      };
    case "binary":
      return {
        type: "binaryExpr",
        op: expression.operator,
        lhs: syntaxTree(expression.left),
        rhs: syntaxTree(expression.right),
        matching: matchingTree(expression),
        bool: expression.isBool,
      };
  }
}

function callTree(call: Call): Node {
  const signature = functionSignatures.get(call.fn);
  const variadic = signature?.optional ?? 0;
  return {
    type: "call",
    func: {
      name: call.fn,
      argTypes: signature?.arguments ?? [],
      // Any number of them is -1.
      variadic: Number.isFinite(variadic) ? variadic : -1,
      returnType: signature?.returns ?? "",
    },
    args: call.arguments.map(syntaxTree),
  };
}

function selectorFields({ name, matchers, at, offset, extension }: VectorSelector): Node {
  return {
    name,
    matchers: matchers.map(matcherTree),
    ...durationFields("offset", offset),
    ...atFields(at),
    ...extensionFields(extension),
  };
}

function matcherTree({ name, value, type }: Matcher): Node {
  return { name, value, type };
}

function atFields(at: AtModifier | undefined): Node {
  const isBound = at === "start" || at === "end";
  return { timestamp: typeof at === "number" ? at : null, startOrEnd: isBound ? at : null };
}

function extensionFields(extension: RangeExtension | undefined): Node {
  return { anchored: extension === "anchored", smoothed: extension === "smoothed" };
}

function matchingTree({ matching, left, right }: Binary): Node | null {
  if (!matching || valueTypeOf(left) !== "vector" || valueTypeOf(right) !== "vector") return null;
  const { cardinality, labels, on, include, fillLeft, fillRight } = matching;
  return {
    card: cardinality,
    labels,
    on,
    include,
    fillValues: { lhs: fillLeft ?? null, rhs: fillRight ?? null },
  };
}

/** Milliseconds under `field`, and the expression under `<field>Expr` where the length is not a plain one. */
function durationFields(field: "range" | "offset" | "step", duration: Duration | undefined): Node {
  if (duration === undefined || duration.kind === "literal") return { [field]: duration?.ms ?? 0 };
  return { [field]: 0, [`${field}Expr`]: durationTree(duration) };
}

function durationTree(term: DurationTerm): Node {
  switch (term.kind) {
    case "number":
      return { type: "numberLiteral", val: printFloatApi(term.value) };
    case "step":
    case "range":
      return durationNode(term.kind, { lhs: null, rhs: null });
    case "negate":
      return durationNode("-", { lhs: null, rhs: durationTree(term.operand) });
    case "group":
      return { ...durationTree(term.inner), wrapped: true };
    case "min_of":
    case "max_of":
      return durationNode(term.kind, { lhs: durationTree(term.left), rhs: durationTree(term.right) });
    case "arithmetic":
      return durationNode(term.operator, { lhs: durationTree(term.left), rhs: durationTree(term.right) });
  }
}

function durationNode(op: string, sides: { readonly lhs: Node | null; readonly rhs: Node | null }): Node {
  return { type: "durationExpr", op, ...sides, wrapped: false };
}
