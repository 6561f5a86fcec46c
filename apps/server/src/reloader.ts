// The configuration in force, and how another one takes its place: everything is read and checked first, so that a
// mistake changes nothing. Comes from: SIGHUP, /-/reload, the watch. Goes to: apply, agent/apply.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { ParseOptions } from "@narthex/promql";
import { errorText, type Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { Config } from "./config/config.js";
import { expandGlob } from "./config/glob.js";
import { loadConfig } from "./config/load.js";
import { type Notifications, notificationTexts } from "./notifications.js";
import { checkRemotes } from "./remote/read/remotes.js";
import { checkRemoteWrites } from "./remote/send/remotes.js";
import type { RuleGroupConfig } from "./rules/config.js";
import { loadRuleGroups } from "./rules/manager.js";
import type { ReloadMetrics } from "./self-metrics.js";

export type LoadedConfig = { readonly config: Config; readonly ruleGroups: readonly RuleGroupConfig[] };

export type ConfigSource = {
  readonly file: string;
  /** What rules may be written in. */
  readonly language: ParseOptions;
  /** Whether sections that an agent has no use for are mistakes. */
  readonly isAgent: boolean;
};

/** Throws ConfigError, or an Error that names the file that cannot be read. */
export function loadAll({ file, language, isAgent }: ConfigSource): LoadedConfig {
  const config = loadConfig(file, { isAgent });
  checkRemotes(config.remote_read);
  checkRemoteWrites(config.remote_write);
  const nameScheme = config.global.metric_name_validation_scheme || "utf8";
  return { config, ruleGroups: loadRuleGroups(ruleFilesOf(config), { ...language, nameScheme }) };
}

export function ruleFilesOf(config: Config): string[] {
  return [...new Set(config.rule_files.flatMap(expandGlob))];
}

export type ReloaderParts = {
  /** Gives a configuration that is right to all rooms. */
  readonly apply: (loaded: LoadedConfig) => Promise<void>;
  readonly notifications: Notifications;
  readonly metrics: ReloadMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
};

export class Reloader {
  readonly #source: ConfigSource;
  readonly #parts: ReloaderParts;
  #config: Config;
  #status: { isSuccessful: boolean; time: number };
  #running: Promise<void> = Promise.resolve();
  #cancelWatch: () => void = () => {};

  /** `loaded` is applied by `start`. */
  constructor(source: ConfigSource, loaded: LoadedConfig, parts: ReloaderParts) {
    this.#source = source;
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
    const filename = this.#source.file;
    logger.info({ filename }, "Loading configuration file");
    try {
      await this.#apply(loadAll(this.#source));
    } catch (error) {
      this.#note(false);
      throw error;
    }
    this.#note(true);
    logger.info({ filename }, "Completed loading of configuration file");
  }

  #note(isSuccessful: boolean): void {
    const timeMs = this.#parts.clock.now();
    this.#status = { isSuccessful, time: isSuccessful ? timeMs : this.#status.time };
    this.#parts.metrics.note({ isSuccessful, timeMs });
    if (isSuccessful) this.#parts.notifications.remove(notificationTexts.reloadFailed);
    else this.#parts.notifications.add(notificationTexts.reloadFailed);
  }

  async #apply(loaded: LoadedConfig): Promise<void> {
    this.#config = loaded.config;
    await this.#parts.apply(loaded);
  }

  #checksum(): string {
    const { scrape_config_files } = this.#config;
    const files = [this.#source.file, ...ruleFilesOf(this.#config), ...scrape_config_files.flatMap(expandGlob)];
    const hash = createHash("sha256");
    for (const file of files) hash.update(file).update(existsSync(file) ? readFileSync(file) : "");
    return hash.digest("hex");
  }
}
