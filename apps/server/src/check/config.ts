// What `narthex tool check config` asks beyond syntax: whether the files that a config names are there, whether its
// targets can be scraped. Comes from: config/load. Goes to: the tool.
import { statSync } from "node:fs";
import { labelsFrom, labelValue, printDuration, quote, relabel } from "@narthex/model";
import { errorText, type HttpClientConfig } from "@narthex/service";
import type { AlertmanagerConfig } from "../config/alerting.js";
import type { DiscoveryConfigs } from "../config/discovery.js";
import { expandGlob } from "../config/glob.js";
import { loadConfig } from "../config/load.js";
import { relabelRules } from "../config/relabel.js";
import type { ScrapeConfig } from "../config/scrape.js";
import { readTargetFile } from "../discovery/file.js";
import type { TargetGroup } from "../discovery/provider.js";
import { staticGroups } from "../discovery/static.js";
import { targetsFromGroup } from "../scrape/target.js";

export type ConfigCheckOptions = {
  /** Looks at no other file. */
  readonly syntaxOnly: boolean;
  /** Sections that an agent does not take are errors. */
  readonly isAgent: boolean;
  /** Takes what is odd, but no error. */
  readonly warn: (text: string) => void;
};

export type ConfigReport = {
  readonly ruleFiles: readonly string[];
  readonly scrapes: readonly { readonly job: string; readonly intervalMs: number }[];
};

/** Throws ConfigError, and an Error for a file that is named and cannot be read. */
export function checkConfigFile(file: string, options: ConfigCheckOptions): ConfigReport {
  const config = loadConfig(file, options);
  const ruleFiles = options.syntaxOnly ? [] : config.rule_files.flatMap(filesOfPattern);
  if (!options.syntaxOnly) {
    config.scrape_config_files.forEach(filesOfPattern);
    for (const scrape of config.scrape_configs) checkScrape(scrape, options);
    for (const alertmanager of config.alerting.alertmanagers) {
      const check = (group: TargetGroup): void => checkAlertmanagers(group, alertmanager);
      checkDiscovery(alertmanager, { where: "alertmanager config", warn: options.warn, check });
    }
  }
  const scrapes = config.scrape_configs.map((scrape) => ({ job: scrape.job_name, intervalMs: scrape.scrape_interval }));
  return { ruleFiles, scrapes };
}

/** A pattern may find nothing; a plain name must be there. */
function filesOfPattern(pattern: string): string[] {
  const files = expandGlob(pattern);
  if (files.length === 0 && !/[*?[\\]/.test(pattern))
    throw new Error(`${quote(pattern)} does not point to an existing file`);
  return files;
}

function checkScrape(scrape: ScrapeConfig, { warn }: ConfigCheckOptions): void {
  checkClientFiles(scrape);
  const rules = relabelRules(scrape.relabel_configs, scrape.metric_name_validation_scheme);
  checkDiscovery(scrape, {
    where: `scrape job ${quote(scrape.job_name)}`,
    warn,
    check: (group, index) => {
      targetsFromGroup(group, { config: scrape, rules }).forEach((outcome, i) => {
        if (outcome.kind === "failed") throw new Error(`instance ${i} in group ${index}: ${outcome.reason}`);
      });
    },
  });
}

function checkAlertmanagers(group: TargetGroup, { relabel_configs: relabelConfigs }: AlertmanagerConfig): void {
  const rules = relabelRules(relabelConfigs, "utf8");
  for (const target of group.targets) {
    const labels = relabel(labelsFrom({ ...group.labels, ...target }), rules);
    const address = labels ? labelValue(labels, "__address__") : "";
    if (address.includes("/")) throw new Error(`${quote(address)} is not a valid hostname`);
  }
}

function checkClientFiles(config: HttpClientConfig): void {
  const { authorization, bearer_token_file: bearerFile } = config;
  requireFile("authorization credentials or bearer token file", authorization?.credentials_file ?? bearerFile);
  checkTlsFiles(config);
}

function checkTlsFiles({ tls_config: tls }: HttpClientConfig): void {
  requireFile("client cert file", tls?.cert_file);
  requireFile("client key file", tls?.key_file);
}

function requireFile(what: string, file: string | undefined): void {
  if (file === undefined || file === "") return;
  try {
    statSync(file);
  } catch (error) {
    throw new Error(`error checking ${what} ${quote(file)}: ${errorText(error)}`, { cause: error });
  }
}

type DiscoveryCheck = {
  readonly where: string;
  readonly warn: (text: string) => void;
  readonly check: (group: TargetGroup, index: number) => void;
};

function checkDiscovery(configs: DiscoveryConfigs, { where, warn, check }: DiscoveryCheck): void {
  // Of Kubernetes' client alone, as promtool looks at it.
  for (const kubernetes of configs.kubernetes_sd_configs) checkTlsFiles(kubernetes);
  for (const { files: patterns } of configs.file_sd_configs) {
    for (const pattern of patterns) {
      const files = expandGlob(pattern);
      if (files.length === 0) warn(`  WARNING: file ${quote(pattern)} for file_sd in ${where} does not exist`);
      for (const file of files) readTargetFile(file).forEach(check);
    }
  }
  staticGroups(configs.static_configs).forEach(check);
}

/** A job whose series go stale between two scrapes. */
export function scrapeIntervalLint({ scrapes }: ConfigReport, lookbackDeltaMs: number): string | undefined {
  const slow = scrapes.find(({ intervalMs }) => lookbackDeltaMs > 0 && intervalMs >= lookbackDeltaMs);
  if (!slow) return undefined;
  const where = `job: ${slow.job}, interval: ${printDuration(slow.intervalMs)}`;
  return `too long scrape interval found, data point will be marked as stale - ${where}`;
}
