// The server's metrics about itself that no single room owns: build, reload, storage, queries. Prometheus' names.
import { Counter, Gauge, type Metric, type Registry, Summary } from "@narthex/client";
import type { HistogramMetric } from "@narthex/formats";
import { emptyLabels, type Labels, labelsFrom } from "@narthex/model";
import type { Tsdb, TsdbStats } from "@narthex/tsdb";
import { buildInfo } from "./api/status.js";
import type { EndedQuery } from "./query/log.js";

export type ReloadMetrics = { readonly note: (outcome: { isSuccessful: boolean; timeMs: number }) => void };

export function reloadMetrics(registry: Registry): ReloadMetrics {
  const registers = [registry];
  const successful = new Gauge({
    name: "prometheus_config_last_reload_successful",
    help: "Whether the last configuration reload attempt was successful.",
    registers,
  });
  const time = new Gauge({
    name: "prometheus_config_last_reload_success_timestamp_seconds",
    help: "Timestamp of the last successful configuration reload.",
    registers,
  });
  return {
    note({ isSuccessful, timeMs }) {
      successful.set(isSuccessful ? 1 : 0);
      if (isSuccessful) time.set(timeMs / 1000);
    },
  };
}

export function addBuildInfo(registry: Registry): void {
  const { version = "", revision = "", branch = "", goVersion = "" } = buildInfo;
  new Gauge({
    name: "prometheus_build_info",
    help: "A metric with a constant '1' value labeled by version, revision, branch and the runtime.",
    labelNames: ["version", "revision", "branch", "goversion", "goos", "goarch"],
    registers: [registry],
  }).set({ version, revision, branch, goversion: goVersion, goos: process.platform, goarch: process.arch }, 1);
}

export function addReadiness(registry: Registry, isReady: () => boolean): void {
  new Gauge({
    name: "prometheus_ready",
    help: "Whether Prometheus startup was fully completed and the server is ready for normal operation.",
    registers: [registry],
    collect() {
      this.set(isReady() ? 1 : 0);
    },
  });
}

export type QueryMetrics = {
  readonly observe: (query: Pick<EndedQuery, "timings" | "stats">) => void;
  readonly countLogFailure: () => void;
};

export type QueryState = { readonly running: number; readonly max: number; readonly isLogged: boolean };

export function queryMetrics(registry: Registry, state: () => QueryState): QueryMetrics {
  const registers = [registry];
  const duration = new Summary({
    name: "prometheus_engine_query_duration_seconds",
    help: "Query timings",
    labelNames: ["slice"],
    percentiles: [0.5, 0.9, 0.99],
    registers,
  });
  new Gauge({
    name: "prometheus_engine_queries",
    help: "The current number of queries being executed or waiting.",
    registers,
    collect() {
      this.set(state().running);
    },
  });
  new Gauge({
    name: "prometheus_engine_queries_concurrent_max",
    help: "The max number of concurrent queries.",
    registers,
    collect() {
      this.set(state().max);
    },
  });
  new Gauge({
    name: "prometheus_engine_query_log_enabled",
    help: "State of the query log.",
    registers,
    collect() {
      this.set(state().isLogged ? 1 : 0);
    },
  });
  const samples = new Counter({
    name: "prometheus_engine_query_samples_total",
    help: "The total number of samples loaded by all queries.",
    registers,
  });
  const samplesRead = new Counter({
    name: "prometheus_engine_query_samples_read_total",
    help: "The total number of samples read from storage by all queries.",
    registers,
  });
  const logFailures = new Counter({
    name: "prometheus_engine_query_log_failures_total",
    help: "The number of query log failures.",
    registers,
  });
  return {
    countLogFailure: () => logFailures.inc(),
    observe({ timings: { queueMs, evalMs }, stats }) {
      duration.observe({ slice: "queue_time" }, queueMs / 1000);
      duration.observe({ slice: "inner_eval" }, evalMs / 1000);
      samples.inc(stats?.totalQueryableSamples ?? 0);
      samplesRead.inc(stats?.samplesRead ?? 0);
    },
  };
}

type StorageMetric = readonly [name: string, help: string, value: (stats: TsdbStats) => number];
type SampleMetric = readonly [
  name: string,
  help: string,
  counts: (stats: TsdbStats) => { readonly all: number; readonly histograms: number },
];

const floatType = labelsFrom({ type: "float" });
const histogramType = labelsFrom({ type: "histogram" });

/** With a label `type`. */
const samplesByType: readonly SampleMetric[] = [
  [
    "head_samples_appended_total",
    "Total number of appended samples.",
    ({ head }) => ({ all: head.samplesAppended, histograms: head.histogramsAppended }),
  ],
  [
    "head_out_of_order_samples_appended_total",
    "Total number of appended out of order samples.",
    ({ head }) => ({ all: head.outOfOrderAppended, histograms: head.histogramsOutOfOrderAppended }),
  ],
];

