// What holds for series of remote write, by version.
import type { ReceivedSeries, WriteVersion } from "@narthex/formats";
import { type Labels, printLabelSet } from "@narthex/model";
import { seriesLabelsFrom } from "./received-labels.js";
import type { ReceiverRules } from "./receiver.js";

const first: ReceiverRules<ReceivedSeries> = {
  labelsOf: ({ labels }) => seriesLabelsFrom(labels),
  problemOf: () => undefined,
  isDerived: () => false,
  toleratesExemplars: false,
};

export const writeRules: Readonly<Record<WriteVersion, ReceiverRules<ReceivedSeries>>> = {
  "prometheus.WriteRequest": first,
  "io.prometheus.write.v2.Request": { ...first, problemOf },
};

/** What the specification of version 2 forbids. */
function problemOf({ samples, histograms }: ReceivedSeries, labels: Labels): string | undefined {
  const hasSamples = samples.length > 0;
  const hasHistograms = histograms.length > 0;
  if (hasSamples !== hasHistograms) return undefined;
  const series = printLabelSet(labels);
  return hasSamples
    ? `TimeSeries must contain either samples or histograms for series ${series} not both`
    : `TimeSeries must contain at least one sample or histogram for series ${series}`;
}
