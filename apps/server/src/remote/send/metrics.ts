// What sending by remote write tells of itself, under Prometheus' names. Comes from: the numbers that the thread keeps in shared
// memory, read when they are scraped. Prometheus: storage/remote/queue_manager.go, tsdb/wlog/watcher.go.
import type { Registry } from "@narthex/client";
import { emptyLabels, type Labels, labelsFrom } from "@narthex/model";
import type { TsdbIntake } from "@narthex/tsdb";
import { durationBounds, type NumberName, type QueueNumbers } from "./numbers.js";
import { recordTypeNames } from "./records-read.js";
import type { Remote } from "./remotes.js";

/** One remote and what its queue counts. */
export type SentTo = { readonly remote: Remote; readonly numbers: QueueNumbers };

export type SendState = {
  readonly sentTo: () => readonly SentTo[];
  readonly intake: () => TsdbIntake;
};

type Point = { readonly labels: Labels; readonly v: number };

type Described = {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
};

export function addSendMetrics(registry: Registry, state: SendState): void {
  for (const one of [...queueNumbers, ...bounds])
    addValues(registry, one, () => state.sentTo().flatMap((sent) => one.read(sent)));
  for (const one of intakeNumbers)
    addValues(registry, one, () => [{ labels: emptyLabels, v: one.read(state.intake()) }]);
  addDurations(registry, state);
}

function addValues(registry: Registry, { name, help, type }: Described, points: () => readonly Point[]): void {
  registry.registerMetric({
    name,
    collect: () => {},
    reset: () => {},
    family: () => ({ name, help, type, metrics: points() }),
  });
}

function addDurations(registry: Registry, { sentTo }: SendState): void {
  const name = "prometheus_remote_storage_sent_batch_duration_seconds";
  registry.registerMetric({
    name,
    collect: () => {},
    reset: () => {},
    family: () => ({
      name,
      help: "Duration of send calls to the remote storage.",
      type: "histogram",
      metrics: sentTo().map(({ remote, numbers }) => durationsOf(labelsOf({ remote }), numbers)),
    }),
  });
}

function durationsOf(labels: Labels, numbers: QueueNumbers) {
  let count = 0;
  const cumulative = [...numbers.durations()].map((observed) => (count += observed));
  const buckets = durationBounds.map((upperBound, i) => ({ upperBound, cumulativeCount: cumulative[i]! }));
  return { labels, count, sum: numbers.get("durationSum"), buckets };
}

type Read = (sent: SentTo) => readonly Point[];
type QueueMetric = Described & { readonly read: Read };

function labelsOf({ remote }: Pick<SentTo, "remote">, more: Readonly<Record<string, string>> = {}): Labels {
  return labelsFrom({ remote_name: remote.name, url: remote.url, ...more });
}

function one(
  type: Described["type"],
  [name, field, help]: readonly [string, NumberName, string],
  scale = 1,
): QueueMetric {
  const read: Read = (sent) => [{ labels: labelsOf(sent), v: sent.numbers.get(field) * scale }];
  return { name: `prometheus_remote_storage_${name}`, type, help, read };
}

/** A kind's counter of rows that were dropped, by reason. */
function dropped(kind: string, reasons: Readonly<Record<string, NumberName>>): QueueMetric {
  const read: Read = (sent) =>
    Object.entries(reasons).map(([reason, field]) => ({
      labels: labelsOf(sent, { reason }),
      v: sent.numbers.get(field),
    }));
  const help = `Total number of ${kind} which were dropped after being read from the WAL before being sent via remote write, by reason.`;
  return { name: `prometheus_remote_storage_${kind}_dropped_total`, type: "counter", help, read };
}

function watched(
  type: Described["type"],
  name: string,
  help: string,
  read: (sent: SentTo, consumer: Record<string, string>) => readonly Point[],
): QueueMetric {
  return { name, type, help, read: (sent) => read(sent, { consumer: sent.remote.name }) };
}

