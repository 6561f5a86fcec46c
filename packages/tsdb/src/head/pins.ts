// Keeps what views name (view/head-encode.ts) until they are released: memory of chunks and files of chunks_head are
// given back only when no view that was taken before is out.

export class ViewPins {
  #taken = 0;
  /** Numbers of the views that are out; a Set remembers the order, so the first is the oldest. */
  readonly #out = new Set<number>();
  /** What waits, in order; `before`: for the views with lower numbers. */
  #waiting: { readonly before: number; readonly free: () => void }[] = [];

  get count(): number {
    return this.#out.size;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** A view goes out; call what is returned when nobody reads it any more. More calls do nothing. */
  pin(): () => void {
    const number = this.#taken++;
    this.#out.add(number);
    return () => {
      if (this.#out.delete(number)) this.#freeUnseen();
    };
  }

  /** Calls `free` when all views that are out now have been released: at once where there is none. */
  afterViews(free: () => void): void {
    if (this.#out.size === 0) free();
    else this.#waiting.push({ before: this.#taken, free });
  }

  #freeUnseen(): void {
    const oldest = this.#out.values().next().value ?? Number.POSITIVE_INFINITY;
    const end = this.#waiting.findIndex(({ before }) => before > oldest);
    const unseen = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
    for (const { free } of unseen) free();
  }
}
