// The metrics of Alertmanager, under its own names. Each room gets the ones it writes.
import { Counter, Gauge, Histogram, type Registry } from "@narthex/client";
import type { SilenceState } from "./silence/silence.js";

export type SuppressionReason = "silence" | "inhibition" | "mute_time_interval" | "active_time_interval";

export interface NotifyMetrics {
  readonly notifications: Counter<"integration">;
  readonly notificationsFailed: Counter<"integration" | "reason">;
  readonly requests: Counter<"integration">;
  readonly requestsFailed: Counter<"integration">;
  readonly latency: Histogram<"integration">;
  readonly suppressed: Counter<"reason">;
}

/** Series of all `integrations` are there from the start, so that a rate sees their first increase. */
export function notifyMetrics(registry: Registry, integrations: readonly string[]): NotifyMetrics {
  const common = { registers: [registry], labelNames: ["integration"] as const };
  const metrics: NotifyMetrics = {
    notifications: new Counter({
      ...common,
      name: "alertmanager_notifications_total",
      help: "The total number of attempted notifications.",
    }),
    notificationsFailed: new Counter({
      ...common,
      name: "alertmanager_notifications_failed_total",
      help: "The total number of failed notifications.",
      labelNames: ["integration", "reason"],
    }),
    requests: new Counter({
      ...common,
      name: "alertmanager_notification_requests_total",
      help: "The total number of attempted notification requests.",
    }),
    requestsFailed: new Counter({
      ...common,
      name: "alertmanager_notification_requests_failed_total",
      help: "The total number of failed notification requests.",
    }),
    latency: new Histogram({
      ...common,
      name: "alertmanager_notification_latency_seconds",
      help: "The latency of notifications in seconds.",
      buckets: [1, 5, 10, 15, 20],
    }),
    suppressed: new Counter({
      registers: [registry],
      name: "alertmanager_notifications_suppressed_total",
      help: "The total number of notifications suppressed for being silenced, inhibited, outside of active time intervals or within muted time intervals.",
      labelNames: ["reason"],
    }),
  };
  const { notifications, requests, requestsFailed } = metrics;
  for (const integration of integrations) {
    for (const counter of [notifications, requests, requestsFailed]) counter.labels({ integration });
  }
  return metrics;
}

export interface ApiMetrics {
  readonly received: Counter<"status" | "version">;
  readonly invalid: Counter<"version">;
  readonly requestDuration: Histogram<"handler" | "method" | "code">;
  readonly responseSize: Histogram<"handler" | "method">;
  readonly inFlight: Gauge<"method">;
  readonly concurrencyExceeded: Counter<"method">;
}

export function apiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  return {
    received: new Counter({
      registers,
      name: "alertmanager_alerts_received_total",
      help: "The total number of received alerts.",
      labelNames: ["status", "version"],
    }),
    invalid: new Counter({
      registers,
      name: "alertmanager_alerts_invalid_total",
      help: "The total number of received alerts that were invalid.",
      labelNames: ["version"],
    }),
    requestDuration: new Histogram({
      registers,
      name: "alertmanager_http_request_duration_seconds",
      help: "Histogram of latencies for HTTP requests.",
      labelNames: ["handler", "method", "code"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2, 5, 20, 60],
    }),
    responseSize: new Histogram({
      registers,
      name: "alertmanager_http_response_size_bytes",
      help: "Histogram of response size for HTTP requests.",
      labelNames: ["handler", "method"],
      buckets: [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
    }),
    inFlight: new Gauge({
      registers,
      name: "alertmanager_http_requests_in_flight",
      help: "Current number of HTTP requests being processed.",
      labelNames: ["method"],
    }),
    concurrencyExceeded: new Counter({
      registers,
      name: "alertmanager_http_concurrency_limit_exceeded_total",
      help: "Total number of times an HTTP request failed because the concurrency limit was reached.",
      labelNames: ["method"],
    }),
  };
}

