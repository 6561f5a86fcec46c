// Why samples of one request were not stored: texts for the sender, bounded however many there are.

/** Texts of one answer; the others are counted. */
export const refusalsShownMax = 100;

export class Refusals {
  readonly #shown: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(text: string): void {
    this.addPrinted(() => text);
  }

  /** Printed only where it is shown. */
  addPrinted(print: () => string): void {
    this.#count++;
    if (this.#shown.length < refusalsShownMax) this.#shown.push(print());
  }

  /** A line each. */
  print(): string {
    const rest = this.#count - this.#shown.length;
    return [...this.#shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n");
  }
}
