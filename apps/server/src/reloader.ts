// The configuration in force, and how another one takes its place: everything is read and checked first, so that a
// mistake changes nothing. Comes from: SIGHUP, /-/reload, the watch. Goes to: storage, discovery, scrape, rules, notify.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { labelsFrom } from "@narthex/model";
import type { ParseOptions } from "@narthex/promql";
import { errorText, type Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { Config } from "./config/config.js";
import { expandGlob } from "./config/glob.js";
import { loadConfig } from "./config/load.js";
import { notThereYet } from "./config/not-there-yet.js";
import type { DiscoveryManager } from "./discovery/manager.js";
import { type Notifications, notificationTexts } from "./notifications.js";
import { type Notifier, sectionName } from "./notify/notifier.js";
import type { QueryLog } from "./query/log.js";
import type { RuleGroupConfig } from "./rules/config.js";
import { loadRuleGroups, type RuleManager } from "./rules/manager.js";
import type { ScrapeManager } from "./scrape/manager.js";
import type { ReloadMetrics } from "./self-metrics.js";

export type LoadedConfig = { readonly config: Config; readonly ruleGroups: readonly RuleGroupConfig[] };

/** Throws ConfigError, or an Error that names the file that cannot be read, or what in it is not there yet. */
export function loadAll(file: string, language: ParseOptions): LoadedConfig {
  const config = loadConfig(file);
  const missing = notThereYet(config);
  if (missing.length > 0) throw new Error(`${file}: not supported yet: ${missing.join(", ")}`);
  const nameScheme = config.global.metric_name_validation_scheme || "utf8";
  return { config, ruleGroups: loadRuleGroups(ruleFilesOf(config), { ...language, nameScheme }) };
}

export function ruleFilesOf(config: Config): string[] {
  return [...new Set(config.rule_files.flatMap(expandGlob))];
}

export type ReloaderParts = {
  /** Tells the storage what to keep. */
  readonly setStorage: (config: Config) => void;
  readonly scrape: ScrapeManager;
  readonly scrapeDiscovery: DiscoveryManager;
  readonly notifyDiscovery: DiscoveryManager;
  readonly rules: RuleManager;
  /** What rules may be written in. */
  readonly language: ParseOptions;
  readonly notifier: Notifier;
  /** Resolves when the storage can be read: rules ask it what they were doing. Rejects where it cannot be opened. */
  readonly opened: Promise<void>;
  readonly notifications: Notifications;
  readonly queryLog: QueryLog;
  readonly metrics: ReloadMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
};

export class Reloader {
  readonly #file: string;
  readonly #parts: ReloaderParts;
  #config: Config;
  #status: { isSuccessful: boolean; time: number };
  #running: Promise<void> = Promise.resolve();
  #cancelWatch: () => void = () => {};

  /** `loaded` is applied by `start`. */
  constructor(file: string, loaded: LoadedConfig, parts: ReloaderParts) {
    this.#file = file;
    this.#parts = parts;
    this.#config = loaded.config;
    this.#status = { isSuccessful: true, time: parts.clock.now() };
  }

  get config(): Config {
    return this.#config;
  }

  get status(): { readonly isSuccessful: boolean; readonly time: number } {
    return this.#status;
  }

  /** A reload that is asked for meanwhile begins when this has ended. */
  start(loaded: LoadedConfig): Promise<void> {
    return this.#inTurn(async () => {
      await this.#apply(loaded);
      this.#note(true);
    });
  }

  /** Rejects where the new configuration is wrong; the earlier one then stays in force. One reload at a time. */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#reload());
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const result = this.#running.then(task);
    // Who asked gets the failure; the next one in the queue must not.
    this.#running = result.catch(() => undefined);
    return result;
  }

  /** Reloads by itself when the configuration or a file it names has changed. */
  watch(intervalMs: number): void {
    const { clock, logger } = this.#parts;
    let checksum = this.#checksum();
    const look = (): void => {
      const now = this.#checksum();
      if (now !== checksum) {
        checksum = now;
        this.reload().catch((error: unknown) => logger.error({ err: errorText(error) }, "automatic reload failed"));
      }
      this.#cancelWatch = clock.after(intervalMs, look);
    };
    this.#cancelWatch = clock.after(intervalMs, look);
  }

  close(): void {
    this.#cancelWatch();
  }

  async #reload(): Promise<void> {
    const { logger } = this.#parts;
    logger.info({ filename: this.#file }, "Loading configuration file");
    try {
      await this.#apply(loadAll(this.#file, this.#parts.language));
    } catch (error) {
      this.#note(false);
      throw error;
    }
    this.#note(true);
    logger.info({ filename: this.#file }, "Completed loading of configuration file");
  }

  #note(isSuccessful: boolean): void {
    const timeMs = this.#parts.clock.now();
    this.#status = { isSuccessful, time: isSuccessful ? timeMs : this.#status.time };
    this.#parts.metrics.note({ isSuccessful, timeMs });
    if (isSuccessful) this.#parts.notifications.remove(notificationTexts.reloadFailed);
    else this.#parts.notifications.add(notificationTexts.reloadFailed);
  }

  async #apply({ config, ruleGroups }: LoadedConfig): Promise<void> {
    const { setStorage, scrape, scrapeDiscovery, notifyDiscovery, rules, notifier, opened, queryLog } = this.#parts;
    const { global, alerting } = config;
    this.#config = config;
    queryLog.setFile(global.query_log_file);
    setStorage(config);
    notifier.apply({ alerting, externalLabels: labelsFrom(global.external_labels), nameScheme: "utf8" });
    scrape.apply(config.scrape_configs);
    scrapeDiscovery.apply(new Map(config.scrape_configs.map((one) => [one.job_name, one])));
    notifyDiscovery.apply(new Map(alerting.alertmanagers.map((one, i) => [sectionName(i), one])));
    await opened;
    await rules.update(ruleGroups, {
      intervalMs: global.evaluation_interval,
      queryOffsetMs: global.rule_query_offset,
      externalLabels: global.external_labels,
    });
  }

  #checksum(): string {
    const { scrape_config_files } = this.#config;
    const files = [this.#file, ...ruleFilesOf(this.#config), ...scrape_config_files.flatMap(expandGlob)];
    const hash = createHash("sha256");
    for (const file of files) hash.update(file).update(existsSync(file) ? readFileSync(file) : "");
    return hash.digest("hex");
  }
}
