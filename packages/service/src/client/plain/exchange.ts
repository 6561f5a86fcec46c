// One request on its way: what is to be sent, who waits for it, and until when.
// Comes from: plain/transport. Goes to: plain/connection, or to two of them where the first was stale.
import { HttpTimeoutError } from "../errors.js";
import type { BufferPool } from "./buffer-pool.js";
import { type ResponseBounds, ResponseReader } from "./response-reader.js";

export type ExchangeRequest = ResponseBounds & {
  /** Request line and headers. */
  readonly head: string;
  readonly body: string | Uint8Array | undefined;
  /** From now to the last byte of the body, connecting included. */
  readonly timeoutMs: number;
};

// RFC 9110, 9.2.2: sent twice they mean the same as once.
const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Ends exactly once, by `settle` or by `fail`; `reader` then holds the response, or nothing of worth. */
export class Exchange {
  readonly request: ExchangeRequest;
  readonly reader: ResponseReader;
  /** In ms of performance.now(); its owner calls `expire` then. */
  readonly endsAt: number;
  /** Called at a timeout or an abort, before the exchange fails; set by whoever works on it. */
  interrupt: (() => void) | undefined;
  isRetried = false;
  isSettled = false;
  readonly #settled: (exchange: Exchange, error: Error | undefined) => void;

  constructor(
    request: ExchangeRequest,
    pool: BufferPool,
    settled: (exchange: Exchange, error: Error | undefined) => void,
  ) {
    this.request = request;
    this.reader = new ResponseReader(pool, request);
    this.endsAt = performance.now() + request.timeoutMs;
    this.#settled = settled;
  }

  get mayRepeat(): boolean {
    return !this.isRetried && idempotentMethods.has(this.request.method);
  }

  settle(): void {
    this.#end(undefined);
  }

  fail(error: Error): void {
    this.#end(error);
  }

  expire(): void {
    this.fail(new HttpTimeoutError(`no whole response within ${this.request.timeoutMs} ms`));
  }

  #end(error: Error | undefined): void {
    if (this.isSettled) return;
    this.isSettled = true;
    if (error) {
      this.interrupt?.();
      this.reader.body.release();
    }
    this.#settled(this, error);
  }
}
