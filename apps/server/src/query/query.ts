// A query as it is asked.
import type { Expression } from "@narthex/promql";
import type { QueryOrigin } from "./log.js";
import type { QueryTimes } from "./protocol.js";

export type Query = {
  /** Annotations point into it. */
  readonly text: string;
  /** The text, parsed. */
  readonly expression: Expression;
  readonly times: QueryTimes;
  /** For the query log. */
  readonly origin?: QueryOrigin | undefined;
};
