// One rule group and its tick: evaluates its rules one after the other, stores what they give, sends alerts.
// Comes from: rules/manager. Goes to: storage (samples), notify (alerts).
import {
  type Appendable,
  type AppendOutcome,
  appendOutcome,
  appendOutcomeText,
  compareLabels,
  type Labels,
  labelsKey,
  type Queryable,
} from "@narthex/model";
import { errorText, type Logger } from "@narthex/service";
import { type Clock, Fnv64a, type Slots } from "@narthex/stdx";
import type { Tracing } from "../tracing/tracing.js";
import { needsSending, turnBack } from "./alert.js";
import { AlertingRule } from "./alerting.js";
import type { RuleConfig, RuleGroupConfig } from "./config.js";
import type { Transition, TransitionSink } from "./history/transition.js";
import { beginGroup, type RuleMetrics } from "./metrics.js";
import { dependenciesOf, runInOrder } from "./order.js";
import { RecordingRule } from "./recording.js";
import { restoreForState } from "./restore.js";
import type { GroupQuery, Rule, RuleEvaluation, RuleQuery, RuleSample } from "./rule.js";
import { type AlertSink, outgoingAlert } from "./sending.js";
import { seriesByKey, storeSamples, vanishedSeries } from "./storing.js";

export type RuleContext = {
  readonly appendable: Appendable;
  readonly queryable: Queryable;
  readonly query: GroupQuery;
  readonly send: AlertSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: RuleMetrics;
  /** Hears of every change of an alert's state. */
  readonly record: TransitionSink;
  readonly externalUrl: string;
  /** Undefined: rules of a group are evaluated one after the other. */
  readonly slots?: Slots | undefined;
  readonly outageToleranceMs: number;
  readonly gracePeriodMs: number;
  readonly resendDelayMs: number;
};

/** What the global section says and a group may override. */
export type GroupDefaults = {
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
};

/** See rules/restore. */
const evaluationsBeforeRestore = 2;

export class RuleGroup {
  readonly config: RuleGroupConfig;
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly rules: readonly Rule[];
  /** ms; 0: never. */
  lastEvaluation = 0;
  evaluationTimeMs = 0;
  readonly #context: RuleContext;
  readonly #defaults: GroupDefaults;
  /** For each rule, the series of its last evaluation by key. */
  readonly #series: Map<Rule, Map<string, Labels>> = new Map();
  /** Series of rules that a reload took away; they end at the next evaluation. */
  #orphans: Labels[] = [];
  #evaluationCount = 0;
  /** Undefined: one after the other. */
  readonly #dependencies: readonly (readonly number[])[] | undefined;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};

  constructor(config: RuleGroupConfig, defaults: GroupDefaults, context: RuleContext) {
    this.config = config;
    this.#defaults = defaults;
    this.#context = context;
    this.intervalMs = config.intervalMs ?? defaults.intervalMs;
    this.queryOffsetMs = config.queryOffsetMs ?? defaults.queryOffsetMs;
    this.rules = config.rules.map(ruleFrom);
    this.#dependencies = context.slots ? dependenciesOf(config.rules) : undefined;
    beginGroup(context.metrics, { key: this.key, rules: this.rules.length, intervalMs: this.intervalMs });
  }

  /** "file;name": how metrics and logs call the group. */
  get key(): string {
    return `${this.config.file};${this.config.name}`;
  }

  /** Ticks until `stop`, first at the group's own place in the interval. */
  start(): void {
    this.#schedule(this.#dueAfter(this.#context.clock.now()));
  }

  /** Resolves when a running evaluation has ended. No stale markers: the series may go on elsewhere. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#running;
  }

  /** Takes over the state of the same rules of the group that this one replaces. */
  adopt(old: RuleGroup): void {
    const waiting = new Map<string, Rule[]>();
    for (const rule of old.rules) {
      const key = ruleKey(rule.config);
      waiting.set(key, [...(waiting.get(key) ?? []), rule]);
    }
    for (const rule of this.rules) {
      const before = waiting.get(ruleKey(rule.config))?.shift();
      if (before) this.#adoptRule(rule, before, old);
    }
    const left = [...waiting.values()].flat();
    for (const rule of left) old.#dropAlerts(rule);
    this.#orphans = [...old.#orphans, ...left.flatMap((rule) => [...(old.#series.get(rule)?.values() ?? [])])];
  }

