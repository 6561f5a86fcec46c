// One batch of samples for the agent: checked as they come, written to the log as a whole at commit.
// Comes from: scrape, remote write, OTLP. Goes to: wal/writer.
// Prometheus: tsdb/agent/db.go. A sample is in order where it is newer than the last of its series less the window.
import {
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  type Exemplar,
  type ExemplarOutcome,
  type Histogram,
  isStale,
  type Labels,
  labelsEqual,
  labelValue,
  type Metadata,
  SeriesLimitError,
  type SeriesRef,
  type StartedTime,
  wordsOf,
} from "@narthex/model";
import { assert } from "@narthex/stdx";
import { checkHistogram } from "../chunk/buckets.js";
import { isShort } from "../head/exemplars.js";
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
import type { WalRecord, WalWriter } from "../wal/writer.js";
import type { AgentCounters } from "./counters.js";
import type { AgentSeries } from "./series.js";

/** What appenders of one agent share. */
export interface AgentTarget {
  readonly series: AgentSeries;
  readonly wal: WalWriter;
  readonly counters: AgentCounters;
  /** Whether metadata goes to the log: no Prometheus agent reads such a record. */
  readonly logsMetadata: boolean;
  /** How far behind the last sample of its series another may come, in ms. */
  outOfOrderTimeWindowMs: number;
  /** Series that the log does not know yet. */
  unlogged: SeriesRef[];
  /** Rows of batches that ended serve the next ones. */
  readonly idleRows: SampleRows[];
}

export class AgentAppender implements Appender {
  readonly #target: AgentTarget;
  #rows: SampleRows | undefined;
  readonly #histograms: HistogramRecord[] = [];
  readonly #exemplars: ExemplarRecord[] = [];
  readonly #metadata: MetadataRecord[] = [];
  /** Refs of series that `series` or a histogram marked; rows mark theirs by themselves. */
  readonly #touched: SeriesRef[] = [];

  constructor(target: AgentTarget) {
    this.#target = target;
    this.#rows = target.idleRows.pop() ?? emptyRows();
    this.#rows.count = 0;
    this.#rows.startTimes = undefined;
  }

  series(labels: Labels, jobSeriesMax = 0): SeriesRef {
    const { series, counters, unlogged } = this.#target;
    if (labels.length === 0) throw new Error("empty labelset: invalid sample");
    let slot = series.find(labels);
    if (slot === 0) {
      this.#checkLimit(labels, jobSeriesMax);
      slot = series.add(labels);
      counters.seriesCreated++;
      unlogged.push(series.ref[slot]!);
    }
    this.#mark(slot);
    return series.ref[slot]!;
  }

