// Reads prometheus.yml and the files it names; relative paths become relative to the folder of the file that has them.
// Comes from: disk. Goes to: main (apply), api/status (the text).
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { quote } from "@narthex/model";
import { ConfigError, type Decoder, parseYamlFile, resolveHttpClientPaths, resolveTlsPaths } from "@narthex/service";
import { type Config, configFile, scrapeConfigFile } from "./config.js";
import { resolveDiscoveryPaths } from "./discovery.js";
import { expandGlob } from "./glob.js";
import type { GlobalConfig } from "./global.js";
import type { ScrapeConfig } from "./scrape.js";

export type LoadOptions = { readonly isAgent?: boolean };

/** Throws ConfigError (every mistake with file:line:column), or an Error that names the file that cannot be read. */
export function loadConfig(file: string, options: LoadOptions = {}): Config {
  const config = withPaths(parseConfigFile(file, configFile), file);
  if (options.isAgent) checkAgent(config);
  const scrape_configs = [...config.scrape_configs];
  for (const path of config.scrape_config_files.flatMap(expandGlob)) {
    for (const scrape of loadScrapeConfigFile(path, config.global)) {
      if (scrape_configs.some((known) => known.job_name === scrape.job_name)) {
        throw new Error(`${path}: found multiple scrape configs with job name ${quote(scrape.job_name)}`);
      }
      scrape_configs.push(scrape);
    }
  }
  return { ...config, scrape_configs };
}

function loadScrapeConfigFile(file: string, global: GlobalConfig): ScrapeConfig[] {
  const scrapeConfigs = parseConfigFile(file, scrapeConfigFile(global));
  return scrapeConfigs.map((scrape) => scrapeWithPaths(scrape, file));
}

/** What of a server's configuration means nothing to an agent. */
function checkAgent({ alerting, rule_files, remote_read }: Config): void {
  const hasAlerting = alerting.alertmanagers.length > 0 || alerting.alert_relabel_configs.length > 0;
  if (hasAlerting) throw new Error("field alerting is not allowed in agent mode");
  if (rule_files.length > 0) throw new Error("field rule_files is not allowed in agent mode");
  if (remote_read.length > 0) throw new Error("field remote_read is not allowed in agent mode");
}

/** Mistakes in the words that scripts know from Prometheus, each after its place. */
function parseConfigFile<T>(file: string, decoder: Decoder<T>): T {
  try {
    return parseYamlFile(file, readConfigFile(file), decoder);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const mistakes = error.mistakes.map(({ text, ...place }) => ({ ...place, text: prometheusText(file, text) }));
    throw new ConfigError(file, mistakes);
  }
}

const ofDecoder = /^(?:cannot unmarshal |field \S+ (?:not found|already set) in type )/;

function prometheusText(file: string, text: string): string {
  return `parsing YAML file ${file}: ${ofDecoder.test(text) ? "yaml: unmarshal errors: " : ""}${text}`;
}

function readConfigFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`cannot read config file ${file}`, { cause: error });
  }
}

function withPaths(config: Config, file: string): Config {
  const at = (path: string): string => atIfSet(file, path);
  const { global, tracing } = config;
  return {
    ...config,
    global: {
      ...global,
      query_log_file: atIfSet(file, global.query_log_file),
      scrape_failure_log_file: atIfSet(file, global.scrape_failure_log_file),
    },
    tracing: tracing && { ...tracing, tls_config: resolveTlsPaths(tracing.tls_config, file) },
    remote_write: config.remote_write.map((remote) => resolveHttpClientPaths(remote, file)),
    remote_read: config.remote_read.map((remote) => resolveHttpClientPaths(remote, file)),
    rule_files: config.rule_files.map(at),
    scrape_config_files: config.scrape_config_files.map(at),
    scrape_configs: config.scrape_configs.map((scrape) => scrapeWithPaths(scrape, file)),
    alerting: {
      ...config.alerting,
      alertmanagers: config.alerting.alertmanagers.map((alertmanager) =>
        resolveDiscoveryPaths(resolveHttpClientPaths(alertmanager, file), file),
      ),
    },
  };
}

function scrapeWithPaths(scrape: ScrapeConfig, file: string): ScrapeConfig {
  const scrape_failure_log_file = atIfSet(file, scrape.scrape_failure_log_file);
  return { ...resolveDiscoveryPaths(resolveHttpClientPaths(scrape, file), file), scrape_failure_log_file };
}

function atIfSet(file: string, path: string): string {
  return path === "" ? "" : resolvePath(file, path);
}

function resolvePath(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}
