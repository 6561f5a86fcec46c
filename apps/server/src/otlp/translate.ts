// An OTLP export of metrics → series to store, by the rules of the configuration's `otlp` section.
// Comes from: formats, decodeOtlp…. Goes to: receiver, beside this. Pure, but for the accumulator of deltas where there is one.
// What cannot be translated is refused with a text; the rest goes on.
import type {
  OtlpData,
  OtlpExponentialPoint,
  OtlpHistogramPoint,
  OtlpMetric,
  OtlpNumberPoint,
  OtlpPoint,
  OtlpResource,
  OtlpScope,
} from "@narthex/formats";
import { type CounterResetHint, type Metadata, type MetricType, quote } from "@narthex/model";
import type { OtlpConfig } from "../config/otlp.js";
import { isValidText } from "../remote/received-labels.js";
import type { Refusals } from "../remote/refusals.js";
import type { DeltaAccumulator } from "./accumulator.js";
import { TranslationError } from "./error.js";
import { LabelTranslator, type SharedLabels } from "./labels.js";
import { translateMetricName } from "./metric-name.js";
import { customHistogram, exponentialHistogram } from "./native-histogram.js";
import {
  addClassic,
  addNative,
  addNumber,
  addSummary,
  checkBounds,
  type PointContext,
  SeriesCollector,
  type TranslatedSeries,
} from "./series.js";
import { TimeSpan, targetInfoSeries } from "./target-info.js";
import { translateUnit } from "./unit.js";

/** What becomes of delta temporality: refused, stored as it is, or summed up. */
export type Deltas = "refused" | "stored" | DeltaAccumulator;

export type TranslationOptions = {
  readonly config: OtlpConfig;
  readonly lookbackDeltaMs: number;
  readonly deltas: Deltas;
  /** Told what is left out, and why. */
  readonly refusals: Refusals;
};

/** In small steps: each series, and undefined where there was none. */
export function translateSteps(
  resources: readonly OtlpResource[],
  options: TranslationOptions,
): Generator<TranslatedSeries | undefined> {
  return new Translator(options).run(resources);
}

/** Those that are refused take their time, too. */
const stepPoints = 32;

type Steps = Generator<TranslatedSeries | undefined>;

class Translator {
  readonly #options: TranslationOptions;
  readonly #labels: LabelTranslator;
  readonly #collector = new SeriesCollector();

  constructor(options: TranslationOptions) {
    this.#options = options;
    this.#labels = new LabelTranslator(options.config);
  }

  *run(resources: readonly OtlpResource[]): Steps {
    for (const resource of resources) {
      const shared = this.#orRefuse(() => this.#labels.ofResource(resource));
      if (!shared) continue;
      const span = new TimeSpan();
      for (const scope of resource.scopes) yield* this.#addScope(scope, shared, span);
      this.#orRefuse(() => this.#addTargetInfo(resource, shared, span));
      yield* this.#collector.take();
    }
  }

