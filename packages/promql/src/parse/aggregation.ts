// Aggregations and the label lists of by, without, on, ignoring, group_left and group_right.
import type { Aggregation, Aggregator, Expression } from "../ast.js";
import { unquote } from "../lex/string.js";
import { isLabelName } from "../lex/token.js";
import type { TokenCursor } from "./tokens.js";

type Modifier = { readonly grouping: readonly string[]; readonly without: boolean };

const parameterised = new Set<Aggregator>(["topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"]);

export function hasParameter(aggregator: Aggregator): boolean {
  return parameterised.has(aggregator);
}

/** REQUIRES: an aggregator comes next, and behind it `(`, by or without. */
export function parseAggregation(
  cursor: TokenCursor,
  parseArguments: (cursor: TokenCursor) => Expression[],
): Aggregation {
  const outer = cursor.context;
  const token = cursor.next();
  // Prometheus' grammar recovers from any error in here at the aggregation.
  cursor.context = "aggregation";
  const aggregator = token.word as Aggregator;
  let modifier = parseModifier(cursor);
  if (!cursor.isNext("(")) cursor.unexpected();
  const parts = parseArguments(cursor);
  cursor.context = outer;
  if (!modifier) modifier = parseModifier(cursor);
  const range = { start: token.range.start, end: cursor.lastEnd() };
  const needed = hasParameter(aggregator) ? 2 : 1;
  if (parts.length === 0) throw cursor.errorAt(range, "no arguments for aggregate expression provided");
  if (aggregator.startsWith("limit") && !cursor.features.has("experimental-functions")) {
    throw cursor.errorAt(
      range,
      `${aggregator}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
    );
  }
  if (parts.length !== needed) {
    const counts = `expected ${needed}, got ${parts.length}`;
    throw cursor.errorAt(range, `wrong number of arguments for aggregate expression provided, ${counts}`);
  }
  const expression = parts[needed - 1] as Expression;
  const parameter = needed === 2 ? parts[0] : undefined;
  const { grouping, without } = modifier ?? { grouping: [], without: false };
  return { kind: "aggregation", aggregator, expression, parameter, grouping, without, range };
}

function parseModifier(cursor: TokenCursor): Modifier | undefined {
  const by = cursor.accept("by") ?? cursor.accept("without");
  return by && { grouping: parseGroupingLabels(cursor), without: by.word === "without" };
}

const context = "grouping opts";

export function parseGroupingLabels(cursor: TokenCursor): string[] {
  cursor.expect("(", { context, expected: '"("' });
  const labels: string[] = [];
  while (!cursor.accept(")")) {
    const token = cursor.peek();
    if (token.kind !== "string" && !isLabelName(token)) cursor.unexpected({ context, expected: "label" });
    cursor.next();
    labels.push(token.kind === "string" ? unquote(token.text) : token.text);
    if (!cursor.accept(",") && !cursor.isNext(")")) cursor.unexpected({ context, expected: '"," or ")"' });
  }
  return labels;
}
