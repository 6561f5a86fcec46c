// scrape_configs: one job each. Decoded first, then completed from the global section.
import type { EscapingScheme, ExpositionFormat } from "@narthex/formats";
import type { NameScheme } from "@narthex/model";
import { quote } from "@narthex/model";
import { checkHttpClient, type Decoder, d, type HttpClientConfig, httpClientShape } from "@narthex/service";
import { checkStaticTargets, type DiscoveryConfigs, discoveryShape } from "./discovery.js";
import { type GlobalConfig, limitShape, type ScrapeLimits } from "./global.js";
import { escapingFor, nameScheme, protocolsMistake, protocolsOrDefault, unknownProtocol } from "./protocols.js";
import { checkRelabelConfigs, type RelabelConfig, relabelConfigs } from "./relabel.js";
import { type Located, located, nonNull, type ShapeOf } from "./shape.js";

/** What stands in the file and is taken as it is; durations in ms, 0 for not set. */
type Taken = {
  readonly job_name: string;
  readonly honor_labels: boolean;
  readonly honor_timestamps: boolean;
  readonly track_timestamps_staleness: boolean;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly scrape_interval: number;
  readonly scrape_timeout: number;
  readonly scrape_failure_log_file: string;
  readonly metrics_path: string;
  readonly scheme: string;
  readonly enable_compression: boolean;
  readonly native_histogram_bucket_limit: number;
  readonly head_series_max: number;
  readonly native_histogram_min_bucket_factor: number;
} & ScrapeLimits &
  HttpClientConfig &
  DiscoveryConfigs;

/** What the global section completes. */
type Completed = {
  readonly scrape_protocols: readonly ExpositionFormat[];
  readonly fallback_scrape_protocol: ExpositionFormat | undefined;
  readonly scrape_native_histograms: boolean;
  readonly always_scrape_classic_histograms: boolean;
  readonly convert_classic_histograms_to_nhcb: boolean;
  readonly metric_name_validation_scheme: NameScheme;
  readonly metric_name_escaping_scheme: EscapingScheme;
  readonly extra_scrape_metrics: boolean;
  readonly relabel_configs: readonly RelabelConfig[];
  readonly metric_relabel_configs: readonly RelabelConfig[];
};

export type ScrapeConfig = Taken & Completed;

/** As decoded, before completion. */
export type RawScrapeConfig = Taken & {
  readonly scrape_protocols: readonly string[] | undefined;
  readonly fallback_scrape_protocol: string;
  readonly scrape_native_histograms: boolean | undefined;
  readonly always_scrape_classic_histograms: boolean | undefined;
  readonly convert_classic_histograms_to_nhcb: boolean | undefined;
  readonly metric_name_validation_scheme: NameScheme | "";
  readonly metric_name_escaping_scheme: string;
  readonly extra_scrape_metrics: boolean | undefined;
  readonly relabel_configs: readonly Located<RelabelConfig>[];
  readonly metric_relabel_configs: readonly Located<RelabelConfig>[];
};

const shape: ShapeOf<RawScrapeConfig> = {
  job_name: d.withDefault(d.string, ""),
  honor_labels: d.withDefault(d.boolean, false),
  honor_timestamps: d.withDefault(d.boolean, true),
  track_timestamps_staleness: d.withDefault(d.boolean, false),
  params: d.withDefault(d.map(d.list(d.string)), {}),
  scrape_interval: d.withDefault(d.duration, 0),
  scrape_timeout: d.withDefault(d.duration, 0),
  scrape_protocols: d.optional(d.list(d.string)),
  fallback_scrape_protocol: d.withDefault(d.string, ""),
  scrape_native_histograms: d.optional(d.boolean),
  always_scrape_classic_histograms: d.optional(d.boolean),
  convert_classic_histograms_to_nhcb: d.optional(d.boolean),
  scrape_failure_log_file: d.withDefault(d.string, ""),
  metrics_path: d.withDefault(d.string, "/metrics"),
  scheme: d.withDefault(d.string, "http"),
  enable_compression: d.withDefault(d.boolean, true),
  ...limitShape,
  // Differs: see docs/compatibility.md#limits-of-series
  head_series_max: d.withDefault(d.integer, 0),
  native_histogram_bucket_limit: d.withDefault(d.unsigned, 0),
  native_histogram_min_bucket_factor: d.withDefault(d.number, 0),
  metric_name_validation_scheme: d.withDefault(nameScheme, ""),
  metric_name_escaping_scheme: d.withDefault(d.string, ""),
  extra_scrape_metrics: d.optional(d.boolean),
  ...httpClientShape,
  ...discoveryShape,
  relabel_configs: relabelConfigs("target relabeling rule in scrape config"),
  metric_relabel_configs: relabelConfigs("metric relabeling rule in scrape config"),
};

