// The thread that sends, as the server sees it: starts it, asks it to do things, passes its log lines on.
// Comes from: send/sender. The program is send/worker.
import { Worker } from "node:worker_threads";
import type { Logger } from "@narthex/service";
import type { FromSender, SendSetup, ToSender } from "./protocol.js";

// Threads need a built file also where this one runs from its source (tests, `npm run dev`).
const program = new URL("../../../dist/remote/send/worker.js", import.meta.url);

export type SendThreadOptions = {
  readonly setup: SendSetup;
  readonly logger: Logger;
  /** The thread ended by itself; what was asked of it has failed. */
  readonly onLoss: (error: Error) => void;
};

type Call = { readonly resolve: () => void; readonly reject: (error: Error) => void };

export class SendThread {
  readonly #options: SendThreadOptions;
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  #isEnding = false;

  constructor(options: SendThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(program, { workerData: options.setup, name: "remote-write", execArgv: [] });
    this.#worker.on("message", (message: FromSender) => this.#receive(message));
    this.#worker.on("error", (error: Error) => this.#lose(error));
    this.#worker.on("exit", () => this.#lose(new Error("the thread ended")));
    // A server that waits for nothing else may end.
    this.#worker.unref();
  }

  tell(message: Exclude<ToSender, { readonly id: number }>): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when it is done; rejects with what went wrong over there. */
  ask(message: (id: number) => ToSender): Promise<void> {
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage(message(id));
    });
  }

  /** Resolves when it has sent what it could, and is gone. */
  async close(): Promise<void> {
    // From now on the process waits for it.
    this.#worker.ref();
    await this.ask((id) => ({ kind: "close", id })).catch(() => undefined);
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  #receive(message: FromSender): void {
    if (message.kind === "log") {
      this.#options.logger[message.level](message.fields, message.text);
      return;
    }
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error === undefined) call?.resolve();
    else call?.reject(new Error(message.error));
  }

  #lose(error: Error): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    this.#options.onLoss(error);
  }
}
