// What a query needs of a storage: which series, which of their labels, how far around the evaluation time.
// Comes from: parse/. Goes to: users of the library who fetch, cache or check before they evaluate.
import { type Matcher, metricNameLabel } from "@narthex/model";
import type { Aggregation, AtModifier, Binary, Call, Expression, MatrixSelector, VectorSelector } from "./ast.js";
import { valueTypeOf } from "./parse/check.js";
import { type DurationBounds, resolveDuration, resolvePositiveDuration } from "./plan/duration.js";

/** Labels by name, or all that the series have. */
export type LabelNeed = ReadonlySet<string> | "all";

/** One selector of the query text. */
export type SelectorNeed = {
  /** The metric, when a matcher names exactly one. */
  readonly metric: string | undefined;
  readonly matchers: readonly Matcher[];
  /** Labels that the answer can depend on. Series may be told apart by others too: they must not be merged. */
  readonly labels: LabelNeed;
  /** Samples are wanted from `start` (exclusive) to `end` (inclusive), in ms relative to each evaluation time… */
  readonly start: number;
  readonly end: number;
  /** … or to this time in ms, or to a bound of the query. The selector's own, or that of a subquery around it. */
  readonly at: AtModifier | undefined;
};

export type Analysis = {
  /** In order of the text. */
  readonly selectors: readonly SelectorNeed[];
  /** Names of metrics that are selected by name; sorted. */
  readonly metrics: readonly string[];
  /** Names of all functions and aggregators; sorted. */
  readonly functions: readonly string[];
};

export type AnalyseOptions = {
  readonly lookbackDeltaMs?: number;
  /** Of the query, for durations that depend on them: ms. */
  readonly stepMs?: number;
  readonly rangeMs?: number;
};

const lookbackDeltaDefaultMs = 300_000;

export function analyseExpression(expression: Expression, options: AnalyseOptions = {}): Analysis {
  const walk = new Walk(options);
  walk.visit(expression, { labels: "all", start: 0, end: 0, at: undefined });
  const metrics = walk.selectors.flatMap(({ metric }) => metric ?? []);
  return { selectors: walk.selectors, metrics: sortedUnique(metrics), functions: sortedUnique(walk.functions) };
}

/** What the surroundings of an expression want of it. */
type Context = Pick<SelectorNeed, "labels" | "start" | "end" | "at">;

/** How far from its time something looks at samples, in ms. */
type Reach = { readonly before: number; readonly behind: number };

class Walk {
  readonly selectors: SelectorNeed[] = [];
  readonly functions: string[] = [];
  readonly #lookbackDeltaMs: number;
  readonly #bounds: DurationBounds;

  constructor({ lookbackDeltaMs = lookbackDeltaDefaultMs, stepMs = 0, rangeMs = 0 }: AnalyseOptions) {
    this.#lookbackDeltaMs = lookbackDeltaMs;
    this.#bounds = { stepSeconds: stepMs / 1000, rangeSeconds: rangeMs / 1000 };
  }

