// Discovery managers of one server or agent, told apart by name. Comes from: main, agent/rooms.
import type { ServerContext } from "../context.js";
import { DiscoveryManager, type DiscoveryOptions } from "./manager.js";
import { discoveryMetrics } from "./metrics.js";

export type OpenDiscovery = (name: string, onUpdate: DiscoveryOptions["onUpdate"]) => DiscoveryManager;

export function discoveryOpener({ flags, logger, clock, registry }: ServerContext): OpenDiscovery {
  const metricsOf = discoveryMetrics(registry, clock);
  return (name, onUpdate) =>
    new DiscoveryManager({
      clock,
      logger: logger.child({ component: `discovery manager ${name}` }),
      metrics: metricsOf(name),
      updateIntervalMs: flags["scrape.discovery-reload-interval"],
      onUpdate,
    });
}
