// Stores what others sent, as one batch: what is wrong is refused and told, the rest is stored.
// Comes from: formats, decodeWriteRequest, and otlp/translate. Goes to: the storage's appender; api/ makes the answers.
import type { ReceivedExemplar, ReceivedHistogram, ReceivedSample, ReceivedSeries } from "@narthex/formats";
import {
  type Appendable,
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  appendOutcomeText,
  countMismatch,
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
import { InvalidLabelsError, labelSetFrom, withTypeAndUnit } from "./received-labels.js";
import { Refusals } from "./refusals.js";

export type ReceiverOptions = {
  readonly appendable: Appendable;
  readonly now: () => number;
  readonly storesStartTimes: boolean;
  readonly startsAtZero: boolean;
  readonly addsTypeAndUnit: boolean;
  /** What was refused before; more is added. */
  readonly refusals?: Refusals;
};

/** What a series has beside its labels. */
export type SeriesContent = Omit<ReceivedSeries, "labels">;

/** What holds for a protocol. */
export type ReceiverRules<Series extends SeriesContent> = {
  /** Throws InvalidLabelsError. */
  readonly labelsOf: (series: Series) => Labels;
  /** Why nothing of the series may be stored; undefined where it may. */
  readonly problemOf: (series: Series, labels: Labels) => string | undefined;
  /** Whose samples nobody sent: where they come too late they are left out without a word. */
  readonly isDerived: (series: Series) => boolean;
  /** Exemplars that cannot be stored are counted, and not refused. */
  readonly toleratesExemplars: boolean;
};

export type Written = {
  samples: number;
  histograms: number;
  exemplars: number;
  exemplarsOutOfOrder: number;
  /** Of samples and histograms: not written since the labels are wrong, and written without metadata. */
  withInvalidLabels: number;
  withoutMetadata: number;
  readonly refusals: Refusals;
};

export function newWritten(refusals: Refusals): Written {
  return {
    samples: 0,
    histograms: 0,
    exemplars: 0,
    exemplarsOutOfOrder: 0,
    withInvalidLabels: 0,
    withoutMetadata: 0,
    refusals,
  };
}

/** Samples may be so far ahead of the server's clock. */
const aheadMsMax = 10 * 60_000;

/** Throws where the storage cannot be written; then nothing of it is stored. */
export function storeReceived<Series extends SeriesContent>(
  received: readonly Series[],
  rules: ReceiverRules<Series>,
  options: ReceiverOptions,
): Written {
  const appender = options.appendable.appender();
  let written: Written;
  try {
    const samples = received.reduce((sum, series) => sum + series.samples.length, 0);
    const batch = new ReceivedBatch(appender, options, { rules, samples });
    for (const series of received) batch.add(series);
    written = batch.finish();
  } catch (error) {
    appender.rollback();
    throw error;
  }
  appender.commit();
  return written;
}

type Owned = {
  readonly ref: SeriesRef;
  readonly labels: Labels;
  readonly hasMetadata: boolean;
  readonly isDerived: boolean;
};

class ReceivedBatch<Series extends SeriesContent> {
  readonly #appender: Appender;
  readonly #options: ReceiverOptions;
  readonly #rules: ReceiverRules<Series>;
  readonly #timeMax: number;
  readonly #columns: AppendColumns & { readonly startTimes: Float64Array };
  readonly #words: Uint32Array;
  /** Whose each row is; undefined for a zero where counting began, which nobody sent. */
  readonly #owners: (Owned | undefined)[] = [];
  readonly #written: Written;

  constructor(
    appender: Appender,
    options: ReceiverOptions,
    { rules, samples }: { readonly rules: ReceiverRules<Series>; readonly samples: number },
  ) {
    this.#appender = appender;
    this.#options = options;
    this.#rules = rules;
    this.#written = newWritten(options.refusals ?? new Refusals());
    this.#timeMax = options.now() + aheadMsMax;
    this.#columns = columnsFor(options.startsAtZero ? 2 * samples : samples);
    this.#words = wordsOf(this.#columns.v);
  }

  add(series: Series): void {
    const written = this.#written;
    const rules = this.#rules;
    try {
      const sent = rules.labelsOf(series);
      const isTyped = this.#options.addsTypeAndUnit && !rules.isDerived(series);
      const labels = isTyped ? withTypeAndUnit(sent, series.metadata) : sent;
      const problem = rules.problemOf(series, labels);
      if (problem === undefined) this.#store(series, labels);
      else written.refusals.add(problem);
    } catch (error) {
      if (error instanceof InvalidLabelsError)
        written.withInvalidLabels += series.samples.length + series.histograms.length;
      else if (!(error instanceof SeriesLimitError)) throw error;
      written.refusals.add(error.message);
    }
  }

  #store(series: Series, labels: Labels): void {
    if (series.samples.length + series.histograms.length + series.exemplars.length === 0) return;
    const { metadata } = series;
    const ref = this.#appender.series(labels);
    const isDerived = this.#rules.isDerived(series);
    const owned: Owned = { ref, labels, hasMetadata: metadata !== undefined, isDerived };
    this.#pushSamples(series.samples, owned);
    for (const histogram of series.histograms) this.#appendHistogram(histogram, owned);
    this.#appendExemplars(series, owned);
    if (metadata) this.#appender.setMetadata(owned.ref, metadata);
  }

  #refuse(reason: string, { labels, isDerived }: Owned): void {
    if (!isDerived) this.#written.refusals.addPrinted(() => `${reason} for series ${printLabelSet(labels)}`);
  }

  #isInTime(t: number, owned: Owned): boolean {
    const problem = this.#timeProblem(t);
    if (problem !== undefined) this.#refuse(problem, owned);
    return problem === undefined;
  }

  #timeProblem(t: number): string | undefined {
    if (t > this.#timeMax) return "out of bounds: timestamp is too far in the future";
    return Number.isSafeInteger(t) ? undefined : appendOutcomeText[appendOutcome.outOfBounds];
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

  #appendHistogram({ t, startTime, histogram, isInteger }: ReceivedHistogram, owned: Owned): void {
    if (!this.#isInTime(t, owned)) return;
    const problem = isInteger && !isStale(histogram.sum) ? countMismatch(histogram) : undefined;
    if (problem !== undefined) {
      this.#refuse(problem, owned);
      return;
    }
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

  #appendExemplars({ exemplars }: SeriesContent, owned: Owned): void {
    const isTold = !this.#rules.toleratesExemplars;
    for (const exemplar of exemplars) {
      const problem = this.#appendExemplar(exemplar, owned);
      if (problem !== undefined && isTold) this.#written.refusals.add(problem);
    }
  }

  /** Why not. One that is too long is left out silently, as in Prometheus; the answer does not count it. */
  #appendExemplar({ labels, t, v }: ReceivedExemplar, owned: Owned): string | undefined {
    const problem = this.#timeProblem(t);
    if (problem !== undefined) return `${problem} for series ${printLabelSet(owned.labels)}`;
    try {
      const outcome = this.#appender.appendExemplar(owned.ref, { labels: labelSetFrom(labels), t, v });
      if (outcome === "outOfOrder") {
        this.#written.exemplarsOutOfOrder++;
        return `out of order exemplar for series ${printLabelSet(owned.labels)}`;
      }
      if (outcome !== "tooLong") this.#written.exemplars++;
      return undefined;
    } catch (error) {
      if (!(error instanceof InvalidLabelsError)) throw error;
      return `parsing exemplar for series ${printLabelSet(owned.labels)}: ${error.message}`;
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
