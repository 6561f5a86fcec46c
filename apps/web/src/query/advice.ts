// What to do about an error or a warning of a query. Comes from: the server's words. Goes to: the panel's messages.
import type { ErrorType } from "../api/request.js";

interface Rule {
  pattern: RegExp;
  advice: string;
}

// Matching on words is right here only because the advice is an extra: without it the message still stands as it came.
const errorRules: Rule[] = [
  {
    pattern: /exceeded maximum resolution/,
    advice: "Choose a coarser resolution or a shorter range.",
  },
  {
    pattern: /query processing would load too many samples/,
    advice: "Select fewer series or a shorter range; a recording rule makes a heavy expression cheap.",
  },
  {
    pattern: /expected type (instant )?vector.*range vector|expected type range vector/,
    advice: "Functions such as rate() need a range, as in metric[5m]; aggregations such as sum() need none.",
  },
  {
    pattern: /invalid expression type "range vector" for range query/,
    advice: "A graph needs one value per step: wrap the selector in a function such as rate(…[5m]), or use the Table.",
  },
  {
    pattern: /found duplicate series for the match group|many-to-many matching/,
    advice: "Say which labels identify a pair with on(…) or ignoring(…), or aggregate the side with more series.",
  },
  {
    pattern: /multiple matches for labels/,
    advice: "Add group_left or group_right to say which side may have many series.",
  },
  {
    pattern: /vector selector must contain at least one non-empty matcher|at least one non-empty matcher/,
    advice: 'Add a matcher that cannot match the empty string, such as job="…".',
  },
  {
    pattern: /unexpected end of input|unclosed/,
    advice: "It ends too early: an operand, a closing bracket or a quote is missing.",
  },
  { pattern: /unknown function/, advice: "Check the spelling; the editor completes function names." },
  { pattern: /missing unit character in duration/, advice: "Write durations with a unit: 30s, 5m, 1h." },
];

const typeAdvice: Partial<Record<ErrorType, string>> = {
  timeout: "The query ran out of time. Select fewer series, shorten the range or use a coarser resolution.",
  canceled: "The query was cancelled before it finished.",
  unreachable: "The query runs again when the server answers.",
  bad_response: "Something between this page and the server answered instead of it. Check the proxy.",
};

export function adviseOnError(type: ErrorType, message: string): string | undefined {
  return errorRules.find(({ pattern }) => pattern.test(message))?.advice ?? typeAdvice[type];
}

const annotationRules: Rule[] = [
  {
    pattern: /metric might not be a counter/,
    advice: "rate() and increase() fit counters only. For a gauge, deriv() or delta() say how it changes.",
  },
  { pattern: /quantile value should be between 0 and 1/, advice: "Write the 95th percentile as 0.95." },
  { pattern: /results truncated due to limit/, advice: "Aggregate or select fewer series to see all." },
  { pattern: /mix of histograms and floats|mix of classic and native/, advice: "Select one kind, for example by job." },
  { pattern: /sort is ineffective/, advice: "Sorting shows in the Table only." },
  { pattern: /bucket label .* malformed/, advice: "Aggregations below histogram_quantile() must keep the label le." },
];

export function adviseOnAnnotation(message: string): string | undefined {
  return annotationRules.find(({ pattern }) => pattern.test(message))?.advice;
}

export interface ErrorPlace {
  /** The line of the expression, and where on it the caret goes, from 0. */
  line: string;
  column: number;
  message: string;
}

/** Finds the place in "1:12: parse error: …"; `undefined` when the message has none. */
export function locateError(message: string, expression: string): ErrorPlace | undefined {
  const match = /(?:^|: )(\d+):(\d+): (?:parse error: )?(.*)$/s.exec(message);
  const line = expression.split("\n")[Number(match?.[1]) - 1];
  if (match === null || line === undefined) return undefined;
  return { line, column: Math.min(Number(match[2]) - 1, line.length), message: match[3]! };
}
