// The series that a scrape writes about itself: `up`, `scrape_duration_seconds` and their siblings.
// Comes from: scrape/loop. Goes to: the same batch as the scrape's samples.
import { type Appender, type Labels, labelsFrom, metricNameLabel, type SeriesRef } from "@narthex/model";
import type { SampleRows } from "./columns.js";
import { withExported } from "./sample-labels.js";

export type ScrapeReport = {
  readonly isUp: boolean;
  readonly durationSeconds: number;
  readonly scraped: number;
  readonly kept: number;
  readonly added: number;
  readonly bodyBytes: number;
  readonly timeoutSeconds: number;
  readonly sampleLimit: number;
};

type ReportMetric = readonly [name: string, value: (report: ScrapeReport) => number];

const metrics: readonly ReportMetric[] = [
  ["up", ({ isUp }) => (isUp ? 1 : 0)],
  ["scrape_duration_seconds", ({ durationSeconds }) => durationSeconds],
  ["scrape_samples_scraped", ({ scraped }) => scraped],
  ["scrape_samples_post_metric_relabeling", ({ kept }) => kept],
  ["scrape_series_added", ({ added }) => added],
];

/** With `extra_scrape_metrics`. */
const extraMetrics: readonly ReportMetric[] = [
  ["scrape_timeout_seconds", ({ timeoutSeconds }) => timeoutSeconds],
  ["scrape_sample_limit", ({ sampleLimit }) => sampleLimit],
  ["scrape_body_size_bytes", ({ bodyBytes }) => bodyBytes],
];

export class ReportSeries {
  readonly #labels: readonly Labels[];
  readonly #metrics: readonly ReportMetric[];
  readonly #refs: SeriesRef[] = [];

  constructor(targetLabels: Labels, options: { readonly hasExtraMetrics: boolean }) {
    this.#metrics = options.hasExtraMetrics ? [...metrics, ...extraMetrics] : metrics;
    this.#labels = this.#metrics.map(([name]) => withExported(labelsFrom({ [metricNameLabel]: name }), targetLabels));
  }

  append(appender: Appender, batch: { readonly rows: SampleRows; readonly t: number }, report: ScrapeReport): void {
    const { rows, t } = batch;
    rows.clear();
    for (const [i, [, value]] of this.#metrics.entries()) rows.push(this.#ref(appender, i), t, value(report));
    if (appender.append(rows) === rows.count) return;
    // The storage may have dropped series that rested for hours: known by their ref no more, found by their labels.
    this.#refs.length = 0;
    this.#metrics.forEach((_, i) => {
      rows.refs[i] = this.#ref(appender, i);
    });
    appender.append(rows);
  }

  appendStale(appender: Appender, { rows, t }: { readonly rows: SampleRows; readonly t: number }): void {
    rows.clear();
    for (const ref of this.#refs) rows.pushStale(ref, t);
    appender.append(rows);
  }

  #ref(appender: Appender, i: number): SeriesRef {
    const known = this.#refs[i];
    if (known !== undefined) return known;
    const ref = appender.series(this.#labels[i]!);
    this.#refs[i] = ref;
    return ref;
  }
}
