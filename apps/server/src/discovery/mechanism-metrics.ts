// What single providers count beside what the manager counts for all. Registered whole, used or not, as in Prometheus.
import { Counter, Gauge, Histogram, type Registry, Summary } from "@narthex/client";

/** Counters without labels. */
const plainCounters = {
  httpFailures: ["prometheus_sd_http_failures_total", "Number of HTTP service discovery refresh failures."],
  dnsLookups: ["prometheus_sd_dns_lookups_total", "The number of DNS-SD lookups."],
  dnsLookupFailures: ["prometheus_sd_dns_lookup_failures_total", "The number of DNS-SD lookup failures."],
  consulRpcFailures: ["prometheus_sd_consul_rpc_failures_total", "The number of Consul RPC call failures."],
  kubernetesFailures: ["prometheus_sd_kubernetes_failures_total", "The number of failed WATCH/LIST requests."],
  nomadFailures: ["prometheus_sd_nomad_failures_total", "Number of nomad service discovery refresh failures."],
  linodeFailures: ["prometheus_sd_linode_failures_total", "Number of Linode service discovery refresh failures."],
  azureFailures: ["prometheus_sd_azure_failures_total", "Number of Azure service discovery refresh failures."],
  azureCacheHits: ["prometheus_sd_azure_cache_hit_total", "Number of cache hit during refresh."],
  zookeeperFailures: ["prometheus_treecache_zookeeper_failures_total", "The total number of ZooKeeper failures."],
  kumaFetchFailures: ["prometheus_sd_kuma_fetch_failures_total", "The number of Kuma MADS fetch call failures."],
  kumaSkippedUpdates: [
    "prometheus_sd_kuma_fetch_skipped_updates_total",
    "The number of Kuma MADS fetch calls that result in no updates to the targets.",
  ],
} as const;

type PlainCounters = { readonly [Name in keyof typeof plainCounters]: Counter };

export type MechanismMetrics = PlainCounters & {
  readonly consulRpcDuration: Summary<"endpoint" | "call">;
  readonly kubernetesEvents: Counter<"role" | "event">;
  readonly zookeeperWatchers: Gauge;
  readonly kumaFetchDuration: Summary;
  readonly refreshDuration: Summary<"mechanism" | "config">;
  readonly refreshDurationHistogram: Histogram<"mechanism" | "config">;
  readonly refreshFailures: Counter<"mechanism" | "config">;
};

export function mechanismMetrics(registry: Registry): MechanismMetrics {
  const registers = [registry];
  const labelNames = ["mechanism", "config"] as const;
  const percentiles = [0.5, 0.9, 0.99];
  return {
    ...createPlainCounters(registry),
    consulRpcDuration: new Summary({
      name: "prometheus_sd_consul_rpc_duration_seconds",
      help: "The duration of a Consul RPC call in seconds.",
      labelNames: ["endpoint", "call"],
      percentiles,
      registers,
    }),
    kubernetesEvents: new Counter({
      name: "prometheus_sd_kubernetes_events_total",
      help: "The number of Kubernetes events handled.",
      labelNames: ["role", "event"],
      registers,
    }),
    zookeeperWatchers: new Gauge({
      name: "prometheus_treecache_watcher_goroutines",
      help: "The current number of watcher goroutines.",
      registers,
    }),
    kumaFetchDuration: new Summary({
      name: "prometheus_sd_kuma_fetch_duration_seconds",
      help: "The duration of a Kuma MADS fetch call.",
      percentiles,
      registers,
    }),
    refreshDuration: new Summary({
      name: "prometheus_sd_refresh_duration_seconds",
      help: "The duration of a refresh in seconds for the given SD mechanism.",
      labelNames,
      percentiles,
      registers,
    }),
    refreshDurationHistogram: new Histogram({
      name: "prometheus_sd_refresh_duration_histogram_seconds",
      help: "The duration of a refresh for the given SD mechanism.",
      labelNames,
      buckets: [0.01, 0.1, 1, 10],
      registers,
    }),
    refreshFailures: new Counter({
      name: "prometheus_sd_refresh_failures_total",
      help: "Number of refresh failures for the given SD mechanism.",
      labelNames,
      registers,
    }),
  };
}

function createPlainCounters(registry: Registry): PlainCounters {
  const counters = Object.entries(plainCounters).map(([key, [name, help]]) => [
    key,
    new Counter({ name, help, registers: [registry] }),
  ]);
  // One for each entry of the table, which the type is made of.
  return Object.fromEntries(counters) as PlainCounters;
}
