// Decides whether an alert is inhibited: muted because another alert fires. Comes from: alerts, every alert as it
// arrives. Goes to: notify, api.
// Each rule keeps all alerts that match its source side, by the values of its `equal` labels, so one that resolves
// never hides another that still fires.
import { type Labels, labelValue, type Matcher, matchesAll } from "@narthex/model";
import { type Alert, isResolved } from "../alerts/alert.js";
import type { InhibitRuleConfig } from "../config/inhibit.js";

class InhibitRule {
  readonly #source: readonly Matcher[];
  readonly #target: readonly Matcher[];
  readonly #equal: readonly string[];
  readonly #sources = new Map<string, Map<string, Alert>>();

  constructor(config: InhibitRuleConfig) {
    this.#source = config.sourceMatchers;
    this.#target = config.targetMatchers;
    this.#equal = config.equal;
  }

  learn(alert: Alert): void {
    if (!matchesAll(this.#source, alert.labels)) return;
    const key = this.#equalKey(alert.labels);
    const alike = this.#sources.get(key) ?? new Map<string, Alert>();
    alike.set(alert.fingerprint, alert);
    this.#sources.set(key, alike);
  }

  /** The fingerprint of a firing alert that inhibits `labels`. */
  inhibitorOf(labels: Labels, now: number): string | undefined {
    if (!matchesAll(this.#target, labels)) return undefined;
    const alike = this.#sources.get(this.#equalKey(labels));
    if (!alike) return undefined;
    // An alert of both sides would inhibit itself, or two such alerts each other.
    const isTwoSided = matchesAll(this.#source, labels);
    for (const alert of alike.values()) {
      if (isResolved(alert, now)) continue;
      if (!isTwoSided || !matchesAll(this.#target, alert.labels)) return alert.fingerprint;
    }
    return undefined;
  }

  forgetResolved(now: number): void {
    for (const [key, alike] of this.#sources) {
      for (const alert of alike.values()) if (isResolved(alert, now)) alike.delete(alert.fingerprint);
      if (alike.size === 0) this.#sources.delete(key);
    }
  }

  #equalKey(labels: Labels): string {
    return this.#equal.map((name) => labelValue(labels, name)).join("\u0000");
  }
}

export class Inhibitor {
  readonly #rules: readonly InhibitRule[];

  constructor(rules: readonly InhibitRuleConfig[]) {
    this.#rules = rules.map((config) => new InhibitRule(config));
  }

  learn(alert: Alert): void {
    for (const rule of this.#rules) rule.learn(alert);
  }

  /** Fingerprints of the alerts that inhibit `labels`, one for each rule that does. */
  inhibiting(labels: Labels, now: number): string[] {
    const found = this.#rules.map((rule) => rule.inhibitorOf(labels, now));
    return [...new Set(found.filter((fingerprint) => fingerprint !== undefined))];
  }

  forgetResolved(now: number): void {
    for (const rule of this.#rules) rule.forgetResolved(now);
  }
}
