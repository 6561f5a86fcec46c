import type { Clock } from "../clock.js";

interface Timer {
  readonly due: number;
  readonly task: () => void;
}

/** A clock that stands still until it is set. Timers run in the order they fall due. */
export class SimClock implements Clock {
  #now: number;
  #jumped = 0;
  readonly #timers = new Set<Timer>();

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now + this.#jumped;
  }

  /** Sets the time of day forward or, below 0, back: timers wait as long as before. */
  jump(ms: number): void {
    this.#jumped += ms;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, delayMs), task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves time on, running what falls due on the way; promise callbacks run between timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#nextDue(end); next; next = this.#nextDue(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.task();
      await settle();
    }
    this.#now = end;
  }

  #nextDue(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (timer.due <= end && (!first || timer.due < first.due)) first = timer;
    return first;
  }
}

// setImmediate lets every promise chain that waits on no I/O run to its end.
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