  #adoptRule(rule: Rule, before: Rule, old: RuleGroup): void {
    Object.assign(rule.status, before.status);
    const series = old.#series.get(before);
    if (series) this.#series.set(rule, series);
    if (!(rule instanceof AlertingRule && before instanceof AlertingRule)) return;
    rule.isRestored = before.isRestored;
    for (const [key, alert] of before.alerts) rule.alerts.set(key, alert);
  }

  /** New alerting rules of a running server have nothing to restore. */
  skipRestore(): void {
    for (const rule of this.rules) if (rule instanceof AlertingRule) rule.isRestored = true;
  }

  /** For a group that is gone: its alerts are over. */
  dropAlerts(): void {
    for (const rule of this.rules) this.#dropAlerts(rule);
  }

  /** Ends all series of the group, for a group that is gone for good. */
  endSeries(): void {
    const vanished = [...this.#orphans, ...[...this.#series.values()].flatMap((series) => [...series.values()])];
    this.#storeEnds(vanished, this.#context.clock.now());
  }

  /** Where the storage takes no more, the series end by themselves some minutes later. */
  #storeEnds(vanished: readonly Labels[], time: number): void {
    const { appendable, logger } = this.#context;
    try {
      storeSamples({ appendable, logger, time: time - this.queryOffsetMs, samples: [], vanished });
    } catch (error) {
      logger.error({ group: this.key, err: errorText(error) }, "cannot store the end of a rule's series");
    }
  }

  #dueAfter(now: number): number {
    const offsetMs = gridOffsetMs(this.config, this.intervalMs);
    const base = now - offsetMs;
    return base - (base % this.intervalMs) + offsetMs + this.intervalMs;
  }

  #schedule(wanted: number): void {
    const { clock } = this.#context;
    const now = clock.now();
    // It was not that far away before the clock was set back.
    const due = wanted - now >= 2 * this.intervalMs ? this.#dueAfter(now) : wanted;
    this.#cancelTimer = clock.after(due - now, () => {
      this.#running = this.#tick(due);
    });
  }

  async #tick(due: number): Promise<void> {
    const { clock, metrics } = this.#context;
    const lateBy = Math.floor((clock.now() - due) / this.intervalMs);
    const missed = Math.max(0, lateBy);
    if (missed > 0) metrics.iterationsMissed.inc({ rule_group: this.key }, missed);
    metrics.iterations.inc({ rule_group: this.key }, missed + 1);
    // A timer may come a millisecond early; by an interval it comes where the clock was set back meanwhile.
    const time = due + (lateBy < -1 ? lateBy : missed) * this.intervalMs;
    await this.evaluate(time);
    if (!this.#isStopped) this.#schedule(time + this.intervalMs);
  }

  /** One evaluation of all rules at `time` ms. Never rejects: a rule's error is its status, a log line and a metric. */
  async evaluate(time: number): Promise<void> {
    const { clock, metrics } = this.#context;
    const started = clock.now();
    if (time < this.lastEvaluation) this.#turnBack(time);
    const sampleCount = await this.#evaluateRules(time);
    if (this.#isStopped) return;
    this.#endOrphans(time);
    this.#evaluationCount++;
    if (this.#evaluationCount >= evaluationsBeforeRestore) this.#restore(time);
    this.lastEvaluation = time;
    this.evaluationTimeMs = clock.now() - started;
    const labels = { rule_group: this.key };
    metrics.groupSeconds.observe(this.evaluationTimeMs / 1000);
    metrics.lastDuration.set(labels, this.evaluationTimeMs / 1000);
    metrics.lastEvaluation.set(labels, time / 1000);
    metrics.lastSamples.set(labels, sampleCount);
  }

  #turnBack(time: number): void {
    for (const rule of this.rules) {
      if (rule instanceof AlertingRule) for (const alert of rule.alerts.values()) turnBack(alert, time);
    }
  }

  /** Gives the number of samples. */
  async #evaluateRules(time: number): Promise<number> {
    const { slots, tracing } = this.#context;
    let sampleCount = 0;
    const evaluate = async (rule: Rule): Promise<void> => {
      if (this.#isStopped) return;
      const span = { name: "rule", attributes: { name: rule.config.name } };
      sampleCount += await tracing.within(span, () => this.#evaluateRule(rule, time));
    };
    if (slots && this.#dependencies) {
      await runInOrder(this.#dependencies, (i) => slots.run(() => evaluate(this.rules[i] as Rule)));
    } else {
      for (const rule of this.rules) await evaluate(rule);
    }
    return sampleCount;
  }

  async #evaluateRule(rule: Rule, time: number): Promise<number> {
    const { clock, metrics, logger } = this.#context;
    const started = clock.now();
    rule.status.lastEvaluation = time;
    metrics.evaluations.inc({ rule_group: this.key });
    try {
      const samples = await rule.evaluate(this.#evaluationAt(time));
      const outcome = this.#store(rule, samples, time);
      if (rule instanceof AlertingRule) this.#send(rule, time);
      const health = outcome === appendOutcome.appended ? "ok" : "err";
      Object.assign(rule.status, { health, lastError: appendOutcomeText[outcome] });
      return samples.length;
    } catch (error) {
      Object.assign(rule.status, { health: "err", lastError: errorText(error) });
      metrics.evaluationFailures.inc({ rule_group: this.key });
      logger.warn(
        { name: rule.config.name, group: this.config.name, file: this.config.file, err: errorText(error) },
        "Evaluating rule failed",
      );
      return 0;
    } finally {
      if (rule instanceof AlertingRule) this.#recordMoves(rule, time);
      rule.status.evaluationTimeMs = clock.now() - started;
      metrics.evaluationSeconds.observe(rule.status.evaluationTimeMs / 1000);
    }
  }

  #recordMoves(rule: AlertingRule, time: number): void {
    const { file, name: group } = this.config;
    const transitions = rule.takeMoves().map(({ alert, from, to }): Transition => {
      const { activeAt, value, labels, annotations } = alert;
      return { time, from, to, activeAt, value, labels, annotations, rule: { name: rule.config.name, group, file } };
    });
    if (transitions.length > 0) this.#context.record(transitions);
  }

  #dropAlerts(rule: Rule): void {
    if (!(rule instanceof AlertingRule)) return;
    rule.drop();
    this.#recordMoves(rule, this.#context.clock.now());
  }

  #evaluationAt(time: number): RuleEvaluation {
    const { externalUrl, metrics } = this.#context;
    const { externalLabels } = this.#defaults;
    const { file, name } = this.config;
    const onExpansion = (isDone: boolean): void => {
      metrics.expansions.inc();
      if (!isDone) metrics.expansionFailures.inc();
    };
    const query: RuleQuery = (expression, at) => this.#context.query(expression, at, { file, name });
    const { queryOffsetMs } = this;
    return { time, queryOffsetMs, limit: this.config.limit, query, externalLabels, externalUrl, onExpansion };
  }

  #store(rule: Rule, samples: readonly RuleSample[], time: number): AppendOutcome {
    const { appendable, logger } = this.#context;
    const series = seriesByKey(samples);
    const vanished = vanishedSeries(this.#series.get(rule) ?? new Map(), series);
    this.#series.set(rule, series);
    return storeSamples({ appendable, logger, time: time - this.queryOffsetMs, samples, vanished });
  }

  #endOrphans(time: number): void {
    if (this.#orphans.length === 0) return;
    const alive = new Set([...this.#series.values()].flatMap((series) => [...series.keys()]));
    this.#storeEnds(
      this.#orphans.filter((labels) => !alive.has(labelsKey(labels))),
      time,
    );
    this.#orphans = [];
  }

  #restore(time: number): void {
    const { queryable, outageToleranceMs, gracePeriodMs, logger } = this.#context;
    for (const rule of this.rules) {
      if (!(rule instanceof AlertingRule) || rule.isRestored) continue;
      try {
        restoreForState(rule, { queryable, time, outageToleranceMs, gracePeriodMs });
      } catch (error) {
        logger.error({ alert: rule.config.name, err: errorText(error) }, "Failed to restore 'for' state");
      }
    }
  }

  #send(rule: AlertingRule, time: number): void {
    const { send, resendDelayMs, externalUrl } = this.#context;
    const due = [...rule.alerts.values()].filter((alert) => needsSending(alert, time, resendDelayMs));
    if (due.length === 0) return;
    for (const alert of due) {
      alert.lastSentAt = time;
      // Four rounds may be lost before the Alertmanager takes the alert for resolved.
      alert.validUntil = time + 4 * Math.max(this.intervalMs, resendDelayMs);
    }
    send(
      due
        .sort((a, b) => compareLabels(a.labels, b.labels))
        .map((alert) => outgoingAlert(alert, { query: rule.config.query, externalUrl })),
    );
  }
}

