// Stores what a remote writer sent, as one batch: what is wrong is refused and told, the rest is stored.
// Comes from: formats, decodeWriteRequest. Goes to: the storage's appender; api/remote-write makes the answer.
import type { ReceivedHistogram, ReceivedSample, ReceivedSeries, WriteVersion } from "@narthex/formats";
import {
  type Appendable,
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  appendOutcomeText,
  customBucketsSchema,
  exponentialSchemaMax,
  type Histogram,
  isStale,
  type Labels,
  printLabelSet,
  SeriesLimitError,
  type SeriesRef,
  setStaleAt,
  staleNumber,
  wordsOf,
} from "@narthex/model";
import { reduceResolution } from "@narthex/promql";
import { InvalidHistogramError } from "@narthex/tsdb";
import { emptiedHistogram } from "../scrape/histograms.js";
import { InvalidLabelsError, labelSetFrom, seriesLabelsFrom, withTypeAndUnit } from "./received-labels.js";
import { Refusals } from "./refusals.js";

export type ReceiverOptions = {
  readonly appendable: Appendable;
  readonly now: () => number;
  readonly storesStartTimes: boolean;
  readonly startsAtZero: boolean;
  readonly addsTypeAndUnit: boolean;
};

export type Written = {
  samples: number;
  histograms: number;
  exemplars: number;
  /** Of samples and histograms: not written since the labels are wrong, and written without metadata. */
  withInvalidLabels: number;
  withoutMetadata: number;
  readonly refusals: Refusals;
};

/** Samples may be so far ahead of the server's clock. */
const aheadMsMax = 10 * 60_000;

/** Throws where the storage cannot be written; then nothing of it is stored. */
export function storeReceived(
  received: readonly ReceivedSeries[],
  version: WriteVersion,
  options: ReceiverOptions,
): Written {
  const appender = options.appendable.appender();
  let written: Written;
  try {
    const batch = new ReceivedBatch(appender, options, received);
    for (const series of received) batch.add(series, version);
    written = batch.finish();
  } catch (error) {
    appender.rollback();
    throw error;
  }
  appender.commit();
  return written;
}

type Owned = { readonly ref: SeriesRef; readonly labels: Labels; readonly hasMetadata: boolean };

