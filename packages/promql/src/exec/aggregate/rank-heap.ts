// A heap of the best values of one step, the worst on top: most values fail at one comparison with it.
// Sifts as Go's container/heap does, so that of equal values the same series stay as in Prometheus.

export class RankHeap {
  /** Column indexes, in the heap's order. */
  readonly columns: number[] = [];
  readonly #values: number[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Larger is better; NaN is worse than anything. */
  offer(column: number, value: number): void {
    const size = this.#values.length;
    if (size < this.#limit) {
      this.#values.push(value);
      this.columns.push(column);
      this.#siftUp(size);
      return;
    }
    if (size === 0) return;
    const worst = this.#values[0] as number;
    if (!(worst < value || (Number.isNaN(worst) && !Number.isNaN(value)))) return;
    this.#values[0] = value;
    this.columns[0] = column;
    this.#siftDown();
  }

  /** Column indexes, best first; of equals the earlier series first. */
  ranked(): number[] {
    const order = this.columns.map((column, i) => ({ column, value: this.#values[i] as number }));
    order.sort((a, b) => {
      if (Number.isNaN(a.value) || Number.isNaN(b.value))
        return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
      return b.value - a.value || a.column - b.column;
    });
    return order.map(({ column }) => column);
  }

  #isWorse(i: number, j: number): boolean {
    const value = this.#values[i] as number;
    return Number.isNaN(value) || value < (this.#values[j] as number);
  }

  #siftUp(from: number): void {
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isWorse(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #siftDown(): void {
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= this.#values.length) return;
      const right = left + 1;
      const child = right < this.#values.length && this.#isWorse(right, left) ? right : left;
      if (!this.#isWorse(child, i)) return;
      this.#swap(i, child);
      i = child;
    }
  }

  #swap(i: number, j: number): void {
    const [value, column] = [this.#values[i] as number, this.columns[i] as number];
    this.#values[i] = this.#values[j] as number;
    this.columns[i] = this.columns[j] as number;
    this.#values[j] = value;
    this.columns[j] = column;
  }
}