export const scrapeConfigs: Decoder<readonly Located<RawScrapeConfig>[]> = d.list(
  located(
    nonNull(d.refine(d.object("config.ScrapeConfig", shape), checkHttpClient), "empty or null scrape config section"),
  ),
);

/** Fills in what is not set, and checks the whole. */
export function completeScrapeConfig(
  { value: raw, fail }: Located<RawScrapeConfig>,
  global: GlobalConfig,
): ScrapeConfig {
  if (raw.job_name === "") fail("job_name is empty");
  const failForJob = (text: string): never => fail(`${text} for scrape config with job name ${quote(raw.job_name)}`);
  // A target may be a URL where rules turn it into something else first, as for the blackbox exporter.
  if (raw.relabel_configs.length === 0) checkStaticTargets(raw, fail);
  const isNative = raw.scrape_native_histograms ?? global.scrape_native_histograms;
  const scheme = raw.metric_name_validation_scheme || global.metric_name_validation_scheme || "utf8";
  return {
    ...raw,
    ...completeTimes(raw, global, failForJob),
    ...completeLimits(raw, global),
    ...completeNaming(raw, { global, scheme, fail }),
    scrape_protocols: completeProtocols(raw, global, { isNative, fail: failForJob }),
    fallback_scrape_protocol: fallbackProtocol(raw, fail),
    scrape_native_histograms: isNative,
    always_scrape_classic_histograms: raw.always_scrape_classic_histograms ?? global.always_scrape_classic_histograms,
    convert_classic_histograms_to_nhcb:
      raw.convert_classic_histograms_to_nhcb ?? global.convert_classic_histograms_to_nhcb,
    scrape_failure_log_file: raw.scrape_failure_log_file || global.scrape_failure_log_file,
    extra_scrape_metrics: raw.extra_scrape_metrics ?? global.extra_scrape_metrics,
    relabel_configs: checkRelabelConfigs(raw.relabel_configs, scheme),
    metric_relabel_configs: checkRelabelConfigs(raw.metric_relabel_configs, scheme),
  };
}

type Times = Pick<ScrapeConfig, "scrape_interval" | "scrape_timeout">;

function completeTimes(raw: RawScrapeConfig, global: GlobalConfig, fail: (text: string) => never): Times {
  const interval = raw.scrape_interval || global.scrape_interval;
  if (raw.scrape_timeout > interval) fail("scrape timeout greater than scrape interval");
  return { scrape_interval: interval, scrape_timeout: raw.scrape_timeout || Math.min(global.scrape_timeout, interval) };
}

function completeLimits(raw: RawScrapeConfig, global: GlobalConfig): Pick<ScrapeConfig, keyof typeof limitShape> {
  const names = Object.keys(limitShape) as (keyof typeof limitShape)[];
  const limits = names.map((name) => [name, raw[name] || global[name]]);
  return Object.fromEntries(limits) as Pick<ScrapeConfig, keyof typeof limitShape>;
}

type NamingScope = {
  readonly global: GlobalConfig;
  readonly scheme: NameScheme;
  readonly fail: (text: string) => never;
};
type Naming = Pick<ScrapeConfig, "metric_name_validation_scheme" | "metric_name_escaping_scheme">;

function completeNaming(raw: RawScrapeConfig, { global, scheme, fail }: NamingScope): Naming {
  // A job that chooses its own scheme of names has that one's escaping, whatever the global section says.
  const inherited = raw.metric_name_validation_scheme === "" ? global.metric_name_escaping_scheme : "";
  const escaping = raw.metric_name_escaping_scheme || inherited;
  return {
    metric_name_validation_scheme: scheme,
    metric_name_escaping_scheme: escapingFor({ scheme, escaping, section: "scrape config" }, fail),
  };
}

function completeProtocols(
  raw: RawScrapeConfig,
  global: GlobalConfig,
  { isNative, fail }: { readonly isNative: boolean; readonly fail: (text: string) => never },
): readonly ExpositionFormat[] {
  const mistake = protocolsMistake(raw.scrape_protocols);
  if (mistake !== "") fail(mistake);
  return protocolsOrDefault(raw.scrape_protocols ?? global.scrape_protocols, { isNative });
}

function fallbackProtocol(raw: RawScrapeConfig, fail: (text: string) => never): ExpositionFormat | undefined {
  const name = raw.fallback_scrape_protocol;
  if (name === "") return undefined;
  if (protocolsMistake([name]) !== "") {
    const job = quote(raw.job_name);
    fail(`invalid fallback_scrape_protocol for scrape config with job name ${job}: ${unknownProtocol(name)}`);
  }
  return name as ExpositionFormat;
}
