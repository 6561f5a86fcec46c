// What stands between a binary operator and its right side: bool, on, ignoring, group_left, group_right, fill.
import type { BinaryOperator, Cardinality, Matching } from "../ast.js";
import { isMetricName, type Token } from "../lex/token.js";
import { parseGroupingLabels } from "./aggregation.js";
import { literalFrom } from "./number.js";
import type { TokenCursor } from "./tokens.js";

export const setOperators: ReadonlySet<string> = new Set(["and", "or", "unless"]);

export type BinaryModifiers = {
  readonly isBool: boolean;
  /** Present also for scalars; parse/check takes it away. */
  readonly matching: Matching;
};

export function parseMatching(cursor: TokenCursor, operator: BinaryOperator): BinaryModifiers {
  const isBool = cursor.accept("bool") !== undefined;
  const clause = cursor.accept("on") ?? cursor.accept("ignoring");
  const labels = clause ? parseGroupingLabels(cursor) : [];
  let cardinality: Cardinality = setOperators.has(operator) ? "many-to-many" : "one-to-one";
  let include: string[] = [];
  const group = clause && (cursor.accept("group_left") ?? cursor.accept("group_right"));
  if (group) {
    cardinality = group.word === "group_left" ? "many-to-one" : "one-to-many";
    if (cursor.isNext("(") || !beginsOperand(cursor.peek())) include = parseGroupingLabels(cursor);
  }
  const fill = parseFill(cursor);
  return { isBool, matching: { cardinality, on: clause?.word === "on", labels, include, ...fill } };
}

function beginsOperand(token: Token): boolean {
  switch (token.kind) {
    case "number":
    case "duration":
    case "string":
      return true;
    default:
      return isMetricName(token) || "{+-".includes(token.word || " ");
  }
}

export function hasFill({ fillLeft, fillRight }: Matching): boolean {
  return fillLeft !== undefined || fillRight !== undefined;
}

type Fill = Pick<Matching, "fillLeft" | "fillRight">;

function parseFill(cursor: TokenCursor): Fill {
  let fillLeft: number | undefined;
  let fillRight: number | undefined;
  for (;;) {
    const word = cursor.peek().word;
    const isFill =
      cursor.peek().kind === "keyword" && (word === "fill" || word === "fill_left" || word === "fill_right");
    // A metric may be called fill.
    if (!isFill || cursor.peekSecond().word !== "(") return { fillLeft, fillRight };
    cursor.next();
    const value = parseFillValue(cursor);
    if (word !== "fill_right") fillLeft = value;
    if (word !== "fill_left") fillRight = value;
  }
}

function parseFillValue(cursor: TokenCursor): number {
  const where = { context: "fill", expected: "number" };
  cursor.expect("(", where);
  const sign = cursor.accept("-") ?? cursor.accept("+");
  const token = cursor.peek();
  if (token.kind !== "number" && token.kind !== "duration") cursor.unexpected(where);
  const { value } = literalFrom(cursor, cursor.next());
  cursor.expect(")", where);
  return sign?.word === "-" ? -value : value;
}
