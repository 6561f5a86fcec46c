// The parts of an answer after its first, on their way from a worker to a client.
// Comes from: query/thread. Goes to: api/send-parts, which asks for one when the one before is sent.
import type { Control, FromWorker } from "./protocol.js";

type Body = Uint8Array<ArrayBuffer>;

/** What a client sees of them: parts are asked for until their end, or cancelled. */
export type PartSource = Pick<AnswerParts, "next" | "cancel" | "signal">;

/** Nobody is there to take the answer: no fault of anybody here. */
export class HangUpError extends Error {
  override readonly name = "HangUpError";
}

export type PartsWatcher = {
  /** Something waits for its client, or nothing does any more. */
  readonly onWaiting: (partsWaiting: number) => void;
  /** The worker made its last part, or gave up; it is free. */
  readonly onEnd: () => void;
};

export class AnswerParts {
  readonly #control: Control;
  readonly #waiting: Body[] = [];
  #asking: { readonly resolve: (part: Body | undefined) => void; readonly reject: (error: Error) => void } | undefined;
  #watcher: PartsWatcher | undefined;
  #isEnded = false;
  readonly #failure = new AbortController();

  /** The first part is with its client already. */
  constructor(control: Control) {
    this.#control = control;
    this.#acknowledge();
  }

  /** Aborted, with an Error, when the answer cannot be completed. */
  get signal(): AbortSignal {
    return this.#failure.signal;
  }

  watch(watcher: PartsWatcher): void {
    this.#watcher = watcher;
    watcher.onWaiting(this.#waiting.length);
    if (this.#isEnded) watcher.onEnd();
  }

  /** The next part, the caller's own; undefined after the last. Rejects when the answer cannot be completed. */
  next(): Promise<Body | undefined> {
    if (this.signal.aborted) return Promise.reject(this.signal.reason as Error);
    const part = this.#waiting.shift();
    if (part === undefined && !this.#isEnded) {
      return new Promise((resolve, reject) => {
        this.#asking = { resolve, reject };
      });
    }
    if (part !== undefined) this.#passOn();
    return Promise.resolve(part);
  }

  /** Nobody asks for a part any more, or shall: the worker ends at its next. */
  cancel(reason: Error): void {
    this.#fail(reason);
    if (this.#isEnded) return;
    Atomics.store(this.#control.stop, 0, 1);
    Atomics.notify(this.#control.taken, 0);
  }

  /** Of the thread: what the worker says next. */
  receive(message: FromWorker): void {
    if (message.kind !== "part") {
      this.lose(new Error(message.kind === "failed" ? message.message : `unexpected message: ${message.kind}`));
      return;
    }
    this.#take(message.body);
    if (!message.hasMore) this.#end();
  }

  /** Of the thread: the worker ended. */
  lose(error: Error): void {
    this.#fail(error);
    this.#end();
  }

  #take(body: Body): void {
    if (this.signal.aborted) return;
    if (this.#asking) {
      const { resolve } = this.#asking;
      this.#asking = undefined;
      this.#acknowledge();
      resolve(body);
      return;
    }
    this.#waiting.push(body);
    this.#watcher?.onWaiting(this.#waiting.length);
  }

  #passOn(): void {
    this.#acknowledge();
    this.#watcher?.onWaiting(this.#waiting.length);
  }

  #acknowledge(): void {
    // Then the worker is at another query.
    if (this.#isEnded) return;
    Atomics.add(this.#control.taken, 0, 1);
    Atomics.notify(this.#control.taken, 0);
  }

  #fail(error: Error): void {
    if (this.signal.aborted) return;
    this.#waiting.length = 0;
    this.#asking?.reject(error);
    this.#asking = undefined;
    this.#failure.abort(error);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#asking?.resolve(undefined);
    this.#asking = undefined;
    this.#watcher?.onEnd();
  }
}