const counters: readonly (readonly [string, NumberName, string])[] = [
  ["samples_total", "samplesTotal", "Total number of samples sent to remote storage."],
  ["exemplars_total", "exemplarsTotal", "Total number of exemplars sent to remote storage."],
  ["histograms_total", "histogramsTotal", "Total number of histograms sent to remote storage."],
  ["metadata_total", "metadataTotal", "Total number of metadata sent to remote storage."],
  [
    "samples_failed_total",
    "samplesFailed",
    "Total number of samples which failed on send to remote storage, non-recoverable errors.",
  ],
  [
    "exemplars_failed_total",
    "exemplarsFailed",
    "Total number of exemplars which failed on send to remote storage, non-recoverable errors.",
  ],
  [
    "histograms_failed_total",
    "histogramsFailed",
    "Total number of histograms which failed on send to remote storage, non-recoverable errors.",
  ],
  [
    "metadata_failed_total",
    "metadataFailed",
    "Total number of metadata entries which failed on send to remote storage, non-recoverable errors.",
  ],
  [
    "samples_retried_total",
    "samplesRetried",
    "Total number of samples which failed on send to remote storage but were retried because the send error was recoverable.",
  ],
  [
    "exemplars_retried_total",
    "exemplarsRetried",
    "Total number of exemplars which failed on send to remote storage but were retried because the send error was recoverable.",
  ],
  [
    "histograms_retried_total",
    "histogramsRetried",
    "Total number of histograms which failed on send to remote storage but were retried because the send error was recoverable.",
  ],
  [
    "metadata_retried_total",
    "metadataRetried",
    "Total number of metadata entries which failed on send to remote storage but were retried because the send error was recoverable.",
  ],
  [
    "enqueue_retries_total",
    "enqueueRetries",
    "Total number of times enqueue has failed because a shards queue was full.",
  ],
  ["bytes_total", "bytes", "The total number of bytes of data (not metadata) sent by the queue after compression."],
  [
    "metadata_bytes_total",
    "metadataBytes",
    "The total number of bytes of metadata sent by the queue after compression.",
  ],
];

const gauges: readonly (readonly [string, NumberName, string])[] = [
  [
    "samples_pending",
    "samplesPending",
    "The number of samples pending in the queues shards to be sent to the remote storage.",
  ],
  [
    "exemplars_pending",
    "exemplarsPending",
    "The number of exemplars pending in the queues shards to be sent to the remote storage.",
  ],
  [
    "histograms_pending",
    "histogramsPending",
    "The number of histograms pending in the queues shards to be sent to the remote storage.",
  ],
  ["shards", "shards", "The number of shards used for parallel sending to the remote storage."],
  [
    "shards_desired",
    "shardsDesired",
    "The number of shards that the queues shard calculation wants to run based on the rate of samples in vs. samples out.",
  ],
];

const inMs: readonly (readonly [string, NumberName, string])[] = [
  [
    "queue_highest_sent_timestamp_seconds",
    "highestSentMs",
    "Timestamp from a WAL sample, the highest timestamp successfully sent by this queue, in seconds since epoch. Initialized to 0 when no data has been sent yet.",
  ],
  [
    "queue_highest_timestamp_seconds",
    "highestReadMs",
    "Highest timestamp that was enqueued by this queue, in seconds since epoch. Initialized to 0 when no data has been received yet.",
  ],
];

