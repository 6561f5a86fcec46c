export {
  type Aggregation,
  type Aggregator,
  type AtModifier,
  aggregators,
  type Binary,
  type BinaryOperator,
  type Call,
  type Cardinality,
  type Duration,
  type DurationTerm,
  type Expression,
  type Matching,
  type MatrixSelector,
  type NumberLiteral,
  type Paren,
  type RangeExtension,
  type SourceRange,
  type StringLiteral,
  type Subquery,
  type Unary,
  type ValueType,
  type VectorSelector,
} from "./ast.js";
export { type CancelSignal, Engine, type EngineOptions, type InstantRequest, type RangeRequest } from "./engine.js";
export { ParseError, printPosition, QueryError, type QueryErrorType } from "./error.js";
export { type PromqlFeature, promqlFeatures } from "./feature.js";
export { valueTypeOf } from "./parse/check.js";
export { type FunctionSignature, functionSignatures } from "./parse/function.js";
export { type ParseOptions, parseExpression, parseSelector } from "./parse/parser.js";
export { expressionLengthMax, nestingMax } from "./parse/tokens.js";
export { type PrettyOptions, prettyPrint } from "./print/pretty.js";
export { printExpression } from "./print/printer.js";
export type { MatrixSeries, QueryResult, QueryStats, QueryValue, VectorPoint } from "./result.js";
