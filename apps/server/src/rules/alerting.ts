// An alerting rule: keeps its alerts from one evaluation to the next and gives ALERTS and ALERTS_FOR_STATE.
// Comes from: rules/group. Goes to: storage (the two series), rules/sending (the alerts).
import {
  type Labels,
  labelEntries,
  labelsFromEntries,
  labelsKey,
  labelsToRecord,
  metricNameLabel,
  withLabel,
} from "@narthex/model";
import { printHistogram } from "@narthex/promql";
import { type AlertData, expandAlertTemplate, type QuerySample, renderWithQueries } from "@narthex/template";
import { type Alert, type AlertMove, type AlertState, advance } from "./alert.js";
import type { AlertingRuleConfig, TemplateText } from "./config.js";
import { newRuleStatus, type Rule, type RuleEvaluation, type RuleSample, type RuleStatus, vectorOf } from "./rule.js";

/** A resolved alert is told again for so long, in case the Alertmanager did not hear. */
const resolvedRetentionMs = 15 * 60_000;

export const alertMetricName = "ALERTS";
export const alertForStateMetricName = "ALERTS_FOR_STATE";
const alertNameLabel = "alertname";
const alertStateLabel = "alertstate";

export class AlertingRule implements Rule {
  readonly config: AlertingRuleConfig;
  readonly status: RuleStatus = newRuleStatus();
  /** By labelsKey of the alert's labels. */
  readonly alerts: Map<string, Alert> = new Map();
  /** False until the state from before a restart was looked for; no series are written before that. */
  isRestored = false;
  /** States that alerts left and came to since they were taken last: see `takeMoves`. */
  #moves: AlertMove[] = [];
  /** Keys of the alerts that the evaluation at work began. */
  readonly #begun = new Set<string>();

  constructor(config: AlertingRuleConfig) {
    this.config = config;
  }

  async evaluate(evaluation: RuleEvaluation): Promise<RuleSample[]> {
    const { time, queryOffsetMs, limit } = evaluation;
    const vector = vectorOf(await evaluation.query(this.config.expression, time - queryOffsetMs));
    const found = await this.#alertsFrom(vector, evaluation);
    for (const [key, alert] of found) this.#meet(key, alert);
    for (const [key, alert] of this.alerts) this.#move(key, alert, { isPresent: found.has(key), time });
    const active = [...this.alerts.values()].filter((alert) => alert.state !== "inactive");
    this.#begun.clear();
    if (limit > 0 && active.length > limit) {
      this.drop();
      throw new Error(`exceeded limit of ${limit} with ${active.length} alerts`);
    }
    return this.isRestored ? active.flatMap((alert) => [this.#stateSample(alert), this.forStateSample(alert)]) : [];
  }

  /** What happened to alerts since the last call. */
  takeMoves(): readonly AlertMove[] {
    return this.#moves.splice(0);
  }

  /** Forgets every alert, as when there is no such rule any more. */
  drop(): void {
    for (const alert of this.alerts.values()) this.#noteMove(alert, { from: alert.state, to: "inactive" });
    this.alerts.clear();
  }

  async #alertsFrom(vector: readonly RuleSample[], evaluation: RuleEvaluation): Promise<Map<string, Alert>> {
    const found = new Map<string, Alert>();
    for (const sample of vector) {
      const alert = await this.#alertFrom(sample, evaluation);
      const key = labelsKey(alert.labels);
      if (found.has(key)) throw new Error("vector contains metrics with the same labelset after applying alert labels");
      found.set(key, alert);
    }
    return found;
  }

  async #alertFrom(sample: RuleSample, evaluation: RuleEvaluation): Promise<Alert> {
    const data: AlertData = {
      labels: labelsToRecord(sample.labels),
      externalLabels: evaluation.externalLabels,
      externalUrl: evaluation.externalUrl,
      value: sample.h ? printHistogram(sample.h) : sample.v,
    };
    const labels = await expandAll(this.config.labels, data, evaluation);
    const annotations = await expandAll(this.config.annotations, data, evaluation);
    const own = [...labelEntries(sample.labels)].filter(([name]) => name !== metricNameLabel);
    return {
      labels: labelsFromEntries([...own, ...labels, [alertNameLabel, this.config.name]]),
      annotations: labelsFromEntries(annotations),
      state: "pending",
      value: sample.v,
      h: sample.h,
      activeAt: evaluation.time,
      firedAt: 0,
      resolvedAt: 0,
      lastSentAt: 0,
      keepFiringSince: 0,
      validUntil: 0,
    };
  }

