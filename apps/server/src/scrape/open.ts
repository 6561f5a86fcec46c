// The scrape manager of a server or an agent, with what its flags and features say. Comes from: main, agent/rooms.
import { hostname } from "node:os";
import type { Appendable } from "@narthex/model";
import type { Config } from "../config/config.js";
import type { ServerContext } from "../context.js";
import { FailureLog } from "./failure-log.js";
import { newScrapeBuffers, ScrapeManager } from "./manager.js";
import { scrapeMetrics } from "./metrics.js";
import { offsetSeedOf } from "./target.js";

/** `config`: the one at the start. */
export function newScrapeManager(context: ServerContext, { global }: Config, storage: Appendable): ScrapeManager {
  const { flags, features, logger, clock, registry, tracing } = context;
  const metrics = scrapeMetrics(registry, () => manager.metadataSizes());
  const scrapeLogger = logger.child({ component: "scrape manager" });
  const manager: ScrapeManager = new ScrapeManager({
    world: {
      clock,
      logger: scrapeLogger,
      tracing,
      storage,
      buffers: newScrapeBuffers(),
      metrics,
      failureLog: new FailureLog(scrapeLogger, () => metrics.failureLogFailures.inc()),
      offsetSeed: offsetSeedOf(hostname(), global.external_labels),
      stopwatchMs: () => performance.now(),
      toleranceMs: flags["scrape.adjust-timestamps"] ? flags["scrape.timestamp-tolerance"] : 0,
      keepsExemplars: features.keepsExemplars,
      startsAtZero: features.startsAtZero,
      storesStartTimes: features.storesStartTimes,
      synthesizesStarts: features.synthesizesStarts,
      addsTypeAndUnit: features.addsTypeAndUnit,
      hasExtraMetrics: features.hasExtraScrapeMetrics,
    },
    createClient: context.createScrapeClient,
  });
  return manager;
}
