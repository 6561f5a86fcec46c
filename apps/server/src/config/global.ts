// The global section: defaults that scrape_configs and rules inherit.
import { isLabelName, type NameScheme, quote } from "@narthex/model";
import { type Decoder, d, parseYamlFile } from "@narthex/service";
import { escapingFor, nameScheme, protocolsMistake } from "./protocols.js";
import type { ShapeOf } from "./shape.js";

/** ${VAR} and $VAR by the environment, $$ for a dollar sign: only here, as in Prometheus. */
export function expandEnvironment(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar?: string, braced?: string, bare?: string) =>
    dollar ? "$" : (environment[braced ?? bare ?? ""] ?? ""),
  );
}

const externalLabels: Decoder<Readonly<Record<string, string>>> = d.refine(d.map(d.string), (labels, fail) => {
  const bad = Object.keys(labels).find((name) => !isLabelName(name, "utf8"));
  if (bad !== undefined) fail(`${quote(bad)} is not a valid label name`);
  const broken = Object.values(labels).find((value) => /\p{Surrogate}/u.test(value));
  if (broken !== undefined) fail(`${quote(broken)} is not a valid label value`);
  const entries = Object.entries(labels).map(([name, value]) => [name, expandEnvironment(value, process.env)]);
  return Object.fromEntries(entries) as Record<string, string>;
});

/** Limits that every scrape config may set again; 0 is none. */
export type ScrapeLimits = {
  readonly body_size_limit: number;
  readonly sample_limit: number;
  readonly target_limit: number;
  readonly label_limit: number;
  readonly label_name_length_limit: number;
  readonly label_value_length_limit: number;
  readonly keep_dropped_targets: number;
};

export const limitShape: ShapeOf<ScrapeLimits> = {
  body_size_limit: d.withDefault(d.size, 0),
  sample_limit: d.withDefault(d.unsigned, 0),
  target_limit: d.withDefault(d.unsigned, 0),
  label_limit: d.withDefault(d.unsigned, 0),
  label_name_length_limit: d.withDefault(d.unsigned, 0),
  label_value_length_limit: d.withDefault(d.unsigned, 0),
  keep_dropped_targets: d.withDefault(d.unsigned, 0),
};

/** Durations in ms. */
export type GlobalConfig = {
  readonly scrape_interval: number;
  readonly scrape_timeout: number;
  readonly scrape_protocols: readonly string[] | undefined;
  readonly evaluation_interval: number;
  readonly rule_query_offset: number;
  readonly query_log_file: string;
  readonly scrape_failure_log_file: string;
  readonly external_labels: Readonly<Record<string, string>>;
} & ScrapeLimits & {
    readonly metric_name_validation_scheme: NameScheme | "";
    readonly metric_name_escaping_scheme: string;
    readonly scrape_native_histograms: boolean;
    readonly convert_classic_histograms_to_nhcb: boolean;
    readonly always_scrape_classic_histograms: boolean;
    readonly extra_scrape_metrics: boolean;
  };

const shape: ShapeOf<GlobalConfig> = {
  scrape_interval: d.withDefault(d.duration, 60_000),
  // 0 while unset: the default of 10 s yields to a shorter interval, a set value does not.
  scrape_timeout: d.withDefault(d.duration, 0),
  scrape_protocols: d.optional(d.list(d.string)),
  evaluation_interval: d.withDefault(d.duration, 60_000),
  rule_query_offset: d.withDefault(d.duration, 0),
  query_log_file: d.withDefault(d.string, ""),
  scrape_failure_log_file: d.withDefault(d.string, ""),
  external_labels: d.withDefault(externalLabels, {}),
  ...limitShape,
  metric_name_validation_scheme: d.withDefault(nameScheme, "utf8"),
  metric_name_escaping_scheme: d.withDefault(d.string, ""),
  scrape_native_histograms: d.withDefault(d.boolean, false),
  convert_classic_histograms_to_nhcb: d.withDefault(d.boolean, false),
  always_scrape_classic_histograms: d.withDefault(d.boolean, false),
  extra_scrape_metrics: d.withDefault(d.boolean, false),
};

const scrapeTimeoutMs = 10_000;

export const globalSection: Decoder<GlobalConfig> = d.refine(d.object("config.plain", shape), (global, fail) => {
  const interval = global.scrape_interval === 0 ? 60_000 : global.scrape_interval;
  if (global.scrape_timeout > interval) fail("global scrape timeout greater than scrape interval");
  const mistake = protocolsMistake(global.scrape_protocols);
  if (mistake !== "") fail(`${mistake} for global config`);
  const scheme = global.metric_name_validation_scheme || "utf8";
  const escaping = escapingFor({ scheme, escaping: global.metric_name_escaping_scheme, section: "global" }, fail);
  return {
    ...global,
    scrape_interval: interval,
    scrape_timeout: global.scrape_timeout || Math.min(scrapeTimeoutMs, interval),
    evaluation_interval: global.evaluation_interval || 60_000,
    metric_name_validation_scheme: scheme,
    metric_name_escaping_scheme: escaping,
  };
});

/** The section of a file that has none: decoded from nothing, so that each default stands in one place. */
export const emptyGlobal: GlobalConfig = parseYamlFile("global", "{}", globalSection);
