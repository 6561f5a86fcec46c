// One query worker as the main thread sees it: runs one query at a time, stops it, ends.
// Comes from: query/pool. The program is query/worker.
import { Worker } from "node:worker_threads";
import type { Tsdb, ViewBlock } from "@narthex/tsdb";
import {
  controlBytes,
  controlOf,
  type FromWorker,
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
  readonly setup: Omit<WorkerSetup, "control">;
  /** Objects of one worker, in MiB; a query that needs more fails. Columns of numbers are outside. */
  readonly heapMbMax: number;
};

/** The worker ended while it had a query; the text says why. */
export class WorkerLostError extends Error {
  override readonly name = "WorkerLostError";
}

/** A message without what the thread knows itself. */
export type Work = Omit<QueryMessage, "slabs"> | Omit<LookupMessage, "slabs">;

type Pending = { readonly resolve: (answer: FromWorker) => void; readonly reject: (error: Error) => void };

export class QueryThread {
  readonly #worker: Worker;
  readonly #stop: Int32Array;
  readonly #samplesRead: Float64Array;
  #slabCount = 0;
  #pending: Pending | undefined;
  #isLost = false;

  constructor({ setup, heapMbMax }: ThreadOptions) {
    const control = new SharedArrayBuffer(controlBytes);
    const { stop, samplesRead } = controlOf(control);
    this.#stop = stop;
    this.#samplesRead = samplesRead;
    const workerData: WorkerSetup = { ...setup, control };
    this.#worker = new Worker(program, {
      workerData,
      name: "query",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax, maxYoungGenerationSizeMb: youngMbMax },
    });
    this.#worker.on("message", (answer: FromWorker) => this.#settle(({ resolve }) => resolve(answer)));
    this.#worker.on("error", (error: Error) => this.#lose(lossText(error), error));
    this.#worker.on("exit", () => this.#lose("the query worker ended", undefined));
    // A server that waits for nothing else may end.
    this.#worker.unref();
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Samples that the query at work has decoded so far. */
  get samplesRead(): number {
    return this.#samplesRead[0]!;
  }

  /** Rejects with WorkerLostError. REQUIRES: no query is at work. */
  run(work: Work, tsdb: Tsdb, buffers: readonly ArrayBuffer[]): Promise<FromWorker> {
    Atomics.store(this.#stop, 0, 0);
    this.#samplesRead[0] = 0;
    const slabs = tsdb.slabs(this.#slabCount);
    this.#slabCount += slabs.length;
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      const whole: WorkMessage = { ...work, slabs };
      this.#worker.postMessage(whole, buffers);
    });
  }

  /** Ends the query at work at its next series. */
  stop(): void {
    Atomics.store(this.#stop, 0, 1);
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

  #lose(text: string, cause: Error | undefined): void {
    this.#isLost = true;
    this.#settle(({ reject }) => reject(new WorkerLostError(text, { cause })));
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
