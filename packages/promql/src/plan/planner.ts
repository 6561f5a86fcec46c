// Expression tree to plan: types become kinds, durations become milliseconds, @ becomes a time, parentheses vanish,
// and the largest parts that are the same at every step are marked, so that they are evaluated once.
import { unreachable } from "@narthex/stdx";
import type { AtModifier, Binary, Call, Expression, MatrixSelector, Subquery, VectorSelector } from "../ast.js";
import { QueryError } from "../error.js";
import { valueTypeOf } from "../parse/check.js";
import { type DurationBounds, resolveDuration, resolvePositiveDuration } from "./duration.js";
import { isInvariant } from "./invariant.js";
import type {
  ElementOperator,
  MatrixPlan,
  Plan,
  ScalarPlan,
  SelectPlan,
  StringPlan,
  SubqueryPlan,
  VectorPlan,
} from "./node.js";

export type PlanOptions = {
  /** Of the query, in ms; an instant query has start = end and step 0. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly subqueryStepMs: number;
};

export function planExpression(expression: Expression, options: PlanOptions): Plan {
  return new Planner(options).plan(expression);
}

const statisticFunctions = new Set(["histogram_count", "histogram_sum", "histogram_avg"]);
const bucketFunctions = new Set(["histogram_quantile", "histogram_quantiles", "histogram_fraction"]);

class Planner {
  readonly #options: PlanOptions;
  readonly #bounds: DurationBounds;
  #statisticsOnly = false;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#bounds = { stepSeconds: options.step / 1000, rangeSeconds: (options.end - options.start) / 1000 };
  }

  plan(expression: Expression): Plan {
    const bare = withoutParens(expression);
    switch (valueTypeOf(bare)) {
      case "scalar":
        return this.#scalar(bare);
      case "vector":
        return this.#vector(bare);
      case "matrix":
        return this.#matrix(bare);
      case "string":
        return this.#string(bare);
    }
  }

  #string(expression: Expression): StringPlan {
    const bare = withoutParens(expression);
    if (bare.kind !== "string") throw new QueryError("bad_data", "a string literal is needed");
    return { kind: "string", value: bare.value, range: bare.range };
  }

  // Marks the largest invariant part: below it nothing is marked again.
  #vector(expression: Expression, isMarked = false): VectorPlan {
    const bare = withoutParens(expression);
    if (!isMarked && isInvariant(bare)) {
      return { kind: "invariant", inner: this.#vector(bare, true), range: bare.range };
    }
    switch (bare.kind) {
      case "vector-selector":
        return this.#select(bare);
      case "aggregation":
        return {
          kind: "aggregation",
          aggregator: bare.aggregator,
          inner: this.#vector(bare.expression, isMarked),
          parameter: bare.parameter && this.#parameter(bare.parameter),
          grouping: distinct(bare.grouping),
          without: bare.without,
          range: bare.range,
        };
      case "unary": {
        const inner = this.#vector(bare.operand, isMarked);
        return bare.operator === "-" ? { kind: "negate", inner, range: bare.range } : inner;
      }
      case "binary":
        return this.#binary(bare, isMarked);
      case "call":
        return this.#call(bare, isMarked);
      default:
        throw new QueryError("bad_data", `${bare.kind} is no instant vector`);
    }
  }

  #parameter(expression: Expression): ScalarPlan | StringPlan {
    return valueTypeOf(expression) === "string" ? this.#string(expression) : this.#scalar(expression);
  }

  #binary(binary: Binary, isMarked: boolean): VectorPlan {
    const { isBool, operator, range } = binary;
    const leftIsScalar = valueTypeOf(binary.left) === "scalar";
    if (leftIsScalar || valueTypeOf(binary.right) === "scalar") {
      const [scalar, vector] = leftIsScalar ? [binary.left, binary.right] : [binary.right, binary.left];
      return {
        kind: "vector-scalar",
        operator: operator as ElementOperator,
        vector: this.#vector(vector, isMarked),
        scalar: this.#scalar(scalar),
        scalarSide: leftIsScalar ? "left" : "right",
        isBool,
        range,
      };
    }
    const { labels, include, ...rest } = binary.matching ?? unreachable(binary.matching as never);
    const matching = { ...rest, labels: distinct(labels), include: distinct(include) };
    const left = this.#vector(binary.left, isMarked);
    return { kind: "binary", operator, left, right: this.#vector(binary.right, isMarked), isBool, matching, range };
  }

  #call(call: Call, isMarked: boolean): VectorPlan {
    if (statisticFunctions.has(call.fn)) return this.#within(true, () => this.#anyCall(call, isMarked));
    if (bucketFunctions.has(call.fn)) return this.#within(false, () => this.#anyCall(call, isMarked));
    return this.#anyCall(call, isMarked);
  }

  #within<T>(statisticsOnly: boolean, plan: () => T): T {
    const outer = this.#statisticsOnly;
    this.#statisticsOnly = statisticsOnly;
    const result = plan();
    this.#statisticsOnly = outer;
    return result;
  }

  #anyCall(call: Call, isMarked: boolean): VectorPlan {
    const { fn, range } = call;
    const matrix = call.arguments.find((argument) => valueTypeOf(argument) === "matrix");
    if (matrix) {
      const parameters = call.arguments
        .filter((argument) => argument !== matrix)
        .map((argument) => this.#scalar(argument));
      return { kind: "range-call", fn, matrix: this.#matrix(matrix), parameters, range };
    }
    const parts = call.arguments.map((argument) =>
      valueTypeOf(argument) === "vector" ? this.#vector(argument, isMarked) : this.#parameter(argument),
    );
    return { kind: "call", fn, arguments: parts, range };
  }

  #scalar(expression: Expression): ScalarPlan {
    const bare = withoutParens(expression);
    switch (bare.kind) {
      case "number":
        return { kind: "number", value: bare.value, range: bare.range };
      case "unary": {
        const inner = this.#scalar(bare.operand);
        return bare.operator === "-" ? { kind: "scalar-negate", inner, range: bare.range } : inner;
      }
      case "binary": {
        const left = this.#scalar(bare.left);
        const operator = bare.operator as ElementOperator;
        return { kind: "scalar-binary", operator, left, right: this.#scalar(bare.right), range: bare.range };
      }
      case "call":
        return this.#scalarCall(bare);
      default:
        throw new QueryError("bad_data", `${bare.kind} is no scalar`);
    }
  }

  #scalarCall(call: Call): ScalarPlan {
    const { range } = call;
    const number = (value: number): ScalarPlan => ({ kind: "number", value, range });
    const [first, second] = call.arguments;
    switch (call.fn) {
      case "time":
        return { kind: "time", range };
      case "pi":
        return number(Math.PI);
      case "start":
        return number(this.#options.start / 1000);
      case "end":
        return number(this.#options.end / 1000);
      case "step":
        return number(this.#bounds.stepSeconds);
      case "range":
        return number(this.#bounds.rangeSeconds);
      case "min_of":
      case "max_of": {
        const left = this.#scalar(first as Expression);
        return { kind: "scalar-binary", operator: call.fn, left, right: this.#scalar(second as Expression), range };
      }
      default:
        return { kind: "scalar-of", inner: this.#vector(first as Expression), range };
    }
  }

  #matrix(expression: Expression): MatrixPlan {
    const bare = withoutParens(expression);
    return bare.kind === "subquery" ? this.#subquery(bare) : this.#window(bare as MatrixSelector);
  }

  #window(matrix: MatrixSelector): MatrixPlan {
    const windowMs = resolvePositiveDuration(matrix.window, this.#bounds);
    return { kind: "window", selector: this.#select(matrix.selector), windowMs, range: matrix.range };
  }

  #subquery(subquery: Subquery): SubqueryPlan {
    return {
      kind: "subquery",
      inner: this.#within(false, () => this.#vector(subquery.expression)),
      windowMs: resolvePositiveDuration(subquery.window, this.#bounds),
      stepMs: subquery.step ? resolvePositiveDuration(subquery.step, this.#bounds) : this.#options.subqueryStepMs,
      at: this.#at(subquery.at),
      offsetMs: subquery.offset ? resolveDuration(subquery.offset, this.#bounds) : 0,
      range: subquery.range,
    };
  }

  #select(selector: VectorSelector): SelectPlan {
    return {
      kind: "select",
      matchers: selector.matchers,
      at: this.#at(selector.at),
      offsetMs: selector.offset ? resolveDuration(selector.offset, this.#bounds) : 0,
      extension: selector.extension,
      statisticsOnly: this.#statisticsOnly,
      range: selector.range,
    };
  }

  #at(at: AtModifier | undefined): number | undefined {
    if (at === "start") return this.#options.start;
    return at === "end" ? this.#options.end : at;
  }
}

function withoutParens(expression: Expression): Expression {
  let bare = expression;
  while (bare.kind === "paren") bare = bare.inner;
  return bare;
}

// Operators go through them for each series.
function distinct(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)];
}
