// What a metric and its labels may be called. Legacy names only: every Prometheus since 2012 reads them.
import { isLegacyLabelName, isLegacyMetricName } from "@narthex/model";

/** A metric or label that is declared or used wrongly: a bug of the instrumented program. */
export class MetricError extends Error {
  override readonly name = "MetricError";
}

export function requireMetricName(name: string): void {
  if (!name) throw new MetricError("Missing mandatory name parameter");
  if (!isLegacyMetricName(name)) throw new MetricError(`Invalid metric name: ${name}`);
}

/** `reserved`: the label that the metric type itself uses. */
export function requireLabelNames(names: readonly string[], reserved?: "le" | "quantile"): void {
  for (const name of names) {
    if (!isLegacyLabelName(name) || name.startsWith("__")) throw new MetricError(`Invalid label name: ${name}`);
    if (name === reserved) throw new MetricError(`${name} is a reserved label keyword`);
  }
  if (new Set(names).size < names.length) throw new MetricError(`Label names are not unique: ${names.join(", ")}`);
}

export function requireNumber(value: number): void {
  if (typeof value !== "number") throw new MetricError(`Value is not a valid number: ${String(value)}`);
}
