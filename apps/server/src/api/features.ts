// /api/v1/features: what this server can do, under Prometheus' names. Only what works is true.

import { aggregators, functionSignatures, type PromqlFeature } from "@narthex/promql";
import { sdFields } from "../config/discovery.js";

export type FeatureOptions = {
  readonly isAdminEnabled: boolean;
  readonly isLifecycleEnabled: boolean;
  readonly promql: ReadonlySet<PromqlFeature>;
  readonly isDelayedNameRemoval: boolean;
  readonly keepsExemplars: boolean;
  readonly startsAtZero: boolean;
  readonly addsTypeAndUnit: boolean;
  readonly evaluatesConcurrently: boolean;
};

type Features = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

const operators = ["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "=~", "!~", "and", "or", "unless"];

export function featuresOf(options: FeatureOptions): Features {
  return {
    api: {
      admin: options.isAdminEnabled,
      exclude_alerts: true,
      label_values_match: true,
      lifecycle: options.isLifecycleEnabled,
      otlp_write_receiver: false,
      query_stats: true,
      query_warnings: true,
      remote_write_receiver: false,
      search: false,
      time_range_labels: true,
      time_range_series: true,
    },
    otlp_receiver: { delta_conversion: false, native_delta_ingestion: false },
    prometheus: { agent_mode: false, auto_reload_config: false, server_mode: true },
    promql: promqlFeaturesOf(options),
    promql_functions: functionFeatures(options.promql),
    promql_operators: { ...trueFor([...operators, "@", "atan2"]), ...trueFor([...aggregators]) },
    rules: { concurrent_rule_eval: options.evaluatesConcurrently, keep_firing_for: true, query_offset: true },
    scrape: {
      extra_scrape_metrics: true,
      start_timestamp_zero_ingestion: options.startsAtZero,
      type_and_unit_labels: options.addsTypeAndUnit,
    },
    service_discovery_providers: trueFor(["static", ...sdFields.map((field) => field.replace("_sd_configs", ""))]),
    tsdb: { exemplars: options.keepsExemplars, native_histograms: true, out_of_order: true, snapshots: true },
    ui: { ui_v3: true },
  };
}

function promqlFeaturesOf({ promql, isDelayedNameRemoval }: FeatureOptions): Readonly<Record<string, boolean>> {
  const hasFill = promql.has("binop-fill-modifiers");
  const hasExtension = promql.has("extended-range-selectors");
  return {
    ...trueFor(["at_modifier", "bool", "by", "duration_expr", "group_left", "group_right", "ignoring"]),
    ...trueFor(["negative_offset", "offset", "on", "subqueries", "without"]),
    anchored: hasExtension,
    smoothed: hasExtension,
    delayed_name_removal: isDelayedNameRemoval,
    experimental_functions: promql.has("experimental-functions"),
    fill: hasFill,
    fill_left: hasFill,
    fill_right: hasFill,
    per_query_lookback_delta: true,
    per_step_stats: false,
    use_start_timestamps: false,
  };
}

function functionFeatures(promql: ReadonlySet<PromqlFeature>): Readonly<Record<string, boolean>> {
  const hasExperimental = promql.has("experimental-functions");
  const entries = [...functionSignatures].map(([name, { isExperimental }]) => [
    name,
    !isExperimental || hasExperimental,
  ]);
  return Object.fromEntries(entries) as Record<string, boolean>;
}

function trueFor(names: readonly string[]): Readonly<Record<string, boolean>> {
  return Object.fromEntries(names.map((name) => [name, true]));
}
