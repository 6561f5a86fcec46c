// From firing alerts to Alertmanagers: external labels, relabelling, one queue for each Alertmanager.
// Comes from: rules/group. Goes to: notify/queue. A slow Alertmanager delays only its own queue.
import type { Registry } from "@narthex/client";
import {
  hasLabel,
  type Labels,
  labelEntries,
  labelsFromEntries,
  type NameScheme,
  type RelabelRule,
  relabel,
} from "@narthex/model";
import { createHttpClient, type Logger } from "@narthex/service";
import type { AlertingConfig, AlertmanagerConfig } from "../config/alerting.js";
import { relabelRules } from "../config/relabel.js";
import type { DiscoveredTargets } from "../discovery/provider.js";
import type { OutgoingAlert } from "../rules/sending.js";
import { alertmanagersFrom } from "./alertmanager.js";
import { createNotifyMetrics, type NotifyMetrics, type NotifyState } from "./metrics.js";
import { AlertQueue } from "./queue.js";
import { type AlertClient, signedClient } from "./signed-client.js";

export type NotifierOptions = {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly userAgent: string;
  /** --alertmanager.notification-queue-capacity; for each Alertmanager. */
  readonly queueAlertsMax: number;
  readonly batchAlertsMax: number;
  /** --alertmanager.drain-notification-queue-on-shutdown. */
  readonly drainsOnClose: boolean;
};

export type NotifyConfig = {
  readonly alerting: AlertingConfig;
  readonly externalLabels: Labels;
  readonly nameScheme: NameScheme;
};

/** The Alertmanagers of one entry under `alerting.alertmanagers`. */
type Section = {
  readonly config: AlertmanagerConfig;
  readonly client: AlertClient;
  readonly targetRules: readonly RelabelRule[];
  readonly alertRules: readonly RelabelRule[];
  queues: ReadonlyMap<string, AlertQueue>;
  dropped: readonly string[];
};

export class Notifier implements NotifyState {
  readonly #options: NotifierOptions;
  readonly #metrics: NotifyMetrics;
  #sections: ReadonlyMap<string, Section> = new Map();
  #externalLabels: Labels | undefined;
  #alertRules: readonly RelabelRule[] = [];

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#metrics = createNotifyMetrics(options.registry, () => this);
  }

  get queueCapacity(): number {
    return this.#options.queueAlertsMax;
  }

  queueLengths(): ReadonlyMap<string, number> {
    const lengths = new Map<string, number>();
    for (const { queues } of this.#sections.values()) for (const [url, queue] of queues) lengths.set(url, queue.length);
    return lengths;
  }

  /** Queues of an unchanged URL go on with what waits in them when discovery speaks again; see `update`. */
  apply({ alerting, externalLabels, nameScheme }: NotifyConfig): void {
    const before = this.#sections;
    this.#externalLabels = externalLabels;
    this.#alertRules = relabelRules(alerting.alert_relabel_configs, nameScheme);
    this.#sections = new Map(
      alerting.alertmanagers.map((config, i) => {
        const section: Section = {
          config,
          client: alertClient(config, this.#options.userAgent),
          targetRules: relabelRules(config.relabel_configs, nameScheme),
          alertRules: relabelRules(config.alert_relabel_configs, nameScheme),
          queues: new Map(),
          dropped: [],
        };
        return [sectionName(i), section];
      }),
    );
    for (const [name, section] of this.#sections) this.#keepQueues(section, before.get(name));
    for (const section of before.values()) void drainAndClose(section);
  }

  // Discovery has not spoken for the new section yet: alerts go on to where they went.
  #keepQueues(section: Section, old: Section | undefined): void {
    if (old) section.queues = new Map([...old.queues.keys()].map((url) => [url, this.#queueFor(url, section)]));
  }

  /** Lists by section name ("config-0", as discovery calls them). */
  update(targets: DiscoveredTargets): void {
    for (const [name, section] of this.#sections) {
      const found = alertmanagersFrom(targets.get(name) ?? [], section.config, section.targetRules);
      const before = section.queues;
      section.dropped = found.dropped;
      section.queues = new Map(found.active.map((url) => [url, before.get(url) ?? this.#queueFor(url, section)]));
      for (const [url, queue] of before) if (!section.queues.has(url)) queue.clear();
    }
  }

  #queueFor(url: string, section: Section): AlertQueue {
    const { queueAlertsMax: alertsMax, batchAlertsMax: batchMax, logger } = this.#options;
    const { client, config } = section;
    return new AlertQueue({
      url,
      client,
      timeoutMs: config.timeout,
      alertsMax,
      batchMax,
      metrics: this.#metrics,
      logger,
    });
  }

  /** Takes alerts without waiting. */
  send(alerts: readonly OutgoingAlert[]): void {
    const labelled = alerts.map((alert) => ({ ...alert, labels: withExternal(alert.labels, this.#externalLabels) }));
    const relabelled = relabelAlerts(labelled, this.#alertRules);
    for (const { queues, alertRules } of this.#sections.values()) {
      const own = relabelAlerts(relabelled, alertRules);
      if (own.length > 0) for (const queue of queues.values()) queue.add(own);
    }
  }

  /** URLs that alerts are posted to, and those that relabelling dropped. */
  alertmanagers(): { active: string[]; dropped: string[] } {
    const sections = [...this.#sections.values()];
    return {
      active: sections.flatMap(({ queues }) => [...queues.keys()]),
      dropped: sections.flatMap(({ dropped }) => dropped),
    };
  }

  async close(): Promise<void> {
    const sections = [...this.#sections.values()];
    if (!this.#options.drainsOnClose)
      for (const { queues } of sections) for (const queue of queues.values()) queue.clear();
    await Promise.all(sections.map(drainAndClose));
  }
}

/** As discovery names the sections of `alerting.alertmanagers`. */
export function sectionName(index: number): string {
  return `config-${index}`;
}

function alertClient(config: AlertmanagerConfig, userAgent: string): AlertClient {
  const client = createHttpClient(config, { userAgent });
  return config.sigv4 ? signedClient(client, config.sigv4) : client;
}

async function drainAndClose({ queues, client }: Section): Promise<void> {
  await Promise.all([...queues.values()].map((queue) => queue.drain()));
  client.close();
}

/** An alert's own label wins over an external one. */
function withExternal(labels: Labels, external: Labels | undefined): Labels {
  if (!external || external.length === 0) return labels;
  const added = [...labelEntries(external)].filter(([name]) => !hasLabel(labels, name));
  return labelsFromEntries([...labelEntries(labels), ...added]);
}

function relabelAlerts(alerts: readonly OutgoingAlert[], rules: readonly RelabelRule[]): OutgoingAlert[] {
  if (rules.length === 0) return [...alerts];
  return alerts.flatMap((alert) => {
    const labels = relabel(alert.labels, rules);
    return labels && labels.length > 0 ? [{ ...alert, labels }] : [];
  });
}
