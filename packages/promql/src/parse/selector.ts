// What stands in braces, and what follows a selector: ranges, subqueries, offset, @, anchored, smoothed.
import { type Matcher, type MatchType, matcherFrom, metricNameLabel } from "@narthex/model";
import { printFloat } from "@narthex/stdx";
import type {
  AtModifier,
  Duration,
  Expression,
  MatrixSelector,
  RangeExtension,
  Subquery,
  VectorSelector,
} from "../ast.js";
import { unquote } from "../lex/string.js";
import type { Token } from "../lex/token.js";
import { parseOffsetDuration, parsePositiveDuration } from "./duration.js";
import { literalFrom } from "./number.js";
import type { TokenCursor } from "./tokens.js";

/** REQUIRES: a metric name or `{` comes next. */
export function parseVectorSelector(cursor: TokenCursor): VectorSelector {
  const start = cursor.peek().range.start;
  const name = cursor.isNext("{") ? "" : cursor.next().text;
  const matchers = cursor.isNext("{") ? parseMatchers(cursor) : [];
  if (name) matchers.push(matcherFrom("=", metricNameLabel, name));
  const range = { start, end: cursor.lastEnd() };
  return { kind: "vector-selector", name, matchers, at: undefined, offset: undefined, extension: undefined, range };
}

function parseMatchers(cursor: TokenCursor): Matcher[] {
  const matchers: Matcher[] = [];
  cursor.next();
  while (!cursor.accept("}")) {
    matchers.push(parseMatcher(cursor));
    if (!cursor.accept(",") && !cursor.isNext("}")) {
      cursor.unexpected({ context: "label matching", expected: '"," or "}"' });
    }
  }
  return matchers;
}

const matchTypes = new Set(["=", "!=", "=~", "!~"]);
const context = "label matching";

function parseMatcher(cursor: TokenCursor): Matcher {
  const label = cursor.peek();
  if (label.kind !== "identifier" && label.kind !== "string") {
    cursor.unexpected({ context, expected: 'identifier or "}"' });
  }
  cursor.next();
  const name = label.kind === "string" ? unquote(label.text) : label.text;
  const operator = cursor.peek();
  if (!matchTypes.has(operator.word)) {
    if (label.kind === "string") return matcherFrom("=", metricNameLabel, name);
    cursor.unexpected({ context, expected: "label matching operator" });
  }
  cursor.next();
  const value = cursor.peek();
  if (value.kind !== "string") cursor.unexpected({ context, expected: "string" });
  cursor.next();
  return regexChecked(cursor, { label, value, type: operator.word as MatchType, name });
}

function regexChecked(
  cursor: TokenCursor,
  parts: { label: Token; value: Token; type: MatchType; name: string },
): Matcher {
  try {
    return matcherFrom(parts.type, parts.name, unquote(parts.value.text));
  } catch (error) {
    const range = { start: parts.label.range.start, end: parts.value.range.end };
    throw cursor.errorAt(range, (error as Error).message);
  }
}

/** `target[…]`: a range of a selector or a subquery. */
export function parseBrackets(cursor: TokenCursor, target: Expression): MatrixSelector | Subquery {
  const open = cursor.next();
  const window = parsePositiveDuration(cursor);
  if (cursor.accept(":")) return parseSubquery(cursor, { target, window });
  cursor.expect("]", { context: "subquery or range", expected: '":" or "]"' });
  const bracketRange = { start: open.range.start, end: cursor.lastEnd() };
  if (target.kind !== "vector-selector") throw cursor.errorAt(bracketRange, "ranges only allowed for vector selectors");
  if (target.offset) throw cursor.errorAt(bracketRange, "no offset modifiers allowed before range");
  if (target.at !== undefined) throw cursor.errorAt(bracketRange, "no @ modifiers allowed before range");
  const range = { start: target.range.start, end: cursor.lastEnd() };
  return { kind: "matrix-selector", selector: target, window, range };
}

