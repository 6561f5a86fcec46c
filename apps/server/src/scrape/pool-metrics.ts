// What the pools of all jobs tell about themselves, under Prometheus' names. Goes to: scrape/metrics.
import { Counter, Gauge, type Registry, Summary } from "@narthex/client";

export type PoolMetrics = {
  readonly pools: Counter;
  readonly poolsFailed: Counter;
  readonly reloads: Counter;
  readonly reloadsFailed: Counter;
  readonly reloadLength: Summary<"interval">;
  readonly syncs: Counter<"scrape_job">;
  readonly syncsFailed: Counter<"scrape_job">;
  readonly syncLength: Summary<"scrape_job">;
  readonly poolTargets: Gauge<"scrape_job">;
  readonly poolTargetLimit: Gauge<"scrape_job">;
  readonly targetLimitExceeded: Counter;
  /** Ends the series of a job that is no more. */
  readonly removeJob: (name: string) => void;
};

const percentiles = [0.01, 0.05, 0.5, 0.9, 0.99];

export function poolMetrics(registry: Registry): PoolMetrics {
  const registers = [registry];
  const labelNames = ["scrape_job"] as const;
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const syncs = new Counter({
    name: "prometheus_target_scrape_pool_sync_total",
    help: "Total number of syncs that were executed on a scrape pool.",
    labelNames,
    registers,
  });
  const syncsFailed = new Counter({
    name: "prometheus_target_sync_failed_total",
    help: "Total number of target sync failures.",
    labelNames,
    registers,
  });
  const syncLength = new Summary({
    name: "prometheus_target_sync_length_seconds",
    help: "Actual interval to sync the scrape pool.",
    labelNames,
    percentiles,
    registers,
  });
  const gauge = (name: string, help: string): Gauge<"scrape_job"> => new Gauge({ name, help, labelNames, registers });
  const poolTargets = gauge("prometheus_target_scrape_pool_targets", "Current number of targets in this scrape pool.");
  const poolTargetLimit = gauge(
    "prometheus_target_scrape_pool_target_limit",
    "Maximum number of targets allowed in this scrape pool.",
  );
  return {
    ...reloadCounters(registry),
    pools: counter("prometheus_target_scrape_pools_total", "Total number of scrape pool creation attempts."),
    poolsFailed: counter(
      "prometheus_target_scrape_pools_failed_total",
      "Total number of scrape pool creations that failed.",
    ),
    targetLimitExceeded: counter(
      "prometheus_target_scrape_pool_exceeded_target_limit_total",
      "Total number of times scrape pools hit the target limit, during sync or config reload.",
    ),
    syncs,
    syncsFailed,
    syncLength,
    poolTargets,
    poolTargetLimit,
    removeJob(name) {
      const job = { scrape_job: name };
      for (const metric of [syncs, syncsFailed, syncLength, poolTargets, poolTargetLimit]) metric.remove(job);
    },
  };
}

function reloadCounters(registry: Registry): Pick<PoolMetrics, "reloads" | "reloadsFailed" | "reloadLength"> {
  const registers = [registry];
  return {
    reloads: new Counter({
      name: "prometheus_target_scrape_pool_reloads_total",
      help: "Total number of scrape pool reloads.",
      registers,
    }),
    reloadsFailed: new Counter({
      name: "prometheus_target_scrape_pool_reloads_failed_total",
      help: "Total number of failed scrape pool reloads.",
      registers,
    }),
    reloadLength: new Summary({
      name: "prometheus_target_reload_length_seconds",
      help: "Actual interval to reload the scrape pool with a given configuration.",
      labelNames: ["interval"],
      percentiles,
      registers,
    }),
  };
}
