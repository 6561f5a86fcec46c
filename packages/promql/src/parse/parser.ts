// Text to expression tree, by recursive descent and operator precedence.
// Comes from: lex/lexer. Goes to: parse/check (types), then plan/.
// Errors come in the order in which Prometheus' generated parser finds them; the first one is thrown.
import type { Matcher } from "@narthex/model";
import type { Binary, BinaryOperator, Call, Expression, Matching } from "../ast.js";
import { type PromqlFeature, promqlFeatures } from "../feature.js";
import { unquote } from "../lex/string.js";
import { isMetricName, type Token } from "../lex/token.js";
import { parseAggregation } from "./aggregation.js";
import { checkTypes } from "./check.js";
import { functionSignatures } from "./function.js";
import { hasFill, parseMatching } from "./matching.js";
import { literalFrom } from "./number.js";
import { parseAt, parseBrackets, parseExtension, parseOffset, parseVectorSelector } from "./selector.js";
import { TokenCursor } from "./tokens.js";

export type ParseOptions = {
  /** Parts of the language that are switched on; default all. */
  readonly features?: ReadonlySet<PromqlFeature>;
};

const allFeatures: ReadonlySet<PromqlFeature> = new Set(promqlFeatures);

/** Throws ParseError. */
export function parseExpression(text: string, options: ParseOptions = {}): Expression {
  const cursor = new TokenCursor(text, options.features ?? allFeatures);
  if (cursor.peek().kind === "end") throw cursor.errorAt({ start: 0, end: 0 }, "no expression found in input");
  const expression = parseBinary(cursor, 0);
  if (cursor.peek().kind !== "end") cursor.unexpected();
  checkTypes(cursor, expression);
  return expression;
}

/** A bare selector, as in match[]; throws ParseError. */
export function parseSelector(text: string, options: { readonly mayMatchAll?: boolean } = {}): Matcher[] {
  const cursor = new TokenCursor(text, allFeatures);
  const token = cursor.peek();
  if (!isMetricName(token) && token.word !== "{") cursor.unexpected();
  const selector = parseVectorSelector(cursor);
  if (cursor.peek().kind !== "end") cursor.unexpected();
  // The check of a selector is that it has a matcher which an absent label does not satisfy.
  if (!options.mayMatchAll) checkTypes(cursor, selector);
  return [...selector.matchers];
}

// From the loosest to the tightest.
const precedences: Readonly<Record<string, number>> = precedencesFrom([
  ["or"],
  ["and", "unless"],
  ["==", "!=", "<", ">", "<=", ">=", "</", ">/"],
  ["+", "-"],
  ["*", "/", "%", "atan2"],
  ["^"],
]);

function precedencesFrom(levels: readonly (readonly string[])[]): Record<string, number> {
  return Object.fromEntries(levels.flatMap((operators, i) => operators.map((operator) => [operator, i + 1])));
}

const powerPrecedence = 6;

function parseBinary(cursor: TokenCursor, precedenceMin: number): Expression {
  return cursor.nested(() => {
    let left = parseUnary(cursor);
    for (let operators = 1; ; operators++) {
      cursor.checkChain(operators);
      const token = cursor.peek();
      const precedence = token.kind === "operator" ? precedences[token.word] : undefined;
      if (precedence === undefined || precedence < precedenceMin) return left;
      cursor.next();
      const { isBool, matching } = parseMatching(cursor, token.word as BinaryOperator);
      const right = parseBinary(cursor, precedence === powerPrecedence ? precedence : precedence + 1);
      left = binaryFrom(cursor, { operator: token.word as BinaryOperator, left, right, isBool, matching });
    }
  });
}

function binaryFrom(
  cursor: TokenCursor,
  parts: { operator: BinaryOperator; left: Expression; right: Expression; isBool: boolean; matching: Matching },
): Binary {
  const range = { start: parts.left.range.start, end: parts.right.range.end };
  if (hasFill(parts.matching) && !cursor.features.has("binop-fill-modifiers")) {
    throw cursor.errorAt(range, "binop fill modifiers are experimental and not enabled");
  }
  return { kind: "binary", ...parts, range };
}

