// The server's storage: opened while everything else starts, compacted regularly.
// Comes from: main. The log is replayed in slices, so scrapes and answers go on meanwhile; what is scraped waits.
import { Gauge, type Registry } from "@narthex/client";
import { emptyLabels } from "@narthex/model";
import { errorText } from "@narthex/service";
import { OpeningTsdb, type ReplayProgress, type Tsdb } from "@narthex/tsdb";
import { chunkFormOf } from "./chunk-form.js";
import type { Config } from "./config/config.js";
import type { ServerContext } from "./context.js";
import { walSegmentBytesOf } from "./flags.js";
import type { LoadedConfig } from "./reloader.js";
import { retentionOf } from "./retention.js";
import { addStorageMetrics } from "./self-metrics.js";
import { heldBackUntilUploaded } from "./uploads.js";

export type ServerStorage = {
  readonly tsdb: OpeningTsdb;
  /** For /api/v1/status/walreplay. */
  readonly replayProgress: () => ReplayProgress;
};

const compactionIntervalMaxMs = 60_000;

/** Where the data directory cannot be had, `untilOpened` rejects. */
export function openStorage(context: ServerContext, { config }: LoadedConfig): ServerStorage {
  const { flags, logger, clock, features, registry, giveWay } = context;
  let progress: ReplayProgress = { min: 0, max: 0, current: 0 };
  const blockRangeMaxMs = flags["storage.tsdb.max-block-duration"];
  const uploadsPath = flags["storage.tsdb.delay-compact-file.path"];
  const tsdb = new OpeningTsdb({
    path: flags["storage.tsdb.path"],
    clock,
    ...(context.stopping ? { signal: context.stopping } : {}),
    ...retentionOf(flags, config),
    chunkForm: chunkFormOf(features, config),
    ...(uploadsPath === "" ? {} : { isHeldBack: heldBackUntilUploaded(uploadsPath, logger) }),
    compactionThread: "worker",
    beforeCompactionThread: context.beforeShortThread,
    lockFile: !flags["storage.tsdb.no-lockfile"],
    headSeriesMax: flags["storage.tsdb.head-series-max"],
    blockRangeMs: flags["storage.tsdb.min-block-duration"],
    headDelayMsMax: headDelayMsMaxOf(context),
    ...(blockRangeMaxMs > 0 ? { blockRangeMaxMs } : {}),
    walCompression: flags["storage.tsdb.wal-compression"] ? flags["storage.tsdb.wal-compression-type"] : "none",
    walSegmentBytesMax: walSegmentBytesOf(flags),
    exemplarsMax: exemplarsMaxOf(context, config),
    staleSeriesThreshold: staleSeriesThresholdOf(config),
    ...(giveWay ? { giveWay } : {}),
    onReplayProgress: (next) => {
      progress = next;
      logger.info({ segment: next.current, maxSegment: next.max }, "WAL segment loading");
    },
    onSnapshotFailure: (error) => logger.error({ err: errorText(error) }, "no snapshot of the memory was written"),
    onCorruption: (error) => logger.error({ err: errorText(error) }, "damaged data was cut off or set aside"),
    onBatchRefused: (error) =>
      logger.error({ err: errorText(error) }, "samples scraped during the replay were refused"),
  });
  addWaitingMetrics(registry, tsdb);
  return { tsdb, replayProgress: () => progress };
}

function headDelayMsMaxOf({ flags, features }: ServerContext): number {
  if (!features.delaysCompaction) return 0;
  const percent = flags["storage.tsdb.delayed-compaction.max-percent"];
  return (flags["storage.tsdb.min-block-duration"] * percent) / 100;
}

/** As many as the configuration says, where the feature is on. */
export function exemplarsMaxOf({ features }: ServerContext, config: Config): number {
  return features.keepsExemplars ? Math.max(0, config.storage?.exemplars?.max_exemplars ?? 100_000) : 0;
}

/** Share of the head's series that have ended, from 0 to 1. */
export function staleSeriesThresholdOf({ storage }: Config): number {
  return storage?.tsdb?.stale_series_compaction_threshold ?? 0;
}

/** Resolves when the storage works; its metrics are there from then on. */
export async function untilOpened({ tsdb }: ServerStorage, registry: Registry): Promise<void> {
  await tsdb.opened;
  addStorageMetrics(registry, tsdb);
}

/** Of batches that wait while a log is replayed. */
export function addWaitingMetrics(registry: Registry, storage: Pick<OpeningTsdb, "waiting">): void {
  const registers = [registry];
  new Gauge({
    name: "narthex_tsdb_waiting_batches",
    help: "Batches that wait for the end of the WAL replay.",
    registers,
    collect() {
      this.set(storage.waiting.batches);
    },
  });
  new Gauge({
    name: "narthex_tsdb_waiting_bytes",
    help: "Bytes that batches take which wait for the end of the WAL replay.",
    registers,
    collect() {
      this.set(storage.waiting.bytes);
    },
  });
  registry.registerMetric({
    name: refusedName,
    collect: () => {},
    reset: () => {},
    family: () => ({
      name: refusedName,
      help: "Batches of the WAL replay's time that found no room or were refused at its end.",
      type: "counter",
      metrics: [{ labels: emptyLabels, v: storage.waiting.refused }],
    }),
  });
}

const refusedName = "narthex_tsdb_waiting_refused_total";

/** The head becomes blocks and old blocks go; the storage decides what is due. */
export function compactRegularly(tsdb: Tsdb, context: ServerContext, onCompacted: () => void): () => void {
  const { clock, logger, flags } = context;
  // Blocks of seconds, as tests have them, are due more often than every minute.
  const intervalMs = Math.min(compactionIntervalMaxMs, flags["storage.tsdb.min-block-duration"] / 2);
  let isClosed = false;
  let cancel = (): void => {};
  const run = async (): Promise<void> => {
    try {
      await tsdb.compact();
      onCompacted();
    } catch (error) {
      // A compaction that the closing database breaks off is no failure.
      if (!isClosed) logger.error({ err: errorText(error) }, "compaction failed");
    }
    if (!isClosed) cancel = clock.after(intervalMs, () => void run());
  };
  cancel = clock.after(intervalMs, () => void run());
  return () => {
    isClosed = true;
    cancel();
  };
}
