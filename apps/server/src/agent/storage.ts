// An agent's storage: opened while everything else starts, truncated when it is time.
// Comes from: agent/rooms. What was sent decides what may go, see truncationTime.
import { errorText } from "@narthex/service";
import { OpeningAgent, type ReplayProgress } from "@narthex/tsdb";
import type { Config } from "../config/config.js";
import type { ServerContext } from "../context.js";
import { type ServerFlags, walSegmentBytesOf } from "../flags.js";
import type { AgentMetrics } from "./metrics.js";

export type AgentStorage = {
  readonly store: OpeningAgent;
  /** For /api/v1/status/walreplay. */
  readonly replayProgress: () => ReplayProgress;
};

/** Where the data directory cannot be had, `store.opened` rejects. */
export function openAgentStorage(context: ServerContext, config: Config): AgentStorage {
  const { flags, features, logger, clock, giveWay } = context;
  let progress: ReplayProgress = { min: 0, max: 0, current: 0 };
  const store = new OpeningAgent({
    path: flags["storage.agent.path"],
    clock,
    ...(context.stopping ? { signal: context.stopping } : {}),
    ...(giveWay ? { giveWay } : {}),
    lockFile: !flags["storage.agent.no-lockfile"],
    walCompression: flags["storage.agent.wal-compression"] ? flags["storage.agent.wal-compression-type"] : "none",
    walSegmentBytesMax: walSegmentBytesOf(flags),
    outOfOrderTimeWindowMs: outOfOrderTimeWindowOf(config),
    logsMetadata: features.logsMetadata,
    checkpointFromMemory: flags["storage.agent.checkpoint-from-in-memory-series"],
    checkpointBatchSize: flags["storage.agent.checkpoint-batch-size"],
    checkpointThread: "worker",
    onReplayProgress: (next) => {
      progress = next;
      logger.info({ segment: next.current, maxSegment: next.max }, "WAL segment loading");
    },
    onCorruption: (error) => logger.error({ err: errorText(error) }, "damaged data was cut off or set aside"),
    onBatchRefused: (error) =>
      logger.error({ err: errorText(error) }, "samples scraped during the replay were refused"),
  });
  return { store, replayProgress: () => progress };
}

export function outOfOrderTimeWindowOf({ storage }: Config): number {
  return storage?.tsdb?.out_of_order_time_window ?? 0;
}

export type TruncationOptions = {
  readonly context: ServerContext;
  readonly metrics: AgentMetrics;
  /** Up to where every remote write endpoint has what was scraped, in ms; 0 while one has nothing. */
  readonly lowestSentTime: () => number;
};

/** Returns a function that ends it. */
export function truncateRegularly(
  store: Pick<OpeningAgent, "truncate">,
  { context, metrics, lowestSentTime }: TruncationOptions,
): () => void {
  const { clock, logger, flags } = context;
  const stopwatch = (): number => performance.now();
  let isClosed = false;
  let cancel = (): void => {};
  const wait = (): void => {
    if (!isClosed) cancel = clock.after(truncateFrequencyOf(flags), () => void run());
  };
  const run = async (): Promise<void> => {
    const begun = stopwatch();
    try {
      const minTime = truncationTime(flags, { now: clock.now(), lowestSentTime: lowestSentTime() });
      if (await store.truncate(minTime)) metrics.truncateDuration.observe((stopwatch() - begun) / 1000);
    } catch (error) {
      // A truncation that the closing store breaks off is no failure.
      if (!isClosed) logger.warn({ err: errorText(error) }, "failed to truncate WAL");
    }
    wait();
  };
  wait();
  return () => {
    isClosed = true;
    cancel();
  };
}

const truncateFrequencyInitial = 7_200_000;

function truncateFrequencyOf(flags: ServerFlags): number {
  return flags["storage.agent.wal-truncate-frequency"] || truncateFrequencyInitial;
}

/**
 * Samples and series before it may go, in ms: sent, and older than the least age; or older than the greatest, so that an
 * endpoint which takes nothing does not fill the disk. Prometheus: tsdb/agent/db.go, run and validateOptions.
 */
export function truncationTime(
  flags: ServerFlags,
  { now, lowestSentTime }: { readonly now: number; readonly lowestSentTime: number },
): number {
  const ageMin = flags["storage.agent.retention.min-time"];
  // What is scraped between two truncations is kept until the second.
  const ageMax = Math.max(flags["storage.agent.retention.max-time"], truncateFrequencyOf(flags));
  return Math.max(0, lowestSentTime - ageMin, now - ageMax);
}
