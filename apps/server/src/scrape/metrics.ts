// What the scrape manager tells about itself, under Prometheus' names.
import { Counter, Gauge, type Registry, Summary } from "@narthex/client";
import { type PoolMetrics, poolMetrics } from "./pool-metrics.js";
import type { AppendCounts } from "./series.js";

export type ScrapeMetrics = {
  readonly intervalLength: Summary<"interval">;
  readonly bodyLimitExceeded: Counter;
  readonly sampleLimitExceeded: Counter;
  readonly labelLimitsExceeded: Counter;
  readonly bucketLimitExceeded: Counter;
  readonly failureLogFailures: Counter;
  readonly seriesRefused: Counter<"scrape_job">;
  readonly countSamples: (counts: AppendCounts) => void;
} & PoolMetrics;

export type MetadataSize = { readonly job: string; readonly entries: number; readonly bytes: number };

export function scrapeMetrics(registry: Registry, metadataSizes: () => readonly MetadataSize[]): ScrapeMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const outOfOrder = counter(
    "prometheus_target_scrapes_sample_out_of_order_total",
    "Total number of samples rejected due to not being out of the expected order.",
  );
  const duplicates = counter(
    "prometheus_target_scrapes_sample_duplicate_timestamp_total",
    "Total number of samples rejected due to duplicate timestamps but different values.",
  );
  const outOfBounds = counter(
    "prometheus_target_scrapes_sample_out_of_bounds_total",
    "Total number of samples rejected due to timestamp falling outside of the time bounds.",
  );
  addMetadataMetrics(registry, metadataSizes);
  // Nothing is kept of scrapes that fail, so there is never anything to flush.
  counter(
    "prometheus_target_scrapes_cache_flush_forced_total",
    "How many times a scrape cache was flushed due to getting big while scrapes are failing.",
  ).inc(0);
  return {
    ...poolMetrics(registry),
    intervalLength: new Summary({
      name: "prometheus_target_interval_length_seconds",
      help: "Actual intervals between scrapes.",
      labelNames: ["interval"],
      percentiles: [0.01, 0.05, 0.5, 0.9, 0.99],
      registers,
    }),
    bodyLimitExceeded: counter(
      "prometheus_target_scrapes_exceeded_body_size_limit_total",
      "Total number of scrapes that hit the body size limit",
    ),
    sampleLimitExceeded: counter(
      "prometheus_target_scrapes_exceeded_sample_limit_total",
      "Total number of scrapes that hit the sample limit and were rejected.",
    ),
    labelLimitsExceeded: counter(
      "prometheus_target_scrape_pool_exceeded_label_limits_total",
      "Total number of times scrape pools hit the label limits, during sync or config reload.",
    ),
    bucketLimitExceeded: counter(
      "prometheus_target_scrapes_histogram_exceeded_bucket_limit_total",
      "Total number of scrapes that hit the native histogram bucket limit and were rejected.",
    ),
    failureLogFailures: counter(
      "narthex_target_scrape_failure_log_failures_total",
      "Total number of failed scrapes that could not be written to the scrape failure log.",
    ),
    seriesRefused: new Counter({
      name: "narthex_target_scrapes_series_refused_total",
      help: "Total number of new series in scrapes that were not taken, since the head or the job has as many as it may.",
      labelNames: ["scrape_job"],
      registers,
    }),
    countSamples: (counts) => {
      if (counts.outOfOrder > 0) outOfOrder.inc(counts.outOfOrder);
      if (counts.duplicates > 0) duplicates.inc(counts.duplicates);
      if (counts.outOfBounds > 0) outOfBounds.inc(counts.outOfBounds);
    },
  };
}

function addMetadataMetrics(registry: Registry, sizes: () => readonly MetadataSize[]): void {
  const add = (name: string, help: string, measure: (size: MetadataSize) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ["scrape_job"],
      registers: [registry],
      collect() {
        this.reset();
        for (const size of sizes()) this.set({ scrape_job: size.job }, measure(size));
      },
    });
  };
  add(
    "prometheus_target_metadata_cache_entries",
    "Total number of metric metadata entries in the cache",
    ({ entries }) => entries,
  );
  add(
    "prometheus_target_metadata_cache_bytes",
    "The number of bytes that are currently used for storing metric metadata in the cache",
    ({ bytes }) => bytes,
  );
}
