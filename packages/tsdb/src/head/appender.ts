// One batch of samples for the head: checked as they come, logged and shown as a whole at commit.
// Comes from: scrape, rules, remote write. Goes to: wal/writer, then head chunks.
import {
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
  staleNumber,
  wordsOf,
} from "@narthex/model";
import { assert, grown } from "@narthex/stdx";
import { alignHistogram, checkHistogram, layoutOf } from "../chunk/buckets.js";
import { chunkEncoding } from "../chunk/encoding.js";
import { type HistogramRecord, histogramRecords } from "../wal/histogram-records.js";
import {
  type ExemplarRecord,
  emptyRows,
  encoded,
  encodeExemplars,
  encodeMetadata,
  encodeSeries,
  exemplarRecord,
  type MetadataRecord,
  reserveRows,
  type SampleRows,
} from "../wal/records.js";
import type { WriteBehindLog } from "../wal/write-behind.js";
import type { WalRecord, WalWriter } from "../wal/writer.js";
import type { ExemplarRing } from "./exemplars.js";
import type { Head } from "./head.js";
import { LateBatch, removeLate } from "./late-batch.js";
import type { OutOfOrderSample } from "./out-of-order.js";
import { checkSeriesLimits } from "./series-limit.js";

/** What appenders of one head share: buffers of batches that ended serve the next ones. */
export interface AppendTarget {
  readonly head: Head;
  readonly wal: WalWriter;
  readonly writeBehind: WriteBehindLog;
  readonly exemplars: ExemplarRing;
  readonly idleBatches: Batch[];
}

/** Rows of one batch, and the slots they go to. */
export interface Batch {
  readonly rows: SampleRows;
  slots: Uint32Array;
}

/** Rows as they came. */
interface FloatRows {
  readonly refs: Uint32Array;
  readonly t: Float64Array;
  readonly words: Uint32Array;
  readonly startTimes: Float64Array | undefined;
}

function emptyBatch(): Batch {
  return { rows: emptyRows(), slots: new Uint32Array(1024) };
}

export class HeadAppender implements Appender {
  readonly #target: AppendTarget;
  readonly #head: Head;
  #batch: Batch | undefined;
  readonly #exemplars: ExemplarRecord[] = [];
  readonly #metadata: MetadataRecord[] = [];
  readonly #histograms: HistogramRecord[] = [];
  /** Samples that go beside the others; most batches have none. */
  #late: LateBatch | undefined;
  /** Slots that `series` marked; rows mark theirs by themselves. */
  readonly #touched: number[] = [];

  constructor(target: AppendTarget) {
    this.#target = target;
    this.#head = target.head;
    this.#batch = target.idleBatches.pop() ?? emptyBatch();
    this.#batch.rows.count = 0;
    this.#batch.rows.startTimes = undefined;
  }

  series(labels: Labels, jobSeriesMax = 0): SeriesRef {
    const head = this.#head;
    if (labels.length === 0) throw new Error("empty labelset: invalid sample");
    let slot = head.find(labels);
    if (slot === 0) {
      checkSeriesLimits(head, labels, jobSeriesMax);
      slot = head.addSeries(labels);
      head.unlogged.push(head.series.ref[slot]!);
    }
    head.series.isPending[slot] = 1;
    this.#touched.push(slot);
    return head.series.ref[slot]!;
  }

  append(columns: AppendColumns): number {
    const batch = this.#open();
    const { rows } = batch;
    reserveRows(rows, rows.count + columns.count);
    batch.slots = grown(batch.slots, rows.t.length);
    const { appendKernel, appendMinTime } = this.#head;
    const { refs, t, startTimes } = columns;
    const hasStarts = startTimes?.subarray(0, columns.count).some((startTime) => startTime !== 0) ?? false;
    const source = { refs, t, words: wordsOf(columns.v), startTimes: hasStarts ? startTimes : undefined };
    if (hasStarts) rows.startTimes ??= new Float64Array(rows.t.length);
    let refused = 0;
    const takeRow = (i: number): void => {
      const outcome = this.#takeFloat(batch, source, i);
      columns.outcomes[i] = outcome;
      if (outcome === appendOutcome.appended) return;
      refused++;
      countRefusal(this.#head.counters, outcome);
    };
    if (appendKernel) appendKernel.take(columns, batch, appendMinTime, takeRow);
    else for (let i = 0; i < columns.count; i++) takeRow(i);
    return columns.count - refused;
  }

  #takeFloat({ rows, slots }: Batch, source: FloatRows, i: number): AppendOutcome {
    const { series, appendMinTime } = this.#head;
    const { xor } = series;
    const { refs, words } = source;
    const slot = series.slotOf(refs[i]!);
    if (slot === 0) return appendOutcome.unknownSeries;
    const t = source.t[i]!;
    if (t < appendMinTime || t < xor.t[slot]!) return this.#takeLateFloat(slot, source, i);
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    if (!(t > xor.t[slot]!)) {
      return low === xor.low[slot] && high === xor.high[slot] ? appendOutcome.appended : appendOutcome.duplicate;
    }
    if (series.openEncoding[slot]! > chunkEncoding.xor && isStaleAt(words, i)) {
      // The marker of a series that held histograms is a histogram, too.
      this.#pushHistogram(slot, { t, startTime: 0 }, staleHistogram());
      return appendOutcome.appended;
    }
    const row = rows.count++;
    slots[row] = slot;
    series.isPending[slot] = 1;
    rows.refs[row] = refs[i]!;
    rows.t[row] = t;
    rows.words[2 * row] = low;
    rows.words[2 * row + 1] = high;
    if (source.startTimes && rows.startTimes) rows.startTimes[row] = source.startTimes[i]!;
    return appendOutcome.appended;
  }

