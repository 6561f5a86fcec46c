// One query worker as the main thread sees it: runs one query at a time, stops it, ends.
// Comes from: query/pool. The program is query/worker.
import { Worker } from "node:worker_threads";
import { parallelMemoryBytes } from "@narthex/promql";
import type { Tsdb, ViewBlock } from "@narthex/tsdb";
import { AnswerParts } from "./answer-parts.js";
import {
  type Control,
  controlBytes,
  controlOf,
  type FromWorker,
  type HelpMessage,
  type HelpWanted,
  type Loaded,
  type LookupMessage,
  type QueryMessage,
  type WorkerSetup,
  type WorkMessage,
} from "./protocol.js";

// Threads need a built file also where this one runs from its source (tests, `npm run dev`).
const program = new URL("../../dist/query/worker.js", import.meta.url);

/** V8 would take up to 48; queries leave little behind that a smaller one does not clear as cheaply. */
const youngMbMax = 8;

export type ThreadOptions = {
  readonly setup: Omit<WorkerSetup, "control" | "parallel">;
  /** Objects of one worker, in MiB; a query that needs more fails. Columns of numbers are outside. */
  readonly heapMbMax: number;
  /** Called before the worker loads its program; what it returns, when it has, or has ended. */
  readonly beforeThread?: () => () => void;
};

/** The worker ended while it had a query; the text says why. */
export class WorkerLostError extends Error {
  override readonly name = "WorkerLostError";
}

/** A message without what the thread knows itself. */
export type Work = Omit<QueryMessage, "slabs"> | Omit<LookupMessage, "slabs"> | Omit<HelpMessage, "slabs">;

export type ThreadAnswer = {
  readonly answer: FromWorker;
  /** Where the body of the answer is its first part: the others. The query is at work until their end. */
  readonly parts: AnswerParts | undefined;
};

export type RunOptions = {
  /** Given to the worker instead of copies. */
  readonly buffers?: readonly ArrayBuffer[];
  readonly onHelpWanted?: (wanted: HelpWanted) => void;
};

type Pending = {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly onHelpWanted: ((wanted: HelpWanted) => void) | undefined;
};

export class QueryThread {
  /** What it shares with those that help it. */
  readonly parallel: SharedArrayBuffer = new SharedArrayBuffer(parallelMemoryBytes);
  readonly #worker: Worker;
  readonly #control: Control;
  #slabCount = 0;
  #pending: Pending | undefined;
  #parts: AnswerParts | undefined;
  #isLost = false;

  constructor({ setup, heapMbMax, beforeThread = () => () => {} }: ThreadOptions) {
    const control = new SharedArrayBuffer(controlBytes);
    this.#control = controlOf(control);
    const workerData: WorkerSetup = { ...setup, control, parallel: this.parallel };
    const afterThread = beforeThread();
    this.#worker = new Worker(program, {
      workerData,
      name: "query",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax, maxYoungGenerationSizeMb: youngMbMax },
    });
    this.#worker.on("message", (message: FromWorker | HelpWanted | Loaded) => {
      if (message.kind === "loaded") afterThread();
      else if (message.kind === "help-wanted") this.#pending?.onHelpWanted?.(message);
      else this.#receive(message);
    });
    this.#worker.on("error", (error: Error) => this.#lose(lossText(error), error));
    this.#worker.on("exit", () => {
      afterThread();
      this.#lose("the query worker ended", undefined);
    });
    // A server that waits for nothing else may end.
    this.#worker.unref();
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Samples that the query at work has decoded so far. */
  get samplesRead(): number {
    return this.#control.samplesRead[0]!;
  }

  /** Rejects with WorkerLostError. REQUIRES: no query is at work. */
  run(work: Work, tsdb: Tsdb, { buffers = [], onHelpWanted }: RunOptions = {}): Promise<ThreadAnswer> {
    Atomics.store(this.#control.stop, 0, 0);
    Atomics.store(this.#control.taken, 0, 0);
    this.#control.samplesRead[0] = 0;
    const slabs = tsdb.slabs(this.#slabCount);
    this.#slabCount += slabs.length;
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject, onHelpWanted };
      const whole: WorkMessage = { ...work, slabs };
      this.#worker.postMessage(whole, buffers);
    });
  }

  /** Ends the query at work at its next series. */
  stop(): void {
    Atomics.store(this.#control.stop, 0, 1);
  }

  /** Lets it close files of blocks that are gone. */
  retain(blocks: readonly ViewBlock[]): void {
    this.#worker.postMessage({ kind: "blocks", blocks });
  }

  /** Ends the thread, whatever it is at. */
  async end(): Promise<void> {
    this.#lose("the query worker was stopped", undefined);
    await this.#worker.terminate();
  }

  #receive(answer: FromWorker): void {
    if (this.#parts) {
      const parts = this.#parts;
      if (answer.kind !== "part" || !answer.hasMore) this.#parts = undefined;
      parts.receive(answer);
      return;
    }
    if ("hasMore" in answer && answer.hasMore) this.#parts = new AnswerParts(this.#control);
    const parts = this.#parts;
    this.#settle(({ resolve }) => resolve({ answer, parts }));
  }

  #lose(text: string, cause: Error | undefined): void {
    this.#isLost = true;
    const error = new WorkerLostError(text, { cause });
    const parts = this.#parts;
    this.#parts = undefined;
    parts?.lose(error);
    this.#settle(({ reject }) => reject(error));
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) how(pending);
  }
}

function lossText(error: Error): string {
  const isMemory = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  return isMemory ? "query ran out of memory in its worker" : `the query worker failed: ${error.message}`;
}
