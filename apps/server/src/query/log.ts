// The query log: a line of JSON for each query, to the file that global.query_log_file names.
// Comes from: query/runner, query/rules, at the end of a query. A reload opens the file anew, so it may be rotated away.
import type { QueryStats } from "@narthex/promql";
import type { Logger } from "@narthex/service";
import { LogFile } from "../log-file.js";
import type { QueryTimings } from "./answer.js";
import { printableStats } from "./answer.js";
import type { QueryTimes } from "./protocol.js";

/** Who asked. */
export type QueryOrigin =
  | { readonly httpRequest: { readonly clientIP: string; readonly method: string; readonly path: string } }
  | { readonly ruleGroup: { readonly file: string; readonly name: string } };

export type EndedQuery = {
  readonly text: string;
  readonly times: QueryTimes;
  readonly origin: QueryOrigin | undefined;
  readonly timings: QueryTimings;
  /** Undefined where the query failed. */
  readonly stats: QueryStats | undefined;
  /** Undefined where it did not. */
  readonly error: Error | undefined;
};

export class QueryLog {
  /** ms. */
  readonly #now: () => number;
  readonly #file: LogFile;

  constructor(options: { readonly logger: Logger; readonly now: () => number; readonly onFailure: () => void }) {
    const { logger, now, onFailure } = options;
    this.#now = now;
    this.#file = new LogFile({ logger, what: "the query log", onFailure });
  }

  get isOpen(): boolean {
    return this.#file.isOpen;
  }

  /** Opens the file, also when it is the same; "" for none. */
  setFile(path: string): void {
    this.#file.setFile(path);
  }

  write(query: EndedQuery): void {
    if (this.#file.isOpen) this.#file.write(this.#entry(query));
  }

  /** Resolves when all lines are written. */
  close(): Promise<void> {
    return this.#file.close();
  }

  #entry({ text, times, origin, timings, stats, error }: EndedQuery): object {
    const { start, end, step } = "time" in times ? { start: times.time, end: times.time, step: 0 } : times;
    return {
      params: { query: text, start: printTime(start), end: printTime(end), step: step / 1000 },
      ...(stats ? { stats: printableStats(stats, timings) } : {}),
      ...(error ? { error: error.message } : {}),
      ...origin,
      ts: printTime(this.#now()),
    };
  }
}

const dateMsMax = 8.64e15;

function printTime(ms: number): string {
  return new Date(Math.min(Math.max(ms, -dateMsMax), dateMsMax)).toISOString();
}
