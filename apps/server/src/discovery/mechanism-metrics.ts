// What single providers count beside what the manager counts for all. Registered whole, used or not, as in Prometheus.
import { Counter, Histogram, type Registry, Summary } from "@narthex/client";

export type MechanismMetrics = {
  readonly httpFailures: Counter;
  readonly dnsLookups: Counter;
  readonly dnsLookupFailures: Counter;
  readonly consulRpcDuration: Summary<"endpoint" | "call">;
  readonly consulRpcFailures: Counter;
  readonly kubernetesEvents: Counter<"role" | "event">;
  readonly kubernetesFailures: Counter;
  readonly nomadFailures: Counter;
  readonly linodeFailures: Counter;
  readonly azureFailures: Counter;
  readonly azureCacheHits: Counter;
  readonly kumaFetchDuration: Summary;
  readonly kumaFetchFailures: Counter;
  readonly kumaSkippedUpdates: Counter;
  readonly refreshDuration: Summary<"mechanism" | "config">;
  readonly refreshDurationHistogram: Histogram<"mechanism" | "config">;
  readonly refreshFailures: Counter<"mechanism" | "config">;
};

export function mechanismMetrics(registry: Registry): MechanismMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const labelNames = ["mechanism", "config"] as const;
  return {
    httpFailures: counter("prometheus_sd_http_failures_total", "Number of HTTP service discovery refresh failures."),
    dnsLookups: counter("prometheus_sd_dns_lookups_total", "The number of DNS-SD lookups."),
    dnsLookupFailures: counter("prometheus_sd_dns_lookup_failures_total", "The number of DNS-SD lookup failures."),
    consulRpcDuration: new Summary({
      name: "prometheus_sd_consul_rpc_duration_seconds",
      help: "The duration of a Consul RPC call in seconds.",
      labelNames: ["endpoint", "call"],
      percentiles: [0.5, 0.9, 0.99],
      registers,
    }),
    consulRpcFailures: counter("prometheus_sd_consul_rpc_failures_total", "The number of Consul RPC call failures."),
    kubernetesEvents: new Counter({
      name: "prometheus_sd_kubernetes_events_total",
      help: "The number of Kubernetes events handled.",
      labelNames: ["role", "event"],
      registers,
    }),
    kubernetesFailures: counter("prometheus_sd_kubernetes_failures_total", "The number of failed WATCH/LIST requests."),
    nomadFailures: counter("prometheus_sd_nomad_failures_total", "Number of nomad service discovery refresh failures."),
    linodeFailures: counter(
      "prometheus_sd_linode_failures_total",
      "Number of Linode service discovery refresh failures.",
    ),
    azureFailures: counter("prometheus_sd_azure_failures_total", "Number of Azure service discovery refresh failures."),
    azureCacheHits: counter("prometheus_sd_azure_cache_hit_total", "Number of cache hit during refresh."),
    kumaFetchDuration: new Summary({
      name: "prometheus_sd_kuma_fetch_duration_seconds",
      help: "The duration of a Kuma MADS fetch call.",
      percentiles: [0.5, 0.9, 0.99],
      registers,
    }),
    kumaFetchFailures: counter(
      "prometheus_sd_kuma_fetch_failures_total",
      "The number of Kuma MADS fetch call failures.",
    ),
    kumaSkippedUpdates: counter(
      "prometheus_sd_kuma_fetch_skipped_updates_total",
      "The number of Kuma MADS fetch calls that result in no updates to the targets.",
    ),
    refreshDuration: new Summary({
      name: "prometheus_sd_refresh_duration_seconds",
      help: "The duration of a refresh in seconds for the given SD mechanism.",
      labelNames,
      percentiles: [0.5, 0.9, 0.99],
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
