// Gives a configuration to the rooms of a server, in the order data passes. Comes from: reloader.
import { labelsFrom } from "@narthex/model";
import type { Config } from "./config/config.js";
import type { DiscoveryManager } from "./discovery/manager.js";
import { type Notifier, sectionName } from "./notify/notifier.js";
import type { QueryLog } from "./query/log.js";
import type { LoadedConfig } from "./reloader.js";
import type { Remotes } from "./remote/read/remotes.js";
import type { RemoteSender } from "./remote/send/sender.js";
import type { RuleManager } from "./rules/manager.js";
import type { ScrapeManager } from "./scrape/manager.js";

export type ScrapeRooms = {
  readonly scrape: ScrapeManager;
  readonly scrapeDiscovery: DiscoveryManager;
};

export type ConfiguredRooms = ScrapeRooms & {
  /** Tells the storage what to keep. */
  readonly setStorage: (config: Config) => void;
  readonly remotes: Remotes;
  readonly notifyDiscovery: DiscoveryManager;
  readonly rules: RuleManager;
  readonly notifier: Notifier;
  readonly sender: RemoteSender;
  /** Resolves when the storage can be read: rules ask it what they were doing. Rejects where it cannot be opened. */
  readonly opened: Promise<void>;
  readonly queryLog: QueryLog;
};

export async function applyConfig(rooms: ConfiguredRooms, { config, ruleGroups }: LoadedConfig): Promise<void> {
  const { setStorage, remotes, notifyDiscovery, rules, notifier, sender, opened, queryLog } = rooms;
  const { global, alerting } = config;
  const externalLabels = labelsFrom(global.external_labels);
  queryLog.setFile(global.query_log_file);
  setStorage(config);
  remotes.apply(config.remote_read, global.external_labels);
  notifier.apply({ alerting, externalLabels, nameScheme: "utf8" });
  applyScrapes(rooms, config);
  notifyDiscovery.apply(new Map(alerting.alertmanagers.map((one, i) => [sectionName(i), one])));
  await opened;
  await sender.apply({ remotes: config.remote_write, externalLabels });
  await rules.update(ruleGroups, {
    intervalMs: global.evaluation_interval,
    queryOffsetMs: global.rule_query_offset,
    externalLabels: global.external_labels,
  });
}

export function applyScrapes({ scrape, scrapeDiscovery }: ScrapeRooms, { scrape_configs }: Config): void {
  scrape.apply(scrape_configs);
  scrapeDiscovery.apply(new Map(scrape_configs.map((one) => [one.job_name, one])));
}
