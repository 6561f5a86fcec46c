// Batches that come while the log is still replayed. They wait in memory, in order, and are committed when the storage
// is there: samples of now must not stand in the head before those of an hour ago.
// Comes from: scrape, through opening.ts. Goes to: the head's appenders.
import {
  type Appendable,
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  type Exemplar,
  type ExemplarOutcome,
  type Histogram,
  isStale,
  isStaleAt,
  type Labels,
  type Metadata,
  type SeriesRef,
  type StartedTime,
  wordsOf,
} from "@narthex/model";
import { assert } from "@narthex/stdx";

export interface WaitingLimits {
  /** Bytes that waiting batches may take, roughly counted. */
  readonly waitingBytesMax: number;
  readonly waitingBatchesMax: number;
}

export const waitingLimits: WaitingLimits = { waitingBytesMax: 256 * 1024 * 1024, waitingBatchesMax: 100_000 };

/** No more room for batches that wait; this one is gone whole. */
export class WaitingLimitError extends Error {
  override readonly name = "WaitingLimitError";
}

export interface WaitingCounters {
  batches: number;
  bytes: number;
  /** Batches that found no room, and those that the storage refused when it was there. */
  refused: number;
}

// Given out downwards from the top, where no series of a storage stands for a long time. Callers keep them: the first
// sample that comes for one when the storage is there is refused as that of an unknown series, and the caller asks for the
// real ref. Whatever else comes with one is translated, stale markers for instance, which nobody sends twice.
const provisionalRefsMax = 0x10000000;
const firstProvisionalRef = 0xffffffff;
const rowBytes = 20;
const batchBytes = 200;

type Operation = (appender: Appender) => void;

interface WaitingBatch {
  readonly operations: readonly Operation[];
  readonly bytes: number;
}

