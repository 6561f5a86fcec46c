// Other workers that help with one query: called when its own worker says that it would take long, gone when it is over.
// Comes from: query/runner.
import { releaseAssistant } from "@narthex/promql";
import type { Tsdb } from "@narthex/tsdb";
import type { WorkerPool } from "./pool.js";
import { countsSteps, type HelpWanted, type QueryMessage } from "./protocol.js";
import { type QueryThread, WorkerLostError } from "./thread.js";

/** A query for a worker that has no view of the database yet. */
export type UnseenQuery = Omit<QueryMessage, "slabs" | "view">;

export class Assistants {
  readonly #pool: WorkerPool;
  readonly #tsdb: Tsdb;
  readonly #leader: QueryThread;
  readonly #query: UnseenQuery;
  readonly #threads: QueryThread[] = [];
  readonly #ends: Promise<void>[] = [];

  constructor(
    { pool, tsdb }: { readonly pool: WorkerPool; readonly tsdb: Tsdb },
    leader: QueryThread,
    query: UnseenQuery,
  ) {
    this.#pool = pool;
    this.#tsdb = tsdb;
    this.#leader = leader;
    this.#query = query;
  }

  /** Sends the workers that have nothing to do. */
  call(wanted: HelpWanted): void {
    while (this.#threads.length < this.#pool.togetherMax - 1) {
      const thread = this.#pool.spare();
      if (!thread) return;
      this.#ends.push(this.#help(thread, wanted));
      this.#threads.push(thread);
    }
  }

  async #help(thread: QueryThread, { view, query }: HelpWanted): Promise<void> {
    const { expression, times, lookbackDeltaMs, form } = this.#query;
    const { parallel: memory } = this.#leader;
    const assistant = this.#threads.length;
    try {
      const help = { memory, query, assistant };
      const work = { kind: "help", expression, times, lookbackDeltaMs, countsSteps: countsSteps(form), help } as const;
      // What goes wrong there goes wrong in the leader, too, which says it.
      await thread.run({ ...work, view }, this.#tsdb);
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      releaseAssistant(memory, assistant);
    } finally {
      this.#pool.release(thread);
    }
  }

  /** Resolves when no assistant reads the view any more. */
  async end(): Promise<void> {
    // A leader that was lost has not told them.
    if (this.#leader.isLost) for (const thread of this.#threads) thread.stop();
    await Promise.all(this.#ends);
  }
}
