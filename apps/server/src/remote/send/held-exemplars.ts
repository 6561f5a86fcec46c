// Exemplars of version 2 whose sample is on its way already: they wait for the next sample of their series.
// Comes from: send/queue-manager. Bounded: of more, the oldest are lost.
import type { AttachedExemplar } from "@narthex/formats";

const seriesMax = 10_000;
const perSeriesMax = 10;

export class HeldExemplars {
  readonly #bySeries = new Map<number, AttachedExemplar[]>();

  get isEmpty(): boolean {
    return this.#bySeries.size === 0;
  }

  /** Returns how many were lost for want of room. */
  hold(series: number, exemplar: AttachedExemplar): number {
    const held = this.#bySeries.get(series) ?? [];
    held.push(exemplar);
    let lost = held.length > perSeriesMax ? held.splice(0, 1).length : 0;
    this.#bySeries.set(series, held);
    if (this.#bySeries.size > seriesMax) {
      const [oldest = -1, exemplars = []] = this.#bySeries.entries().next().value ?? [];
      this.#bySeries.delete(oldest);
      lost += exemplars.length;
    }
    return lost;
  }

  /** Returns how many were lost. */
  clear(): number {
    const count = [...this.#bySeries.values()].reduce((sum, { length }) => sum + length, 0);
    this.#bySeries.clear();
    return count;
  }

  take(series: number): readonly AttachedExemplar[] {
    const held = this.#bySeries.get(series) ?? [];
    this.#bySeries.delete(series);
    return held;
  }
}