const queueNumbers: readonly QueueMetric[] = [
  ...counters.map((described) => one("counter", described)),
  ...gauges.map((described) => one("gauge", described)),
  ...inMs.map((described) => one("gauge", described, 1 / 1000)),
  dropped("samples", {
    too_old: "samplesTooOld",
    dropped_series: "samplesOfDroppedSeries",
    unintentionally_dropped_series: "samplesOfUnknownSeries",
  }),
  dropped("exemplars", {
    too_old: "exemplarsTooOld",
    dropped_series: "exemplarsOfDroppedSeries",
    unintentionally_dropped_series: "exemplarsOfUnknownSeries",
  }),
  dropped("histograms", {
    too_old: "histogramsTooOld",
    dropped_series: "histogramsOfDroppedSeries",
    unintentionally_dropped_series: "histogramsOfUnknownSeries",
    nhcb_in_rw1_not_supported: "histogramsNotSupported",
  }),
  watched(
    "counter",
    "prometheus_wal_watcher_records_read_total",
    "Number of records read by the WAL watcher from the WAL.",
    ({ numbers }, consumer) =>
      [...numbers.recordsRead()].flatMap((v, type) =>
        v === 0 ? [] : [{ labels: labelsFrom({ ...consumer, type: recordTypeNames[type] ?? "unknown" }), v }],
      ),
  ),
  watched(
    "counter",
    "prometheus_wal_watcher_record_decode_failures_total",
    "Number of records read by the WAL watcher that resulted in an error when decoding.",
    ({ numbers }, consumer) => [{ labels: labelsFrom(consumer), v: numbers.get("corruptions") }],
  ),
  watched(
    "gauge",
    "prometheus_wal_watcher_current_segment",
    "Current segment the WAL watcher is reading records from.",
    ({ numbers }, consumer) => [{ labels: labelsFrom(consumer), v: numbers.get("segment") }],
  ),
  watched(
    "counter",
    "narthex_wal_watcher_segments_missed_total",
    "Segments that were truncated away before the WAL watcher had read them: their samples were not sent.",
    ({ numbers }, consumer) => [{ labels: labelsFrom(consumer), v: numbers.get("segmentsMissed") }],
  ),
];

function bound(
  name: string,
  help: string,
  value: (queue: SentTo["remote"]["config"]["queue_config"]) => number,
): QueueMetric {
  const read: Read = (sent) => [{ labels: labelsOf(sent), v: value(sent.remote.config.queue_config) }];
  return { name: `prometheus_remote_storage_${name}`, type: "gauge", help, read };
}

const bounds: readonly QueueMetric[] = [
  bound(
    "shard_capacity",
    "The capacity of each shard of the queue used for parallel sending to the remote storage.",
    ({ capacity }) => capacity,
  ),
  bound("shards_max", "The maximum number of shards that the queue is allowed to run.", ({ max_shards }) => max_shards),
  bound("shards_min", "The minimum number of shards that the queue is allowed to run.", ({ min_shards }) => min_shards),
  bound(
    "max_samples_per_send",
    "The maximum number of samples to be sent, in a single request, to the remote storage. Note that, when sending of exemplars over remote write is enabled, exemplars count towards this limt.",
    ({ max_samples_per_send }) => max_samples_per_send,
  ),
];

const intakeNumbers: readonly (Described & { readonly read: (status: TsdbIntake) => number })[] = [
  {
    name: "prometheus_remote_storage_samples_in_total",
    help: "Samples in to remote storage, compare to samples out for queue managers.",
    type: "counter",
    read: ({ samples, histograms }) => samples - histograms,
  },
  {
    name: "prometheus_remote_storage_histograms_in_total",
    help: "HistogramSamples in to remote storage, compare to histograms out for queue managers.",
    type: "counter",
    read: ({ histograms }) => histograms,
  },
  {
    name: "prometheus_remote_storage_exemplars_in_total",
    help: "Exemplars in to remote storage, compare to exemplars out for queue managers.",
    type: "counter",
    read: ({ exemplars }) => exemplars,
  },
  {
    name: "prometheus_remote_storage_highest_timestamp_in_seconds",
    help: "Highest timestamp that has come into the remote storage via the Appender interface, in seconds since epoch. Initialized to 0 when no data has been received yet.",
    type: "gauge",
    read: ({ highestTime }) => Math.floor(highestTime / 1000),
  },
];
