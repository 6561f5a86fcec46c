// Reads prometheus.yml and the files it names; relative paths become relative to the folder of the file that has them.
// Comes from: disk. Goes to: main (apply), api/status (the text).
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { quote } from "@narthex/model";
import { parseYamlFile, resolveHttpClientPaths } from "@narthex/service";
import { type Config, configFile, scrapeConfigFile } from "./config.js";
import { resolveDiscoveryPaths } from "./discovery.js";
import { expandGlob } from "./glob.js";
import type { GlobalConfig } from "./global.js";
import type { ScrapeConfig } from "./scrape.js";

/** Throws ConfigError (every mistake with file:line:column), or an Error that names the file that cannot be read. */
export function loadConfig(file: string): Config {
  const config = withPaths(parseYamlFile(file, readConfigFile(file), configFile), file);
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
  const scrapeConfigs = parseYamlFile(file, readConfigFile(file), scrapeConfigFile(global));
  return scrapeConfigs.map((scrape) => scrapeWithPaths(scrape, file));
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read config file ${file}`, { cause: error });
  }
}

function withPaths(config: Config, file: string): Config {
  const at = (path: string): string => resolvePath(file, path);
  return {
    ...config,
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
  return resolveDiscoveryPaths(resolveHttpClientPaths(scrape, file), file);
}

function resolvePath(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}