  appendHistogram(ref: SeriesRef, at: number | StartedTime, histogram: Histogram): AppendOutcome {
    this.#open();
    const time = typeof at === "number" ? { t: at, startTime: 0 } : at;
    const slot = this.#head.series.slotOf(ref);
    if (slot === 0) return appendOutcome.unknownSeries;
    if (!isStale(histogram.sum)) checkHistogram(histogram);
    const outcome = this.#takeHistogram(slot, time, histogram);
    if (outcome !== appendOutcome.appended) countRefusal(this.#head.counters, outcome);
    return outcome;
  }

  #takeHistogram(slot: number, time: StartedTime, histogram: Histogram): AppendOutcome {
    const head = this.#head;
    const { t } = time;
    const last = head.lastTime(slot);
    if (t < head.appendMinTime || t < last) return this.#takeLate(slot, { ...time, high: 0, low: 0, histogram });
    if (t > last) {
      this.#pushHistogram(slot, time, histogram);
      return appendOutcome.appended;
    }
    const lastHistogram = head.lastHistogram(slot);
    const isSame = lastHistogram !== undefined && isSameHistogram(lastHistogram, histogram);
    return isSame ? appendOutcome.appended : appendOutcome.duplicate;
  }

  #takeLateFloat(slot: number, source: FloatRows, i: number): AppendOutcome {
    const { words } = source;
    const t = source.t[i]!;
    const isHistogram = this.#head.series.openEncoding[slot]! > chunkEncoding.xor && isStaleAt(words, i);
    const histogram = isHistogram ? staleHistogram() : undefined;
    const startTime = source.startTimes?.[i];
    return this.#takeLate(slot, { t, high: words[2 * i + 1]!, low: words[2 * i]!, histogram, startTime });
  }

  /** Takes a sample that cannot go behind the series' last one, as far as the out-of-order window reaches. */
  #takeLate(slot: number, sample: OutOfOrderSample): AppendOutcome {
    const head = this.#head;
    const { windowMs, deltas } = head.outOfOrder;
    deltas.observe(head.maxTime - sample.t);
    if (windowMs === 0) return sample.t < head.appendMinTime ? appendOutcome.outOfBounds : appendOutcome.outOfOrder;
    if (sample.t < Math.max(head.maxTime, head.minValidTime) - windowMs) return appendOutcome.tooOld;
    head.series.isPending[slot] = 1;
    this.#touched.push(slot);
    this.#late ??= new LateBatch();
    this.#late.push(head.series.ref[slot]!, sample);
    return appendOutcome.appended;
  }

  #pushHistogram(slot: number, time: StartedTime, histogram: Histogram): void {
    this.#head.series.isPending[slot] = 1;
    this.#touched.push(slot);
    this.#histograms.push({ ref: this.#head.series.ref[slot]!, ...time, histogram });
  }

  inOrderAfter(ref: SeriesRef): number {
    const slot = this.#head.series.slotOf(ref);
    return slot === 0 ? Infinity : Math.max(this.#head.lastTime(slot), this.#head.appendMinTime - 1);
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): ExemplarOutcome {
    this.#open();
    const slot = this.#head.series.slotOf(ref);
    const t = exemplar.t ?? this.#lastTime(slot);
    const outcome = slot === 0 ? "unkept" : this.#target.exemplars.outcomeOf(ref, exemplar, t);
    if (outcome === "appended") this.#exemplars.push(exemplarRecord(ref, { ...exemplar, t }));
    return outcome;
  }

  // An exemplar without a time has that of its sample, which is the last row of the batch for its series.
  #lastTime(slot: number): number {
    const { rows, slots } = this.#open();
    for (let row = rows.count - 1; row >= 0; row--) if (slots[row] === slot) return rows.t[row]!;
    return this.#head.series.xor.t[slot]!;
  }

  setMetadata(ref: SeriesRef, metadata: Metadata): void {
    this.#open();
    if (this.#head.series.slotOf(ref) === 0) return;
    const before = this.#head.metadata.get(ref);
    if (before && before.type === metadata.type && before.help === metadata.help && before.unit === metadata.unit) {
      return;
    }
    this.#metadata.push({ ref, metadata });
  }

  commit(): void {
    const batch = this.#open();
    try {
      this.#removeLate(batch);
      this.#log(batch);
      this.#head.unlogged = [];
      this.#apply(batch);
    } finally {
      this.#end(batch);
    }
    this.#head.writeClosedChunks();
  }

  rollback(): void {
    this.#end(this.#open());
  }

  #removeLate(batch: Batch): void {
    const head = this.#head;
    if (head.outOfOrder.windowMs === 0) return;
    const take = (slot: number, sample: OutOfOrderSample): void =>
      countRefusal(head.counters, this.#takeLate(slot, sample));
    removeLate(batch, this.#histograms, { head, take });
  }

  /** In both logs or in none. */
  #log(batch: Batch): void {
    const { wal, writeBehind } = this.#target;
    const late = this.#late?.records() ?? [];
    wal.write([...this.#records(batch), ...late]);
    try {
      writeBehind.write(late);
    } catch (error) {
      wal.retract();
      throw error;
    }
  }

  #open(): Batch {
    assert(this.#batch !== undefined, "an appender is not used after commit or rollback");
    return this.#batch;
  }

  /** Series that no record names yet come first, whoever made them: a batch that was rolled back may have. */
  #records(batch: Batch): WalRecord[] {
    const { head } = this.#target;
    const records: WalRecord[] = [];
    if (head.unlogged.length > 0) {
      const series = head.unlogged.map((ref) => ({ ref, labels: head.labelsOf(head.series.slotOf(ref)) }));
      records.push(encoded((writer) => encodeSeries(writer, series)));
    }
    if (this.#metadata.length > 0) records.push(encoded((writer) => encodeMetadata(writer, this.#metadata)));
    if (batch.rows.count > 0) records.push(batch.rows);
    records.push(...histogramRecords(this.#histograms));
    if (this.#exemplars.length > 0) records.push(encoded((writer) => encodeExemplars(writer, this.#exemplars)));
    return records;
  }

  #apply(batch: Batch): void {
    const { rows, slots } = batch;
    const head = this.#head;
    const floats = rows.count;
    let appended = 0;
    // Chunks of the other form have no place for start times: the log alone has them.
    const areKept = head.chunkForm.floats === "xor2";
    if (areKept && (rows.startTimes || head.startTimes.hasSome(slots, rows.count))) {
      appended += this.#applyStarted(batch);
    } else {
      const appendRow = (i: number): void => {
        if (head.appendFloat(slots[i]!, rows.t[i]!, rows.words[2 * i + 1]!, rows.words[2 * i]!)) appended++;
      };
      const appendedByKernel = head.appendKernel?.append(batch, head, appendRow) ?? 0;
      if (!head.appendKernel) for (let i = 0; i < rows.count; i++) appendRow(i);
      appended += appendedByKernel;
      // The kernel took the marks off.
      if (head.appendKernel) rows.count = 0;
    }
    appended += this.#applyHistograms();
    const lateAppended = this.#late?.apply(head, this.#target.writeBehind) ?? 0;
    head.counters.samplesAppended += appended + lateAppended;
    // Two samples of one batch for one series: the later one was not newer.
    head.counters.outOfOrder += floats + this.#histograms.length - appended;
    for (const { ref, metadata } of this.#metadata) head.metadata.set(ref, metadata);
    for (const exemplar of this.#exemplars) this.#target.exemplars.add(exemplar);
  }

  #applyStarted({ rows, slots }: Batch): number {
    let appended = 0;
    for (let i = 0; i < rows.count; i++) {
      const time = { t: rows.t[i]!, startTime: rows.startTimes?.[i] ?? 0 };
      const value = { high: rows.words[2 * i + 1]!, low: rows.words[2 * i]! };
      if (this.#head.appendStartedFloat(slots[i]!, time, value)) appended++;
    }
    return appended;
  }

  #applyHistograms(): number {
    const head = this.#head;
    let appended = 0;
    for (const record of this.#histograms) {
      if (head.appendHistogram(head.series.slotOf(record.ref), record, record.histogram)) appended++;
    }
    head.counters.histogramsAppended += appended;
    return appended;
  }

  #end(batch: Batch): void {
    const { isPending } = this.#head.series;
    for (let i = 0; i < batch.rows.count; i++) isPending[batch.slots[i]!] = 0;
    for (const slot of this.#touched) isPending[slot] = 0;
    this.#batch = undefined;
    this.#target.idleBatches.push(batch);
  }
}

function countRefusal(counters: Head["counters"], outcome: AppendOutcome): void {
  if (outcome === appendOutcome.outOfOrder) counters.outOfOrder++;
  else if (outcome === appendOutcome.outOfBounds) counters.outOfBounds++;
  else if (outcome === appendOutcome.tooOld) counters.tooOld++;
  else if (outcome === appendOutcome.duplicate) counters.duplicates++;
}

function staleHistogram(): Histogram {
  return {
    schema: 0,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: staleNumber(),
    positiveSpans: [],
    positiveBuckets: [],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
  };
}

/** Whether both say the same, be their spans cut in another way; hints do not count. */
function isSameHistogram(a: Histogram, b: Histogram): boolean {
  if (isStale(a.sum) || isStale(b.sum)) return isStale(a.sum) && isStale(b.sum);
  const canonical = (histogram: Histogram): string =>
    JSON.stringify({ ...alignHistogram(histogram, layoutOf(histogram)), counterResetHint: "" });
  return canonical(a) === canonical(b);
}
