// An exponentially weighted rate, as resharding looks at it. Prometheus: storage/remote/ewma.go.

/** Of the newest interval. */
const weight = 0.2;

export class Rate {
  #pending = 0;
  #perSecond = 0;
  #hasTicked = false;

  get perSecond(): number {
    return this.#perSecond;
  }

  add(count: number): void {
    this.#pending += count;
  }

  tick(seconds: number): void {
    const now = this.#pending / seconds;
    this.#pending = 0;
    this.#perSecond = this.#hasTicked ? this.#perSecond + weight * (now - this.#perSecond) : now;
    this.#hasTicked = true;
  }
}
