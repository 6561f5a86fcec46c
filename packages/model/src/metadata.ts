export const metricTypes = [
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
  "unknown",
] as const;

export type MetricType = (typeof metricTypes)[number];

export interface Metadata {
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}
