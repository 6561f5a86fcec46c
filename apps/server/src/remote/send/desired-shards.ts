// How many shards a queue wants, from what comes in, what goes out and how long that takes.
// Prometheus: storage/remote/queue_manager.go, calculateDesiredShards. Goes to: send/queue-manager, every ten seconds.

export type Flow = {
  /** Rows per second that the storage takes in. */
  readonly inRate: number;
  /** Rows per second that were sent, and that relabelling and the like dropped. */
  readonly outRate: number;
  readonly droppedRate: number;
  /** Seconds of requests, over all shards, per second. */
  readonly outSeconds: number;
  /** How far the newest sample that was sent is behind the newest there is. */
  readonly delaySeconds: number;
  readonly shards: number;
};

export type ShardBounds = { readonly shardsMin: number; readonly shardsMax: number };

export type Desired = {
  /** As calculated: a metric. */
  readonly wanted: number;
  /** What there should be: as now where the difference is small. */
  readonly shards: number;
};

/** Of what is late, this much is to be made up for in a second. */
const catchUp = 0.05;
/** A difference of this share is let be. */
const tolerance = 0.3;
/** Further behind than this, no shard goes. */
const delaySecondsMax = 10;

export function desiredShards(flow: Flow, { shardsMin, shardsMax }: ShardBounds): Desired | undefined {
  const { inRate, outRate, droppedRate, outSeconds, delaySeconds, shards } = flow;
  if (outRate <= 0) return undefined;
  const kept = (inRate * outRate) / (droppedRate + outRate);
  const wanted = (outSeconds / outRate) * (kept + catchUp * delaySeconds * kept);
  const whole = Math.ceil(wanted);
  const isNear = shards * (1 - tolerance) <= whole && whole <= shards * (1 + tolerance);
  const isLate = whole < shards && delaySeconds > delaySecondsMax;
  if (isNear || isLate) return { wanted, shards };
  return { wanted, shards: Math.min(shardsMax, Math.max(shardsMin, whole)) };
}