export interface ConfigMetrics {
  readonly hash: Gauge;
  readonly lastReloadSuccessful: Gauge;
  readonly lastReloadSuccessTime: Gauge;
  readonly receivers: Gauge;
  readonly integrations: Gauge;
  readonly inhibitionRules: Gauge;
}

export function configMetrics(registry: Registry): ConfigMetrics {
  const gauge = (name: string, help: string): Gauge => new Gauge({ registers: [registry], name, help });
  return {
    hash: gauge("alertmanager_config_hash", "Hash of the currently loaded alertmanager configuration."),
    lastReloadSuccessful: gauge(
      "alertmanager_config_last_reload_successful",
      "Whether the last configuration reload attempt was successful.",
    ),
    lastReloadSuccessTime: gauge(
      "alertmanager_config_last_reload_success_timestamp_seconds",
      "Timestamp of the last successful configuration reload.",
    ),
    receivers: gauge("alertmanager_receivers", "Number of configured receivers."),
    integrations: gauge("alertmanager_integrations", "Number of configured integrations."),
    inhibitionRules: gauge("alertmanager_inhibition_rules", "Number of configured inhibition rules."),
  };
}

export interface LimitMetrics {
  readonly alertsLimited: Counter;
  readonly groupLimitReached: Counter;
}

export function limitMetrics(registry: Registry): LimitMetrics {
  const registers = [registry];
  return {
    alertsLimited: new Counter({
      registers,
      name: "alertmanager_alerts_limited_total",
      help: "Total number of alerts that were dropped by a limit.",
    }),
    groupLimitReached: new Counter({
      registers,
      name: "alertmanager_dispatcher_aggregation_group_limit_reached_total",
      help: "Number of times when dispatcher failed to create new aggregation group due to limit.",
    }),
  };
}

export interface StateMetrics {
  readonly storeMaintenance: (store: "silences" | "nflog") => MaintenanceMetrics;
}

export interface MaintenanceMetrics {
  readonly runs: Counter;
  readonly errors: Counter;
  readonly duration: Histogram;
}

/** What the collected gauges are read from. */
export interface StateSources {
  readonly countAlerts: () => Record<"active" | "suppressed" | "unprocessed", number>;
  readonly countSilences: () => Record<SilenceState, number>;
  readonly countGroups: () => number;
  readonly alertsPerNameMax: number;
}

export function stateMetrics(registry: Registry, sources: StateSources): StateMetrics {
  const registers = [registry];
  stateGauge("alertmanager_alerts", "How many alerts by state.", registry, sources.countAlerts);
  stateGauge("alertmanager_silences", "How many silences by state.", registry, sources.countSilences);
  new Gauge({
    registers,
    name: "alertmanager_dispatcher_aggregation_groups",
    help: "Number of active aggregation groups",
    collect() {
      this.set(sources.countGroups());
    },
  });
  new Gauge({
    registers,
    name: "alertmanager_alerts_per_alert_limit",
    help: "Current limit of alerts for one name.",
  }).set(sources.alertsPerNameMax);
  return {
    storeMaintenance: (store) => ({
      runs: new Counter({
        registers,
        name: `alertmanager_${store}_maintenance_total`,
        help: `How many maintenances were executed for ${store}.`,
      }),
      errors: new Counter({
        registers,
        name: `alertmanager_${store}_maintenance_errors_total`,
        help: `How many maintenances were executed for ${store} that failed.`,
      }),
      duration: new Histogram({
        registers,
        name: `alertmanager_${store}_snapshot_duration_seconds`,
        help: `Duration of the last ${store} snapshot.`,
      }),
    }),
  };
}

function stateGauge<State extends string>(
  name: string,
  help: string,
  registry: Registry,
  count: () => Record<State, number>,
): void {
  new Gauge({
    registers: [registry],
    name,
    help,
    labelNames: ["state"],
    collect() {
      for (const [state, number] of Object.entries(count()) as [State, number][]) this.set({ state }, number);
    },
  });
}
