// A batch on its way into a MemoryStorage: checked as it comes, shown to readers at commit.
// Exemplars and metadata have no place in memory and are dropped.
import {
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  type ExemplarOutcome,
  type Histogram,
  isStaleAt,
  type Labels,
  type SeriesRef,
  type StartedTime,
  wordsOf,
} from "@narthex/model";

export type Sample = {
  readonly t: number;
  /** A float, a histogram or a stale marker. */
  readonly value: number | Histogram | "stale";
  /** Start timestamp in ms. */
  readonly startTime?: number | undefined;
};

/** What an appender asks of the storage that its batch goes to. */
export interface SampleKeeper {
  /** The series with these labels, made without samples if it is new. */
  refOf(labels: Labels): SeriesRef;
  /** What would become of the sample if it were appended now. */
  outcomeOf(ref: SeriesRef, sample: Sample): AppendOutcome;
  /** Time of the newest sample; -Infinity where there is none. */
  lastTime(ref: SeriesRef): number;
  /** Appends in ascending time; the same sample again is ignored. Throws Error "out of order sample". */
  appendTo(ref: SeriesRef, sample: Sample): void;
}

export class MemoryAppender implements Appender {
  readonly #storage: SampleKeeper;
  #batch: { readonly ref: SeriesRef; readonly sample: Sample }[] = [];

  constructor(storage: SampleKeeper) {
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

  appendExemplar(): ExemplarOutcome {
    return "unkept";
  }

  setMetadata(): void {}

  commit(): void {
    for (const { ref, sample } of this.#batch) this.#storage.appendTo(ref, sample);
    this.rollback();
  }

  rollback(): void {
    this.#batch = [];
  }
}
