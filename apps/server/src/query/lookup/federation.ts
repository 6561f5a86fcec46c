// The newest sample of each selected series, as families in an exposition format.
// Comes from: query/lookup/answer. Goes to: api/federate.
import {
  type ExpositionFormat,
  exposeFamilies,
  type HistogramMetric,
  type JsonParts,
  type MetricFamily,
  negotiateFormat,
  type ValueMetric,
} from "@narthex/formats";
import {
  customBucketsSchema,
  type Histogram,
  type Labels,
  labelEntries,
  labelsFromEntries,
  labelsKey,
  labelValue,
  metricNameLabel,
  SampleColumns,
} from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { type FederationLookup, type LookupSource, matcherSets } from "./lookup.js";
import { Pieces } from "./pieces.js";

// Prometheus does not answer in OpenMetrics here: what it federates has no types.
export const federationFormats: readonly ExpositionFormat[] = [
  "PrometheusProto",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];

export function federatedBody(
  lookup: FederationLookup,
  source: LookupSource,
  parts?: JsonParts,
): Uint8Array<ArrayBuffer> {
  const { accept } = lookup;
  const isText = negotiateFormat(accept, { formats: federationFormats }).format !== "PrometheusProto";
  const pieces = new Pieces(parts);
  // None of the formats has an end of its own, so families follow one another.
  for (const family of federatedFamilies(lookup, source, isText)) {
    pieces.add(exposeFamilies([family], accept, federationFormats).body);
  }
  return pieces.rest();
}

/** By name; floats and histograms of one name make two families. */
function federatedFamilies(lookup: FederationLookup, source: LookupSource, isText: boolean): MetricFamily[] {
  const values = new Map<string, ValueMetric[]>();
  const histograms = new Map<string, HistogramMetric[]>();
  for (const { labels, t, v, h } of newestSamples(lookup, source)) {
    const name = labelValue(labels, metricNameLabel);
    const own = withExternal(labels, lookup.externalLabels);
    if (h === undefined) pushTo(values, name, { labels: own, t, v });
    else if (!isText || h.schema === customBucketsSchema)
      pushTo(histograms, name, histogramMetric(h, { labels: own, t }));
  }
  const families = [
    ...[...values].map(([name, metrics]): MetricFamily => ({ name, help: undefined, type: "unknown", metrics })),
    ...[...histograms].map(([name, metrics]): MetricFamily => ({ name, help: undefined, type: "histogram", metrics })),
  ];
  return families.sort((a, b) => compareUtf8(a.name, b.name));
}

function pushTo<T>(lists: Map<string, T[]>, name: string, value: T): void {
  const list = lists.get(name);
  if (list) list.push(value);
  else lists.set(name, [value]);
}

/** Custom buckets are shown as classic ones, which every format has; exponential ones need protobuf. */
function histogramMetric(h: Histogram, head: { readonly labels: Labels; readonly t: number }): HistogramMetric {
  const { count, sum } = h;
  if (h.schema !== customBucketsSchema) return { ...head, count, sum, buckets: [], native: h };
  const counts = new Map<number, number>();
  let index = 0;
  let bucket = 0;
  for (const { offset, length } of h.positiveSpans) {
    index += offset;
    for (let i = 0; i < length; i++) counts.set(index++, h.positiveBuckets[bucket++]!);
  }
  let cumulativeCount = 0;
  const buckets = [...h.customValues, Infinity].map((upperBound, i) => {
    cumulativeCount += counts.get(i) ?? 0;
    return { upperBound, cumulativeCount };
  });
  return { ...head, count, sum, buckets };
}

type Sample = {
  readonly labels: Labels;
  readonly t: number;
  readonly v: number;
  readonly h: Histogram | undefined;
};

function newestSamples({ sets, range }: FederationLookup, source: LookupSource): Iterable<Sample> {
  const samples = new Map<string, Sample>();
  const columns = new SampleColumns();
  const querier = source.queryable.querier(range);
  try {
    for (const matchers of matcherSets(sets)) {
      for (const series of querier.select({ ...range, matchers, sorted: true })) {
        source.checkpoint();
        series.read(columns);
        const { labels } = series;
        const i = newestAt(columns, range);
        if (i >= 0) samples.set(labelsKey(labels), { labels, t: columns.t[i]!, v: columns.v[i]!, h: columns.h?.[i] });
      }
    }
  } finally {
    querier.close();
  }
  return samples.values();
}

// The last row in the range, or -1: none, or the series has ended.
function newestAt(columns: SampleColumns, range: { readonly start: number; readonly end: number }): number {
  let i = columns.count - 1;
  while (i >= 0 && columns.t[i]! > range.end) i--;
  return i < 0 || columns.t[i]! < range.start || columns.isStaleAt(i) ? -1 : i;
}

/** A label of the series wins; federated series keep `instance`, if only as an empty one. */
function withExternal(labels: Labels, external: Readonly<Record<string, string>>): Labels {
  const own = [...labelEntries(labels)].filter(([name]) => name !== metricNameLabel);
  return labelsFromEntries([...Object.entries(external), ...own]);
}