  #checkLimit(labels: Labels, jobSeriesMax: number): void {
    const { series, counters } = this.#target;
    if (jobSeriesMax === 0) return;
    const size = series.sizeOfJob(labels);
    if (size < jobSeriesMax) return;
    counters.seriesRefused++;
    const job = labelValue(labels, "job");
    throw new SeriesLimitError(`the agent holds ${size} series of job "${job}", as many as it may`);
  }

  #mark(slot: number): void {
    const { series } = this.#target;
    series.isPending[slot] = 1;
    this.#touched.push(series.ref[slot]!);
  }

  append(columns: AppendColumns): number {
    const rows = this.#open();
    const { series, counters, outOfOrderTimeWindowMs } = this.#target;
    const { lastTime, isPending } = series;
    const { count, refs, t, startTimes, outcomes } = columns;
    const words = wordsOf(columns.v);
    reserveRows(rows, rows.count + count);
    if (startTimes?.subarray(0, count).some((startTime) => startTime !== 0)) {
      rows.startTimes ??= new Float64Array(rows.t.length);
    }
    const first = rows.count;
    let row = first;
    for (let i = 0; i < count; i++) {
      const slot = series.slotOf(refs[i]!);
      if (slot === 0) {
        outcomes[i] = appendOutcome.unknownSeries;
        continue;
      }
      if (!(t[i]! > lastTime[slot]! - outOfOrderTimeWindowMs)) {
        outcomes[i] = appendOutcome.outOfOrder;
        counters.outOfOrder++;
        continue;
      }
      outcomes[i] = appendOutcome.appended;
      isPending[slot] = 1;
      rows.refs[row] = refs[i]!;
      rows.t[row] = t[i]!;
      rows.words[2 * row] = words[2 * i]!;
      rows.words[2 * row + 1] = words[2 * i + 1]!;
      if (rows.startTimes) rows.startTimes[row] = startTimes?.[i] ?? 0;
      row++;
    }
    rows.count = row;
    return row - first;
  }

  appendHistogram(ref: SeriesRef, at: number | StartedTime, histogram: Histogram): AppendOutcome {
    this.#open();
    const { series, counters, outOfOrderTimeWindowMs } = this.#target;
    const time = typeof at === "number" ? { t: at, startTime: 0 } : at;
    const slot = series.slotOf(ref);
    if (slot === 0) return appendOutcome.unknownSeries;
    if (!isStale(histogram.sum)) checkHistogram(histogram);
    if (time.t <= series.lastTime[slot]! - outOfOrderTimeWindowMs) {
      counters.outOfOrder++;
      return appendOutcome.outOfOrder;
    }
    this.#mark(slot);
    this.#histograms.push({ ref, ...time, histogram });
    return appendOutcome.appended;
  }

  inOrderAfter(ref: SeriesRef): number {
    const { series } = this.#target;
    const slot = series.slotOf(ref);
    return slot === 0 ? Infinity : series.lastTime[slot]!;
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): ExemplarOutcome {
    this.#open();
    const { series } = this.#target;
    const slot = series.slotOf(ref);
    if (slot === 0) return "unkept";
    if (isSameExemplar(series.exemplars.get(ref), exemplar)) return "duplicate";
    if (!isShort(exemplar.labels)) return "tooLong";
    series.exemplars.set(ref, exemplar);
    this.#mark(slot);
    this.#exemplars.push(exemplarRecord(ref, { ...exemplar, t: exemplar.t ?? this.#lastTime(ref, slot) }));
    return "appended";
  }

  // An exemplar without a time has that of its sample, which is the last row of the batch for its series.
  #lastTime(ref: SeriesRef, slot: number): number {
    const histogram = this.#histograms.findLast((record) => record.ref === ref);
    if (histogram) return histogram.t;
    const rows = this.#open();
    for (let row = rows.count - 1; row >= 0; row--) if (rows.refs[row] === ref) return rows.t[row]!;
    return this.#target.series.lastTime[slot]!;
  }

  setMetadata(ref: SeriesRef, metadata: Metadata): void {
    this.#open();
    const { series, logsMetadata } = this.#target;
    const slot = series.slotOf(ref);
    if (!logsMetadata || slot === 0) return;
    const before = series.metadata.get(ref);
    if (before && before.type === metadata.type && before.help === metadata.help && before.unit === metadata.unit) {
      return;
    }
    this.#mark(slot);
    this.#metadata.push({ ref, metadata });
  }

  commit(): void {
    const rows = this.#open();
    const target = this.#target;
    try {
      target.wal.write(this.#records(rows));
      target.unlogged = [];
      this.#apply(rows);
    } catch (error) {
      target.counters.walWriteFailures++;
      throw error;
    } finally {
      this.#end(rows);
    }
  }

  rollback(): void {
    this.#end(this.#open());
  }

  #open(): SampleRows {
    assert(this.#rows !== undefined, "an appender is not used after commit or rollback");
    return this.#rows;
  }

  /** Series that no record names yet come first, whoever made them: a batch that was rolled back may have. */
  #records(rows: SampleRows): WalRecord[] {
    const { series, unlogged } = this.#target;
    const records: WalRecord[] = [];
    if (unlogged.length > 0) {
      const named = unlogged.map((ref) => ({ ref, labels: series.labelsOf(series.slotOf(ref)) }));
      records.push(encoded((writer) => encodeSeries(writer, named)));
    }
    if (this.#metadata.length > 0) records.push(encoded((writer) => encodeMetadata(writer, this.#metadata)));
    if (rows.count > 0) records.push(rows);
    records.push(...histogramRecords(this.#histograms));
    if (this.#exemplars.length > 0) records.push(encoded((writer) => encodeExemplars(writer, this.#exemplars)));
    return records;
  }

  #apply({ count, refs, t }: SampleRows): void {
    const { series, counters } = this.#target;
    const { lastTime } = series;
    let late = 0;
    let highest = counters.highestTime;
    for (let i = 0; i < count; i++) {
      const slot = series.slotOf(refs[i]!);
      if (t[i]! > highest) highest = t[i]!;
      if (t[i]! > lastTime[slot]!) lastTime[slot] = t[i]!;
      else late++;
    }
    for (const record of this.#histograms) {
      const slot = series.slotOf(record.ref);
      highest = Math.max(highest, record.t);
      if (record.t > lastTime[slot]!) lastTime[slot] = record.t;
      else late++;
    }
    counters.highestTime = highest;
    // Those within the window, and two of one batch for one series: taken, and counted, as in Prometheus.
    counters.outOfOrder += late;
    counters.samplesAppended += count + this.#histograms.length;
    counters.histogramsAppended += this.#histograms.length;
    counters.exemplarsAppended += this.#exemplars.length;
    for (const { ref, metadata } of this.#metadata) series.metadata.set(ref, metadata);
  }

  #end(rows: SampleRows): void {
    const { series, idleRows } = this.#target;
    const { isPending } = series;
    for (let i = 0; i < rows.count; i++) isPending[series.slotOf(rows.refs[i]!)] = 0;
    for (const ref of this.#touched) isPending[series.slotOf(ref)] = 0;
    this.#rows = undefined;
    idleRows.push(rows);
  }
}

/** One without a time of its own is the same at whatever time it is seen again. */
function isSameExemplar(before: Exemplar | undefined, exemplar: Exemplar): boolean {
  return (
    before !== undefined &&
    before.t === exemplar.t &&
    before.v === exemplar.v &&
    labelsEqual(before.labels, exemplar.labels)
  );
}
