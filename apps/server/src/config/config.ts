// prometheus.yml as a typed value: sections decoded, then completed and checked against each other.
// Comes from: config/load. Goes to: main, which applies it to discovery, scrape, rules and notify.
import { quote } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";
import { type AlertingConfig, alertingSection, completeAlerting, emptyAlerting } from "./alerting.js";
import { emptyGlobal, type GlobalConfig, globalSection } from "./global.js";
import { type OtlpConfig, otlpSection } from "./otlp.js";
import { completeScrapeConfig, type RawScrapeConfig, type ScrapeConfig, scrapeConfigs } from "./scrape.js";
import type { Located } from "./shape.js";
import { type StorageConfig, storageSection } from "./storage.js";
import { unsupported } from "./unsupported.js";

/** A glob whose only star is in its last part. */
const globForm = /^[^*]*(\*[^/]*)?$/;

function globs(kind: string): Decoder<readonly string[]> {
  const check = (path: string, fail: (text: string) => never): string =>
    globForm.test(path) ? path : fail(`invalid ${kind} file path ${quote(path)}`);
  return d.list(d.refine(d.string, check));
}

const remoteWrite = d.list((node) =>
  node.fail(node.isNull() ? "empty or null remote write config section" : "not supported yet: remote_write"),
);
const remoteRead = d.list((node) =>
  node.fail(node.isNull() ? "empty or null remote read config section" : "not supported yet: remote_read"),
);

const shape = {
  global: d.optional(globalSection),
  // Settings of Go's garbage collector: accepted, and nothing to do with them.
  runtime: d.optional(d.object("config.plain", { gogc: d.withDefault(d.integer, 75) })),
  alerting: d.optional(alertingSection),
  rule_files: d.withDefault(globs("rule"), []),
  scrape_config_files: d.withDefault(globs("scrape config"), []),
  scrape_configs: d.withDefault(scrapeConfigs, []),
  storage: d.optional(storageSection),
  tracing: unsupported("tracing"),
  remote_write: d.withDefault(remoteWrite, []),
  remote_read: d.withDefault(remoteRead, []),
  otlp: d.optional(otlpSection),
};

/** Complete, defaults applied. Field names are the file's own; durations are ms and sizes bytes. */
export type Config = {
  readonly global: GlobalConfig;
  readonly alerting: AlertingConfig;
  readonly rule_files: readonly string[];
  readonly scrape_config_files: readonly string[];
  readonly scrape_configs: readonly ScrapeConfig[];
  readonly storage: StorageConfig | undefined;
  readonly otlp: OtlpConfig | undefined;
};

export const configFile: Decoder<Config> = d.refine(d.object("config.plain", shape), (raw) => {
  const global = raw.global ?? emptyGlobal;
  return {
    global,
    alerting: raw.alerting ? completeAlerting(raw.alerting) : emptyAlerting,
    rule_files: raw.rule_files,
    scrape_config_files: raw.scrape_config_files,
    scrape_configs: completeAll(raw.scrape_configs, global),
    storage: raw.storage,
    otlp: raw.otlp,
  };
});

/** A file named by scrape_config_files: nothing but `scrape_configs`. */
export function scrapeConfigFile(global: GlobalConfig): Decoder<readonly ScrapeConfig[]> {
  const file = d.object("config.ScrapeConfigs", { scrape_configs: d.withDefault(scrapeConfigs, []) });
  return d.refine(file, (raw) => completeAll(raw.scrape_configs, global));
}

function completeAll(raw: readonly Located<RawScrapeConfig>[], global: GlobalConfig): ScrapeConfig[] {
  const names = new Set<string>();
  return raw.map((one) => {
    const config = completeScrapeConfig(one, global);
    if (names.has(config.job_name)) {
      one.fail(`found multiple scrape configs with job name ${quote(config.job_name)}`);
    }
    names.add(config.job_name);
    return config;
  });
}