/** Where in its interval a group is evaluated: each at a place of its own, so that groups spread over it. */
export function gridOffsetMs({ file, name }: Pick<RuleGroupConfig, "file" | "name">, intervalMs: number): number {
  const hash = new Fnv64a().addText(file).addByte(0xff).addText(name).addByte(0xff).value();
  return Number(hash % BigInt(intervalMs));
}

function ruleFrom(config: RuleConfig): Rule {
  return config.kind === "alerting" ? new AlertingRule(config) : new RecordingRule(config);
}

/** Rules with one key are the same rule before and after a reload. */
function ruleKey(config: RuleConfig): string {
  const labels =
    config.kind === "alerting"
      ? Object.entries(config.labels).map(([name, { source }]) => [name, source])
      : Object.entries(config.labels);
  return JSON.stringify([config.kind, config.name, labels]);
}

/** Whether a reload changes nothing about the group. */
export function groupSignature(config: RuleGroupConfig, defaults: GroupDefaults): string {
  const rules = config.rules.map((rule) => [
    ruleKey(rule),
    rule.query,
    rule.kind === "alerting"
      ? [rule.forMs, rule.keepFiringForMs, Object.entries(rule.annotations).map(([name, { source }]) => [name, source])]
      : [],
  ]);
  return JSON.stringify([config.intervalMs, config.queryOffsetMs, config.limit, rules, defaults]);
}
