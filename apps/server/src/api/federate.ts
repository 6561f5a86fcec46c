// /federate: the newest sample of each selected series, for another Prometheus to scrape.
import { contentTypes, type MetricFamily, printFamily, type ValueMetric } from "@narthex/formats";
import {
  type Labels,
  labelEntries,
  labelsFromEntries,
  labelsKey,
  labelValue,
  metricNameLabel,
  SampleColumns,
} from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import type { Tsdb } from "@narthex/tsdb";
import type { Parameters } from "./parameters.js";
import type { Answer } from "./respond.js";
import { type Route, readRoute } from "./route.js";

export type FederationSource = {
  readonly tsdb: Tsdb;
  readonly now: () => number;
  readonly lookbackDeltaMs: number;
  readonly externalLabels: () => Readonly<Record<string, string>>;
};

export function federationRoutes(source: FederationSource): Route[] {
  return [readRoute("/federate", ({ parameters }) => answerFederation(source, parameters))];
}

function answerFederation(source: FederationSource, parameters: Parameters): Answer {
  const families = new Map<string, ValueMetric[]>();
  for (const { labels, t, v } of newestSamples(source, parameters)) {
    const name = labelValue(labels, metricNameLabel);
    const metrics = families.get(name) ?? [];
    metrics.push({ labels: withExternal(labels, source.externalLabels()), t, v });
    families.set(name, metrics);
  }
  const wire = { format: "PrometheusText0.0.4", escaping: "underscores" } as const;
  const parts = [...families]
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([name, metrics]): MetricFamily => ({ name, help: undefined, type: "unknown", metrics }))
    .map((family) => printFamily(family, wire));
  return { kind: "body", body: parts.join(""), contentType: contentTypes[wire.format] };
}

type Sample = { readonly labels: Labels; readonly t: number; readonly v: number };

function newestSamples(source: FederationSource, parameters: Parameters): Iterable<Sample> {
  const end = source.now();
  const range = { start: end - source.lookbackDeltaMs + 1, end };
  const samples = new Map<string, Sample>();
  const columns = new SampleColumns();
  const querier = source.tsdb.querier(range);
  try {
    for (const matchers of parameters.matcherSets()) {
      for (const series of querier.select({ ...range, matchers, sorted: true })) {
        series.read(columns);
        const i = newestAt(columns, range);
        if (i >= 0)
          samples.set(labelsKey(series.labels), { labels: series.labels, t: columns.t[i]!, v: columns.v[i]! });
      }
    }
  } finally {
    querier.close();
  }
  return samples.values();
}

// The last row in the range, or -1: none, or the series has ended, or it is a native histogram, which text cannot show.
function newestAt(columns: SampleColumns, range: { readonly start: number; readonly end: number }): number {
  let i = columns.count - 1;
  while (i >= 0 && columns.t[i]! > range.end) i--;
  if (i < 0 || columns.t[i]! < range.start || columns.isStaleAt(i)) return -1;
  return columns.h?.[i] === undefined ? i : -1;
}

/** A label of the series wins; federated series keep `instance`, if only as an empty one. */
function withExternal(labels: Labels, external: Readonly<Record<string, string>>): Labels {
  const own = [...labelEntries(labels)].filter(([name]) => name !== metricNameLabel);
  return labelsFromEntries([...Object.entries(external), ...own]);
}
