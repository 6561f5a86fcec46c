// Holds the generation in force and replaces it when the config is loaded anew. Reloads run one after the other.
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { errorText, type Logger } from "@narthex/service";
import { type Config, configBytesMax, parseConfig } from "./config/config.js";
import { Generation, type GenerationTools } from "./generation.js";
import type { MatcherParser } from "./matchers/parse.js";
import type { ConfigMetrics } from "./metrics.js";
import { allRoutes } from "./route/tree.js";

export interface ReloaderOptions {
  readonly configFile: string;
  readonly parseMatchers: MatcherParser;
  readonly tools: GenerationTools;
  readonly metrics: ConfigMetrics;
  readonly logger: Logger;
  readonly retentionMs: number;
  /** Until when, since the process started, nothing is notified. */
  readonly dispatchStart: number;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly text: string;
}

/** Throws ConfigError, or Error where the file cannot be read. */
export function loadConfig(file: string, parseMatchers: MatcherParser): LoadedConfig {
  const text = readConfigFile(file);
  return { config: parseConfig({ file, text, parseMatchers }), text };
}

function readConfigFile(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > configBytesMax) throw new Error(`${size} bytes, more than ${configBytesMax}`);
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read the config file ${file}`, { cause: error });
  }
}

export class Reloader {
  readonly #options: ReloaderOptions;
  #current: Generation;
  #queue: Promise<void> = Promise.resolve();
  #isStarted = false;

  /** Throws where the config's templates cannot be read. */
  constructor(loaded: LoadedConfig, options: ReloaderOptions) {
    this.#options = options;
    this.#current = new Generation(loaded.config, options.tools);
    this.#report(loaded);
  }

  get generation(): Generation {
    return this.#current;
  }

  start(): void {
    this.#isStarted = true;
    this.#startCurrent();
  }

  /** Rejects where the config is wrong; the generation in force stays then. */
  reload(): Promise<void> {
    const result = this.#queue.then(() => this.#replace());
    this.#queue = result.catch(() => undefined); // The caller hears of it.
    return result;
  }

  async close(): Promise<void> {
    this.#isStarted = false;
    await this.#queue;
    await this.#current.close();
  }

  async #replace(): Promise<void> {
    const { configFile, parseMatchers, tools, metrics, logger } = this.#options;
    try {
      const loaded = loadConfig(configFile, parseMatchers);
      const next = new Generation(loaded.config, tools);
      await this.#current.close();
      this.#current = next;
      this.#report(loaded);
    } catch (error) {
      metrics.lastReloadSuccessful.set(0);
      logger.error({ file: configFile, err: errorText(error) }, "Loading configuration file failed");
      throw error;
    }
    if (this.#isStarted) this.#startCurrent();
  }

  #startCurrent(): void {
    const { dispatchStart, tools } = this.#options;
    this.#current.start(Math.max(0, dispatchStart - tools.clock.now()));
  }

  #report(loaded: LoadedConfig): void {
    const { metrics, logger, configFile, retentionMs, tools } = this.#options;
    const { receivers, integrationCount, inhibitRuleCount, route } = this.#current;
    metrics.hash.set(configHash(loaded.text));
    metrics.lastReloadSuccessful.set(1);
    metrics.lastReloadSuccessTime.set(tools.clock.now() / 1000);
    metrics.receivers.set(receivers.size);
    metrics.integrations.set(integrationCount);
    metrics.inhibitionRules.set(inhibitRuleCount);
    logger.info({ file: configFile }, "Completed loading of configuration file");
    for (const { id, repeatIntervalMs, groupIntervalMs } of allRoutes(route)) {
      if (repeatIntervalMs > retentionMs) {
        logger.warn(
          { route: id },
          "repeat_interval is greater than the data retention period: it may notify too often",
        );
      }
      if (repeatIntervalMs < groupIntervalMs) {
        logger.warn({ route: id }, "repeat_interval is less than group_interval: it repeats every group_interval");
      }
    }
  }
}

// The first six bytes, which a float holds exactly.
function configHash(text: string): number {
  return createHash("md5").update(text).digest().readUIntLE(0, 6);
}
