// The notifier's own metrics, under Prometheus' names.
import { Counter, Gauge, type Registry, Summary } from "@narthex/client";

type UrlLabel = "alertmanager";

export type NotifyMetrics = {
  readonly latency: Summary<UrlLabel>;
  readonly sent: Counter<UrlLabel>;
  readonly errors: Counter<UrlLabel>;
  readonly dropped: Counter<UrlLabel>;
};

/** What the gauges show when they are scraped. */
export type NotifyState = {
  readonly queueCapacity: number;
  queueLengths(): ReadonlyMap<string, number>;
};

export function createNotifyMetrics(registry: Registry, state: () => NotifyState): NotifyMetrics {
  const registers = [registry];
  const labelNames = ["alertmanager"] as const;
  const counter = (name: string, help: string): Counter<UrlLabel> => new Counter({ name, help, labelNames, registers });
  new Gauge({
    name: "prometheus_notifications_queue_length",
    help: "The number of alert notifications in the queue.",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [alertmanager, length] of state().queueLengths()) this.set({ alertmanager }, length);
    },
  });
  new Gauge({
    name: "prometheus_notifications_queue_capacity",
    help: "The capacity of the alert notifications queue.",
    registers,
    collect() {
      this.set(state().queueCapacity);
    },
  });
  new Gauge({
    name: "prometheus_notifications_alertmanagers_discovered",
    help: "The number of alertmanagers discovered and active.",
    registers,
    collect() {
      this.set(state().queueLengths().size);
    },
  });
  return {
    latency: new Summary({
      name: "prometheus_notifications_latency_seconds",
      help: "Latency quantiles for sending alert notifications.",
      labelNames,
      percentiles: [0.5, 0.9, 0.99],
      maxAgeSeconds: 600,
      ageBuckets: 5,
      registers,
    }),
    sent: counter("prometheus_notifications_sent_total", "Total number of alerts sent."),
    errors: counter("prometheus_notifications_errors_total", "Total number of sent alerts affected by errors."),
    dropped: counter(
      "prometheus_notifications_dropped_total",
      "Total number of alerts dropped due to errors when sending to Alertmanager.",
    ),
  };
}
