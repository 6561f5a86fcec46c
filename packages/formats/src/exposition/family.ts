// Metric families as data: what a program exposes. Comes from: client registries, the Pushgateway, federation.
// Goes to: the writers.
import type { Exemplar, Histogram, Labels } from "@narthex/model";

interface FamilyHead {
  /** As the Prometheus text format has it: a counter's name includes "_total". */
  readonly name: string;
  readonly help: string | undefined;
  readonly unit?: string;
}

interface MetricHead {
  /** Without the metric name, `le` and `quantile`. */
  readonly labels: Labels;
  /** Milliseconds since 1970; absent for "when scraped". */
  readonly t?: number;
  /** When counting began, in ms; OpenMetrics' `_created`. */
  readonly startTime?: number;
}

export interface ValueMetric extends MetricHead {
  readonly v: number;
  /** Only counters show it. */
  readonly exemplar?: Exemplar | undefined;
}

export interface SummaryMetric extends MetricHead {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly v: number }[];
}

export interface HistogramBucket {
  readonly upperBound: number;
  /** Observations at or below the bound. */
  readonly cumulativeCount: number;
  readonly exemplar?: Exemplar | undefined;
}

export interface HistogramMetric extends MetricHead {
  readonly count: number;
  readonly sum: number;
  /** Ascending; the one of +Inf may be left out, it is written anyway. */
  readonly buckets: readonly HistogramBucket[];
  /** Only protobuf shows it, and the exemplars that are its own. */
  readonly native?: Histogram;
  readonly exemplars?: readonly Exemplar[];
}

export interface ValueFamily extends FamilyHead {
  readonly type: "counter" | "gauge" | "unknown" | "info" | "stateset";
  readonly metrics: readonly ValueMetric[];
}

export interface SummaryFamily extends FamilyHead {
  readonly type: "summary";
  readonly metrics: readonly SummaryMetric[];
}

export interface HistogramFamily extends FamilyHead {
  readonly type: "histogram" | "gaugehistogram";
  readonly metrics: readonly HistogramMetric[];
}

export type MetricFamily = ValueFamily | SummaryFamily | HistogramFamily;
