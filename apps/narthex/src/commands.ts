// Every command of the program, in the order in which help lists them.
import type { Command } from "./command.js";

export const commands: readonly Command[] = [
  {
    name: "up",
    summary: "Run everything in one process: server, Alertmanager, Pushgateway, node exporter, UI.",
    load: async () => (await import("./up/up.js")).runUp,
  },
  {
    name: "server",
    summary: "Run the server: scrape, store, query, evaluate rules (prometheus).",
    load: async () => (await import("./service/server.js")).runServer,
  },
  {
    name: "alertmanager",
    summary: "Run the Alertmanager: group, silence, notify (alertmanager).",
    load: async () => (await import("./service/alertmanager.js")).runAlertmanager,
  },
  {
    name: "pushgateway",
    summary: "Run the Pushgateway for batch jobs (pushgateway).",
    load: async () => (await import("./service/pushgateway.js")).runPushgateway,
  },
  {
    name: "exporter node",
    summary: "Run the node exporter for this machine's metrics (node_exporter).",
    load: async () => (await import("./service/node-exporter.js")).runNodeExporter,
  },
  {
    name: "tool check config",
    summary: "Check if config files, and the rule files they name, are valid.",
    load: async () => (await import("./tool/check/files.js")).runCheckConfig,
  },
  {
    name: "tool check rules",
    summary: "Check if rule files are valid; without files, standard input.",
    load: async () => (await import("./tool/check/files.js")).runCheckRules,
  },
  {
    name: "tool check web-config",
    summary: "Check if web config files are valid.",
    load: async () => (await import("./tool/check/files.js")).runCheckWebConfig,
  },
  {
    name: "tool check metrics",
    summary: "Lint metrics from standard input.",
    load: async () => (await import("./tool/check/metrics.js")).runCheckMetrics,
  },
  {
    name: "tool check service-discovery",
    summary: "Find the targets of a job and show their labels.",
    load: async () => (await import("./tool/check/discovery.js")).runCheckDiscovery,
  },
  {
    name: "tool check healthy",
    summary: "Check if a server is healthy.",
    load: async () => (await import("./tool/check/server.js")).runCheckHealthy,
  },
  {
    name: "tool check ready",
    summary: "Check if a server is ready.",
    load: async () => (await import("./tool/check/server.js")).runCheckReady,
  },
  {
    name: "tool query instant",
    summary: "Run an instant query.",
    load: async () => (await import("./tool/query/query.js")).runQueryInstant,
  },
  {
    name: "tool query range",
    summary: "Run a range query.",
    load: async () => (await import("./tool/query/query.js")).runQueryRange,
  },
  {
    name: "tool query series",
    summary: "Find series.",
    load: async () => (await import("./tool/query/metadata.js")).runQuerySeries,
  },
  {
    name: "tool query labels",
    summary: "Find values of a label.",
    load: async () => (await import("./tool/query/metadata.js")).runQueryLabels,
  },
  {
    name: "tool query analyze",
    summary: "Show how histograms use their buckets.",
    load: async () => (await import("./tool/query/analyze.js")).runQueryAnalyze,
  },
  {
    name: "tool debug pprof",
    summary: "Fetch profiles of a server.",
    load: async () => (await import("./tool/debug.js")).runDebugPprof,
  },
  {
    name: "tool debug metrics",
    summary: "Fetch the metrics of a server.",
    load: async () => (await import("./tool/debug.js")).runDebugMetrics,
  },
  {
    name: "tool debug all",
    summary: "Fetch all debug information of a server.",
    load: async () => (await import("./tool/debug.js")).runDebugAll,
  },
  {
    name: "tool push metrics",
    summary: "Push metrics to a remote write endpoint, to try things out.",
    load: async () => (await import("./tool/push.js")).runPushMetrics,
  },
  {
    name: "tool promql format",
    summary: "Print an expression in readable lines.",
    load: async () => (await import("./tool/promql.js")).runPromqlFormat,
  },
  {
    name: "tool promql label-matchers set",
    summary: "Set a label matcher in an expression.",
    load: async () => (await import("./tool/promql.js")).runMatchersSet,
  },
  {
    name: "tool promql label-matchers delete",
    summary: "Delete a label's matchers from an expression.",
    load: async () => (await import("./tool/promql.js")).runMatchersDelete,
  },
  {
    name: "tool test rules",
    summary: "Run unit tests of rules: FILE…",
    load: async () => (await import("./tool/test-rules.js")).runTestRules,
  },
  {
    name: "tool rules backtest",
    summary: "Tell which alerts rule files would have raised over stored data.",
    load: async () => (await import("./tool/rules/backtest.js")).runRulesBacktest,
  },
  {
    name: "tool tsdb list",
    summary: "List the blocks of a data directory.",
    load: async () => (await import("./tool/tsdb/list.js")).runTsdbList,
  },
  {
    name: "tool tsdb analyze",
    summary: "Analyze churn, label pair cardinality and compaction efficiency of a block.",
    load: async () => (await import("./tool/tsdb/analyze.js")).runTsdbAnalyze,
  },
  {
    name: "tool tsdb dump",
    summary: "Print the samples of a data directory.",
    load: async () => (await import("./tool/tsdb/dump.js")).runTsdbDump,
  },
  {
    name: "tool tsdb dump-openmetrics",
    summary: "Print the samples of a data directory as OpenMetrics.",
    load: async () => (await import("./tool/tsdb/dump.js")).runTsdbDumpOpenMetrics,
  },
  {
    name: "tool tsdb create-blocks-from openmetrics",
    summary: "Make blocks of the samples of an OpenMetrics file.",
    load: async () => (await import("./tool/tsdb/from-openmetrics.js")).runBlocksFromOpenMetrics,
  },
  {
    name: "tool tsdb create-blocks-from rules",
    summary: "Make blocks of what recording rules would have stored.",
    load: async () => (await import("./tool/tsdb/from-rules.js")).runBlocksFromRules,
  },
  {
    name: "tool tsdb bench write",
    summary: "Run a write performance benchmark.",
    load: async () => (await import("./tool/tsdb/bench.js")).runTsdbBenchWrite,
  },
  {
    name: "am alert",
    summary: "List alerts of an Alertmanager.",
    load: async () => (await import("./am/alert.js")).runAlertQuery,
  },
  {
    name: "am alert query",
    summary: "List alerts of an Alertmanager.",
    load: async () => (await import("./am/alert.js")).runAlertQuery,
  },
  {
    name: "am alert add",
    summary: "Add an alert.",
    load: async () => (await import("./am/alert.js")).runAlertAdd,
  },
  {
    name: "am silence",
    summary: "List silences.",
    load: async () => (await import("./am/silence.js")).runSilenceQuery,
  },
  {
    name: "am silence query",
    summary: "List silences.",
    load: async () => (await import("./am/silence.js")).runSilenceQuery,
  },
  {
    name: "am silence add",
    summary: "Add a silence.",
    load: async () => (await import("./am/silence.js")).runSilenceAdd,
  },
  {
    name: "am silence update",
    summary: "Change silences.",
    load: async () => (await import("./am/silence.js")).runSilenceUpdate,
  },
  {
    name: "am silence expire",
    summary: "End silences.",
    load: async () => (await import("./am/silence.js")).runSilenceExpire,
  },
  {
    name: "am silence import",
    summary: "Add silences from a JSON file.",
    load: async () => (await import("./am/silence.js")).runSilenceImport,
  },
  {
    name: "am check-config",
    summary: "Check if Alertmanager config files are valid.",
    load: async () => (await import("./am/config.js")).runCheckConfig,
  },
  {
    name: "am config",
    summary: "Show the config of an Alertmanager.",
    load: async () => (await import("./am/config.js")).runConfigShow,
  },
  {
    name: "am config show",
    summary: "Show the config of an Alertmanager.",
    load: async () => (await import("./am/config.js")).runConfigShow,
  },
  {
    name: "am config routes",
    summary: "Show the routing tree.",
    load: async () => (await import("./am/config.js")).runRoutesShow,
  },
  {
    name: "am config routes show",
    summary: "Show the routing tree.",
    load: async () => (await import("./am/config.js")).runRoutesShow,
  },
  {
    name: "am config routes test",
    summary: "Tell which receivers get an alert with the given labels.",
    load: async () => (await import("./am/config.js")).runRoutesTest,
  },
  {
    name: "am cluster",
    summary: "Show the cluster and its peers.",
    load: async () => (await import("./am/config.js")).runClusterShow,
  },
  {
    name: "am cluster show",
    summary: "Show the cluster and its peers.",
    load: async () => (await import("./am/config.js")).runClusterShow,
  },
  {
    name: "am template render",
    summary: "Render a notification template.",
    load: async () => (await import("./am/template.js")).runTemplateRender,
  },
];

/** Flags of groups of commands, which may stand before the last word and take the argument behind them along. */
export const leadingValueFlags: ReadonlySet<string> = new Set([
  "--alertmanager.url",
  "--date.format",
  "--output",
  "--timeout",
  "--enable-feature",
  "--format",
  "--http.config.file",
  "--junit",
  "--query.lookback-delta",
  "-o",
]);
