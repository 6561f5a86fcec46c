// Holds answers back until no more requests come, so that a test sees how many come at once.

/** How long nobody else comes, in turns of the event loop: those who do come over sockets of this process. */
const quietTurns = 50;

export class Gate {
  /** The most that ever waited together. */
  atOnceMax = 0;
  #waiting: (() => void)[] = [];
  #turns = 0;

  /** Resolves when the gate opens for all who wait. */
  pass(): Promise<void> {
    this.#turns = 0;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#turn());
    });
  }

  #turn(): void {
    if (++this.#turns < quietTurns) {
      setImmediate(() => this.#turn());
      return;
    }
    this.atOnceMax = Math.max(this.atOnceMax, this.#waiting.length);
    for (const open of this.#waiting.splice(0)) open();
  }
}