class ReceivedBatch {
  readonly #appender: Appender;
  readonly #options: ReceiverOptions;
  readonly #timeMax: number;
  readonly #columns: AppendColumns & { readonly startTimes: Float64Array };
  readonly #words: Uint32Array;
  /** Whose each row is; undefined for a zero where counting began, which nobody sent. */
  readonly #owners: (Owned | undefined)[] = [];
  readonly #written: Written = {
    samples: 0,
    histograms: 0,
    exemplars: 0,
    withInvalidLabels: 0,
    withoutMetadata: 0,
    refusals: new Refusals(),
  };

  constructor(appender: Appender, options: ReceiverOptions, received: readonly ReceivedSeries[]) {
    this.#appender = appender;
    this.#options = options;
    this.#timeMax = options.now() + aheadMsMax;
    const samples = received.reduce((sum, series) => sum + series.samples.length, 0);
    this.#columns = columnsFor(options.startsAtZero ? 2 * samples : samples);
    this.#words = wordsOf(this.#columns.v);
  }

  add(series: ReceivedSeries, version: WriteVersion): void {
    const written = this.#written;
    try {
      const sent = seriesLabelsFrom(series.labels);
      const labels = this.#options.addsTypeAndUnit ? withTypeAndUnit(sent, series.metadata) : sent;
      const problem = version === "prometheus.WriteRequest" ? undefined : problemOf(series, labels);
      if (problem === undefined) this.#store(series, labels);
      else written.refusals.add(problem);
    } catch (error) {
      if (error instanceof InvalidLabelsError)
        written.withInvalidLabels += series.samples.length + series.histograms.length;
      else if (!(error instanceof SeriesLimitError)) throw error;
      written.refusals.add(error.message);
    }
  }

  #store(series: ReceivedSeries, labels: Labels): void {
    if (series.samples.length + series.histograms.length + series.exemplars.length === 0) return;
    const { metadata } = series;
    const owned = { ref: this.#appender.series(labels), labels, hasMetadata: metadata !== undefined };
    this.#pushSamples(series.samples, owned);
    for (const histogram of series.histograms) this.#appendHistogram(histogram, owned);
    this.#appendExemplars(series, owned);
    if (metadata) this.#appender.setMetadata(owned.ref, metadata);
  }

  #refuse(reason: string, { labels }: Owned): void {
    this.#written.refusals.add(`${reason} for series ${printLabelSet(labels)}`);
  }

  #isInTime(t: number, owned: Owned): boolean {
    if (t > this.#timeMax) this.#refuse("out of bounds: timestamp is too far in the future", owned);
    else if (!Number.isSafeInteger(t)) this.#refuse(appendOutcomeText[appendOutcome.outOfBounds], owned);
    else return true;
    return false;
  }

  #pushSamples(samples: readonly ReceivedSample[], owned: Owned): void {
    let lastStart = 0;
    for (const { t, v, startTime } of samples) {
      if (!this.#isInTime(t, owned)) continue;
      if (startTime !== lastStart && this.#isNewStart(startTime, t, owned.ref)) {
        this.#pushRow(owned.ref, { t: startTime, v: 0, startTime: 0 });
        this.#owners.push(undefined);
      }
      lastStart = startTime;
      this.#pushRow(owned.ref, { t, v, startTime });
      this.#owners.push(owned);
    }
  }

  #pushRow(ref: SeriesRef, { t, v, startTime }: ReceivedSample): void {
    const columns = this.#columns;
    const row = columns.count++;
    columns.refs[row] = ref;
    columns.t[row] = t;
    if (isStale(v)) setStaleAt(this.#words, row);
    else columns.v[row] = v;
    if (this.#options.storesStartTimes && isStartTime(startTime, t)) columns.startTimes[row] = startTime;
  }

  #isNewStart(startTime: number, t: number, ref: SeriesRef): boolean {
    return this.#options.startsAtZero && isStartTime(startTime, t) && startTime > this.#appender.inOrderAfter(ref);
  }

  #appendHistogram({ t, startTime, histogram }: ReceivedHistogram, owned: Owned): void {
    if (!this.#isInTime(t, owned)) return;
    const storable = storableHistogram(histogram);
    const isStarted = this.#options.storesStartTimes && isStartTime(startTime, t);
    try {
      if (this.#isNewStart(startTime, t, owned.ref) && !isStale(storable.sum)) {
        this.#appender.appendHistogram(owned.ref, startTime, emptiedHistogram(storable));
      }
      const time = { t, startTime: isStarted ? startTime : 0 };
      const outcome = this.#appender.appendHistogram(owned.ref, time, storable);
      if (outcome === appendOutcome.appended) {
        this.#written.histograms++;
        if (!owned.hasMetadata) this.#written.withoutMetadata++;
      } else this.#refuse(appendOutcomeText[outcome], owned);
    } catch (error) {
      if (!(error instanceof InvalidHistogramError)) throw error;
      this.#refuse(error.message, owned);
    }
  }

  /** One that is too long is left out silently, as in Prometheus; the answer does not count it. */
  #appendExemplars({ exemplars }: ReceivedSeries, owned: Owned): void {
    for (const { labels, t, v } of exemplars) {
      if (!this.#isInTime(t, owned)) continue;
      try {
        const outcome = this.#appender.appendExemplar(owned.ref, { labels: labelSetFrom(labels), t, v });
        if (outcome === "outOfOrder") this.#refuse("out of order exemplar", owned);
        else if (outcome !== "tooLong") this.#written.exemplars++;
      } catch (error) {
        if (!(error instanceof InvalidLabelsError)) throw error;
        this.#written.refusals.add(`parsing exemplar for series ${printLabelSet(owned.labels)}: ${error.message}`);
      }
    }
  }

  finish(): Written {
    const columns = this.#columns;
    this.#appender.append(columns);
    for (const [row, owned] of this.#owners.entries()) {
      if (owned === undefined) continue;
      // Written by the appender.
      const outcome = columns.outcomes[row] as AppendOutcome;
      if (outcome === appendOutcome.appended) {
        this.#written.samples++;
        if (!owned.hasMetadata) this.#written.withoutMetadata++;
      } else this.#refuse(appendOutcomeText[outcome], owned);
    }
    return this.#written;
  }
}

/** Of version 2: what the specification forbids. */
function problemOf({ samples, histograms }: ReceivedSeries, labels: Labels): string | undefined {
  const hasSamples = samples.length > 0;
  const hasHistograms = histograms.length > 0;
  if (hasSamples !== hasHistograms) return undefined;
  const series = printLabelSet(labels);
  return hasSamples
    ? `TimeSeries must contain either samples or histograms for series ${series} not both`
    : `TimeSeries must contain at least one sample or histogram for series ${series}`;
}

function isStartTime(startTime: number, t: number): boolean {
  return startTime !== 0 && startTime < t && Number.isSafeInteger(startTime);
}

/** What the wire has room for beyond what is stored. */
const sentSchemaMax = 52;

/** A stale marker says nothing else; schemas that are too fine are brought down to the finest that there is. */
function storableHistogram(histogram: Histogram): Histogram {
  if (isStale(histogram.sum))
    return { ...emptiedHistogram(staleShape), counterResetHint: "unknown", sum: staleNumber() };
  const { schema, positiveSpans, positiveBuckets, negativeSpans, negativeBuckets } = histogram;
  const isTooFine = schema > exponentialSchemaMax && schema <= sentSchemaMax && schema !== customBucketsSchema;
  // The storage says what is wrong with the others.
  const isWhole = covers(positiveSpans, positiveBuckets) && covers(negativeSpans, negativeBuckets);
  return isTooFine && isWhole ? reduceResolution(histogram, exponentialSchemaMax) : histogram;
}

const staleShape = { schema: 0, zeroThreshold: 0, customValues: [] as readonly number[] };

function covers(spans: Histogram["positiveSpans"], buckets: readonly number[]): boolean {
  return spans.reduce((sum, { length }) => sum + length, 0) === buckets.length;
}

function columnsFor(capacity: number): AppendColumns & { readonly startTimes: Float64Array } {
  return {
    count: 0,
    refs: new Uint32Array(capacity),
    t: new Float64Array(capacity),
    v: new Float64Array(capacity),
    startTimes: new Float64Array(capacity),
    outcomes: new Uint8Array(capacity),
  };
}