export class WaitingBatches implements Appendable {
  readonly counters: WaitingCounters = { batches: 0, bytes: 0, refused: 0 };
  readonly #limits: WaitingLimits;
  #queue: WaitingBatch[] = [];
  readonly #refs = new Map<string, SeriesRef>();
  /** Labels of provisional refs, until the storage is there, and what became of them; by `firstProvisionalRef - ref`. */
  #labels: Labels[] = [];
  #real: Uint32Array = new Uint32Array(0);
  #isReleased = false;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  appender(): Appender {
    return new WaitingAppender(this);
  }

  /** Whether somebody may hold a provisional ref: appenders must then be wrapped by `translated`. */
  get hasRefs(): boolean {
    return this.#real.length > 0;
  }

  /** From now on nobody holds a provisional ref that matters. */
  forgetRefs(): void {
    this.#real = new Uint32Array(0);
  }

  /** Commits all batches in order, those that come meanwhile too; calls `onReleased` at once when none is left. None may come after that. */
  async release(
    storage: Appendable,
    options: {
      readonly pause: () => Promise<void>;
      readonly onRefused: (error: unknown) => void;
      readonly onReleased: () => void;
    },
  ): Promise<void> {
    while (this.#queue.length > 0) {
      const batches = this.#queue;
      this.#queue = [];
      for (const batch of batches) {
        this.counters.batches--;
        this.counters.bytes -= batch.bytes;
        this.#commit(batch, storage.appender(), options.onRefused);
        await options.pause();
      }
    }
    this.#refs.clear();
    this.#labels = [];
    this.#isReleased = true;
    options.onReleased();
  }

  #commit(batch: WaitingBatch, appender: Appender, onRefused: (error: unknown) => void): void {
    try {
      this.#replay(batch, appender);
      appender.commit();
    } catch (error) {
      this.counters.refused++;
      onRefused(error);
    }
  }

  #replay(batch: WaitingBatch, appender: Appender): void {
    if (this.#real.length < this.#labels.length) {
      const larger = new Uint32Array(Math.max(this.#labels.length, 2 * this.#real.length));
      larger.set(this.#real);
      this.#real = larger;
    }
    const realRef = (ref: SeriesRef): SeriesRef => this.#makeRealRef(ref, appender);
    const translating = new TranslatingAppender(appender, { realRef, isExchanging: false });
    try {
      for (const operation of batch.operations) operation(translating);
    } catch (error) {
      appender.rollback();
      throw error;
    }
  }

  /** An appender that knows the provisional refs, too. */
  translated(appender: Appender): Appender {
    const realRef = (ref: SeriesRef): SeriesRef => this.#real[firstProvisionalRef - ref] || ref;
    return new TranslatingAppender(appender, { realRef, isExchanging: true });
  }

  #makeRealRef(ref: SeriesRef, appender: Appender): SeriesRef {
    const index = firstProvisionalRef - ref;
    const labels = this.#labels[index];
    if (labels === undefined) return ref;
    this.#real[index] ||= appender.series(labels);
    return this.#real[index]!;
  }

  series(labels: Labels): { readonly ref: SeriesRef; readonly bytes: number } {
    if (labels.length === 0) throw new Error("empty labelset: invalid sample");
    const key = JSON.stringify(labels);
    const known = this.#refs.get(key);
    if (known !== undefined) return { ref: known, bytes: 0 };
    if (this.#labels.length >= provisionalRefsMax) throw this.#limitError();
    const ref = firstProvisionalRef - this.#labels.length;
    this.#labels.push(labels);
    this.#refs.set(key, ref);
    // Counted to the batch that brought it, though it stays: an estimate.
    return { ref, bytes: 4 * key.length };
  }

  isKnown(ref: SeriesRef): boolean {
    return this.#labels[firstProvisionalRef - ref] !== undefined;
  }

  add(batch: WaitingBatch): void {
    assert(!this.#isReleased, "batches wait only until the storage is there");
    const { waitingBytesMax, waitingBatchesMax } = this.#limits;
    if (this.counters.bytes + batch.bytes > waitingBytesMax || this.counters.batches >= waitingBatchesMax) {
      this.counters.refused++;
      throw this.#limitError();
    }
    this.#queue.push(batch);
    this.counters.batches++;
    this.counters.bytes += batch.bytes;
  }

  #limitError(): WaitingLimitError {
    const { batches, bytes } = this.counters;
    return new WaitingLimitError(
      `the write-ahead log is still replayed, and ${batches} batches of ${bytes} bytes wait already, as many as may`,
    );
  }
}

class WaitingAppender implements Appender {
  readonly #batches: WaitingBatches;
  #operations: Operation[] | undefined = [];
  #bytes = batchBytes;

  constructor(batches: WaitingBatches) {
    this.#batches = batches;
  }

  series(labels: Labels): SeriesRef {
    const { ref, bytes } = this.#batches.series(labels);
    this.#bytes += bytes;
    return ref;
  }

  append(columns: AppendColumns): number {
    const { count } = columns;
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const isKnown = this.#batches.isKnown(columns.refs[i]!);
      columns.outcomes[i] = isKnown ? appendOutcome.appended : appendOutcome.unknownSeries;
      if (isKnown) taken++;
    }
    const copy: AppendColumns = {
      count,
      refs: columns.refs.slice(0, count),
      t: columns.t.slice(0, count),
      // A slice copies bits, stale markers among them.
      v: columns.v.slice(0, count),
      startTimes: columns.startTimes?.slice(0, count),
      outcomes: new Uint8Array(count),
    };
    this.#add((appender) => void appender.append(copy), count * rowBytes);
    return taken;
  }

  appendHistogram(ref: SeriesRef, at: number | StartedTime, histogram: Histogram): AppendOutcome {
    if (!this.#batches.isKnown(ref)) return appendOutcome.unknownSeries;
    const buckets = histogram.positiveBuckets.length + histogram.negativeBuckets.length;
    this.#add((appender) => void appender.appendHistogram(ref, at, histogram), batchBytes + 16 * buckets);
    return appendOutcome.appended;
  }

  // What the log holds of the series is not known yet.
  inOrderAfter(): number {
    return Infinity;
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): ExemplarOutcome {
    this.#add((appender) => void appender.appendExemplar(ref, exemplar), batchBytes);
    return "appended";
  }

  setMetadata(ref: SeriesRef, metadata: Metadata): void {
    this.#add((appender) => appender.setMetadata(ref, metadata), batchBytes + 2 * metadata.help.length);
  }

  #add(operation: Operation, bytes: number): void {
    assert(this.#operations !== undefined, "an appender is not used after commit or rollback");
    this.#operations.push(operation);
    this.#bytes += bytes;
  }

  commit(): void {
    const operations = this.#operations;
    assert(operations !== undefined, "an appender is not used after commit or rollback");
    this.#operations = undefined;
    if (operations.length > 0) this.#batches.add({ operations, bytes: this.#bytes });
  }

  rollback(): void {
    this.#operations = undefined;
  }
}

interface Translation {
  readonly realRef: (ref: SeriesRef) => SeriesRef;
  /** Whether samples are refused, so that the caller asks for the real ref. */
  readonly isExchanging: boolean;
}

function isProvisional(ref: SeriesRef): boolean {
  return ref > firstProvisionalRef - provisionalRefsMax;
}

class TranslatingAppender implements Appender {
  readonly #inner: Appender;
  readonly #realRef: (ref: SeriesRef) => SeriesRef;
  readonly #isExchanging: boolean;

  constructor(inner: Appender, { realRef, isExchanging }: Translation) {
    this.#inner = inner;
    this.#realRef = realRef;
    this.#isExchanging = isExchanging;
  }

  series(labels: Labels, jobSeriesMax?: number): SeriesRef {
    return this.#inner.series(labels, jobSeriesMax);
  }

  append(columns: AppendColumns): number {
    const { refs, count } = columns;
    let first = 0;
    while (first < count && !isProvisional(refs[first]!)) first++;
    if (first === count) return this.#inner.append(columns);
    const words = wordsOf(columns.v);
    // No series has ref 0: the row is refused as that of an unknown one.
    const translated = refs.slice(0, count).map((ref, i) => {
      return this.#isExchanging && isProvisional(ref) && !isStaleAt(words, i) ? 0 : this.#realRef(ref);
    });
    return this.#inner.append({ ...columns, refs: translated });
  }

  appendHistogram(ref: SeriesRef, at: number | StartedTime, histogram: Histogram): AppendOutcome {
    if (this.#isExchanging && isProvisional(ref) && !isStale(histogram.sum)) return appendOutcome.unknownSeries;
    return this.#inner.appendHistogram(this.#realRef(ref), at, histogram);
  }

  inOrderAfter(ref: SeriesRef): number {
    return this.#inner.inOrderAfter(this.#realRef(ref));
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): ExemplarOutcome {
    return this.#inner.appendExemplar(this.#realRef(ref), exemplar);
  }

  setMetadata(ref: SeriesRef, metadata: Metadata): void {
    this.#inner.setMetadata(this.#realRef(ref), metadata);
  }

  commit(): void {
    this.#inner.commit();
  }

  rollback(): void {
    this.#inner.rollback();
  }
}
