import { Counter, type CounterChild, Gauge, type Registry } from "@narthex/client";
import type { DiscoveredTargets } from "./manager.js";

export type DiscoveryMetrics = {
  readonly receivedUpdates: CounterChild;
  readonly refreshFailures: Counter<"mechanism">;
  readonly countUpdate: (targets: DiscoveredTargets) => void;
};

/** `name` tells the two managers apart: "scrape" and "notify". */
export function discoveryMetrics(registry: Registry): (name: string) => DiscoveryMetrics {
  const registers = [registry];
  const updates = new Counter({
    name: "prometheus_sd_updates_total",
    help: "Total number of update events sent to the SD consumers.",
    labelNames: ["name"],
    registers,
  });
  const received = new Counter({
    name: "prometheus_sd_received_updates_total",
    help: "Total number of update events received from the SD providers.",
    labelNames: ["name"],
    registers,
  });
  const discovered = new Gauge({
    name: "prometheus_sd_discovered_targets",
    help: "Current number of discovered targets.",
    labelNames: ["name", "config"],
    registers,
  });
  const refreshFailures = new Counter({
    name: "prometheus_sd_refresh_failures_total",
    help: "Number of refresh failures for the given SD mechanism.",
    labelNames: ["mechanism"],
    registers,
  });
  return (name) => ({
    receivedUpdates: received.labels({ name }),
    refreshFailures,
    countUpdate: (targets) => {
      updates.inc({ name });
      for (const [config, groups] of targets) {
        discovered.set(
          { name, config },
          groups.reduce((sum, group) => sum + group.targets.length, 0),
        );
      }
    },
  });
}
