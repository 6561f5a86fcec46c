// /api/v1/features: what this server can do, under Prometheus' names. Only what works is true.
import { aggregators, functionSignatures, type PromqlFeature } from "@narthex/promql";
import { prometheusFunctions } from "@narthex/template";
import { sdFields } from "../config/discovery.js";
import type { EnabledFeatures } from "../features.js";
import type { ServerFlags } from "../flags.js";

type Names = Readonly<Record<string, boolean>>;

const operators = [
  "+",
  "-",
  "*",
  "/",
  "%",
  "^",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "</",
  ">/",
  "=~",
  "!~",
  "@",
  "atan2",
];
const setOperators = ["and", "or", "unless"];

export function featuresOf(flags: ServerFlags, features: EnabledFeatures): Readonly<Record<string, Names>> {
  return {
    api: {
      ...trueFor(["exclude_alerts", "label_values_match", "query_stats", "query_warnings"]),
      ...trueFor(["time_range_labels", "time_range_series"]),
      ...trueFor(["search_fuzz_alg_jarowinkler", "search_fuzz_alg_subsequence"]),
      admin: flags["web.enable-admin-api"],
      lifecycle: flags["web.enable-lifecycle"],
      "openapi_3.1": true,
      "openapi_3.2": true,
      otlp_write_receiver: flags["web.enable-otlp-receiver"],
      remote_write_receiver: flags["web.enable-remote-write-receiver"],
      search: features.hasSearch,
    },
    otlp_receiver: {
      delta_conversion: features.otlpDeltas === "accumulated",
      native_delta_ingestion: features.otlpDeltas === "stored",
    },
    prometheus: {
      agent_mode: flags.agent,
      auto_reload_config: flags["config.auto-reload"],
      server_mode: !flags.agent,
      stringlabels: true,
    },
    promql: promqlFeaturesOf(features),
    promql_functions: functionFeatures(features.promql),
    promql_operators: operatorFeatures(features.promql),
    rules: { concurrent_rule_eval: features.evaluatesConcurrently, keep_firing_for: true, query_offset: true },
    scrape: {
      extra_scrape_metrics: true,
      start_timestamp_zero_ingestion: features.startsAtZero,
      type_and_unit_labels: features.addsTypeAndUnit,
    },
    service_discovery_providers: trueFor(["static", ...sdFields.map((field) => field.replace(/_sd_configs$/, ""))]),
    templating_functions: trueFor([...prometheusFunctions({ query: () => [], timeMs: 0, externalUrl: "" }).keys()]),
    tsdb: {
      delayed_compaction: false,
      exemplar_storage: features.keepsExemplars,
      histograms_st_encoding: features.chunkForm.histogramStarts,
      isolation: true,
      native_histograms: true,
      st_storage: features.storesStartTimes,
      use_uncached_io: false,
      xor2_encoding: true,
    },
    ui: { ui_v2: false, ui_v3: true },
  };
}

function promqlFeaturesOf(features: EnabledFeatures): Names {
  const { promql, delayedNameRemoval, useStartTimestamps } = features;
  const hasFill = promql.has("binop-fill-modifiers");
  const hasExtension = promql.has("extended-range-selectors");
  return {
    ...trueFor(["at_modifier", "bool", "by", "duration_expr", "group_left", "group_right", "ignoring"]),
    ...trueFor(["negative_offset", "offset", "on", "per_query_lookback_delta", "subqueries", "without"]),
    anchored: hasExtension,
    smoothed: hasExtension,
    delayed_name_removal: delayedNameRemoval,
    fill: hasFill,
    fill_left: hasFill,
    fill_right: hasFill,
    per_step_stats: features.countsSteps,
    type_and_unit_labels: features.addsTypeAndUnit,
    use_start_timestamps: useStartTimestamps,
  };
}

function functionFeatures(promql: ReadonlySet<PromqlFeature>): Names {
  const hasExperimental = promql.has("experimental-functions");
  const signatures = [...functionSignatures];
  return Object.fromEntries(signatures.map(([name, { isExperimental }]) => [name, !isExperimental || hasExperimental]));
}

const experimentalAggregators = new Set<string>(["limitk", "limit_ratio"]);

function operatorFeatures(promql: ReadonlySet<PromqlFeature>): Names {
  const hasExperimental = promql.has("experimental-functions");
  const known = aggregators.map((name) => [name, hasExperimental || !experimentalAggregators.has(name)]);
  return { ...trueFor([...operators, ...setOperators]), ...(Object.fromEntries(known) as Names) };
}

function trueFor(names: readonly string[]): Names {
  return Object.fromEntries(names.map((name) => [name, true]));
}
