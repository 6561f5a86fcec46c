// A batch on its way into a MemoryStorage: checked as it comes, shown to readers at commit.
// Exemplars and metadata have no place in memory and are dropped.
import {
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  type Histogram,
  isStaleAt,
  type Labels,
  type SeriesRef,
  type StartedTime,
  wordsOf,
} from "@narthex/model";
import type { MemoryStorage, Sample } from "./storage.js";

export class MemoryAppender implements Appender {
  readonly #storage: MemoryStorage;
  #batch: { readonly ref: SeriesRef; readonly sample: Sample }[] = [];

  constructor(storage: MemoryStorage) {
    this.#storage = storage;
  }

  series(labels: Labels): SeriesRef {
    return this.#storage.refOf(labels);
  }

  append({ count, refs, t, v, outcomes }: AppendColumns): number {
    const words = wordsOf(v);
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const value = isStaleAt(words, i) ? "stale" : (v[i] as number);
      const outcome = this.#take(refs[i] as number, { t: t[i] as number, value });
      outcomes[i] = outcome;
      if (outcome === appendOutcome.appended) taken++;
    }
    return taken;
  }

  appendHistogram(ref: SeriesRef, at: number | StartedTime, histogram: Histogram): AppendOutcome {
    const t = typeof at === "number" ? at : at.t;
    return this.#take(ref, { t, value: histogram });
  }

  #take(ref: SeriesRef, sample: Sample): AppendOutcome {
    const outcome = this.#storage.outcomeOf(ref, sample);
    if (outcome === appendOutcome.appended) this.#batch.push({ ref, sample });
    return outcome;
  }

  inOrderAfter(ref: SeriesRef): number {
    return this.#storage.lastTime(ref);
  }

  appendExemplar(): void {}

  setMetadata(): void {}

  commit(): void {
    for (const { ref, sample } of this.#batch) this.#storage.appendTo(ref, sample);
    this.rollback();
  }

  rollback(): void {
    this.#batch = [];
  }
}
