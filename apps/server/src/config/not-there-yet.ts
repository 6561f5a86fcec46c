// What a configuration asks for that no code acts upon yet. Such a file is right, so `tool check config` passes it; a
// server that started with it would look configured and not be. Comes from: config/load. Goes to: reloader.
import type { Config } from "./config.js";
import { type DiscoveryConfigs, unservedFields } from "./discovery.js";
import type { ScrapeConfig } from "./scrape.js";

/** Names of sections and fields, those of a job with its name; empty where all of it is there. */
export function notThereYet(config: Config): string[] {
  const { storage } = config;
  return [
    ...named({
      remote_write: config.remote_write.length > 0,
      remote_read: config.remote_read.length > 0,
      tracing: config.tracing !== undefined,
      "storage.tsdb.stale_series_compaction_threshold": (storage?.tsdb?.stale_series_compaction_threshold ?? 0) !== 0,
      "alertmanagers.sigv4": config.alerting.alertmanagers.some(({ sigv4 }) => sigv4 !== undefined),
    }),
    ...config.alerting.alertmanagers.flatMap(unserved),
    ...config.scrape_configs.flatMap(ofJob),
  ];
}

function unserved(section: DiscoveryConfigs): string[] {
  return unservedFields.filter((field) => section[field].length > 0);
}

function ofJob(scrape: ScrapeConfig): string[] {
  return unserved(scrape).map((field) => `${field} (job ${JSON.stringify(scrape.job_name)})`);
}

function named(isUsed: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(isUsed).filter((name) => isUsed[name]);
}