  // An alert that is known and active takes the new value; a resolved or unknown one begins anew.
  #meet(key: string, alert: Alert): void {
    const known = this.alerts.get(key);
    if (!known || known.state === "inactive") {
      this.alerts.set(key, alert);
      this.#begun.add(key);
      return;
    }
    known.value = alert.value;
    known.h = alert.h;
    known.annotations = alert.annotations;
  }

  #move(key: string, alert: Alert, { isPresent, time }: { isPresent: boolean; time: number }): void {
    const from = this.#begun.has(key) ? "inactive" : alert.state;
    this.#advance(key, alert, { isPresent, time });
    this.#noteMove(alert, { from, to: alert.state });
  }

  #noteMove(alert: Alert, { from, to }: { readonly from: AlertState; readonly to: AlertState }): void {
    if (from !== to) this.#moves.push({ alert: { ...alert }, from, to });
  }

  #advance(key: string, alert: Alert, { isPresent, time }: { isPresent: boolean; time: number }): void {
    if (isPresent) {
      alert.keepFiringSince = 0;
      advance(alert, time - alert.activeAt >= this.config.forMs ? "held" : "present", time);
    } else if (this.#isKept(alert, time)) {
      advance(alert, "kept", time);
    } else {
      const isOver = alert.resolvedAt > 0 && time - alert.resolvedAt > resolvedRetentionMs;
      if (alert.state === "pending" || isOver) this.alerts.delete(key);
      advance(alert, "absent", time);
    }
  }

  #isKept(alert: Alert, time: number): boolean {
    if (alert.state !== "firing" || this.config.keepFiringForMs === 0) return false;
    if (alert.keepFiringSince === 0) alert.keepFiringSince = time;
    return time - alert.keepFiringSince < this.config.keepFiringForMs;
  }

  #stateSample(alert: Alert): RuleSample {
    const labels = withLabel(withLabel(alert.labels, metricNameLabel, alertMetricName), alertStateLabel, alert.state);
    return { labels, v: 1 };
  }

  /** Since when the alert is active, in seconds: what a restart restores `for` from. */
  forStateSample(alert: Alert): RuleSample {
    return { labels: this.forStateLabels(alert), v: Math.floor(alert.activeAt / 1000) };
  }

  forStateLabels(alert: Alert): Labels {
    return withLabel(alert.labels, metricNameLabel, alertForStateMetricName);
  }
}

async function expandAll(
  templates: Readonly<Record<string, TemplateText>>,
  data: AlertData,
  evaluation: RuleEvaluation,
): Promise<[name: string, text: string][]> {
  const { time: timeMs, externalUrl } = evaluation;
  const expanded: [string, string][] = [];
  for (const [name, { template }] of Object.entries(templates)) {
    const { text, error } = await renderWithQueries(
      (query) => expandAlertTemplate(template, data, { query, timeMs, externalUrl }),
      (expression) => templateQuery(expression, evaluation),
    );
    evaluation.onExpansion?.(error === undefined);
    expanded.push([name, text]);
  }
  return expanded;
}

async function templateQuery(
  expression: string,
  { query, time, queryOffsetMs }: RuleEvaluation,
): Promise<QuerySample[]> {
  const vector = vectorOf(await query(expression, time - queryOffsetMs));
  return vector.map(({ labels, v, h }) => ({ labels: labelsToRecord(labels), value: h ? printHistogram(h) : v }));
}
