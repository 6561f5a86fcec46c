// Checks the types of a parsed tree and throws the first thing that is wrong, with Prometheus' text.
// Walks in Prometheus' order, since only the first error is told.
import { matches, metricNameLabel, quote } from "@narthex/model";
import type { Aggregation, Binary, Call, Expression, SourceRange, ValueType, VectorSelector } from "../ast.js";
import { type FunctionSignature, functionSignatures } from "./function.js";
import { hasFill, setOperators } from "./matching.js";
import type { TokenCursor } from "./tokens.js";

export const comparisonOperators: ReadonlySet<string> = new Set(["==", "!=", "<", ">", "<=", ">="]);

const documentedTypes: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  string: "string",
  vector: "instant vector",
  matrix: "range vector",
};

export function valueTypeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "vector-selector":
    case "aggregation":
      return "vector";
    case "matrix-selector":
    case "subquery":
      return "matrix";
    case "binary":
      return valueTypeOf(expression.left) === "scalar" && valueTypeOf(expression.right) === "scalar"
        ? "scalar"
        : "vector";
    case "unary":
      return valueTypeOf(expression.operand);
    case "call":
      return (functionSignatures.get(expression.fn) as FunctionSignature).returns;
    case "paren":
      return valueTypeOf(expression.inner);
  }
}

export function checkTypes(cursor: TokenCursor, expression: Expression): ValueType {
  switch (expression.kind) {
    case "number":
    case "string":
      break;
    case "vector-selector":
      checkSelector(cursor, expression);
      break;
    case "matrix-selector":
      checkSelector(cursor, expression.selector);
      break;
    case "subquery":
      if (checkTypes(cursor, expression.expression) !== "vector") {
        const type = valueTypeOf(expression.expression);
        throw cursor.errorAt(expression.range, `subquery is only allowed on instant vector, got ${type} instead`);
      }
      break;
    case "aggregation":
      checkAggregation(cursor, expression);
      break;
    case "binary":
      return checkBinary(cursor, expression);
    case "unary":
      checkUnary(cursor, expression.operand, expression.range);
      break;
    case "call":
      checkCall(cursor, expression);
      break;
    case "paren":
      return checkTypes(cursor, expression.inner);
  }
  return valueTypeOf(expression);
}

function expectType(cursor: TokenCursor, expression: Expression, wanted: { type: ValueType; where: string }): void {
  const type = checkTypes(cursor, expression);
  if (type === wanted.type) return;
  const text = `expected type ${documentedTypes[wanted.type]} in ${wanted.where}, got ${documentedTypes[type]}`;
  throw cursor.errorAt(expression.range, text);
}

function checkSelector(cursor: TokenCursor, selector: VectorSelector): void {
  const { name, matchers, range } = selector;
  if (name !== "") {
    const second = matchers.slice(0, -1).find((matcher) => matcher.name === metricNameLabel);
    if (!second) return;
    throw cursor.errorAt(range, `metric name must not be set twice: ${quote(name)} or ${quote(second.value)}`);
  }
  if (matchers.every((matcher) => matches(matcher, ""))) {
    throw cursor.errorAt(range, "vector selector must contain at least one non-empty matcher");
  }
}

function checkUnary(cursor: TokenCursor, operand: Expression, range: SourceRange): void {
  const type = checkTypes(cursor, operand);
  if (type === "scalar" || type === "vector") return;
  const got = documentedTypes[type];
  throw cursor.errorAt(
    range,
    `unary expression only allowed on expressions of type scalar or instant vector, got "${got}"`,
  );
}

function checkAggregation(cursor: TokenCursor, aggregation: Aggregation): void {
  expectType(cursor, aggregation.expression, { type: "vector", where: "aggregation expression" });
  if (!aggregation.parameter) return;
  const type = aggregation.aggregator === "count_values" ? "string" : "scalar";
  expectType(cursor, aggregation.parameter, { type, where: "aggregation parameter" });
}

function checkCall(cursor: TokenCursor, call: Call): void {
  const signature = functionSignatures.get(call.fn) as FunctionSignature;
  checkArgumentCount(cursor, call, signature);
  if (call.fn === "info" && call.arguments.length > 1) {
    checkInfo(cursor, call);
    return;
  }
  const types = signature.arguments;
  call.arguments.forEach((argument, i) => {
    const type = types[Math.min(i, types.length - 1)] as ValueType;
    expectType(cursor, argument, { type, where: `call to function ${quote(call.fn)}` });
  });
}

