// The query log: a line of JSON for each query, to the file that global.query_log_file names.
// Comes from: query/runner, query/rules, at the end of a query. A reload opens the file anew, so it may be rotated away.
import { createWriteStream, type WriteStream } from "node:fs";
import type { QueryStats } from "@narthex/promql";
import { errorText, type Logger } from "@narthex/service";
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

/** Bytes that wait for the disk; further lines are left out, and counted as failures. */
export const waitingBytesMax: number = 16 * 1024 * 1024;

export class QueryLog {
  readonly #logger: Logger;
  readonly #onFailure: () => void;
  /** ms. */
  readonly #now: () => number;
  #stream: WriteStream | undefined;

  constructor(options: { readonly logger: Logger; readonly now: () => number; readonly onFailure: () => void }) {
    this.#logger = options.logger;
    this.#now = options.now;
    this.#onFailure = options.onFailure;
  }

  get isOpen(): boolean {
    return this.#stream !== undefined;
  }

  /** Opens the file, also when it is the same; "" for none. */
  setFile(path: string): void {
    this.close();
    if (path === "") return;
    const stream = createWriteStream(path, { flags: "a", mode: 0o666 });
    stream.on("error", (error) => {
      this.#onFailure();
      this.#logger.error({ file: path, err: errorText(error) }, "the query log cannot be written");
      if (this.#stream === stream) this.#stream = undefined;
    });
    this.#stream = stream;
  }

  write(query: EndedQuery): void {
    const stream = this.#stream;
    if (!stream) return;
    if (stream.writableLength > waitingBytesMax) this.#onFailure();
    else stream.write(`${JSON.stringify(this.#entry(query))}\n`);
  }

  close(): void {
    this.#stream?.end();
    this.#stream = undefined;
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
