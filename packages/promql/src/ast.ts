// A parsed PromQL expression: one discriminated union.
// Comes from: parse/. Goes to: print/, plan/. Every node knows its bytes in the query text.
import type { Matcher } from "@narthex/model";

/** Byte offsets into the UTF-8 text of the expression; `end` is exclusive. */
export type SourceRange = { readonly start: number; readonly end: number };

export type ValueType = "scalar" | "string" | "vector" | "matrix";

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Aggregation
  | Binary
  | Unary
  | Call
  | Paren;

export type NumberLiteral = {
  readonly kind: "number";
  readonly value: number;
  /** Written as a duration ("5m"); the value is in seconds all the same. */
  readonly isDuration: boolean;
  readonly range: SourceRange;
};

export type StringLiteral = { readonly kind: "string"; readonly value: string; readonly range: SourceRange };

/** `@`: milliseconds, or a bound of the query. */
export type AtModifier = number | "start" | "end";

export type RangeExtension = "anchored" | "smoothed";

export type VectorSelector = {
  readonly kind: "vector-selector";
  /** The name written before the braces, or the empty string. */
  readonly name: string;
  /** All conditions, that of `name` last. */
  readonly matchers: readonly Matcher[];
  readonly at: AtModifier | undefined;
  readonly offset: Duration | undefined;
  readonly extension: RangeExtension | undefined;
  readonly range: SourceRange;
};

export type MatrixSelector = {
  readonly kind: "matrix-selector";
  /** `at`, `offset` and `extension` of the whole stand here. */
  readonly selector: VectorSelector;
  readonly window: Duration;
  readonly range: SourceRange;
};

export type Subquery = {
  readonly kind: "subquery";
  readonly expression: Expression;
  readonly window: Duration;
  /** Undefined for the engine's default. */
  readonly step: Duration | undefined;
  readonly at: AtModifier | undefined;
  readonly offset: Duration | undefined;
  readonly range: SourceRange;
};

export const aggregators = [
  "sum",
  "avg",
  "count",
  "min",
  "max",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
] as const;

export type Aggregator = (typeof aggregators)[number];

export type Aggregation = {
  readonly kind: "aggregation";
  readonly aggregator: Aggregator;
  readonly expression: Expression;
  readonly parameter: Expression | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly range: SourceRange;
};

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export type ComparisonOperator = "==" | "!=" | "<" | ">" | "<=" | ">=";
export type SetOperator = "and" | "or" | "unless";
/** `</` keeps observations below the scalar, `>/` those above. */
export type TrimOperator = "</" | ">/";
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator | TrimOperator;

export type Cardinality = "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";

export type Matching = {
  readonly cardinality: Cardinality;
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels of group_left or group_right. */
  readonly include: readonly string[];
  readonly fillLeft: number | undefined;
  readonly fillRight: number | undefined;
};

export type Binary = {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly isBool: boolean;
  /** Means nothing unless both sides are vectors. */
  readonly matching: Matching | undefined;
  readonly range: SourceRange;
};

export type Unary = {
  readonly kind: "unary";
  readonly operator: "+" | "-";
  readonly operand: Expression;
  readonly range: SourceRange;
};

export type Call = {
  readonly kind: "call";
  readonly fn: string;
  readonly arguments: readonly Expression[];
  readonly range: SourceRange;
};

export type Paren = { readonly kind: "paren"; readonly inner: Expression; readonly range: SourceRange };

/** A length of time that may depend on the query's step and range. */
export type Duration = DurationLiteral | DurationTerm;

/** A plain duration outside of any arithmetic; whole milliseconds, may be negative. */
export type DurationLiteral = { readonly kind: "literal"; readonly ms: number; readonly range: SourceRange };

export type DurationOperator = "+" | "-" | "*" | "/" | "%" | "^";

export type DurationTerm =
  | NumberLiteral
  | { readonly kind: "step"; readonly range: SourceRange }
  | { readonly kind: "range"; readonly range: SourceRange }
  | { readonly kind: "negate"; readonly operand: DurationTerm; readonly range: SourceRange }
  | { readonly kind: "group"; readonly inner: DurationTerm; readonly range: SourceRange }
  | {
      readonly kind: "min_of" | "max_of";
      readonly left: DurationTerm;
      readonly right: DurationTerm;
      readonly range: SourceRange;
    }
  | {
      readonly kind: "arithmetic";
      readonly operator: DurationOperator;
      readonly left: DurationTerm;
      readonly right: DurationTerm;
      readonly operatorRange: SourceRange;
      readonly range: SourceRange;
    };
