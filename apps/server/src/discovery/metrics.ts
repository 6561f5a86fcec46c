import { Counter, type CounterChild, Gauge, type GaugeChild, type Registry } from "@narthex/client";
import type { Clock } from "@narthex/stdx";
import { type MechanismMetrics, mechanismMetrics } from "./mechanism-metrics.js";
import type { DiscoveredTargets } from "./provider.js";

export type DiscoveryMetrics = {
  readonly receivedUpdates: CounterChild;
  readonly failedConfigs: GaugeChild;
  readonly mechanisms: MechanismMetrics;
  /** Sections that were told before and are gone lose their series. */
  readonly countUpdate: (targets: DiscoveredTargets) => void;
};

/** `name` tells the two managers apart: "scrape" and "notify". */
export function discoveryMetrics(registry: Registry, clock: Clock): (name: string) => DiscoveryMetrics {
  const registers = [registry];
  const labelNames = ["name"] as const;
  const updates = new Counter({
    name: "prometheus_sd_updates_total",
    help: "Total number of update events sent to the SD consumers.",
    labelNames,
    registers,
  });
  const received = new Counter({
    name: "prometheus_sd_received_updates_total",
    help: "Total number of update events received from the SD providers.",
    labelNames,
    registers,
  });
  const failedConfigs = new Gauge({
    name: "prometheus_sd_failed_configs",
    help: "Current number of service discovery configurations that failed to load.",
    labelNames,
    registers,
  });
  const lastUpdate = new Gauge({
    name: "prometheus_sd_last_update_timestamp_seconds",
    help: "Timestamp of the last update sent to the SD consumers.",
    labelNames,
    registers,
  });
  const discovered = new Gauge({
    name: "prometheus_sd_discovered_targets",
    help: "Current number of discovered targets.",
    labelNames: ["name", "config"],
    registers,
  });
  const mechanisms = mechanismMetrics(registry);
  return (name) => {
    let known: readonly string[] = [];
    return {
      receivedUpdates: received.labels({ name }),
      failedConfigs: failedConfigs.labels({ name }),
      mechanisms,
      countUpdate: (targets) => {
        updates.inc({ name });
        lastUpdate.set({ name }, clock.now() / 1000);
        for (const config of known) if (!targets.has(config)) discovered.remove({ name, config });
        known = [...targets.keys()];
        for (const [config, groups] of targets) {
          discovered.set(
            { name, config },
            groups.reduce((sum, group) => sum + group.targets.length, 0),
          );
        }
      },
    };
  };
}