function checkArgumentCount(cursor: TokenCursor, call: Call, signature: FunctionSignature): void {
  const got = call.arguments.length;
  const all = signature.arguments.length;
  const min = signature.optional === 0 ? all : all - 1;
  const max = signature.optional === 0 ? all : all - 1 + signature.optional;
  if (got >= min && got <= max) return;
  const wanted = signature.optional === 0 ? `${all}` : got < min ? `at least ${min}` : `at most ${max}`;
  throw cursor.errorAt(call.range, `expected ${wanted} argument(s) in call to ${quote(call.fn)}, got ${got}`);
}

// The second argument of info() is a bare list of matchers.
function checkInfo(cursor: TokenCursor, call: Call): void {
  const [input, selector] = call.arguments as [Expression, Expression];
  const where = `call to function ${quote(call.fn)}`;
  if (valueTypeOf(selector) !== "vector") {
    const got = documentedTypes[valueTypeOf(selector)];
    throw cursor.errorAt(call.range, `expected type instant vector in ${where}, got ${got}`);
  }
  if (selector.kind !== "vector-selector") throw cursor.errorAt(selector.range, "expected label selectors only");
  if (selector.name !== "") {
    throw cursor.errorAt(selector.range, "expected label selectors only, got vector selector instead");
  }
  expectType(cursor, input, { type: "vector", where });
}

function checkBinary(cursor: TokenCursor, binary: Binary): ValueType {
  const left = checkTypes(cursor, binary.left);
  const right = checkTypes(cursor, binary.right);
  const areScalars = left === "scalar" && right === "scalar";
  checkComparison(cursor, binary, areScalars);
  checkIncludedLabels(cursor, binary);
  for (const side of [binary.left, binary.right]) {
    const type = valueTypeOf(side);
    if (type === "scalar" || type === "vector") continue;
    throw cursor.errorAt(side.range, "binary expression must contain only scalar and instant vector types");
  }
  const areVectors = left === "vector" && right === "vector";
  checkCardinality(cursor, binary, areVectors);
  if ((left === "scalar" || right === "scalar") && setOperators.has(binary.operator)) {
    const text = `set operator ${quote(binary.operator)} not allowed in binary scalar expression`;
    throw cursor.errorAt(binary.range, text);
  }
  return areScalars ? "scalar" : "vector";
}

function checkComparison(cursor: TokenCursor, binary: Binary, areScalars: boolean): void {
  const isComparison = comparisonOperators.has(binary.operator);
  if (binary.isBool && !isComparison) {
    throw cursor.errorAt(operatorRange(cursor, binary), "bool modifier can only be used on comparison operators");
  }
  if (isComparison && !binary.isBool && areScalars) {
    throw cursor.errorAt(operatorRange(cursor, binary), "comparisons between scalars must use BOOL modifier");
  }
}

function checkIncludedLabels(cursor: TokenCursor, binary: Binary): void {
  const { matching } = binary;
  if (!matching?.on) return;
  const both = matching.labels.find((label) => matching.include.includes(label));
  if (both === undefined) return;
  const text = `label ${quote(both)} must not occur in ON and GROUP clause at once`;
  throw cursor.errorAt(operatorRange(cursor, binary), text);
}

function checkCardinality(cursor: TokenCursor, binary: Binary, areVectors: boolean): void {
  const { matching, operator, range } = binary;
  if (!matching) return;
  if (!areVectors) {
    if (matching.labels.length > 0) throw cursor.errorAt(range, "vector matching only allowed between instant vectors");
    if (hasFill(matching))
      throw cursor.errorAt(range, "filling in missing series only allowed between instant vectors");
    return;
  }
  if (!setOperators.has(operator)) return;
  if (matching.cardinality !== "many-to-many") {
    throw cursor.errorAt(range, `no grouping allowed for ${quote(operator)} operation`);
  }
  if (hasFill(matching)) throw cursor.errorAt(range, "filling in missing series not allowed for set operators");
}

// Prometheus' range of an operator leaves out its last byte.
function operatorRange(cursor: TokenCursor, binary: Binary): SourceRange {
  const bytes = new TextEncoder().encode(cursor.text);
  const isSpace = (byte: number | undefined): boolean => byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
  let start = binary.left.range.end;
  let end = binary.right.range.start - 1;
  while (isSpace(bytes[start])) start++;
  while (isSpace(bytes[end])) end--;
  return { start, end };
}