  #addTargetInfo(resource: OtlpResource, shared: SharedLabels, span: TimeSpan): void {
    const labels = span.isEmpty ? undefined : this.#labels.ofTargetInfo(resource, shared);
    if (labels) this.#collector.add(targetInfoSeries(labels, span, this.#options.lookbackDeltaMs));
  }

  *#addScope(scope: OtlpScope, ofResource: SharedLabels, span: TimeSpan): Steps {
    const shared = this.#orRefuse(() => this.#labels.ofScope(scope, ofResource));
    if (!shared) return;
    for (const metric of scope.metrics) {
      yield undefined;
      const { data } = metric;
      if (data.kind !== "none") span.addAll(data.points);
      const about = this.#orRefuse(() => this.#aboutMetric(metric));
      if (about) yield* this.#addPoints(data, shared, about);
    }
  }

  #aboutMetric(metric: OtlpMetric): Omit<PointContext, "labels"> {
    this.#checkTemporality(metric);
    const name = translateMetricName(metric, this.#options.config.translation_strategy);
    if (name === "" || !isValidText(name)) throw new TranslationError(`metric without a valid name: ${quote(name)}`);
    const isStored = isDeltaMetric(metric.data) && this.#options.deltas === "stored";
    const metadata = metadataOf(metric, { isStoredDelta: isStored });
    return { name, metadata, hasStart: !isStored, collector: this.#collector };
  }

  #checkTemporality({ name, data }: OtlpMetric): void {
    if (data.kind === "none") {
      const text = `could not get aggregation temporality for ${name} as it has unsupported metric type Empty`;
      throw new TranslationError(text);
    }
    if (data.kind === "gauge" || data.kind === "summary" || data.temporality === "cumulative") return;
    if (data.temporality === "delta" && this.#options.deltas !== "refused") return;
    throw new TranslationError(`invalid temporality and type combination for metric ${quote(name)}`);
  }

  *#addPoints(data: OtlpData, shared: SharedLabels, about: Omit<PointContext, "labels">): Steps {
    if (data.kind === "none") return;
    const isDelta = isDeltaMetric(data);
    const each = <Point extends OtlpPoint>(
      points: readonly Point[],
      add: (point: Point, context: PointContext) => void,
    ): Steps =>
      this.#addEach(points, (point) =>
        add(point, { ...about, labels: this.#labels.ofPoint(point.attributes, shared) }),
      );
    if (data.kind === "gauge")
      yield* each(data.points, (point, context) => addNumber(point, context, { hasExemplars: false }));
    else if (data.kind === "summary") yield* each(data.points, addSummary);
    else if (data.kind === "sum") yield* each(data.points, (point, context) => this.#addSum(point, context, isDelta));
    else if (data.kind === "histogram")
      yield* each(data.points, (point, context) => this.#addHistogram(point, context, isDelta));
    else yield* each(data.points, (point, context) => this.#addExponential(point, context, isDelta));
  }

  *#addEach<Point>(points: readonly Point[], add: (point: Point) => void): Steps {
    for (const [i, point] of points.entries()) {
      this.#orRefuse(() => add(point));
      yield* this.#collector.take();
      if (i % stepPoints === 0) yield undefined;
    }
  }

  /** What sums deltas up, where this is one of those. */
  #accumulator(isDelta: boolean): DeltaAccumulator | undefined {
    const { deltas } = this.#options;
    return isDelta && typeof deltas === "object" ? deltas : undefined;
  }

  #addSum(point: OtlpNumberPoint, context: PointContext, isDelta: boolean): void {
    const accumulator = this.#accumulator(isDelta);
    const summed = accumulator ? accumulator.addNumber(context, point) : point;
    if (summed) addNumber(summed, context, { hasExemplars: true });
  }

  #addHistogram(point: OtlpHistogramPoint, context: PointContext, isDelta: boolean): void {
    checkBounds(point);
    const isNative = this.#options.config.convert_histograms_to_nhcb;
    const accumulator = this.#accumulator(isDelta);
    // What cannot be is refused before it is summed up.
    if (accumulator && isNative) customHistogram(point, "unknown");
    const summed = accumulator ? accumulator.addHistogram(context, point) : point;
    if (!summed) return;
    if (isNative) addNative(summed, customHistogram(summed, this.#hintOf(isDelta)), context);
    else addClassic(summed, context);
  }

  #addExponential(point: OtlpExponentialPoint, context: PointContext, isDelta: boolean): void {
    const histogram = exponentialHistogram(point, this.#hintOf(isDelta));
    const accumulator = this.#accumulator(isDelta);
    if (!accumulator) addNative(point, histogram, context);
    else {
      const summed = accumulator.addNative(context, point, histogram);
      if (summed) addNative({ ...point, startUs: summed.startUs }, summed.histogram, context);
    }
  }

  /** What is stored delta by delta goes up and down. */
  #hintOf(isDelta: boolean): CounterResetHint {
    return isDelta && this.#options.deltas === "stored" ? "gauge" : "unknown";
  }

  /** Undefined where it is refused. */
  #orRefuse<T>(translate: () => T): T | undefined {
    try {
      return translate();
    } catch (error) {
      if (!(error instanceof TranslationError)) throw error;
      this.#collector.take();
      this.#options.refusals.add(error.message);
      return undefined;
    }
  }
}

function isDeltaMetric(data: OtlpData): boolean {
  return "temporality" in data && data.temporality === "delta";
}

const types: Readonly<Record<OtlpData["kind"], MetricType>> = {
  none: "unknown",
  gauge: "gauge",
  sum: "counter",
  histogram: "histogram",
  exponential: "histogram",
  summary: "summary",
};

/** Undefined where nothing is told. There is no type for deltas that are stored as they are. */
function metadataOf(
  { data, description, unit }: OtlpMetric,
  { isStoredDelta }: { readonly isStoredDelta: boolean },
): Metadata | undefined {
  const told = data.kind === "sum" && !data.isMonotonic ? "gauge" : types[data.kind];
  const metadata = { type: isStoredDelta ? "unknown" : told, help: description, unit: translateUnit(unit) } as const;
  return metadata.type === "unknown" && metadata.help === "" && metadata.unit === "" ? undefined : metadata;
}
