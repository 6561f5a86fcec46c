// The end of one request, with all its redirects: a time, and for whoever needs one a signal.

import { HttpTimeoutError } from "./errors.js";
import type { HttpRequest } from "./request.js";

export class Deadline {
  readonly #request: Pick<HttpRequest, "timeoutMs" | "signal">;
  readonly #end: number;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: Pick<HttpRequest, "timeoutMs" | "signal">) {
    this.#request = request;
    this.#end = performance.now() + request.timeoutMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Aborts at the deadline, and with the caller's. Made when it is first asked for: it costs more than a timer. */
  get signal(): AbortSignal {
    this.#signal ??= this.#createSignal();
    return this.#signal;
  }

  #createSignal(): AbortSignal {
    const controller = new AbortController();
    this.#timer = setTimeout(() => controller.abort(), this.remainingMs);
    this.#controller = controller;
    const { signal } = this.#request;
    return signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  }

  /** The error as the caller is to see it. */
  explain(error: unknown): unknown {
    const isOver = error instanceof HttpTimeoutError || this.#controller?.signal.aborted === true;
    if (!isOver) return error;
    return new HttpTimeoutError(`no whole response within ${this.#request.timeoutMs} ms`, { cause: error });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
