import { type Histogram, labelsFrom } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { exposeFamilies } from "./expose.js";
import { familiesFrom } from "./families.js";
import type { HistogramMetric, MetricFamily } from "./family.js";
import { parseExposition, scanExposition } from "./parser.js";
import { encodeProtobufExposition } from "./protobuf-writer.js";
import { SeriesCache } from "./series-cache.js";
import { exampleBodies } from "./testdata/bodies.js";

const into = new ExpositionColumns();

function readAll(body: Uint8Array): MetricFamily[] {
  scanExposition(body, "PrometheusProto", { into, cache: new SeriesCache(), nativeHistograms: "both" });
  return familiesFrom(into);
}

function histogramFamily(metric: Partial<HistogramMetric> & { readonly native?: Histogram }): MetricFamily {
  return {
    name: "h",
    help: "Some.",
    type: "histogram",
    metrics: [{ labels: labelsFrom({ a: "b" }), count: 0, sum: 0, buckets: [], ...metric }],
  };
}

const native: Histogram = {
  schema: 3,
  counterResetHint: "unknown",
  zeroThreshold: 0.001,
  zeroCount: 2,
  count: 9,
  sum: 4.5,
  positiveSpans: [
    { offset: -3, length: 2 },
    { offset: 4, length: 1 },
  ],
  positiveBuckets: [3, 1, 2],
  negativeSpans: [{ offset: 7, length: 1 }],
  negativeBuckets: [1],
  customValues: [],
};

describe("families in protobuf", () => {
  it("are read as they were, with everything that the format knows", () => {
    const families = readAll(exampleBodies.PrometheusProto as Uint8Array);
    expect(families.length).toBe(5);
    expect(readAll(encodeProtobufExposition(families, "allow-utf-8"))).toEqual(families);
  });

  it("hold native histograms of whole counts and of others", () => {
    const whole = histogramFamily({ count: 9, sum: 4.5, native });
    const halves = { ...native, count: 4.5, zeroCount: 1, positiveBuckets: [1.5, 0.5, 1], negativeBuckets: [0.5] };
    const other = histogramFamily({ count: 4.5, sum: 4.5, native: halves });
    for (const family of [whole, other]) {
      parseExposition(encodeProtobufExposition([family], "allow-utf-8"), "PrometheusProto", into);
      expect(into.histograms.map(({ histogram }) => histogram)).toEqual([
        (family.metrics[0] as HistogramMetric).native,
      ]);
    }
  });

  it("show a native histogram that has counted nothing as what it is", () => {
    const empty = { ...native, zeroThreshold: 0, zeroCount: 0, count: 0, sum: 0 };
    const none = { positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [] };
    const family = histogramFamily({ native: { ...empty, ...none } });
    parseExposition(encodeProtobufExposition([family], "allow-utf-8"), "PrometheusProto", into);
    expect(into.histograms.length).toBe(1);
  });

  it("escape names as asked for", () => {
    const family: MetricFamily = {
      name: "a.b",
      help: undefined,
      type: "gauge",
      metrics: [{ labels: labelsFrom({ "c.d": "e" }), v: 1, t: -5 }],
    };
    parseExposition(encodeProtobufExposition([family], "underscores"), "PrometheusProto", into);
    expect([into.labelsAt(0), into.t[0]]).toEqual([labelsFrom({ __name__: "a_b", c_d: "e" }), -5]);
  });
});

describe("answers", () => {
  const metric: Partial<HistogramMetric> = {
    count: 2,
    sum: 3,
    buckets: [
      { upperBound: 1, cumulativeCount: 1, exemplar: { labels: labelsFrom({ id: "x" }), v: 0.5, t: 1500 } },
      { upperBound: Infinity, cumulativeCount: 2 },
    ],
  };
  const family = histogramFamily({ ...metric, startTime: 1000 });

  it.each([
    ["", "text/plain; version=0.0.4; charset=utf-8"],
    ["text/plain;version=1.0.0;escaping=dots;q=0.5", "text/plain; version=1.0.0; charset=utf-8; escaping=dots"],
    [
      "text/plain;q=0.3,application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6",
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores",
    ],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.5",
      "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
    ],
    ["application/openmetrics-text;version=0.0.1", "application/openmetrics-text; version=0.0.1; charset=utf-8"],
  ])("to %j are %s", (accept, contentType) => {
    expect(exposeFamilies([family], accept).contentType).toBe(contentType);
  });

  it("say the same in every format", () => {
    const random = randomFrom(3);
    const gauges: MetricFamily = {
      name: "g",
      help: 'A "gauge".\n',
      type: "gauge",
      metrics: Array.from({ length: 20 }, (_, i) => ({ labels: labelsFrom({ i: String(i) }), v: random() * 1e6 })),
    };
    const counter: MetricFamily = {
      name: "c_total",
      help: "C.",
      type: "counter",
      metrics: [{ labels: labelsFrom({}), v: 4 }],
    };
    const seriesOf = (accept: string): string[] => {
      const { body, contentType } = exposeFamilies([gauges, counter, histogramFamily(metric)], accept);
      const format = contentType.startsWith("text")
        ? "PrometheusText1.0.0"
        : contentType.startsWith("application/open")
          ? "OpenMetricsText1.0.0"
          : "PrometheusProto";
      parseExposition(body, format, into);
      return Array.from({ length: into.count }, (_, row) => `${into.labelsAt(row).join(" ")} = ${into.v[row]}`).sort();
    };
    const text = seriesOf("text/plain;version=1.0.0");
    expect(text.length).toBe(25);
    expect(seriesOf("application/openmetrics-text;version=1.0.0")).toEqual(text);
    const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    expect(seriesOf(protobuf)).toEqual(text);
  });
});
