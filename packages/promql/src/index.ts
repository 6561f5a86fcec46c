export { type AnalyseOptions, type Analysis, analyseExpression, type LabelNeed, type SelectorNeed } from "./analyse.js";
export { type ArraySeries, seriesQueryable } from "./array-series.js";
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
export { deleteMatcher, setMatcher } from "./edit/matchers.js";
export {
  Engine,
  type EngineOptions,
  type InstantRequest,
  type RangeRequest,
  type SelectionRequest,
} from "./engine.js";
export { ParseError, printPosition, QueryError, type QueryErrorType, SampleLimitError } from "./error.js";
export type { CancelSignal } from "./exec/budget.js";
export { type AssistantOptions, queryInMemory, releaseAssistant } from "./exec/parallel/assistant.js";
export type { LeaderOptions } from "./exec/parallel/leader.js";
export { parallelMemoryBytes, threadsPerQueryMax } from "./exec/parallel/memory.js";
export type { PlannedSelection, QueryNeeds } from "./exec/selections.js";
export { type PromqlFeature, promqlFeatures } from "./feature.js";
export { type AddOutcome, emptyHistogram, HistogramAccumulator } from "./histogram/accumulator.js";
export {
  add as addHistograms,
  multiply as multiplyHistogram,
  subtract as subtractHistograms,
} from "./histogram/arithmetic.js";
export { HistogramAverage } from "./histogram/average.js";
export {
  type HistogramDescriptor,
  parseHistogramDescriptor,
  printHistogramDescriptor,
} from "./histogram/descriptor.js";
export { histogramsEqual } from "./histogram/equality.js";
export { nearlyEqual } from "./histogram/nearly-equal.js";
export { type BoundaryRule, type PrintableBucket, printableBuckets, printHistogram } from "./histogram/print.js";
export { histogramQuantile } from "./histogram/quantile.js";
export { isCounterReset } from "./histogram/reset-detection.js";
export { reduceResolution } from "./histogram/resolution.js";
export { compact as compactHistogram } from "./histogram/spans.js";
export { valueTypeOf } from "./parse/check.js";
export { type FunctionSignature, functionSignatures } from "./parse/function.js";
export { type ParseOptions, parseExpression, parseSelector } from "./parse/parser.js";
export { expressionLengthMax, nestingMax } from "./parse/tokens.js";
export { type PrettyOptions, prettyPrint } from "./print/pretty.js";
export { printExpression } from "./print/printer.js";
export type { Sample } from "./promqltest/appender.js";
export { type NumberedLine, ScriptError } from "./promqltest/line.js";
export { samplesOf } from "./promqltest/load.js";
export { type LoadedSeries, parseLoadedSeries } from "./promqltest/script.js";
export {
  parseSequence,
  parseSeriesDescription,
  type SequenceValue,
  type SeriesDescription,
  sequenceLengthMax,
} from "./promqltest/series-description.js";
export { MemoryStorage } from "./promqltest/storage.js";
export {
  type MatrixSeries,
  noQueryStats,
  type QueryResult,
  type QueryStats,
  type QueryValue,
  type StepStats,
  type VectorPoint,
} from "./result.js";
