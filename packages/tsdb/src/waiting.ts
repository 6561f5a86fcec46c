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
  type Histogram,
  type Labels,
  type Metadata,
  type SeriesRef,
  type StartedTime,
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

// Given out downwards from the top, where no series of a storage stands for a long time: callers may keep them.
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
  readonly #queue: WaitingBatch[] = [];
  readonly #refs = new Map<string, SeriesRef>();
  /** Labels of provisional refs, and what became of them; by `firstProvisionalRef - ref`. */
  readonly #labels: Labels[] = [];
  readonly #real: SeriesRef[] = [];

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  appender(): Appender {
    return new WaitingAppender(this);
  }

  /** Whether any provisional ref was given out: appenders must then be wrapped by `translated`. */
  get hasRefs(): boolean {
    return this.#labels.length > 0;
  }

  /** Commits all batches in order, those that come meanwhile too. Ends in the turn in which none is left. */
  async release(
    storage: Appendable,
    options: { readonly pause: () => Promise<void>; readonly onRefused: (error: unknown) => void },
  ): Promise<void> {
    for (let batch = this.#queue.shift(); batch; batch = this.#queue.shift()) {
      this.counters.batches--;
      this.counters.bytes -= batch.bytes;
      this.#commit(batch, storage.appender(), options.onRefused);
      await options.pause();
    }
    this.#refs.clear();
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
    const translating = this.translated(appender);
    try {
      for (const operation of batch.operations) operation(translating);
    } catch (error) {
      appender.rollback();
      throw error;
    }
  }

  /** An appender that knows the provisional refs, too. */
  translated(appender: Appender): Appender {
    return new TranslatingAppender(appender, (ref) => this.#realRef(ref, appender));
  }

  #realRef(ref: SeriesRef, appender: Appender): SeriesRef {
    const index = firstProvisionalRef - ref;
    const labels = this.#labels[index];
    if (labels === undefined) return ref;
    this.#real[index] ??= appender.series(labels);
    return this.#real[index];
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

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): void {
    this.#add((appender) => appender.appendExemplar(ref, exemplar), batchBytes);
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

class TranslatingAppender implements Appender {
  readonly #inner: Appender;
  readonly #realRef: (ref: SeriesRef) => SeriesRef;

  constructor(inner: Appender, realRef: (ref: SeriesRef) => SeriesRef) {
    this.#inner = inner;
    this.#realRef = realRef;
  }

  series(labels: Labels, jobSeriesMax?: number): SeriesRef {
    return this.#inner.series(labels, jobSeriesMax);
  }

  append(columns: AppendColumns): number {
    const { refs, count } = columns;
    let first = 0;
    while (first < count && refs[first]! <= firstProvisionalRef - provisionalRefsMax) first++;
    if (first === count) return this.#inner.append(columns);
    return this.#inner.append({ ...columns, refs: refs.slice(0, count).map(this.#realRef) });
  }

  appendHistogram(ref: SeriesRef, at: number | StartedTime, histogram: Histogram): AppendOutcome {
    return this.#inner.appendHistogram(this.#realRef(ref), at, histogram);
  }

  inOrderAfter(ref: SeriesRef): number {
    return this.#inner.inOrderAfter(this.#realRef(ref));
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): void {
    this.#inner.appendExemplar(this.#realRef(ref), exemplar);
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
