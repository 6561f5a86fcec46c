// Looks after a worker that is still printing its answer: it ends with its client's interest, and leaves its place in the pool
// while the client is slow.
// Comes from: query/runner, when the first part is there.
import type { Clock } from "@narthex/stdx";
import { type AnswerParts, HangUpError } from "./answer-parts.js";
import { patienceMs, type WorkerPool } from "./pool.js";
import { partsAheadMax } from "./protocol.js";
import type { QueryThread } from "./thread.js";

/** A client that takes no part for so long gets no further one. */
export const stalledMsMax = 60_000;

export type Delivery = {
  readonly thread: QueryThread;
  readonly parts: AnswerParts;
  readonly pool: WorkerPool;
  readonly clock: Clock;
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal | undefined;
  /** So long a worker may go on after it was told to stop. */
  readonly graceMs: number;
};

/** Gives the thread back to the pool when it is free. */
export function lookAfter({ thread, parts, pool, clock, signal, graceMs }: Delivery): void {
  const timers = { aside: noTimer, stalled: noTimer, grace: noTimer };
  const giveUp = (reason: Error): void => {
    parts.cancel(reason);
    timers.grace();
    timers.grace = clock.after(graceMs, () => void thread.end());
  };
  const hangUp = (): void => giveUp(new HangUpError("the client hung up"));
  parts.watch({
    onWaiting: (count) => {
      timers.aside();
      timers.stalled();
      if (count < partsAheadMax) return;
      const isSlow = (): void =>
        pool.setAside(thread, () => giveUp(new Error("its client is slow, as many others are")));
      timers.aside = clock.after(patienceMs, isSlow);
      timers.stalled = clock.after(stalledMsMax, () =>
        giveUp(new Error(`its client took nothing for ${stalledMsMax} ms`)),
      );
    },
    onEnd: () => {
      for (const cancel of Object.values(timers)) cancel();
      signal?.removeEventListener("abort", hangUp);
      pool.release(thread);
    },
  });
  signal?.addEventListener("abort", hangUp);
  if (signal?.aborted) hangUp();
}

const noTimer = (): void => undefined;
