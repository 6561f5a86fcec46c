// The series that a scrape writes about itself: `up`, `scrape_duration_seconds` and their siblings.
// Comes from: scrape/loop. Goes to: the same batch as the scrape's samples.
import {
  type Appender,
  type Labels,
  labelsFrom,
  metricNameLabel,
  SeriesLimitError,
  type SeriesRef,
} from "@narthex/model";
import type { SampleRows } from "./columns.js";
import { withExported } from "./sample-labels.js";
import type { AppendCounts } from "./series.js";

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

export type ReportBatch = { readonly rows: SampleRows; readonly t: number; readonly counts: AppendCounts };

export class ReportSeries {
  readonly #labels: readonly Labels[];
  readonly #metrics: readonly ReportMetric[];
  readonly #refs: (SeriesRef | undefined)[] = [];

  constructor(targetLabels: Labels, options: { readonly hasExtraMetrics: boolean }) {
    this.#metrics = options.hasExtraMetrics ? [...metrics, ...extraMetrics] : metrics;
    this.#labels = this.#metrics.map(([name]) => withExported(labelsFrom({ [metricNameLabel]: name }), targetLabels));
  }

  /** Leaves out series for which the storage has no room, and counts them. */
  append(appender: Appender, batch: ReportBatch, report: ScrapeReport): void {
    const { rows } = batch;
    this.#fill(appender, batch, report);
    if (appender.append(rows) === rows.count) return;
    // The storage may have dropped series that rested for hours: known by their ref no more, found by their labels.
    this.#refs.length = 0;
    this.#fill(appender, batch, report);
    appender.append(rows);
  }

  #fill(appender: Appender, { rows, t, counts }: ReportBatch, report: ScrapeReport): void {
    rows.clear();
    for (const [i, [, value]] of this.#metrics.entries()) {
      const ref = this.#ref(appender, i, counts);
      if (ref !== undefined) rows.push(ref, t, value(report));
    }
  }

  appendStale(appender: Appender, { rows, t }: { readonly rows: SampleRows; readonly t: number }): void {
    rows.clear();
    for (const ref of this.#refs) if (ref !== undefined) rows.pushStale(ref, t);
    appender.append(rows);
  }

  #ref(appender: Appender, i: number, counts: AppendCounts): SeriesRef | undefined {
    const known = this.#refs[i];
    if (known !== undefined) return known;
    try {
      const ref = appender.series(this.#labels[i]!);
      this.#refs[i] = ref;
      return ref;
    } catch (error) {
      if (!(error instanceof SeriesLimitError)) throw error;
      counts.refused++;
      counts.refusal = error.message;
      return undefined;
    }
  }
}