function parseSubquery(cursor: TokenCursor, parts: { target: Expression; window: Duration }): Subquery {
  const step = cursor.isNext("]") ? undefined : parsePositiveDuration(cursor);
  cursor.expect("]", { context: "subquery selector", expected: step ? '"]"' : 'duration or "]"' });
  return {
    kind: "subquery",
    expression: parts.target,
    window: parts.window,
    step,
    at: undefined,
    offset: undefined,
    range: { start: parts.target.range.start, end: cursor.lastEnd() },
  };
}

export function parseOffset(cursor: TokenCursor, target: Expression): Expression {
  cursor.next();
  const offset = parseOffsetDuration(cursor);
  const current = modifiersOf(target);
  if (!current) throw cursor.errorAt(target.range, mustFollow("offset modifier"));
  if (current.offset && !(current.offset.kind === "literal" && current.offset.ms === 0)) {
    throw cursor.errorAt(target.range, "offset may not be set multiple times");
  }
  return withModifiers(cursor, target, { offset });
}

export function parseAt(cursor: TokenCursor, target: Expression): Expression {
  cursor.next();
  const at = parseAtTime(cursor);
  if (typeof at === "object")
    throw cursor.errorAt(target.range, `timestamp out of bounds for @ modifier: ${at.outOfBounds}`);
  const current = modifiersOf(target);
  if (!current) throw cursor.errorAt(target.range, mustFollow("@ modifier"));
  if (current.at !== undefined) throw cursor.errorAt(target.range, "@ <timestamp> may not be set multiple times");
  return withModifiers(cursor, target, { at });
}

const atMsMax = 2 ** 63;

function parseAtTime(cursor: TokenCursor): AtModifier | { outOfBounds: string } {
  const where = { context: "@", expected: "timestamp" };
  const word = cursor.peek().word;
  if (word === "start" || word === "end") {
    cursor.next();
    cursor.expect("(", where);
    cursor.expect(")", where);
    return word;
  }
  const sign = cursor.accept("-") ?? cursor.accept("+");
  const token = cursor.peek();
  if (token.kind !== "number" && token.kind !== "duration") return cursor.unexpected(where);
  const { value } = literalFrom(cursor, cursor.next());
  const seconds = sign?.word === "-" ? -value : value;
  if (Number.isNaN(seconds) || Math.abs(seconds * 1000) >= atMsMax) return { outOfBounds: printSix(seconds) };
  return Math.round(seconds * 1000);
}

// As Go's %f.
function printSix(value: number): string {
  return Number.isFinite(value) ? `${BigInt(Math.trunc(value))}.000000` : printFloat(value);
}

export function parseExtension(cursor: TokenCursor, target: Expression): Expression {
  const extension = cursor.next().word as RangeExtension;
  const selector = target.kind === "matrix-selector" ? target.selector : target;
  if (!cursor.features.has("extended-range-selectors")) {
    throw cursor.errorAt(target.range, `${extension} modifier is experimental and not enabled`);
  }
  if (selector.kind === "subquery")
    throw cursor.errorAt(target.range, `${extension} modifier is not supported for subqueries`);
  if (selector.kind !== "vector-selector") throw cursor.errorAt(target.range, `${extension} modifier not implemented`);
  if (selector.extension && selector.extension !== extension) {
    throw cursor.errorAt(target.range, "anchored and smoothed modifiers cannot be used together");
  }
  return withModifiers(cursor, target, { extension });
}

function mustFollow(modifier: string): string {
  return `${modifier} must be preceded by an instant vector selector or range vector selector or a subquery`;
}

type Modifiers = { readonly at: AtModifier | undefined; readonly offset: Duration | undefined };

function modifiersOf(target: Expression): Modifiers | undefined {
  if (target.kind === "vector-selector" || target.kind === "subquery") return target;
  return target.kind === "matrix-selector" ? target.selector : undefined;
}

type Change = { at?: AtModifier; offset?: Duration; extension?: RangeExtension };

// The node grows over the modifier: its range ends where the modifier does.
function withModifiers(cursor: TokenCursor, target: Expression, change: Change): Expression {
  const range = { start: target.range.start, end: cursor.lastEnd() };
  if (target.kind === "matrix-selector") return { ...target, selector: { ...target.selector, ...change }, range };
  return { ...target, ...change, range } as Expression;
}
