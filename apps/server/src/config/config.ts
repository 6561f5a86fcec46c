// prometheus.yml as a typed value: sections decoded, then completed and checked against each other.
// Comes from: config/load. Goes to: main, which applies it to discovery, scrape, rules and notify.
import { quote } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";
import { type AlertingConfig, alertingSection, completeAlerting, emptyAlerting } from "./alerting.js";
import { emptyGlobal, type GlobalConfig, globalSection } from "./global.js";
import { checkStrategy, type OtlpConfig, otlpSection } from "./otlp.js";
import { type RemoteReadConfig, remoteReadConfigs } from "./remote-read.js";
import { checkNames, completeRemoteWrites, type RemoteWriteConfig, remoteWriteConfigs } from "./remote-write.js";
import { completeScrapeConfig, type RawScrapeConfig, type ScrapeConfig, scrapeConfigs } from "./scrape.js";
import type { Located } from "./shape.js";
import { type StorageConfig, storageSection } from "./storage.js";
import { type TracingConfig, tracingSection } from "./tracing.js";

/** A glob whose only star is in its last part. */
const globForm = /^[^*]*(\*[^/]*)?$/;

function globs(kind: string): Decoder<readonly string[]> {
  const check = (path: string, fail: (text: string) => never): string =>
    globForm.test(path) ? path : fail(`invalid ${kind} file path ${quote(path)}`);
  return d.list(d.refine(d.string, check));
}

const shape = {
  global: d.optional(globalSection),
  // Settings of Go's garbage collector: accepted, and nothing to do with them.
  runtime: d.optional(d.object("config.plain", { gogc: d.withDefault(d.integer, 75) })),
  alerting: d.optional(alertingSection),
  rule_files: d.withDefault(globs("rule"), []),
  scrape_config_files: d.withDefault(globs("scrape config"), []),
  scrape_configs: d.withDefault(scrapeConfigs, []),
  storage: d.optional(storageSection),
  tracing: d.optional(tracingSection),
  remote_write: d.withDefault(remoteWriteConfigs, []),
  remote_read: d.withDefault(remoteReadConfigs, []),
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
  readonly tracing: TracingConfig | undefined;
  readonly remote_write: readonly RemoteWriteConfig[];
  readonly remote_read: readonly RemoteReadConfig[];
  readonly otlp: OtlpConfig | undefined;
};

export const configFile: Decoder<Config> = d.refine(d.object("config.plain", shape), (raw, fail) => {
  const global = raw.global ?? emptyGlobal;
  checkNames(raw.remote_read, "remote read");
  if (raw.otlp) checkStrategy(raw.otlp, global, fail);
  return {
    global,
    alerting: raw.alerting ? completeAlerting(raw.alerting) : emptyAlerting,
    rule_files: raw.rule_files,
    scrape_config_files: raw.scrape_config_files,
    scrape_configs: completeAll(raw.scrape_configs, global),
    storage: raw.storage,
    tracing: raw.tracing,
    remote_write: completeRemoteWrites(raw.remote_write),
    remote_read: raw.remote_read.map(({ value }) => value),
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
