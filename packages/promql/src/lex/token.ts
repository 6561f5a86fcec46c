// The words of PromQL as the lexer hands them to the parser, and how error texts call them.
import { quote } from "@narthex/model";
import { aggregators, type SourceRange } from "../ast.js";

export type TokenKind =
  | "identifier"
  | "metric-identifier"
  | "number"
  | "duration"
  | "string"
  | "operator"
  | "keyword"
  | "aggregator"
  | "punctuation"
  | "end"
  | "error";

/**
 * `text` is the source, `word` what it means: operators, keywords and aggregators in lower case,
 * the message of an "error", the source of everything else.
 */
export type Token = {
  readonly kind: TokenKind;
  readonly text: string;
  readonly word: string;
  readonly range: SourceRange;
};

const keywordList =
  "offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool start end step range min_of max_of";
const operatorWords = "and or unless atan2";

const words: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...keywordList.split(" ").map((word) => [word, "keyword"] as const),
  ...operatorWords.split(" ").map((word) => [word, "operator"] as const),
  ...aggregators.map((word) => [word, "aggregator"] as const),
  ["inf", "number"],
  ["nan", "number"],
]);

/** The kind of a bare word outside of braces. */
export function wordKind(text: string): TokenKind {
  return words.get(text.toLowerCase()) ?? (text.includes(":") ? "metric-identifier" : "identifier");
}

const notNames: ReadonlySet<string> = new Set(["bool", "on", "ignoring", "group_left", "group_right", "atan2"]);

/** Whether the token may stand as a metric name: most keywords may. */
export function isMetricName(token: Token): boolean {
  switch (token.kind) {
    case "identifier":
    case "metric-identifier":
    case "aggregator":
      return true;
    case "keyword":
    case "operator":
      return words.has(token.word) && !notNames.has(token.word);
    default:
      return false;
  }
}

/** Whether the token may stand in by (…), on (…) and the like, as a bare word: all that may be a metric's name but `without`. */
export function isLabelName(token: Token): boolean {
  return isMetricName(token)
    ? token.kind !== "metric-identifier" && token.word !== "without"
    : notNames.has(token.word);
}

// Words that stand for a time or a duration; error texts quote them, and put other keywords in angle brackets.
const timeWords: ReadonlySet<string> = new Set(["start", "end", "step", "range", "min_of", "max_of"]);

/** As Prometheus names a token in "unexpected …". */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of input";
    case "keyword":
      return timeWords.has(token.word) ? quote(token.text) : `<${token.text}>`;
    case "operator":
      return `<op:${token.text}>`;
    case "aggregator":
      return `<aggr:${token.text}>`;
    case "punctuation":
      return quote(token.text);
    case "identifier":
      return `identifier ${quote(token.text)}`;
    case "metric-identifier":
      return `metric identifier ${quote(token.text)}`;
    default:
      return `${token.kind} ${abbreviated(token.text)}`;
  }
}

function abbreviated(text: string): string {
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text);
}
