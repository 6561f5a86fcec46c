// The exposition formats under the names that `scrape_protocols` has for them, and their content types.

export const expositionFormats = [
  "PrometheusProto",
  "PrometheusText0.0.4",
  "PrometheusText1.0.0",
  "OpenMetricsText0.0.1",
  "OpenMetricsText1.0.0",
] as const;

export type ExpositionFormat = (typeof expositionFormats)[number];

/** What a scrape asks for, best first, unless the config says otherwise. */
export const defaultScrapeProtocols: readonly ExpositionFormat[] = [
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];

/** As `defaultScrapeProtocols`, for targets whose native histograms are wanted: only protobuf carries them. */
export const nativeScrapeProtocols: readonly ExpositionFormat[] = ["PrometheusProto", ...defaultScrapeProtocols];

export function isExpositionFormat(text: string): text is ExpositionFormat {
  return (expositionFormats as readonly string[]).includes(text);
}

/** The `Content-Type` of a body written in `format`. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  PrometheusProto: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  "PrometheusText0.0.4": "text/plain; version=0.0.4; charset=utf-8",
  "PrometheusText1.0.0": "text/plain; version=1.0.0; charset=utf-8",
  "OpenMetricsText0.0.1": "application/openmetrics-text; version=0.0.1; charset=utf-8",
  "OpenMetricsText1.0.0": "application/openmetrics-text; version=1.0.0; charset=utf-8",
};
