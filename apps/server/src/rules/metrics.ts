// The rule manager's own metrics, under Prometheus' names.
import { Counter, Gauge, type Registry, Summary } from "@narthex/client";
import { emptyLabels } from "@narthex/model";

type GroupLabel = "rule_group";

export type RuleMetrics = {
  readonly evaluationSeconds: Summary;
  readonly evaluations: Counter<GroupLabel>;
  readonly evaluationFailures: Counter<GroupLabel>;
  readonly groupSeconds: Summary;
  readonly expansions: Counter;
  readonly expansionFailures: Counter;
  readonly iterations: Counter<GroupLabel>;
  readonly iterationsMissed: Counter<GroupLabel>;
  readonly interval: Gauge<GroupLabel>;
  readonly lastDuration: Gauge<GroupLabel>;
  readonly lastEvaluation: Gauge<GroupLabel>;
  readonly lastSamples: Gauge<GroupLabel>;
  readonly rules: Gauge<GroupLabel>;
};

export function createRuleMetrics(registry: Registry): RuleMetrics {
  const registers = [registry];
  const labelNames = ["rule_group"] as const;
  const counter = (name: string, help: string): Counter<GroupLabel> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string): Gauge<GroupLabel> => new Gauge({ name, help, labelNames, registers });
  const summary = (name: string, help: string): Summary =>
    new Summary({
      name,
      help,
      percentiles: [0.01, 0.05, 0.5, 0.9, 0.99],
      maxAgeSeconds: 600,
      ageBuckets: 5,
      registers,
    });
  return {
    evaluationSeconds: summary("prometheus_rule_evaluation_duration_seconds", "The duration for a rule to execute."),
    evaluations: counter("prometheus_rule_evaluations_total", "The total number of rule evaluations."),
    evaluationFailures: counter(
      "prometheus_rule_evaluation_failures_total",
      "The total number of rule evaluation failures.",
    ),
    expansions: new Counter({
      name: "prometheus_template_text_expansions_total",
      help: "The total number of template text expansions.",
      registers,
    }),
    expansionFailures: new Counter({
      name: "prometheus_template_text_expansion_failures_total",
      help: "The total number of template text expansion failures.",
      registers,
    }),
    groupSeconds: summary("prometheus_rule_group_duration_seconds", "The duration of rule group evaluations."),
    iterations: counter(
      "prometheus_rule_group_iterations_total",
      "The total number of scheduled rule group evaluations, whether executed or missed.",
    ),
    iterationsMissed: counter(
      "prometheus_rule_group_iterations_missed_total",
      "The total number of rule group evaluations missed due to slow rule group evaluation.",
    ),
    interval: gauge("prometheus_rule_group_interval_seconds", "The interval of a rule group."),
    lastDuration: gauge(
      "prometheus_rule_group_last_duration_seconds",
      "The duration of the last rule group evaluation.",
    ),
    lastEvaluation: gauge(
      "prometheus_rule_group_last_evaluation_timestamp_seconds",
      "The timestamp of the last rule group evaluation in seconds.",
    ),
    lastSamples: gauge(
      "prometheus_rule_group_last_evaluation_samples",
      "The number of samples returned during the last rule group evaluation.",
    ),
    rules: gauge("prometheus_rule_group_rules", "The number of rules."),
  };
}

type NewGroup = { readonly key: string; readonly rules: number; readonly intervalMs: number };

/** Counters are there from the start: what an increase shows must not begin with the first failure. */
export function beginGroup(metrics: RuleMetrics, { key, rules, intervalMs }: NewGroup): void {
  const { evaluations, evaluationFailures, iterations, iterationsMissed } = metrics;
  for (const counter of [evaluations, evaluationFailures, iterations, iterationsMissed]) {
    counter.inc({ rule_group: key }, 0);
  }
  metrics.rules.set({ rule_group: key }, rules);
  metrics.interval.set({ rule_group: key }, intervalMs / 1000);
}

/** Of the alert history, which Prometheus has not. */
export function addHistoryMetrics(
  registry: Registry,
  history: { readonly recorded: number; readonly lost: number },
): void {
  const counter = (name: string, help: string, value: () => number): void => {
    registry.registerMetric({
      name,
      collect: () => {},
      reset: () => {},
      family: () => ({ name, help, type: "counter", metrics: [{ labels: emptyLabels, v: value() }] }),
    });
  };
  counter(
    "narthex_alert_history_transitions_total",
    "Transitions of alerts that were recorded.",
    () => history.recorded,
  );
  counter("narthex_alert_history_lost_total", "Transitions of alerts that could not be written.", () => history.lost);
}

export function removeGroupMetrics(metrics: RuleMetrics, group: string): void {
  const { evaluations, evaluationFailures, iterations, iterationsMissed } = metrics;
  const { interval, lastDuration, lastEvaluation, lastSamples, rules } = metrics;
  for (const counter of [evaluations, evaluationFailures, iterations, iterationsMissed])
    counter.remove({ rule_group: group });
  for (const gauge of [interval, lastDuration, lastEvaluation, lastSamples, rules]) gauge.remove({ rule_group: group });
}
