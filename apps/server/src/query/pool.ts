// The query workers: started when they are first needed, a few kept, more for a while when all are at work for long.
// Comes from: query/runner, which takes one for each query and brings it back.
import type { Clock } from "@narthex/stdx";
import type { ViewBlock } from "@narthex/tsdb";
import type { QueryThread } from "./thread.js";

export type PoolOptions = {
  /** Workers that are kept. */
  readonly keptMax: number;
  /** Workers at once, at most. */
  readonly workersMax: number;
  /** Workers beside these that wait for slow clients of long answers. */
  readonly asideMax: number;
  /** Workers that may be at work on one query, and are started for it; 1 where none is to help another. */
  readonly togetherMax: number;
  readonly clock: Clock;
  readonly start: () => QueryThread;
};

/**
 * While no worker becomes free for so long, one more is started: short queries must not wait for long ones. Where workers do become
 * free, as when a dashboard asks for all its panels at once, more of them would only take the cores from scrapes.
 */
export const patienceMs = 100;
/** A worker beyond those that are kept ends when it had nothing to do for so long. */
export const idleMs = 30_000;
/** Queries that wait for a worker; more are refused. */
export const waitingQueriesMax = 10_000;

type Waiting = { readonly take: (thread: QueryThread) => void };

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #threads = new Set<QueryThread>();
  readonly #idle = new Map<QueryThread, () => void>();
  /** In the order in which they came; the function ends the answer. */
  readonly #aside = new Map<QueryThread, () => void>();
  readonly #waiting = new Set<Waiting>();
  #cancelPatience: (() => void) | undefined;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get workerCount(): number {
    return this.#threads.size;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** A worker for one query; rejects with the signal's reason when it is aborted first. Give it back with `release`. */
  acquire(signal: AbortSignal): Promise<QueryThread> {
    const free = this.#free();
    if (free) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        take: (thread) => {
          signal.removeEventListener("abort", leave);
          resolve(thread);
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", leave, { once: true });
      this.#beginPatience();
    });
  }

  /** A worker to help with a query that has one; undefined when none is free, or somebody waits for it. Give it back with `release`. */
  spare(): QueryThread | undefined {
    if (this.#waiting.size > 0 || this.#options.togetherMax < 2) return undefined;
    return this.#rested() ?? (this.#threads.size < this.#options.togetherMax ? this.#start() : undefined);
  }

  get togetherMax(): number {
    return this.#options.togetherMax;
  }

  release(thread: QueryThread): void {
    if (this.#aside.delete(thread)) this.#takeBack(thread);
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
    if (thread.isLost || this.#isClosed) {
      this.#threads.delete(thread);
      if (!this.#isClosed && this.#waiting.size > 0) this.#serve(this.#start());
      if (!this.#isClosed && this.#waiting.size > 0) this.#beginPatience();
      return;
    }
    if (this.#waiting.size > 0) this.#serve(thread);
    else this.#rest(thread);
    if (this.#waiting.size > 0) this.#beginPatience();
  }

  /**
   * Another worker may take the place of one that only waits for its client. Where too many wait, the answer that has waited longest
   * ends. REQUIRES: acquired. It comes back with `release`.
   */
  setAside(thread: QueryThread, end: () => void): void {
    if (!this.#threads.delete(thread)) return;
    const [longest] = this.#aside.values();
    if (this.#aside.size >= this.#options.asideMax) longest?.();
    this.#aside.set(thread, end);
    if (this.#waiting.size > 0) this.#beginPatience();
  }

  /** Tells workers at rest which blocks there are, so that they let go of others. */
  retain(blocks: readonly ViewBlock[]): void {
    for (const thread of this.#idle.keys()) thread.retain(blocks);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelPatience?.();
    for (const cancel of this.#idle.values()) cancel();
    this.#idle.clear();
    await Promise.all([...this.#threads, ...this.#aside.keys()].map((thread) => thread.end()));
    this.#threads.clear();
  }

  #free(): QueryThread | undefined {
    return this.#rested() ?? (this.#threads.size < this.#options.keptMax ? this.#start() : undefined);
  }

  // The one that was at work last, so that others may end.
  #rested(): QueryThread | undefined {
    for (const [thread, cancel] of [...this.#idle].reverse()) {
      this.#idle.delete(thread);
      cancel();
      if (!thread.isLost) return thread;
      this.#threads.delete(thread);
    }
    return undefined;
  }

  #takeBack(thread: QueryThread): void {
    this.#threads.add(thread);
    if (this.#threads.size > this.#options.workersMax && !thread.isLost) void thread.end();
  }

  #start(): QueryThread {
    const thread = this.#options.start();
    this.#threads.add(thread);
    return thread;
  }

  #serve(thread: QueryThread): void {
    const [next] = this.#waiting;
    if (!next) return;
    this.#waiting.delete(next);
    next.take(thread);
  }

  #beginPatience(): void {
    if (this.#cancelPatience || this.#threads.size >= this.#options.workersMax) return;
    this.#cancelPatience = this.#options.clock.after(patienceMs, () => {
      this.#cancelPatience = undefined;
      if (this.#waiting.size === 0 || this.#threads.size >= this.#options.workersMax) return;
      this.#serve(this.#start());
      if (this.#waiting.size > 0) this.#beginPatience();
    });
  }

  #rest(thread: QueryThread): void {
    const { keptMax } = this.#options;
    const isExtra = this.#threads.size > keptMax;
    const end = (): void => {
      // Another one may have ended meanwhile.
      if (this.#threads.size <= keptMax) return;
      this.#idle.delete(thread);
      this.#threads.delete(thread);
      void thread.end();
    };
    this.#idle.set(thread, isExtra ? this.#options.clock.after(idleMs, end) : () => undefined);
  }
}