const counters: readonly StorageMetric[] = [
  ["head_series_created_total", "Total number of series created in the head", ({ head }) => head.seriesCreated],
  ["head_series_removed_total", "Total number of series removed in the head", ({ head }) => head.seriesRemoved],
  ["head_chunks_created_total", "Total number of chunks created in the head", ({ head }) => head.chunksCreated],
  ["head_chunks_removed_total", "Total number of chunks removed in the head", ({ head }) => head.chunksRemoved],
  [
    "out_of_order_samples_total",
    "Total number of out of order samples ingestion failed attempts.",
    ({ head }) => head.outOfOrder,
  ],
  [
    "out_of_bound_samples_total",
    "Total number of out of bound samples ingestion failed attempts.",
    ({ head }) => head.outOfBounds,
  ],
  ["too_old_samples_total", "Total number of out of order samples that were too old.", ({ head }) => head.tooOld],
  ["wal_corruptions_total", "Total number of WAL corruptions.", ({ corruptions }) => corruptions],
  ["wal_completed_pages_total", "Total number of completed pages.", ({ walPagesCompleted }) => walPagesCompleted],
  [
    "compactions_triggered_total",
    "Total number of triggered compactions for the partition.",
    ({ maintenance }) => maintenance.triggers,
  ],
  [
    "stale_series_compactions_triggered_total",
    "Total number of triggered stale series compactions.",
    ({ maintenance }) => maintenance.staleCompactions,
  ],
  [
    "stale_series_compactions_failed_total",
    "Total number of stale series compactions that failed.",
    ({ maintenance }) => maintenance.staleCompactionFailures,
  ],
  [
    "vertical_compactions_total",
    "Total number of compactions done on overlapping blocks.",
    ({ maintenance }) => maintenance.verticalCompactions,
  ],
  [
    "out_of_order_wbl_completed_pages_total",
    "Total number of completed pages.",
    ({ wblPagesCompleted }) => wblPagesCompleted,
  ],
  [
    "out_of_order_wbl_truncations_total",
    "Total number of log truncations attempted.",
    ({ wblTruncations }) => wblTruncations,
  ],
  [
    "out_of_order_wbl_writes_failed_total",
    "Total number of log writes that failed.",
    ({ wblWriteFailures }) => wblWriteFailures,
  ],
  [
    "compactions_total",
    "Total number of compactions that were executed.",
    ({ maintenance }) => maintenance.compactions,
  ],
  [
    "compactions_failed_total",
    "Total number of compactions that failed.",
    ({ maintenance }) => maintenance.compactionFailures,
  ],
  [
    "head_truncations_total",
    "Total number of head truncations attempted.",
    ({ maintenance }) => maintenance.headTruncations,
  ],
  [
    "head_truncations_failed_total",
    "Total number of head truncations that failed.",
    ({ maintenance }) => maintenance.headTruncationFailures,
  ],
  [
    "checkpoint_creations_total",
    "Total number of checkpoint creations attempted.",
    ({ maintenance }) => maintenance.checkpoints,
  ],
  [
    "checkpoint_creations_failed_total",
    "Total number of checkpoint creations that failed.",
    ({ maintenance }) => maintenance.checkpointFailures,
  ],
  [
    "time_retentions_total",
    "The number of times that blocks were deleted because the maximum time limit was exceeded.",
    ({ maintenance }) => maintenance.timeRetentions,
  ],
  [
    "size_retentions_total",
    "The number of times that blocks were deleted because the maximum number of bytes was exceeded.",
    ({ maintenance }) => maintenance.sizeRetentions,
  ],
  [
    "reloads_failures_total",
    "Number of times the database failed to reload block data from disk.",
    ({ blocksDamaged }) => blocksDamaged,
  ],
  [
    "exemplar_exemplars_appended_total",
    "Total number of appended exemplars.",
    ({ exemplarsAppended }) => exemplarsAppended,
  ],
  [
    "exemplar_out_of_order_exemplars_total",
    "Total number of out of order exemplar ingestion failed attempts.",
    ({ exemplarsOutOfOrder }) => exemplarsOutOfOrder,
  ],
];

