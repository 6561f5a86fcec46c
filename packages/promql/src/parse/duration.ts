// Durations: of ranges, subquery steps and offsets. Plain literals fold to milliseconds here; anything else keeps
// its shape, since step() and range() are known only to a query.
import type { Duration, DurationOperator, DurationTerm, NumberLiteral, SourceRange } from "../ast.js";
import type { Token } from "../lex/token.js";
import { literalFrom } from "./number.js";
import type { TokenCursor } from "./tokens.js";

// Go's time.Duration ends at 2^63 - 1 ns.
const durationSecondsMax = 9_223_372_036;
const expected = "number, duration, step(), or range()";

/** Inside brackets: must be above zero. */
export function parsePositiveDuration(cursor: TokenCursor): Duration {
  const term = parseTerm(cursor, 0, { context: "subquery or range selector", expected });
  const duration = durationFrom(cursor, term);
  if (duration.kind === "literal" && duration.ms <= 0) {
    throw cursor.errorAt(duration.range, "duration must be greater than 0");
  }
  return duration;
}

/** Behind `offset`: a literal, a call or anything in parentheses, with a sign. */
export function parseOffsetDuration(cursor: TokenCursor): Duration {
  const where = { context: "offset", expected };
  const sign = cursor.accept("-") ?? cursor.accept("+");
  const term = parsePrimary(cursor, where);
  return durationFrom(cursor, sign ? withSign(cursor, sign, term) : term);
}

function durationFrom(cursor: TokenCursor, term: DurationTerm): Duration {
  if (term.kind !== "number") return term;
  checkRange(cursor, term.value, term.range);
  return { kind: "literal", ms: millisecondsFrom(term.value), range: term.range };
}

function checkRange(cursor: TokenCursor, seconds: number, range: SourceRange): void {
  if (Math.abs(seconds) <= durationSecondsMax) return;
  throw cursor.errorAt(range, "duration out of range");
}

/** Prometheus keeps durations in nanoseconds and cuts to milliseconds when it evaluates. */
export function millisecondsFrom(seconds: number): number {
  return Math.trunc(Math.round(seconds * 1e9) / 1e6);
}

type Where = { context: string; expected: string };

const precedences: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 3 };

function parseTerm(cursor: TokenCursor, precedenceMin: number, where: Where): DurationTerm {
  return cursor.nested(() => {
    let left = parseSigned(cursor, where);
    for (let operators = 1; ; operators++) {
      cursor.checkChain(operators);
      const token = cursor.peek();
      const precedence = token.kind === "operator" ? precedences[token.word] : undefined;
      if (precedence === undefined || precedence < precedenceMin) return left;
      cursor.next();
      // ^ binds to the right.
      const right = parseTerm(cursor, token.word === "^" ? precedence : precedence + 1, where);
      left = arithmetic(cursor, { token, left, right });
    }
  });
}

function arithmetic(
  cursor: TokenCursor,
  parts: { token: Token; left: DurationTerm; right: DurationTerm },
): DurationTerm {
  const { token, left, right } = parts;
  if (right.kind === "number" && right.value === 0) {
    if (token.word === "/") throw cursor.errorAt(token.range, "division by zero");
    if (token.word === "%") throw cursor.errorAt(token.range, "modulo by zero");
  }
  const operator = token.word as DurationOperator;
  return { kind: "arithmetic", operator, left, right, operatorRange: token.range, range: spanning(left, right) };
}

// A sign binds as loosely as *: -2^2 is -(2^2).
function parseSigned(cursor: TokenCursor, where: Where): DurationTerm {
  const sign = cursor.accept("-") ?? cursor.accept("+");
  if (!sign) return parsePrimary(cursor, where);
  return withSign(cursor, sign, parseTerm(cursor, 3, where));
}

function withSign(cursor: TokenCursor, sign: Token, operand: DurationTerm): DurationTerm {
  const range = { start: sign.range.start, end: operand.range.end };
  if (operand.kind === "number") {
    checkRange(cursor, operand.value, sign.range);
    return negated(operand, sign.word === "-", range);
  }
  return sign.word === "-" ? { kind: "negate", operand, range } : { ...operand, range };
}

function negated(literal: NumberLiteral, isNegative: boolean, range: SourceRange): NumberLiteral {
  return { ...literal, value: isNegative ? -literal.value : literal.value, range };
}

function parsePrimary(cursor: TokenCursor, where: Where): DurationTerm {
  const token = cursor.peek();
  if (token.kind === "number" || token.kind === "duration") return literalFrom(cursor, cursor.next());
  if (cursor.accept("(")) {
    const inner = parseTerm(cursor, 0, where);
    cursor.expect(")");
    return { kind: "group", inner, range: { start: token.range.start, end: cursor.lastEnd() } };
  }
  if (token.kind === "keyword") return parseCall(cursor, where);
  return cursor.unexpected(where);
}

function parseCall(cursor: TokenCursor, where: Where): DurationTerm {
  const word = cursor.peek().word;
  if (word !== "step" && word !== "range" && word !== "min_of" && word !== "max_of") return cursor.unexpected(where);
  const { range: start } = cursor.next();
  cursor.expect("(", where);
  if (word === "step" || word === "range") {
    cursor.expect(")", where);
    return { kind: word, range: { start: start.start, end: cursor.lastEnd() } };
  }
  const left = parseTerm(cursor, 0, where);
  cursor.expect(",", where);
  const right = parseTerm(cursor, 0, where);
  cursor.expect(")", where);
  return { kind: word, left, right, range: { start: start.start, end: cursor.lastEnd() } };
}

function spanning(left: { range: SourceRange }, right: { range: SourceRange }): SourceRange {
  return { start: left.range.start, end: right.range.end };
}
