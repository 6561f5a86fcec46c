// An agent's metrics about its storage, under Prometheus' names.
import { Gauge, type Registry, Summary } from "@narthex/client";
import { emptyLabels, type Labels, labelsFrom } from "@narthex/model";
import type { AgentStats } from "@narthex/tsdb";

export type AgentMetrics = {
  readonly truncateDuration: Summary<never>;
  readonly replayDuration: Gauge<never>;
};

export function agentMetrics(registry: Registry): AgentMetrics {
  const registers = [registry];
  return {
    truncateDuration: new Summary({
      name: "prometheus_agent_truncate_duration_seconds",
      help: "Duration of WAL truncation.",
      // As in Prometheus: sum and count alone.
      percentiles: [],
      registers,
    }),
    replayDuration: new Gauge({
      name: "prometheus_agent_data_replay_duration_seconds",
      help: "Time taken to replay the data on disk.",
      registers,
    }),
  };
}

type AgentMetric = readonly [
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (stats: AgentStats) => number,
];

const metrics: readonly AgentMetric[] = [
  [
    "gauge",
    "agent_active_series",
    "Number of active series being tracked by the WAL storage",
    ({ activeSeries }) => activeSeries,
  ],
  [
    "gauge",
    "agent_deleted_series",
    "Number of series pending deletion from the WAL",
    ({ deletedSeries }) => deletedSeries,
  ],
  [
    "counter",
    "agent_exemplars_appended_total",
    "Total number of exemplars appended to the storage",
    ({ exemplarsAppended }) => exemplarsAppended,
  ],
  [
    "counter",
    "agent_out_of_order_samples_total",
    "Total number of out of order samples ingestion failed attempts.",
    ({ outOfOrder }) => outOfOrder,
  ],
  ["counter", "agent_corruptions_total", "Total number of WAL corruptions.", ({ corruptions }) => corruptions],
  [
    "counter",
    "agent_checkpoint_creations_total",
    "Total number of checkpoint creations attempted.",
    ({ checkpoints }) => checkpoints,
  ],
  [
    "counter",
    "agent_checkpoint_creations_failed_total",
    "Total number of checkpoint creations that failed.",
    ({ checkpointFailures }) => checkpointFailures,
  ],
  [
    "counter",
    "agent_checkpoint_deletions_total",
    "Total number of checkpoint deletions attempted.",
    ({ checkpointDeletions }) => checkpointDeletions,
  ],
  [
    "counter",
    "agent_checkpoint_deletions_failed_total",
    "Total number of checkpoint deletions that failed.",
    ({ checkpointDeletionFailures }) => checkpointDeletionFailures,
  ],
  [
    "gauge",
    "tsdb_wal_segment_current",
    "Write log segment index that TSDB is currently writing to.",
    ({ walSegment }) => walSegment,
  ],
  [
    "counter",
    "tsdb_wal_completed_pages_total",
    "Total number of completed pages.",
    ({ walPagesCompleted }) => walPagesCompleted,
  ],
  [
    "counter",
    "tsdb_wal_truncations_total",
    "Total number of log truncations attempted.",
    ({ walTruncations }) => walTruncations,
  ],
  [
    "counter",
    "tsdb_wal_truncations_failed_total",
    "Total number of log truncations that failed.",
    ({ walTruncationFailures }) => walTruncationFailures,
  ],
  [
    "counter",
    "tsdb_wal_writes_failed_total",
    "Total number of log writes that failed.",
    ({ walWriteFailures }) => walWriteFailures,
  ],
  ["gauge", "tsdb_wal_storage_size_bytes", "Size of the write log directory.", ({ walBytes }) => walBytes],
];

const floatType = labelsFrom({ type: "float" });
const histogramType = labelsFrom({ type: "histogram" });

/** One reading of the storage's numbers serves one exposition. */
export function addAgentMetrics(registry: Registry, store: { readonly stats: () => AgentStats }): void {
  let stats: AgentStats | undefined;
  const reading = (): AgentStats => {
    if (!stats) {
      stats = store.stats();
      // Metrics of one exposition are read in one turn.
      queueMicrotask(() => {
        stats = undefined;
      });
    }
    return stats;
  };
  const add = (
    [type, short, help]: readonly [type: AgentMetric[0], name: string, help: string],
    values: () => { readonly labels: Labels; readonly v: number }[],
  ): void => {
    const name = `prometheus_${short}`;
    registry.registerMetric({
      name,
      collect: () => {},
      reset: () => {},
      family: () => ({ name, help, type, metrics: values() }),
    });
  };
  for (const [type, name, help, value] of metrics) {
    add([type, name, help], () => [{ labels: emptyLabels, v: value(reading()) }]);
  }
  add(["counter", "agent_samples_appended_total", "Total number of samples appended to the storage"], () => {
    const { samplesAppended, histogramsAppended } = reading();
    return [
      { labels: floatType, v: samplesAppended - histogramsAppended },
      { labels: histogramType, v: histogramsAppended },
    ];
  });
}
