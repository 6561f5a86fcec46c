// The alerts of a rule as stretches of time: pending, firing, resolved. Comes from: backtest/run, after each tick.
import { type Labels, labelsToRecord } from "@narthex/model";
import type { Alert } from "../rules/alert.js";
import type { AlertingRule } from "../rules/alerting.js";

/** One alert from its beginning to its end; times in ms, undefined for what did not happen until the end. */
export type AlertEpisode = {
  readonly group: string;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it began to fire, or was last pending. */
  annotations: Readonly<Record<string, string>>;
  value: number;
  readonly activeAt: number;
  firedAt: number | undefined;
  /** When it was gone: resolved, or no longer pending. */
  endedAt: number | undefined;
};

export class Episodes {
  readonly #group: string;
  readonly #rule: AlertingRule;
  readonly #open = new Map<string, { readonly alert: Alert; readonly episode: AlertEpisode }>();
  readonly #all: AlertEpisode[];

  /** Adds to `all` as they begin. */
  constructor(group: string, rule: AlertingRule, all: AlertEpisode[]) {
    this.#group = group;
    this.#rule = rule;
    this.#all = all;
  }

  note(time: number): void {
    const { alerts, config } = this.#rule;
    for (const [key, { alert, episode }] of this.#open) {
      // Another object under the key is another alert.
      if (alerts.get(key) === alert && alert.state !== "inactive") continue;
      episode.endedAt = time;
      this.#open.delete(key);
    }
    for (const [key, alert] of alerts) {
      if (alert.state === "inactive") continue;
      const episode = this.#open.get(key)?.episode ?? this.#begin(key, alert, config.name);
      if (episode.firedAt !== undefined) continue;
      episode.value = alert.value;
      episode.annotations = record(alert.annotations);
      if (alert.state === "firing") episode.firedAt = time;
    }
  }

  #begin(key: string, alert: Alert, name: string): AlertEpisode {
    const episode: AlertEpisode = {
      group: this.#group,
      alert: name,
      labels: record(alert.labels),
      annotations: {},
      value: alert.value,
      activeAt: alert.activeAt,
      firedAt: undefined,
      endedAt: undefined,
    };
    this.#open.set(key, { alert, episode });
    this.#all.push(episode);
    return episode;
  }
}

function record(labels: Labels): Record<string, string> {
  return labelsToRecord(labels);
}
