// Long work on the thread that also scrapes and answers must stop for breath.

const sliceMs = 5;

/** Lets everything else run that is due: a turn of the event loop. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Returns a function to call between small steps: it lets other work of the process run every 5 ms or so. */
export function pauses(giveTurn: () => Promise<void> = giveWay): () => Promise<void> {
  let sliceEnd = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < sliceEnd) return;
    await giveTurn();
    sliceEnd = performance.now() + sliceMs;
  };
}

/** What queries take of the thread before everything else has its turn. */
const queryTurnMs = 4;

/** One step; true when it was the last. */
type Job = () => boolean;

/** Runs work of many small steps, several at once in turn, so that together they hold the thread for some milliseconds only. */
export class Slices {
  readonly #jobs: Job[] = [];
  /** End of this turn of the event loop, as far as it is ours; undefined before the first step in it. */
  #turnEnd: number | undefined;

  /** Rejects with the signal's reason when it is aborted first. */
  run<T>(steps: Generator<void, T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push(() => {
        try {
          signal?.throwIfAborted();
          const { done, value } = steps.next();
          if (done) resolve(value);
          return done === true;
        } catch (error) {
          reject(error as Error);
          return true;
        }
      });
      this.#work();
    });
  }

  #work(): void {
    const end = this.#turnEnd ?? this.#beginTurn();
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      if (isDone(job, end)) continue;
      this.#jobs.push(job);
      return;
    }
  }

  #beginTurn(): number {
    setImmediate(() => {
      this.#turnEnd = undefined;
      if (this.#jobs.length > 0) this.#work();
    });
    this.#turnEnd = performance.now() + queryTurnMs;
    return this.#turnEnd;
  }
}

function isDone(step: Job, end: number): boolean {
  while (performance.now() < end) if (step()) return true;
  return false;
}

/** Runs all steps now. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