// A sign binds as loosely as *: -a^b is -(a^b), and -a*b is (-a)*b.
function parseUnary(cursor: TokenCursor): Expression {
  const sign = cursor.accept("-") ?? cursor.accept("+");
  if (!sign) return parsePostfix(cursor);
  const operand = parseBinary(cursor, powerPrecedence);
  const range = { start: sign.range.start, end: operand.range.end };
  if (operand.kind === "number")
    return { ...operand, value: sign.word === "-" ? -operand.value : operand.value, range };
  return { kind: "unary", operator: sign.word as "+" | "-", operand, range };
}

function parsePostfix(cursor: TokenCursor): Expression {
  let expression = parsePrimary(cursor);
  for (let modifiers = 0; ; modifiers++) {
    cursor.checkChain(modifiers);
    const token = cursor.peek();
    const isModifier = token.kind === "keyword" || token.kind === "operator" || token.kind === "punctuation";
    switch (isModifier ? token.word : "") {
      case "[":
        expression = parseBrackets(cursor, expression);
        break;
      case "offset":
        expression = parseOffset(cursor, expression);
        break;
      case "@":
        expression = parseAt(cursor, expression);
        break;
      case "anchored":
      case "smoothed":
        expression = parseExtension(cursor, expression);
        break;
      default:
        return expression;
    }
  }
}

function parsePrimary(cursor: TokenCursor): Expression {
  const token = cursor.peek();
  switch (token.kind) {
    case "number":
    case "duration":
      return literalFrom(cursor, cursor.next());
    case "string":
      cursor.next();
      return { kind: "string", value: unquote(token.text), range: token.range };
    case "punctuation":
      if (token.word === "(") return parseParen(cursor);
      if (token.word === "{") return parseVectorSelector(cursor);
      return cursor.unexpected();
    default:
      return parseWord(cursor, token);
  }
}

function parseWord(cursor: TokenCursor, token: Token): Expression {
  if (!isMetricName(token)) return cursor.unexpected();
  const after = cursor.peekSecond();
  if (token.kind === "aggregator") {
    const isAggregation = after.word === "(" || after.word === "by" || after.word === "without";
    if (isAggregation) return parseAggregation(cursor, parseArguments);
  } else if (after.word === "(" && isFunctionWord(token)) {
    return parseCall(cursor);
  }
  return parseVectorSelector(cursor);
}

const functionKeywords = new Set(["start", "end", "step", "range", "min_of", "max_of"]);

function isFunctionWord(token: Token): boolean {
  return token.kind === "identifier" || functionKeywords.has(token.word);
}

function parseParen(cursor: TokenCursor): Expression {
  const open = cursor.next();
  const inner = parseBinary(cursor, 0);
  const close = cursor.expect(")");
  return { kind: "paren", inner, range: { start: open.range.start, end: close.range.end } };
}

function parseCall(cursor: TokenCursor): Call {
  const token = cursor.next();
  const parts = parseArguments(cursor);
  const signature = functionSignatures.get(token.text.toLowerCase() === token.word ? token.word : token.text);
  if (!signature) throw cursor.errorAt(token.range, `unknown function with name ${JSON.stringify(token.text)}`);
  if (signature.isExperimental && !cursor.features.has("experimental-functions")) {
    throw cursor.errorAt(token.range, `function ${JSON.stringify(token.text)} is not enabled`);
  }
  return {
    kind: "call",
    fn: signature.name,
    arguments: parts,
    range: { start: token.range.start, end: cursor.lastEnd() },
  };
}

function parseArguments(cursor: TokenCursor): Expression[] {
  cursor.next();
  const parts: Expression[] = [];
  if (cursor.accept(")")) return parts;
  for (;;) {
    parts.push(parseBinary(cursor, 0));
    const comma = cursor.accept(",");
    if (comma && !startsExpression(cursor.peek())) {
      throw cursor.errorAt(comma.range, "trailing commas not allowed in function call args");
    }
    if (!comma) {
      cursor.expect(")");
      return parts;
    }
  }
}

function startsExpression(token: Token): boolean {
  if (token.kind === "operator") return isMetricName(token) || token.word === "+" || token.word === "-";
  if (token.kind === "punctuation") return token.word === "(" || token.word === "{";
  return token.kind !== "end" && (token.kind !== "keyword" || isMetricName(token));
}
