// What is to be computed, with everything known before the data resolved: durations, @, matching, step-invariant parts.
// Comes from: plan/planner. Goes to: exec/, which has one operator per kind.
import type { Matcher } from "@narthex/model";
import type {
  Aggregator,
  ArithmeticOperator,
  BinaryOperator,
  ComparisonOperator,
  Matching,
  RangeExtension,
  SourceRange,
  TrimOperator,
} from "../ast.js";

/** An instant selector. At evaluation time t it looks at `at ?? t`, minus the offset. */
export type SelectPlan = {
  readonly kind: "select";
  readonly matchers: readonly Matcher[];
  readonly at: number | undefined;
  readonly offsetMs: number;
  readonly extension: RangeExtension | undefined;
  /** Of histograms only counts and sums are looked at. */
  readonly statisticsOnly: boolean;
  readonly range: SourceRange;
};

export type MatrixPlan =
  | { readonly kind: "window"; readonly selector: SelectPlan; readonly windowMs: number; readonly range: SourceRange }
  | SubqueryPlan;

export type SubqueryPlan = {
  readonly kind: "subquery";
  readonly inner: VectorPlan;
  readonly windowMs: number;
  readonly stepMs: number;
  readonly at: number | undefined;
  readonly offsetMs: number;
  readonly range: SourceRange;
};

export type AggregationPlan = {
  readonly kind: "aggregation";
  readonly aggregator: Aggregator;
  readonly inner: VectorPlan;
  /** A scalar, or the label of count_values. */
  readonly parameter: ScalarPlan | StringPlan | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly range: SourceRange;
};

/** A function of a range vector; `parameters` are its scalars in order. */
export type RangeCallPlan = {
  readonly kind: "range-call";
  readonly fn: string;
  readonly matrix: MatrixPlan;
  readonly parameters: readonly ScalarPlan[];
  readonly range: SourceRange;
};

export type CallPlan = {
  readonly kind: "call";
  readonly fn: string;
  readonly arguments: readonly (VectorPlan | ScalarPlan | StringPlan)[];
  readonly range: SourceRange;
};

export type BinaryPlan = {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: VectorPlan;
  readonly right: VectorPlan;
  readonly isBool: boolean;
  readonly matching: Matching;
  readonly range: SourceRange;
};

export type ElementOperator = ArithmeticOperator | ComparisonOperator | TrimOperator;

export type VectorScalarPlan = {
  readonly kind: "vector-scalar";
  readonly operator: ElementOperator;
  readonly vector: VectorPlan;
  readonly scalar: ScalarPlan;
  readonly scalarSide: "left" | "right";
  readonly isBool: boolean;
  readonly range: SourceRange;
};

export type VectorPlan =
  | SelectPlan
  | AggregationPlan
  | RangeCallPlan
  | CallPlan
  | BinaryPlan
  | VectorScalarPlan
  | { readonly kind: "negate"; readonly inner: VectorPlan; readonly range: SourceRange }
  /** The same at every step: evaluated at one. */
  | { readonly kind: "invariant"; readonly inner: VectorPlan; readonly range: SourceRange };

export type ScalarPlan =
  | { readonly kind: "number"; readonly value: number; readonly range: SourceRange }
  | { readonly kind: "time"; readonly range: SourceRange }
  | { readonly kind: "scalar-of"; readonly inner: VectorPlan; readonly range: SourceRange }
  | { readonly kind: "scalar-negate"; readonly inner: ScalarPlan; readonly range: SourceRange }
  | {
      readonly kind: "scalar-binary";
      readonly operator: ElementOperator | "min_of" | "max_of";
      readonly left: ScalarPlan;
      readonly right: ScalarPlan;
      readonly range: SourceRange;
    };

export type StringPlan = { readonly kind: "string"; readonly value: string; readonly range: SourceRange };

export type Plan = VectorPlan | ScalarPlan | StringPlan | MatrixPlan;
