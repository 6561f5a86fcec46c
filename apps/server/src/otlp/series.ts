// Data points → series to store: one for each number, several for a classic histogram or a summary.
import type {
  OtlpHistogramPoint,
  OtlpNumberPoint,
  OtlpPoint,
  OtlpSummaryPoint,
  ReceivedExemplar,
  ReceivedSeries,
} from "@narthex/formats";
import { type Histogram, type Labels, type Metadata, metricNameLabel, staleNumber, withLabel } from "@narthex/model";
import { printFloat } from "@narthex/stdx";
import { TranslationError } from "./error.js";
import { translateExemplars } from "./exemplars.js";
import { millisecondsOf } from "./time.js";

export type TranslatedSeries = Omit<ReceivedSeries, "labels"> & {
  readonly labels: Labels;
  /** Nobody sent it: it is made of what a resource says. */
  readonly isDerived: boolean;
};

/** Of the series of one data point, roughly counted: it may have as many buckets as it likes, and each has all labels. */
export const pointBytesMax: number = 32 * 1024 * 1024;

// Bytes of memory, roughly.
const seriesBytes = 400;
const textBytes = 8;

/** What a data point becomes, until that is taken. */
export class SeriesCollector {
  #series: TranslatedSeries[] = [];
  #bytes = 0;

  /** Throws TranslationError. */
  add(series: TranslatedSeries): void {
    this.#bytes += seriesBytes + textBytes * series.labels.length;
    if (this.#bytes > pointBytesMax) throw new TranslationError("data point becomes more series than fit into memory");
    this.#series.push(series);
  }

  take(): TranslatedSeries[] {
    const taken = this.#series;
    this.#series = [];
    this.#bytes = 0;
    return taken;
  }
}

/** What the series of one data point share. */
export type PointContext = {
  /** The metric's, translated. */
  readonly name: string;
  /** Without a name. */
  readonly labels: Labels;
  readonly metadata: Metadata | undefined;
  /** Of those that are stored as they are sent, start times say nothing. */
  readonly hasStart: boolean;
  readonly collector: SeriesCollector;
};

type Row = { readonly labels: Labels; readonly v: number; readonly exemplars?: ReceivedExemplar[] };

function addFloat(context: PointContext, point: OtlpPoint, { labels, v, exemplars = [] }: Row): void {
  const { metadata, hasStart, collector } = context;
  const sample = {
    t: millisecondsOf(point.timeUs),
    v: point.isRecorded ? v : staleNumber(),
    startTime: hasStart ? millisecondsOf(point.startUs) : 0,
  };
  collector.add({ labels, samples: [sample], histograms: [], exemplars, metadata, isDerived: false });
}

export function addNumber(
  point: OtlpNumberPoint,
  context: PointContext,
  { hasExemplars }: { readonly hasExemplars: boolean },
): void {
  const labels = withLabel(context.labels, metricNameLabel, context.name);
  const exemplars = hasExemplars ? translateExemplars(point.exemplars, millisecondsOf(point.timeUs)) : [];
  addFloat(context, point, { labels, v: point.v, exemplars });
}

type ExemplarPoint = OtlpPoint & { readonly exemplars: OtlpNumberPoint["exemplars"] };

export function addNative(point: ExemplarPoint, histogram: Histogram, context: PointContext): void {
  const t = millisecondsOf(point.timeUs);
  const startTime = context.hasStart ? millisecondsOf(point.startUs) : 0;
  context.collector.add({
    labels: withLabel(context.labels, metricNameLabel, context.name),
    samples: [],
    histograms: [{ t, startTime, histogram, isInteger: true }],
    exemplars: translateExemplars(point.exemplars, t),
    metadata: context.metadata,
    isDerived: false,
  });
}

/** `_sum` where there is one, `_count`, and `_bucket` up to +Inf, whose count is the whole one. */
export function addClassic(point: OtlpHistogramPoint, context: PointContext): void {
  const { bounds, bucketCounts, count } = point;
  addTotals(point, context);
  const bucketLabels = labelsOver(context.labels, `${context.name}_bucket`, "le");
  const exemplars = bucketExemplars(point);
  const addBucket = (le: string, v: number, i: number): void =>
    addFloat(context, point, { labels: bucketLabels(le), v, exemplars: exemplars.get(i) ?? [] });
  let below = 0;
  for (let i = 0; i < Math.min(bounds.length, bucketCounts.length); i++) {
    below += bucketCounts[i] as number;
    addBucket(printFloat(bounds[i] as number), below, i);
  }
  addBucket("+Inf", count, bounds.length);
}

/** Prometheus' summaries have a sum always. */
export function addSummary(point: OtlpSummaryPoint, context: PointContext): void {
  addTotals(point, context);
  const quantileLabels = labelsOver(context.labels, context.name, "quantile");
  for (const { quantile, v } of point.quantiles) {
    addFloat(context, point, { labels: quantileLabels(printFloat(quantile)), v });
  }
}

function addTotals(point: OtlpHistogramPoint | OtlpSummaryPoint, context: PointContext): void {
  const named = (suffix: string): Labels => withLabel(context.labels, metricNameLabel, context.name + suffix);
  if (point.sum !== undefined) addFloat(context, point, { labels: named("_sum"), v: point.sum });
  addFloat(context, point, { labels: named("_count"), v: point.count });
}

/** Label sets that differ in one value alone: where it stands is looked for once. */
function labelsOver(labels: Labels, name: string, varying: string): (value: string) => Labels {
  const template = withLabel(withLabel(labels, metricNameLabel, name), varying, "?");
  const place = template.findIndex((text, i) => i % 2 === 0 && text === varying) + 1;
  return (value) => {
    const copy = template.slice();
    copy[place] = value;
    // Sorted as the template is.
    return copy as unknown as Labels;
  };
}

/** By the bucket in whose bounds each lies; the last one has no bound. */
function bucketExemplars(point: OtlpHistogramPoint): ReadonlyMap<number, ReceivedExemplar[]> {
  const buckets = new Map<number, ReceivedExemplar[]>();
  for (const exemplar of translateExemplars(point.exemplars, millisecondsOf(point.timeUs))) {
    const place = bucketOf(exemplar.v, point.bounds);
    const bucket = buckets.get(place);
    if (bucket) bucket.push(exemplar);
    else buckets.set(place, [exemplar]);
  }
  return buckets;
}

/** The first bound that is not below `v`. */
function bucketOf(v: number, bounds: readonly number[]): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) >= v) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Throws TranslationError for what Prometheus' buckets cannot be. */
export function checkBounds({ bounds }: OtlpHistogramPoint): void {
  for (let i = 0; i < bounds.length; i++) {
    if (Number.isNaN(bounds[i]) || (i > 0 && (bounds[i - 1] as number) >= (bounds[i] as number))) {
      throw new TranslationError(`bounds of buckets are not ascending: ${bounds[i - 1]}, ${bounds[i]}`);
    }
  }
}