  visit(expression: Expression, context: Context): void {
    switch (expression.kind) {
      case "number":
      case "string":
        break;
      case "paren":
        this.visit(expression.inner, context);
        break;
      case "unary":
        this.visit(expression.operand, context);
        break;
      case "vector-selector":
        this.#select(expression, { before: this.#lookbackDeltaMs, behind: 0 }, context);
        break;
      case "matrix-selector":
        this.#select(expression.selector, this.#reach(expression), context);
        break;
      case "subquery": {
        const before = resolvePositiveDuration(expression.window, this.#bounds);
        this.visit(expression.expression, this.#moved(expression, { before, behind: 0 }, context));
        break;
      }
      case "aggregation":
        this.#aggregation(expression, context);
        break;
      case "binary":
        this.#binary(expression, context);
        break;
      case "call":
        this.#call(expression, context);
        break;
    }
  }

  #select(selector: VectorSelector, reach: Reach, context: Context): void {
    const { matchers } = selector;
    const metric = matchers.find(({ name, type }) => name === metricNameLabel && type === "=")?.value || undefined;
    this.selectors.push({ metric, matchers, ...this.#moved(selector, reach, context) });
  }

  // Anchored windows also look at the sample before them, smoothed ones at those on both sides.
  #reach({ selector, window }: MatrixSelector): Reach {
    const windowMs = resolvePositiveDuration(window, this.#bounds);
    const before = windowMs + (selector.extension ? this.#lookbackDeltaMs : 0);
    return { before, behind: selector.extension === "smoothed" ? this.#lookbackDeltaMs : 0 };
  }

  // A fixed time forgets what a subquery around it says.
  #moved({ at, offset }: Pick<VectorSelector, "at" | "offset">, reach: Reach, context: Context): Context {
    const offsetMs = offset ? resolveDuration(offset, this.#bounds) : 0;
    const base = at === undefined ? context : { start: 0, end: 0, at };
    const start = base.start - offsetMs - reach.before;
    return { labels: context.labels, start, end: base.end - offsetMs + reach.behind, at: base.at };
  }

  #aggregation(aggregation: Aggregation, context: Context): void {
    const { aggregator, expression, grouping, parameter, without } = aggregation;
    this.functions.push(aggregator);
    if (parameter) this.visit(parameter, { ...context, labels: new Set() });
    const kept = selectingAggregators.has(aggregator) ? context.labels : new Set<string>();
    this.visit(expression, { ...context, labels: without ? "all" : joined(kept, grouping) });
  }

  #binary(binary: Binary, context: Context): void {
    const [ofLeft, ofRight] = labelsOfSides(binary, context.labels);
    this.visit(binary.left, { ...context, labels: ofLeft });
    this.visit(binary.right, { ...context, labels: ofRight });
  }

  #call(call: Call, context: Context): void {
    this.functions.push(call.fn);
    const labels = labelsOfArguments(call, context.labels);
    for (const argument of call.arguments) this.visit(argument, { ...context, labels });
  }
}

/** They pass whole series on, chosen within each group. */
const selectingAggregators: ReadonlySet<string> = new Set(["topk", "bottomk", "limitk", "limit_ratio"]);

function labelsOfSides({ left, matching, operator, right }: Binary, outer: LabelNeed): readonly [LabelNeed, LabelNeed] {
  if (!matching || valueTypeOf(left) !== "vector" || valueTypeOf(right) !== "vector") return [outer, outer];
  if (!matching.on) return ["all", "all"];
  // `or` shows series of both sides; `and` and `unless` those of the left one; group_left and group_right those of the many.
  const shown = joined(outer, matching.labels);
  const matched = new Set(matching.labels);
  const included = new Set([...matching.labels, ...matching.include]);
  switch (matching.cardinality) {
    case "many-to-many":
      return [shown, operator === "or" ? shown : matched];
    case "many-to-one":
      return [shown, included];
    case "one-to-many":
      return [included, shown];
    case "one-to-one":
      return [matched, matched];
  }
}

function labelsOfArguments(call: Call, outer: LabelNeed): LabelNeed {
  const texts = call.arguments.map((argument) => (argument.kind === "string" ? argument.value : ""));
  switch (call.fn) {
    case "scalar":
    case "absent":
    case "absent_over_time":
      return new Set();
    case "label_replace":
      return joined(without(outer, texts[1] as string), [texts[3] as string]);
    case "label_join":
      return joined(without(outer, texts[1] as string), texts.slice(3));
    case "histogram_quantile":
    case "histogram_quantiles":
    case "histogram_fraction":
      // Classic buckets are one histogram where all else is equal, the name included.
      return joined(outer, ["le"]);
    case "sort_by_label":
    case "sort_by_label_desc":
      return joined(outer, texts.slice(1));
    case "info":
      return "all";
    default:
      return outer;
  }
}

function joined(need: LabelNeed, names: readonly string[]): LabelNeed {
  return need === "all" ? "all" : new Set([...need, ...names]);
}

function without(need: LabelNeed, name: string): LabelNeed {
  return need === "all" ? "all" : new Set([...need].filter((one) => one !== name));
}

function sortedUnique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
