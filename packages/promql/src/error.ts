// What can be wrong with a query: its text (ParseError) or its evaluation (QueryError).
import { encodeUtf8 } from "@narthex/stdx";
import type { SourceRange } from "./ast.js";

/** The expression is not PromQL. The message reads as Prometheus prints it: "1:5: parse error: …". */
export class ParseError extends Error {
  override readonly name = "ParseError";
  readonly range: SourceRange;
  /** The text without position. */
  readonly reason: string;

  constructor(query: string, range: SourceRange, reason: string) {
    super(`${printPosition(query, range.start)}: parse error: ${reason}`);
    this.range = range;
    this.reason = reason;
  }
}

export type QueryErrorType = "bad_data" | "execution" | "timeout" | "canceled";

/** Evaluation ended without a result; `type` is the API's error type. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly type: QueryErrorType;

  constructor(type: QueryErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

/** The query would hold more samples than it may. */
export class SampleLimitError extends QueryError {
  constructor() {
    super("execution", "query processing would load too many samples into memory in query execution");
  }
}

/** "line:column" of a byte offset, both from 1, columns in bytes. */
export function printPosition(query: string, offset: number): string {
  const bytes = encodeUtf8(query);
  if (offset > bytes.length) return "invalid position";
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < offset; i++) {
    if (bytes[i] !== 10) continue;
    line++;
    lineStart = i + 1;
  }
  return `${line}:${offset - lineStart + 1}`;
}