const gauges: readonly StorageMetric[] = [
  ["head_series", "Total number of series in the head block.", ({ headSeries }) => headSeries],
  ["head_stale_series", "Total number of stale series in the head block.", ({ headStaleSeries }) => headStaleSeries],
  ["head_chunks", "Total number of chunks in the head block.", ({ headChunks }) => headChunks],
  ["head_min_time_seconds", "Minimum time bound of the head block.", ({ headMinTime }) => (headMinTime ?? 0) / 1000],
  ["head_max_time_seconds", "Maximum timestamp of the head block.", ({ headMaxTime }) => (headMaxTime ?? 0) / 1000],
  [
    "head_min_time",
    "Minimum time bound of the head block. The unit is decided by the library consumer.",
    ({ headMinTime }) => headMinTime ?? 0,
  ],
  [
    "head_max_time",
    "Maximum timestamp of the head block. The unit is decided by the library consumer.",
    ({ headMaxTime }) => headMaxTime ?? 0,
  ],
  ["head_chunks_storage_size_bytes", "Size of the chunks_head directory.", ({ headChunkBytes }) => headChunkBytes],
  ["symbol_table_size_bytes", "Size of symbol table in memory for loaded blocks", ({ symbolBytes }) => symbolBytes],
  ["wal_storage_size_bytes", "Size of the write log directory.", ({ walBytes }) => walBytes],
  ["wal_segment_current", "Write log segment index that TSDB is currently writing to.", ({ walSegment }) => walSegment],
  ["out_of_order_wbl_storage_size_bytes", "Size of the write log directory.", ({ wblBytes }) => wblBytes],
  [
    "out_of_order_wbl_segment_current",
    "Write log segment index that TSDB is currently writing to.",
    ({ wblSegment }) => wblSegment,
  ],
  [
    "storage_blocks_bytes",
    "The number of bytes that are currently used for local storage by all blocks.",
    ({ blockBytes }) => blockBytes,
  ],
  ["lowest_timestamp", "Lowest timestamp value stored in the database.", ({ minTime }) => minTime ?? 0],
  [
    "lowest_timestamp_seconds",
    "Lowest timestamp value stored in the database.",
    ({ minTime }) => (minTime ?? 0) / 1000,
  ],
  [
    "retention_limit_seconds",
    "How long to retain samples in storage.",
    ({ retention }) => retention.retentionMs / 1000,
  ],
  [
    "retention_limit_bytes",
    "Max number of bytes to be retained in the tsdb blocks, configured 0 means disabled",
    ({ retention }) => retention.retentionBytesMax,
  ],
  [
    "retention_limit_percentage",
    "Max percentage of disk space to be retained in the tsdb blocks, configured 0 means disabled",
    ({ retention }) => retention.retentionDiskPercentMax,
  ],
  ["blocks_loaded", "Number of currently loaded data blocks", ({ blocks }) => blocks],
  ["exemplar_exemplars_in_storage", "Number of exemplars currently in circular storage.", ({ exemplars }) => exemplars],
];

function lateDeltaMetric(counts: () => TsdbStats["lateDeltas"]): Metric {
  const name = "prometheus_tsdb_sample_ooo_delta";
  const help =
    "Delta in seconds by which a sample is considered out of order (reported regardless of OOO time window and whether sample is accepted or not).";
  const metric = (): HistogramMetric => {
    const { buckets, count, sumSeconds } = counts();
    return { labels: emptyLabels, count, sum: sumSeconds, buckets };
  };
  return {
    name,
    collect: () => {},
    reset: () => {},
    family: () => ({ name, help, type: "histogram", metrics: [metric()] }),
  };
}

/** One reading of the storage's numbers serves one exposition. */
export function addStorageMetrics(registry: Registry, tsdb: Tsdb): void {
  type Values = () => { readonly labels: Labels; readonly v: number }[];
  const addFamily = (type: "counter" | "gauge", name: string, help: string, values: Values): void => {
    const full = `prometheus_tsdb_${name}`;
    registry.registerMetric({
      name: full,
      collect: () => {},
      reset: () => {},
      family: () => ({ name: full, help, type, metrics: values() }),
    });
  };
  const add = (type: "counter" | "gauge", [name, help, value]: StorageMetric): void =>
    addFamily(type, name, help, () => [{ labels: emptyLabels, v: value(reading()) }]);
  const addByType = ([name, help, counts]: SampleMetric): void =>
    addFamily("counter", name, help, () => {
      const { all, histograms } = counts(reading());
      return [
        { labels: floatType, v: all - histograms },
        { labels: histogramType, v: histograms },
      ];
    });
  let stats: TsdbStats | undefined;
  const reading = (): TsdbStats => {
    if (!stats) {
      stats = tsdb.stats();
      // Metrics of one exposition are read in one turn.
      queueMicrotask(() => {
        stats = undefined;
      });
    }
    return stats;
  };
  registry.registerMetric(lateDeltaMetric(() => reading().lateDeltas));
  for (const metric of samplesByType) addByType(metric);
  for (const metric of counters) add("counter", metric);
  for (const metric of gauges) add("gauge", metric);
}
