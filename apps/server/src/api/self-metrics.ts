// /api/v1/status/self_metrics: the server's own metrics as JSON, in the shape that protobuf's JSON mapping gives them.
import type { Registry } from "@narthex/client";
import type { HistogramMetric, MetricFamily, SummaryMetric } from "@narthex/formats";
import { compileRegex, type Labels, labelEntries } from "@narthex/model";
import { badParameter, type Parameters } from "./parameters.js";
import { data } from "./respond.js";
import { type Route, readRoute } from "./route.js";

export function selfMetricsRoutes(registry: Registry): Route[] {
  return [
    readRoute("/api/v1/status/self_metrics", async ({ parameters }) => {
      const isWanted = nameFilter(parameters);
      const families = await registry.families();
      return data(families.filter(({ name, metrics }) => metrics.length > 0 && isWanted(name)).map(printFamily));
    }),
  ];
}

function nameFilter(parameters: Parameters): (name: string) => boolean {
  const source = parameters.text("metric_name_pattern");
  if (source === "") return () => true;
  try {
    const pattern = compileRegex(source);
    return (name) => pattern.test(name);
  } catch (error) {
    throw badParameter("metric_name_pattern", (error as Error).message);
  }
}

const typeNames: Readonly<Record<MetricFamily["type"], string>> = {
  counter: "COUNTER",
  gauge: "GAUGE",
  summary: "SUMMARY",
  histogram: "HISTOGRAM",
  gaugehistogram: "GAUGE_HISTOGRAM",
  unknown: "UNTYPED",
  info: "UNTYPED",
  stateset: "UNTYPED",
};

function printFamily(family: MetricFamily): object {
  return { name: family.name, help: family.help ?? "", type: typeNames[family.type], metric: printMetrics(family) };
}

function printMetrics(family: MetricFamily): object[] {
  switch (family.type) {
    case "summary":
      return family.metrics.map((metric) => ({ ...printLabels(metric.labels), summary: printSummary(metric) }));
    case "histogram":
    case "gaugehistogram":
      return family.metrics.map((metric) => ({ ...printLabels(metric.labels), histogram: printHistogram(metric) }));
    default: {
      const field = family.type === "counter" || family.type === "gauge" ? family.type : "untyped";
      return family.metrics.map(({ labels, v }) => ({ ...printLabels(labels), [field]: { value: printNumber(v) } }));
    }
  }
}

function printLabels(labels: Labels): object {
  const label = [...labelEntries(labels)].map(([name, value]) => ({ name, value }));
  return label.length > 0 ? { label } : {};
}

function printSummary({ count, sum, quantiles }: SummaryMetric): object {
  return {
    sampleCount: String(count),
    sampleSum: printNumber(sum),
    quantile: quantiles.map(({ quantile, v }) => ({ quantile, value: printNumber(v) })),
  };
}

function printHistogram({ count, sum, buckets }: HistogramMetric): object {
  return {
    sampleCount: String(count),
    sampleSum: printNumber(sum),
    bucket: buckets.map(({ upperBound, cumulativeCount }) => ({
      cumulativeCount: String(cumulativeCount),
      upperBound: printNumber(upperBound),
    })),
  };
}

/** JSON has no number for these; the mapping writes their names. */
function printNumber(v: number): number | string {
  if (Number.isFinite(v)) return v;
  return Number.isNaN(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity";
}
